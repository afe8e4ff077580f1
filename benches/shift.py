#!/usr/bin/env python3
"""Measures the pages of a shift at a fixed rate of requests, on PostgreSQL with months of hourly counts.

    benches/shift.py [--days 90] [--links 20000] [--rate 50] [--seconds 20] [--out benches/shift.md]

Needs TEST_POSTGRES_URL (src/tests/services.sh gives one) and OPINT_BIN, the program to measure. Requests are sent when
they are due, whether or not earlier ones are answered, and times count from when they were due: a server that stalls is
not spared. Server, database and this program share the machine.
"""
import argparse
import gzip
import http.client
import os
import platform
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
PASSWORD = "violet-otter-carousel"


def psql(url, *arguments):
    done = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", url, *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"shift.py: {done.stderr.strip()}")
    return done.stdout.strip()


def make_database(program, days, links):
    server = os.environ["TEST_POSTGRES_URL"]
    url = server.rsplit("/", 1)[0] + "/opint_bench_shift"
    psql(server, "-c", "DROP DATABASE IF EXISTS opint_bench_shift")
    psql(server, "-c", "CREATE DATABASE opint_bench_shift")
    subprocess.run([program, "migrate"], env={**os.environ, "DATABASE_URL": url}, check=True, stdout=subprocess.DEVNULL)
    begin = time.monotonic()
    psql(url, "-v", f"days={days}", "-v", f"links={links}", "-f", str(HERE / "shift.sql"))
    psql(url, "-c", "VACUUM ANALYZE")
    print(f"filled in {time.monotonic() - begin:.0f} s", file=sys.stderr)
    subprocess.run([program, "createsuperuser", "--username", "bench"], input=PASSWORD, text=True,
                   env={**os.environ, "DATABASE_URL": url}, check=True, stdout=subprocess.DEVNULL)
    return url


class Server:
    def __init__(self, program, url):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [program, "serve", "--listen", f"127.0.0.1:{self.port}"],
            env={**os.environ, "DATABASE_URL": url, "RUST_LOG": "warn"},
        )
        self.cookies = ""
        for _ in range(100):
            try:
                if self.ask("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        sys.exit("shift.py: the server does not get ready")

    def ask(self, path, connection=None, body=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookies, "Accept-Encoding": "gzip", "Host": "localhost"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            kept = dict(pair.split("=", 1) for pair in self.cookies.split("; ") if pair)
            self.cookies = "; ".join(f"{n}={v}" for n, v in {**kept, name: value}.items())
        text = gzip.decompress(data) if answer.headers.get("Content-Encoding") == "gzip" else data
        return answer.status, len(data), text

    def sign_in(self):
        page = self.ask("/admin/login/")[2].decode()
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": "bench", "password": PASSWORD, "next": "/admin/"}
        status = self.ask("/admin/login/", body=urllib.parse.urlencode(form))[0]
        if status != 302:
            sys.exit(f"shift.py: signing in was answered with {status}")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def measure(server, path, rate, seconds):
    """Times in ms from when each request was due, sorted, and the bytes of the last answer."""
    local = threading.local()
    times, size = [], [0]

    def one(due):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        status, size[0], _ = server.ask(path, local.connection)
        times.append((time.monotonic() - due) * 1000 if status == 200 else float("inf"))

    with ThreadPoolExecutor(16) as pool:
        begin = time.monotonic()
        for number in range(rate * seconds):
            due = begin + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(one, due)
    return sorted(times), size[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--links", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--out", default=str(HERE / "shift.md"))
    told = parser.parse_args()
    program = os.environ["OPINT_BIN"]
    url = make_database(program, told.days, told.links)
    issue = psql(url, "-c", "SELECT MIN(id) FROM issue WHERE failures_total > 0")
    pages = {
        "board, 1 h": "/", "board, 4 h": "/?hours=4", "board, 24 h": "/?hours=24",
        "matrix, 40 × 40": "/matrix/", "matrix, 170 × 170": "/matrix/?sites=all",
        "issue page": f"/issues/{issue}/", "report of the last shift": "/report/",
        "site page": "/sites/SITE-001/", "search": "/search/?q=SITE-001",
    }
    rows = psql(url, "-c", "SELECT to_char(COUNT(*), 'FM999,999,999') FROM link_hour")
    server = Server(program, url)
    try:
        server.sign_in()
        lines = []
        for name, path in pages.items():
            status, _, _ = server.ask(path)
            if status != 200:
                sys.exit(f"shift.py: {path} was answered with {status}")
            times, size = measure(server, path, told.rate, told.seconds)
            at = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99)]
            lines.append(f"| {name} | {at[0]:.1f} | {at[1]:.1f} | {times[-1]:.1f} | {size / 1000:.1f} |")
            print(lines[-1], file=sys.stderr)
    finally:
        server.stop()
    head = (
        "# The pages of a shift\n\n"
        f"`make bench-shift`: 170 sites, {told.links:,} links, {told.days} days by the hour ({rows} rows of `link_hour`) on "
        f"PostgreSQL; {told.rate} requests a second for {told.seconds} s each, times in ms from when a request was due. Server, "
        f"database and client share {os.cpu_count()} cores ({platform.machine()}).\n\n"
        "| page | median | 99 % | longest | kB, compressed |\n| --- | ---: | ---: | ---: | ---: |\n"
    )
    Path(told.out).write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
