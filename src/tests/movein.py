#!/usr/bin/env python3
"""Moves databases in that Django itself has made, and dumps from one kind of database to the next.

It takes OPINT_BIN or target/debug/opint, SQLite and, if they are given, databases of its own on the servers
TEST_POSTGRES_URL and TEST_MARIADB_URL (src/tests/services.sh). Django comes by pip into a folder that is removed again.
"""

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from kills import databases

HERE = Path(__file__).resolve().parent
SECONDS = 180
PACKAGES = ["Django~=5.2.0", "argon2-cffi", "psycopg[binary]", "PyMySQL"]
ENGINES = {"SQLite": "sqlite3", "PostgreSQL": "postgresql", "MariaDB": "mysql"}
# Of each version of the original: rows that become rows here.
COUNTS = {
    "current": {"action": 5, "cause": 1, "suggested_action": 1, "solution": 3, "user": 3},
    "first": {"action": 5, "cause": 1, "suggested_action": 0, "solution": 1, "user": 3},
}


class Failed(Exception):
    """What is wrong with the program."""


def check(right, what):
    if not right:
        raise Failed(what)


class Opint:
    """The program, in an environment without anything else of ours."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(binary), folder

    def environment(self, url):
        return {"PATH": os.environ.get("PATH", ""), "DATABASE_URL": url, "NO_PROXY": "127.0.0.1"}

    def run(self, url, *arguments, status=0):
        done = subprocess.run(
            [self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(url), capture_output=True,
            check=False, stdin=subprocess.DEVNULL, timeout=SECONDS,
        )
        out, told = done.stdout.decode(), done.stderr.decode()
        check(done.returncode == status, f"{arguments} ended with {done.returncode}: {out}{told}")
        return out + told if status else out

    def dump(self, url):
        path = self.folder / "dump.json"
        self.run(url, "dumpdata", "--output", path)
        check(path.stat().st_mode & 0o077 == 0, "others can read the dump")
        return path.read_bytes()

    def load(self, url, text):
        path = self.folder / "load.json"
        path.write_bytes(text)
        return self.run(url, "loaddata", path)

    @contextlib.contextmanager
    def serving(self, url):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (self.folder / "serve.log").open("w") as log:
            running = subprocess.Popen(
                [self.binary, "serve", "--listen", f"127.0.0.1:{port}"], cwd=self.folder, env=self.environment(url),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 30
            while True:
                try:
                    urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
                    break
                except OSError:
                    check(time.monotonic() < deadline and running.poll() is None, "the server does not answer")
                    time.sleep(0.1)
            yield address
        finally:
            running.terminate()
            running.wait(30)


class Django:
    """Django with the original's models on a database."""

    def __init__(self, python, server, version):
        self.python, self.server = python, server
        self.name = f"old_{version}"
        self.environment = {
            "PATH": os.environ.get("PATH", ""), "DJANGO_SETTINGS_MODULE": "settings", "ORIGINAL": version,
            "PYTHONDONTWRITEBYTECODE": "1", "ENGINE": f"django.db.backends.{ENGINES[server.kind]}",
            "DATABASE": json.dumps(self.settings()),
        }

    def settings(self):
        if self.server.kind == "SQLite":
            return {"NAME": str(self.server.folder / f"{self.name}.db")}
        address = self.server.address
        return {
            "NAME": self.server.called(self.name), "USER": self.server.user, "PASSWORD": self.server.password,
            "HOST": address.hostname, "PORT": address.port,
        }

    def run(self, *arguments):
        done = subprocess.run(
            [self.python, *arguments], cwd=HERE / "original", env=self.environment, capture_output=True, check=False,
            timeout=SECONDS, stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise RuntimeError(f"Django: {done.stderr.decode()}")
        return done.stdout

    def fill(self):
        self.server.make(self.name)
        self.run("fill.py")

    def dump(self):
        return self.run("-m", "django", "dumpdata", "--skip-checks")


def rows(server, name, table):
    quoted = f"`{table}`" if server.kind == "MariaDB" else f'"{table}"'
    return int(server.rows(name, f"SELECT COUNT(*) FROM {quoted}")[0])


def sign_in(address, name, password):
    """Signs in as a browser does; gives the status."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay, urllib.request.ProxyHandler({})
    )
    page = browser.open(f"{address}/admin/login/", timeout=30).read().decode()
    token = re.search(r'name="?csrfmiddlewaretoken"? value="([^"]+)"', page)[1]
    fields = {"csrfmiddlewaretoken": token, "username": name, "password": password, "next": "/admin/"}
    try:
        browser.open(f"{address}/admin/login/", urllib.parse.urlencode(fields).encode(), timeout=60)
    except urllib.error.HTTPError as answer:
        return answer.code
    return 200


def told_apart(dump):
    """A dump without what differs by time and chance."""
    kept = []
    for row in json.loads(dump):
        if row["model"] in ("opint.audit_log", "opint.permission", "opint.group_permission"):
            continue
        fields = {name: value for name, value in row["fields"].items() if name not in ("created_at", "updated_at", "first_seen")}
        if str(fields.get("password", "")).startswith("!"):
            fields["password"] = "!"
        kept.append((row["model"], row["pk"], fields))
    return kept


def move_in(opint, here, django, version):
    """Moves one database in, twice, and by its dump."""
    django.fill()
    url, old = here.url("moved"), django.server.url(django.name).split("?")[0]
    here.make("moved")
    told = opint.run(url, "import-django", "--from", old, "--dry-run")
    check("Nothing was written." in told, told)
    check("first version" in told if version == "first" else "current version" in told, told)
    for table in ("issue", "user", "action", "audit_log", "imported_row"):
        check(rows(here, "moved", table) == 0, f"the dry run wrote {table}")
    again = opint.run(url, "import-django", "--from", old)
    check(told.replace("\nNothing was written.\n", "") == again, f"the dry run said otherwise:\n{told}\n{again}")
    for table, count in COUNTS[version].items():
        check(rows(here, "moved", table) == count, f"{table}: {rows(here, 'moved', table)} rows, not {count}\n{again}")
    issues = 300 if version == "first" else 320
    kept = here.rows("moved", "SELECT COUNT(*) FROM imported_row WHERE new_table = 'issue'")[0]
    check(int(kept) == issues, f"{kept} issues are known of {issues}")
    total = here.rows("moved", "SELECT SUM(failures_total) FROM issue")[0]
    check(int(total) == sum(range(300)) + issues - 300, f"{total} failures")
    dump = opint.dump(url)
    opint.run(url, "import-django", "--from", old)
    check(opint.dump(url) == dump, "moving in again changed something")
    here.make("loaded")
    opint.load(here.url("loaded"), django.dump())
    left, right = told_apart(dump), told_apart(opint.dump(here.url("loaded")))
    for one, other in zip(left, right):
        check(one == other, f"the dump of Django gives another row:\n{one}\n{other}")
    check(len(left) == len(right), "the dump of Django gives other rows")


def passwords(opint, here):
    """Old passwords open accounts over HTTP, and are renewed."""
    with opint.serving(here.url("moved")) as address:
        check(sign_in(address, "locked", "violet-otter-1") == 422, "an account without a password was opened")
        for name, password in (("pbkdf2", "violet-otter-1"), ("argon2", "violet-otter-2")):
            query = f"SELECT password FROM \"user\" WHERE username = '{name}'"
            check(not here.rows("moved", query)[0].startswith("$argon2id$"), f"{name} was renewed before")
            check(sign_in(address, name, "wrong") == 422, f"{name} was opened by a wrong password")
            check(sign_in(address, name, password) == 302, f"{name} cannot sign in")
            check(here.rows("moved", query)[0].startswith("$argon2id$v=19$m=19456"), f"{name} was not renewed")
            check(sign_in(address, name, password) == 302, f"{name} cannot sign in again")


def around(opint, servers):
    """Dumps from one kind of database to the next and back to the first."""
    first = servers[0]
    dump = opint.dump(first.url("moved"))
    for server in [*servers[1:], first]:
        server.make("around")
        opint.load(server.url("around"), dump)
        check(opint.dump(server.url("around")) == dump, f"{server.kind} gives another dump")
        opint.load(server.url("around"), dump)
    print(f"a dump of {len(dump) // 1024} KiB is the same by way of {', '.join(server.kind for server in servers)}")


def refusals(opint, here):
    here.make("refused")
    url = here.url("refused")
    told = opint.run(url, "import-django", "--from", "sqlite:///nowhere.sqlite", status=1)
    check(told.count("\n") == 1 and "no database file" in told, told)
    told = opint.run(url, "import-django", "--from", here.url("refused").split("?")[0], status=1)
    check("dumpdata" in told, told)
    opint.run(url, "import-django", status=2)
    opint.run(url, "loaddata", status=2)


def install(folder):
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=SECONDS)
    python = folder / "venv/bin/python"
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *quiet, *PACKAGES], check=True, timeout=SECONDS)
    return python


def main():
    # Told to stop, it ends what it has started and removes its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("movein.py: stopped by a signal"))
    binary = os.environ.get("OPINT_BIN") or HERE.parents[1] / "target/debug/opint"
    with tempfile.TemporaryDirectory(prefix="opint-movein-") as folder:
        folder = Path(folder)
        python, opint = install(folder), Opint(binary, folder)
        servers = databases.all_given(folder)
        here = servers[0]
        try:
            refusals(opint, here)
            for server in servers:
                for version in ("first", "current"):
                    begin = time.monotonic()
                    move_in(opint, here, Django(python, server, version), version)
                    seconds = time.monotonic() - begin
                    print(f"{server.kind}, {version}: moved in as it was, {seconds:.0f} s", flush=True)
            passwords(opint, here)
            print("old passwords open their accounts and are renewed", flush=True)
            around(opint, servers)
        except (Failed, RuntimeError) as failed:
            sys.exit(f"movein.py: {failed}")
        finally:
            for server in servers:
                for name in ("old_first", "old_current", "moved", "loaded", "around", "refused"):
                    server.drop(name)


if __name__ == "__main__":
    main()
