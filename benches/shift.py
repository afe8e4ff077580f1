#!/usr/bin/env python3
"""Measures the pages of a shift at a fixed rate of requests, on PostgreSQL with months of hourly counts.

    benches/shift.py [--days 90] [--links 20000] [--rate 50] [--seconds 10] [--runs 3] [--again] [--out benches/shift.md]

Needs TEST_POSTGRES_URL (src/tests/services.sh gives one) and OPINT_BIN, the program to measure. Requests are sent when
they are due, whether or not earlier ones are answered, and times count from when they were due: a server that stalls is
not spared. Server, database and this program share the machine.
"""
import argparse
import os
import platform
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measure import HERE, Person, Server, database_url, fail, make_database, psql, say


def measure(person, path, rate, seconds):
    """Times in ms from when each request was due, sorted, and the bytes of the last answer."""
    local = threading.local()
    times, size = [], [0]

    def one(due):
        if not hasattr(local, "connection"):
            local.connection = person.server.connect()
        status, size[0], _ = person.ask(path, connection=local.connection)
        times.append((time.monotonic() - due) * 1000 if status == 200 else float("inf"))

    with ThreadPoolExecutor(16) as pool:
        begin = time.monotonic()
        for number in range(rate * seconds):
            due = begin + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(one, due)
    return sorted(times), size[0]


def middle(person, path, told):
    """The run whose 99 % is neither best nor worst: what else the machine does now and then spoils one, not most."""
    runs = [measure(person, path, told.rate, told.seconds) for _ in range(told.runs)]
    return sorted(runs, key=lambda run: at(run[0], 0.99))[len(runs) // 2]


def at(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--links", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--again", action="store_true", help="measure on the database that an earlier run has filled")
    parser.add_argument("--out", default=str(HERE / "shift.md"))
    told = parser.parse_args()
    url = database_url("shift") if told.again else make_database("shift", "shift.sql", days=told.days, links=told.links)
    issue = psql(url, "-c", "SELECT MIN(id) FROM issue WHERE failures_total > 0")
    pages = {
        "board, 1 h": "/", "board, 4 h": "/?hours=4", "board, 24 h": "/?hours=24",
        "matrix, 40 × 40": "/matrix/", "matrix, 170 × 170": "/matrix/?sites=all",
        "issue page": f"/issues/{issue}/", "report of the last shift": "/report/",
        "site page": "/sites/SITE-001/", "search": "/search/?q=SITE-00",
    }
    rows = psql(url, "-c", "SELECT to_char(COUNT(*), 'FM999,999,999') FROM link_hour")
    lines = []
    with tempfile.TemporaryDirectory(prefix="opint-bench-") as folder, Server.opint(folder, url) as server:
        person = Person(server)
        person.sign_in()
        for name, path in pages.items():
            status, _, _ = person.ask(path)
            if status != 200:
                fail(f"{path} was answered with {status}")
            times, size = middle(person, path, told)
            shown = " | ".join(f"{time:.1f}" for time in (at(times, 0.5), at(times, 0.99), times[-1]))
            lines.append(f"| {name} | {shown} | {size / 1000:.1f} |")
            say(lines[-1])
    head = (
        "# The pages of a shift\n\n"
        f"`make bench-shift`: 170 sites, {told.links:,} links, {told.days} days by the hour ({rows} rows of `link_hour`) on "
        f"PostgreSQL; {told.rate} requests a second for {told.seconds} s, the middle one of {told.runs} runs; times in ms from "
        f"when a request was due. Server, database and client share {os.cpu_count()} cores ({platform.machine()}).\n\n"
        "| page | median | 99 % | longest | kB, compressed |\n| --- | ---: | ---: | ---: | ---: |\n"
    )
    Path(told.out).write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
