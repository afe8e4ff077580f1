#!/usr/bin/env python3
"""Measures the pages of the admin beside Django admin's, over the same rows in the same run.

    benches/admin.py [--issues 1000000] [--few 10000] [--seconds 5] [--out benches/admin.md]

benches/admin.sh prepares what it needs: TEST_POSTGRES_URL, OPINT_BIN, GUNICORN and wrk. All servers run while one page
after another is measured; at each page they take turns.
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import admin_table
from admin_load import measure
from admin_pages import ROWS, all_pages, busiest_category, issues_on
from measure import HERE, PASSWORD, USER, Person, Server, django_variables, fail, make_database, make_user, psql, run, say, tidy

PROJECT = HERE / "admin_django"
WORKERS = 2
OTHER = "loader"


def fill(issues):
    """A database with the tables of both, and one of the issues that has a history."""
    url = make_database("admin", "issues.sql", issues=issues, search="on")
    make_user(url, OTHER)
    python = Path(os.environ["GUNICORN"]).with_name("python")
    project = {**django_variables(url), "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(PROJECT)}
    run([str(python), "-m", "django", "migrate", "--verbosity", "0"], project)
    for name in (USER, OTHER):
        told = {**project, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        run([str(python), "-m", "django", "createsuperuser", "--noinput", "--username", name, "--email", ""], told)
    one = int(psql(url, "-c", f"SELECT id FROM issue ORDER BY id OFFSET {issues // 2} LIMIT 1"))
    psql(url, "-v", f"entries={max(100, issues // 10)}", "-v", f"one={one}", "-f", str(HERE / "admin.sql"))
    tidy(url)
    return url, one


def all_servers(url, folder):
    gunicorn = [os.environ["GUNICORN"], "--bind", "LISTEN", "--workers", str(WORKERS), "--log-level", "warning"]
    gunicorn += ["--chdir", str(PROJECT), "wsgi"]
    project = django_variables(url)
    return [
        Server.opint(folder, url),
        Server("Django", folder, gunicorn, {**project, "ADMIN": "tuned"}, "/admin/login/"),
        Server("Django's defaults", folder, gunicorn, {**project, "ADMIN": "defaults"}, "/admin/login/"),
    ]


def same_rows(page, shown):
    """All servers list the same issues in the same order, or they are not compared."""
    lists = {name: issues_on(text) for name, text in shown.items() if text}
    first = next(iter(lists.values()), [])
    if not 0 < len(first) <= ROWS or any(keys != first for keys in lists.values()):
        fail(f"{page.name}: not the same issues: { {name: keys[:3] for name, keys in lists.items()} }")


def measure_all(issues, seconds):
    """What is found by page and server, at rest and in the end; and how many issues the busiest category has."""
    url, one = fill(issues)
    category, dependents = busiest_category(url)
    found, rest = {}, {}
    with tempfile.TemporaryDirectory(prefix="opint-bench-") as folder, ExitStack() as running:
        servers = [running.enter_context(server) for server in all_servers(url, folder)]
        people = []
        for server in servers:
            rest[server.name] = server.memory()
            people.append(Person(server))
            people[-1].sign_in()
        for page in all_pages(issues, one, category):
            shown = {}
            for person in people:
                server = person.server.name
                if page.tuned and server == "Django's defaults":
                    continue
                found[page.name, server], text = measure(person, page, seconds, url)
                shown[server] = "" if found[page.name, server].why else text
                say(f"{issues:,}: {page.name}: {server}: {admin_table.rate(found[page.name, server])}")
            if page.lists:
                same_rows(page, shown)
    size = psql(url, "-c", "SELECT pg_size_pretty(pg_database_size(current_database()))")
    return admin_table.Run(issues, [server.name for server in servers], found, rest, dependents, size)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=10_000, help="the rows that the cost is compared with")
    parser.add_argument("--seconds", type=int, default=5, help="for each page of each server")
    parser.add_argument("--out", default=str(HERE / "admin.md"))
    told = parser.parse_args()
    runs = [measure_all(issues, told.seconds) for issues in sorted({min(told.few, told.issues), told.issues})]
    text = admin_table.report(runs, told.seconds, WORKERS)
    Path(told.out).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
