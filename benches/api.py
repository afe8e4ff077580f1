#!/usr/bin/env python3
"""Measures the API on PostgreSQL beside Django REST framework and a bare handler, all over the same rows in the same run.

    benches/api.py [--issues 1000000] [--seconds 15] [--rounds 3] [--connections 16] [--out benches/api.md]

benches/api.sh prepares what it needs: TEST_POSTGRES_URL, OPINT_BIN, BARE_BIN, GUNICORN and wrk. Each measurement is split
into rounds, and the servers take turns in each, so that whatever else the machine does hits all of them. The table has
the median of the rounds' rates and the worst of their 99th percentiles.
"""

import argparse
import json
import os
import platform
import re
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from measure import (
    HERE,
    PASSWORD,
    USER,
    Server,
    django_variables,
    django_versions,
    fail,
    make_database,
    now,
    number,
    psql,
    say,
    wrk,
)

LIST = "/api/issues/transfer/?ordering=-last_modified"
READY = "/api/actions/"
SECONDS_TO_WARM_UP, WORKERS = 1, 2
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}


def get(server, path, headers):
    status, _, body = server.ask("GET", path, headers=headers)
    if status != 200:
        fail(f"{server.name} answered {path} with {status}: {body[:500]}")
    return body


def sign_in(server):
    told = json.dumps({"username": USER, "password": PASSWORD})
    status, _, body = server.ask("POST", "/auth/rest-auth/login/", told, HEADERS)
    if status != 200:
        fail(f"signing in was answered with {status}: {body[:500]}")
    return {**HEADERS, "Authorization": f"Token {json.loads(body)['token']}"}


def all_servers(url, folder):
    django = django_variables(url)
    gunicorn = [os.environ["GUNICORN"], "--bind", "LISTEN", "--workers", str(WORKERS), "--log-level", "warning", "api_django"]
    return [
        Server.opint(folder, url),
        Server("bare handler", folder, [os.environ["BARE_BIN"]], {"DATABASE_URL": url, "BARE_LISTEN": "LISTEN"}, READY),
        Server("Django REST framework", folder, gunicorn, {**django, "COUNT_EVERY": "0"}, READY),
        Server("the same, a count kept for a minute", folder, gunicorn, {**django, "COUNT_EVERY": "60"}, READY),
    ]


def same_rows(servers, headers, one):
    """All servers give the same rows, or they are not compared."""
    ours = servers[0].name
    lists = {server.name: json.loads(get(server, LIST, headers[server.name])) for server in servers}
    issues = {server.name: json.loads(get(server, one, headers[server.name])) for server in servers}
    for name, page in lists.items():
        if (page["count"], page["results"]) != (lists[ours]["count"], lists[ours]["results"]):
            fail(f"{name} lists other rows than {ours}: {page['results'][:1]} and {lists[ours]['results'][:1]}")
        if issues[name] != issues[ours]:
            fail(f"{name} shows another issue than {ours}: {issues[name]} and {issues[ours]}")
    bodies = [re.sub(rb"127\.0\.0\.1:\d+", b"HOST", get(server, LIST, headers[server.name])) for server in servers[:2]]
    if bodies[0] != bodies[1]:
        say("the bare handler does not write the same bytes")


def measure(servers, headers, told, one):
    """Rate and times by what is asked and who."""
    asked = {"list of 100": (LIST, None), "one issue": (one, None), "new action": ("/api/actions/", "Action")}
    found = {}
    for what, (path, prefix) in asked.items():
        for turn in range(-1, told.rounds):
            for place, server in enumerate(servers):
                # Every name is new, also to the servers that are measured later.
                body = json.dumps({"action": f"{prefix} {place}.{turn} NUMBER"}) if prefix else ""
                seconds = SECONDS_TO_WARM_UP if turn < 0 else max(1, told.seconds // told.rounds)
                lines = [f"{name}: {value}" for name, value in headers[server.name].items()]
                _, failed, *result = wrk(server, path, seconds, told.connections, *lines, f"body={body}")
                if failed:
                    fail(f"{server.name} failed {failed:.0f} requests to {path}")
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
    versions = django_versions()
    packages = ", ".join(f"{name} {versions[name]}" for name in ("Django", "djangorestframework", "gunicorn", "psycopg"))
    return f"""# The API beside Django REST framework and a bare handler

Written by `make bench-api` (`benches/api.py`) on {now()}.

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
    url = make_database("api", "issues.sql", issues=told.issues)
    key = psql(url, "-c", f"SELECT id FROM issue WHERE operation = 'transfer' ORDER BY id OFFSET {told.issues // 2} LIMIT 1")
    one = f"/api/issues/transfer/{key}/"
    with tempfile.TemporaryDirectory(prefix="opint-bench-") as folder, ExitStack() as running:
        servers = [running.enter_context(server) for server in all_servers(url, folder)]
        headers = {server.name: HEADERS for server in servers}
        headers[servers[0].name] = sign_in(servers[0])
        same_rows(servers, headers, one)
        size = len(get(servers[0], LIST, headers[servers[0].name]))
        what, found = measure(servers, headers, told, one)
        memory = {server.name: server.memory()[1] for server in servers}
        text = report(told, url, what, servers, found, memory, size)
    Path(told.out).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
