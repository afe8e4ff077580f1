#!/usr/bin/env python3
"""Measures how long moving in takes: makes a database as the original application has it, and moves it in.

    movein.py [--issues N]

It takes OPINT_BIN or target/release/opint, a SQLite of its own and, if they are given, the servers TEST_POSTGRES_URL
and TEST_MARIADB_URL (src/tests/services.sh). Prints a table.
"""

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src/tests"))

from kills import databases  # noqa: E402

TABLES = """
CREATE TABLE core_action (id integer PRIMARY KEY, action varchar(128), last_modified datetime);
CREATE TABLE core_issuecause (id integer PRIMARY KEY, cause varchar(128), last_modified datetime);
CREATE TABLE core_issuecategory (id integer PRIMARY KEY, amount integer, regex varchar(512), cause_id integer,
    last_modified datetime);
CREATE TABLE core_solution (id integer PRIMARY KEY, category_id integer, proposed_action_id integer,
    solution_id integer, real_cause_id integer, propability double, score bool, affected_site varchar(128),
    last_modified datetime);
CREATE TABLE core_transferissue (id integer PRIMARY KEY, message varchar(1024), category_id integer, amount integer,
    type varchar(128), status varchar(12), src_site varchar(128), dst_site varchar(128), last_modified datetime);
"""
# Links times texts: so many different issues there are; what is beyond is taken together.
SITES, TEXTS = 100, 80
WHAT = ["Connection", "Permission", "Quota", "Certificate", "Checksum", "Protocol", "Queue", "Session", "Tunnel", "Token"]
HOW = ["refused", "expired", "broken", "missing", "exceeded", "reset", "unknown", "locked"]


def rows(issues):
    for number in range(issues):
        text = number % TEXTS
        link = number // TEXTS
        src, dst = link % SITES, link // SITES % SITES
        message = (
            f"TRANSFER [70] TRANSFER globus_ftp_client: the server responded with an error 500 {WHAT[text % 10]} "
            f"{HOW[text // 10]} by the storage se{src:03}.example.org:{2000 + number % 7000} while it was asked for "
            f"/data/file-{number:09}.root"
        )
        yield (
            number + 1, message, 1, number % 5000, "transfer-failure", "New", f"SITE-{src:03}", f"SITE-{dst:03}",
            f"2019-{1 + number % 12:02}-{1 + number % 28:02} 10:{number % 60:02}:00.123456",
        )


def make(path, issues):
    with sqlite3.connect(path) as db:
        db.executescript(TABLES)
        db.execute("INSERT INTO core_issuecategory VALUES (1, 0, 'Some error that nobody sees', NULL, '2019-01-01 00:00:00')")
        db.executemany("INSERT INTO core_transferissue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows(issues))
    db.close()


def measure(binary, folder, server, old, issues):
    server.make("movein")
    environment = {"PATH": os.environ.get("PATH", ""), "DATABASE_URL": server.url("movein")}

    def run(*arguments):
        done = subprocess.run(
            [binary, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            sys.exit(f"movein.py: {arguments} failed: {done.stderr}")

    try:
        run("migrate")
        begin = time.monotonic()
        run("import-django", "--from", f"sqlite://{old}")
        seconds = time.monotonic() - begin
        made = server.rows("movein", "SELECT COUNT(*) FROM issue")[0]
        begin = time.monotonic()
        run("import-django", "--from", f"sqlite://{old}")
        again = time.monotonic() - begin
    finally:
        server.drop("movein")
    print(f"{server.kind:<12}{issues:>12}{made:>12}{seconds:>10.1f}{issues / seconds:>12.0f}{again:>10.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--issues", type=int, default=1_000_000)
    given = parser.parse_args()
    binary = os.environ.get("OPINT_BIN") or ROOT / "target/release/opint"
    with tempfile.TemporaryDirectory(prefix="opint-movein-") as folder:
        folder = Path(folder)
        old = folder / "old.sqlite"
        make(old, given.issues)
        print(f"{'into':<12}{'rows':>12}{'issues':>12}{'seconds':>10}{'rows/s':>12}{'again':>10}", flush=True)
        for server in databases.all_given(folder):
            measure(binary, folder, server, old, given.issues)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"most memory of one run: {most} MiB")


if __name__ == "__main__":
    main()
