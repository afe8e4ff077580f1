"""A database of the tests' own for each server: a file of SQLite, or one on a given PostgreSQL."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from itertools import count

SECONDS_FOR_A_QUERY = 60


class Sqlite:
    def __init__(self, folder):
        self.path = folder / "opint.db"
        self.url = f"sqlite://{self.path}?mode=rwc"

    def copy(self, folder):
        """Beside the file, there may be one of what was written last."""
        for file in self.path.parent.glob(f"{self.path.name}*"):
            shutil.copy(file, folder)
        return Sqlite(folder)

    def text(self):
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump())

    def drop(self):
        """Its folder is removed with it."""


class Postgres:
    numbers = count()

    def __init__(self, server, template="template0"):
        self.server, self.name = server, f"opint_api_{os.getpid()}_{next(self.numbers)}"
        self.url = f"{server.rsplit('/', 1)[0]}/{self.name}"
        self.ask("psql", "-X", "-q", "-d", server, "-c", f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def copy(self, folder):
        return Postgres(self.server, self.name)

    def text(self):
        return self.ask("pg_dump", "--data-only", self.url)

    def drop(self):
        self.ask("psql", "-X", "-q", "-d", self.server, "-c", f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def ask(self, *command):
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS_FOR_A_QUERY)
        assert done.returncode == 0, done.stderr
        return done.stdout
