#!/usr/bin/env python3
"""Measures the API on PostgreSQL beside Django REST framework and a bare handler, all over the same rows in the same run.

    benches/api.py [--issues 1000000] [--seconds 15] [--rounds 3] [--connections 16] [--out benches/api.md]

benches/api.sh prepares what it needs: TEST_POSTGRES_URL, OPINT_BIN, BARE_BIN, GUNICORN and wrk. Each measurement is split
into rounds, and the servers take turns in each, so that whatever else the machine does hits all of them. The table has
the median of the rounds' rates and the worst of their 99th percentiles.
"""

import argparse
import datetime
import http.client
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
PASSWORD = "violet-otter-carousel"
LIST = "/api/issues/transfer/?ordering=-last_modified"
SECONDS_TO_START, SECONDS_TO_WARM_UP, WORKERS = 60, 1, 2


def fail(why):
    sys.exit(f"api.py: {why}")


def say(what):
    print(f"api.py: {what}", file=sys.stderr)


def psql(url, *arguments):
    done = subprocess.run(
        ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", url, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        fail(done.stderr.strip())
    return done.stdout.strip()


def make_database(issues):
    server = os.environ["TEST_POSTGRES_URL"]
    url = server.rsplit("/", 1)[0] + "/opint_bench_api"
    psql(server, "-c", "DROP DATABASE IF EXISTS opint_bench_api")
    psql(server, "-c", "CREATE DATABASE opint_bench_api")
    begin = time.monotonic()
    opint(url, ["migrate"])
    psql(url, "-v", f"issues={issues}", "-f", str(HERE / "api.sql"))
    psql(url, "-c", "VACUUM ANALYZE")
    psql(url, "-c", "CHECKPOINT")
    say(f"filled in {time.monotonic() - begin:.0f} s")
    opint(url, ["createsuperuser", "--username", "bench"], input=PASSWORD)
    return url


def opint(url, arguments, **how):
    done = subprocess.run(
        [os.environ["OPINT_BIN"], *arguments],
        env={**os.environ, "DATABASE_URL": url},
        check=False,
        text=True,
        stdout=subprocess.DEVNULL,
        **how,
    )
    if done.returncode:
        fail(f"opint {arguments[0]} ended with {done.returncode}")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """Runs until it is left."""

    def __init__(self, name, log, command, variables):
        self.name, self.port, self.token = name, free_port(), ""
        listen = f"127.0.0.1:{self.port}"
        self.log = log / f"{self.port}.log"
        self.command = [word.replace("LISTEN", listen) for word in command]
        self.variables = {**os.environ, **{key: value.replace("LISTEN", listen) for key, value in variables.items()}}

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command, env=self.variables, cwd=HERE, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "/api/actions/")
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        fail(f"{self.name} did not start: {self.log.read_text()[-2000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = self.token
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def get(self, path):
        status, body = self.ask("GET", path)
        if status != 200:
            fail(f"{self.name} answered {path} with {status}: {body[:500]}")
        return body

    def sign_in(self):
        status, body = self.ask("POST", "/auth/rest-auth/login/", {"username": "bench", "password": PASSWORD})
        if status != 200:
            fail(f"signing in was answered with {status}: {body[:500]}")
        self.token = f"Token {json.loads(body)['token']}"

    def memory(self):
        """Megabytes that its processes have of their own, and their share of the rest."""
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        total = 0
        for pid in [self.process.pid, *children.stdout.split()]:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", told, re.M)[1])
        return total / 1024


def all_servers(url, log):
    address = urlsplit(url)
    django = {
        "DATABASE_NAME": address.path[1:],
        "DATABASE_USER": address.username,
        "DATABASE_PASSWORD": address.password or "",
        "DATABASE_HOST": address.hostname,
        "DATABASE_PORT": str(address.port or 5432),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    gunicorn = [os.environ["GUNICORN"], "--bind", "LISTEN", "--workers", str(WORKERS), "--log-level", "warning", "api_django"]
    ours = {"DATABASE_URL": url, "OPINT_LISTEN": "LISTEN", "RUST_LOG": "warn"}
    return [
        Server("OpInt", log, [os.environ["OPINT_BIN"], "serve"], ours),
        Server("bare handler", log, [os.environ["BARE_BIN"]], {"DATABASE_URL": url, "BARE_LISTEN": "LISTEN"}),
        Server("Django REST framework", log, gunicorn, {**django, "COUNT_EVERY": "0"}),
        Server("the same, a count kept for a minute", log, gunicorn, {**django, "COUNT_EVERY": "60"}),
    ]


def same_rows(servers, one):
    """All servers give the same rows, or they are not compared."""
    lists = [json.loads(server.get(LIST)) for server in servers]
    for server, page in zip(servers, lists):
        if (page["count"], page["results"]) != (lists[0]["count"], lists[0]["results"]):
            fail(f"{server.name} lists other rows than {servers[0].name}: {page['results'][:1]} and {lists[0]['results'][:1]}")
        if json.loads(server.get(one)) != json.loads(servers[0].get(one)):
            fail(f"{server.name} shows another issue than {servers[0].name}: {server.get(one)} and {servers[0].get(one)}")
    bodies = [re.sub(rb"127\.0\.0\.1:\d+", b"HOST", server.get(LIST)) for server in servers[:2]]
    if bodies[0] != bodies[1]:
        say("the bare handler does not write the same bytes")


def wrk(server, path, seconds, connections, prefix=None):
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(HERE / "api.lua"),
        f"http://127.0.0.1:{server.port}{path}",
        "--",
        server.token,
        *([prefix] if prefix else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^result (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)$", done.stdout, re.M)
    if not found:
        fail(f"wrk said nothing of use: {done.stdout}{done.stderr}")
    _, failed, rate, p50, p99 = map(float, found.groups())
    if failed:
        fail(f"{server.name} failed {failed:.0f} requests to {path}: {done.stdout}")
    return rate, p50, p99


def measure(servers, told, one):
    """Rate and times by what is asked and who."""
    asked = {"list of 100": (LIST, None), "one issue": (one, None), "new action": ("/api/actions/", "Action")}
    found = {}
    for what, (path, prefix) in asked.items():
        for turn in range(-1, told.rounds):
            for place, server in enumerate(servers):
                # Every name is new, also to the servers that are measured later.
                named = prefix and f"{prefix} {place}.{turn}"
                seconds = SECONDS_TO_WARM_UP if turn < 0 else max(1, told.seconds // told.rounds)
                result = wrk(server, path, seconds, told.connections, named)
                if turn >= 0:
                    found.setdefault((what, server.name), []).append(result)
        for server in servers:
            rates, medians, longest = zip(*found[what, server.name])
            found[what, server.name] = (
                statistics.median(rates),
                statistics.median(medians),
                max(longest),
                min(rates),
                max(rates),
            )
            say(f"{what}: {server.name}: {found[what, server.name][0]:.0f}/s")
    return list(asked), found


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(what, servers, found):
    lines = ["| | " + " | ".join(f"{one}: req/s | p50 ms | p99 ms" for one in what) + " |", "|---|" + "--:|" * (3 * len(what))]
    for server in servers:
        cells = []
        for one in what:
            rate, p50, p99, low, high = found[one, server.name]
            cells.append(f"{number(rate)} ({number(low)}–{number(high)}) | {p50:.1f} | {p99:.1f}")
        lines.append(f"| {server.name} | " + " | ".join(cells) + " |")
    ours = servers[0].name
    for server in servers[1:]:
        shares = [found[one, ours][0] / found[one, server.name][0] for one in what]
        lines.append(f"| OpInt, times {server.name} | " + " | ".join(f"**{share:.2f}** | | " for share in shares) + "|")
    return "\n".join(lines)


def report(told, url, what, servers, found, memory, size):
    version = psql(url, "-c", "SHOW server_version")
    packages = ", ".join(
        re.findall(r"^(?:Django|djangorestframework|gunicorn|psycopg)==.*$", (HERE / "api_requirements.txt").read_text(), re.M)
    )
    today = datetime.datetime.now(datetime.timezone.utc)
    return f"""# The API beside Django REST framework and a bare handler

Written by `make bench-api` (`benches/api.py`) on {today.day} {today:%B %Y, %H:%M UTC}.

- {told.issues:,} issues on PostgreSQL {version}; a list of 100 issues, newest change first ({size / 1000:.0f} kB), one issue by its key, and a new action
- `wrk -t1 -c{told.connections}`, {told.seconds} s each in {told.rounds} rounds in which the servers take turns; median of the rounds (lowest and highest), worst p99. **Servers, database and wrk share {os.cpu_count()} cores** ({platform.machine()}, Python {platform.python_version()})
- OpInt as released, with a token: rights, limits, history and an answer that fits the reader. The bare handler (`benches/bare/main.rs`) runs the same statements on the same pool and writes the same bytes, and asks for no token
- Django ({packages}) with {WORKERS} workers of gunicorn, the original's serialisers over the same tables, no token and no history (`benches/api_django.py`). The framework counts all rows at each list; OpInt and the bare handler do once a minute, so the last line has Django do so, too

{table(what, servers, found)}

Memory afterwards (proportional set size): {", ".join(f"{server.name} {memory[server.name]:.0f} MB" for server in servers)}.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--out", default=str(HERE / "api.md"))
    told = parser.parse_args()
    url = make_database(told.issues)
    key = psql(url, "-c", "SELECT id FROM issue WHERE operation = 'transfer' ORDER BY id OFFSET 4321 LIMIT 1")
    one = f"/api/issues/transfer/{key}/"
    with tempfile.TemporaryDirectory(prefix="opint-bench-") as log, ExitStack() as running:
        servers = [running.enter_context(server) for server in all_servers(url, Path(log))]
        servers[0].sign_in()
        same_rows(servers, one)
        size = len(servers[0].get(LIST))
        what, found = measure(servers, told, one)
        memory = {server.name: server.memory() for server in servers}
        text = report(told, url, what, servers, found, memory, size)
    Path(told.out).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
