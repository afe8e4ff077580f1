"""Servers for the tests; each module has one of its own."""

import os

import pytest
from databases import Postgres, Sqlite
from program import ADMIN, Client, Server, make_user, run


def pytest_addoption(parser):
    parser.addoption("--postgres", action="store_true", help="on the PostgreSQL of TEST_POSTGRES_URL, instead of SQLite")


@pytest.fixture(scope="session")
def template(tmp_path_factory, request):
    """A database with a superuser and nothing else. It is copied, which takes less time than to make its schema."""
    folder = tmp_path_factory.mktemp("template")
    database = Postgres(os.environ["TEST_POSTGRES_URL"]) if request.config.getoption("postgres") else Sqlite(folder)
    run(folder, database, ["migrate"])
    make_user(folder, database, ADMIN)
    yield database
    database.drop()


@pytest.fixture(scope="session")
def serve(template, tmp_path_factory):
    """Starts a server with these variables."""

    def start(**variables):
        return Server(tmp_path_factory.mktemp("server"), template, **variables)

    return start


@pytest.fixture(scope="module")
def server(serve):
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def admin(server):
    """With the token of the superuser."""
    return server.client()


@pytest.fixture
def nobody(server):
    """Without a token."""
    return Client(server)
