#!/usr/bin/env python3
"""Tests the REST API from outside, as programs see it: the original's React client call by call, a client written for
Django REST framework, and thousands of requests that schemathesis makes up from the API's own description.

    api_clients.py [--postgres] [ARGUMENTS OF PYTEST, such as -k react]

It takes OPINT_BIN or target/debug/opint, free loopback ports, and a SQLite of its own, or databases of its own on the
server TEST_POSTGRES_URL (src/tests/services.sh). Python's packages go into an
environment below target/, which later runs use again.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REQUIREMENTS = HERE / "api" / "requirements.txt"
# Newer ones do; of older ones, nobody knows.
OLDEST = (3, 11)


def fail(why):
    sys.exit(f"api_clients.py: {why}")


def environment():
    """Python with the packages, installed if they are not there."""
    folder = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "api-clients"
    python, installed = folder / "bin/python", folder / "requirements.txt"
    if installed.is_file() and installed.read_bytes() == REQUIREMENTS.read_bytes():
        return python
    try:
        import ensurepip  # noqa: F401 what venv needs, and Debian keeps in a package of its own
    except ImportError:
        fail("install python3-venv (by its name in Debian)")
    print("api_clients.py: installing Python's packages", file=sys.stderr)
    for command in (
        [sys.executable, "-m", "venv", "--clear", folder],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS],
    ):
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            fail(
                f"this did not work: {' '.join(map(str, command))}; it needs a package index of Python, such as PIP_INDEX_URL names"
            )
    installed.write_bytes(REQUIREMENTS.read_bytes())
    return python


def main():
    if sys.version_info < OLDEST:
        fail(f"install Python {OLDEST[0]}.{OLDEST[1]} or a newer one")
    binary = Path(os.environ.get("OPINT_BIN") or ROOT / "target/debug/opint").resolve()
    if not os.access(binary, os.X_OK):
        fail(f"there is no program {binary}: run cargo build, or name it in OPINT_BIN")
    arguments = [environment(), "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", HERE / "api", "--tb=short"]
    os.environ["OPINT_BIN"] = str(binary)
    os.chdir(HERE / "api")
    arguments = [str(argument) for argument in [*arguments, *sys.argv[1:]]]
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
