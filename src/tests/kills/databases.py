"""Databases of their own on SQLite, PostgreSQL and MariaDB, made, asked and dropped beside the program: through Python's
sqlite3 and the servers' command line clients."""

import contextlib
import os
import sqlite3
import subprocess
from urllib.parse import unquote, urlsplit

SECONDS_FOR_A_QUERY = 120


def ask(arguments, environment):
    done = subprocess.run(
        arguments, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=SECONDS_FOR_A_QUERY,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {done.stderr.strip()}")
    return done.stdout.splitlines()


class Sqlite:
    """A file for each database."""

    kind = "SQLite"
    # A moment as the program writes it there, as text.
    past = "2026-01-01T00:00:00+00:00"

    def __init__(self, folder):
        self.folder = folder

    def make(self, name):
        self.drop(name)

    def url(self, name):
        return f"sqlite://{self.folder}/{name}.db?mode=rwc"

    def rows(self, name, query):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/{name}.db?mode=rw", uri=True, timeout=30)) as db:
            found = ["\t".join("" if value is None else str(value) for value in row) for row in db.execute(query)]
            db.commit()
            return found

    def drop(self, name):
        for rest in ("", "-wal", "-shm"):
            (self.folder / f"{name}.db{rest}").unlink(missing_ok=True)


class Server:
    """A server whose user may make databases."""

    past = "2026-01-01 00:00:00"

    def __init__(self, url):
        self.address = urlsplit(url)
        self.user, self.password = unquote(self.address.username or ""), unquote(self.address.password or "")
        self.own = f"opint_kills_{os.getpid()}"

    def called(self, name):
        return f"{self.own}_{name}"

    def url(self, name):
        return self.address._replace(path=f"/{self.called(name)}").geturl()


class Postgres(Server):
    """Asked by psql."""

    kind = "PostgreSQL"

    def psql(self, database, query):
        where = {
            "PGHOST": self.address.hostname, "PGPORT": str(self.address.port or 5432), "PGDATABASE": database,
            "PGUSER": self.user, "PGPASSWORD": self.password, "PGCLIENTENCODING": "UTF8", "PGTZ": "UTC",
        }
        options = ["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", query]
        return ask(["psql", *options], where)

    def make(self, name):
        self.drop(name)
        self.psql(self.address.path[1:], f"CREATE DATABASE {self.called(name)}")

    def rows(self, name, query):
        return self.psql(self.called(name), query)

    def drop(self, name):
        self.psql(self.address.path[1:], f"DROP DATABASE IF EXISTS {self.called(name)} WITH (FORCE)")


class MariaDb(Server):
    """Asked by mariadb."""

    kind = "MariaDB"

    def mariadb(self, database, query):
        where = [
            "--protocol=tcp", f"--host={self.address.hostname}", f"--port={self.address.port or 3306}",
            f"--user={self.user}", f"--database={database}",
        ]
        options = ["--batch", "--skip-column-names", "--default-character-set=utf8mb4", f"--execute={query}"]
        return ask(["mariadb", "--no-defaults", *where, *options], {"MYSQL_PWD": self.password, "TZ": "UTC"})

    def make(self, name):
        self.drop(name)
        self.mariadb(self.address.path[1:], f"CREATE DATABASE {self.called(name)}")

    def rows(self, name, query):
        return self.mariadb(self.called(name), query)

    def drop(self, name):
        self.mariadb(self.address.path[1:], f"DROP DATABASE IF EXISTS {self.called(name)}")


def all_given(folder):
    """SQLite, and the servers that src/tests/services.sh has started."""
    databases = [Sqlite(folder)]
    if url := os.environ.get("TEST_POSTGRES_URL"):
        databases.append(Postgres(url))
    if url := os.environ.get("TEST_MARIADB_URL"):
        databases.append(MariaDb(url))
    return databases
