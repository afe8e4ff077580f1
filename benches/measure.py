"""What the measurements share: databases of their own on TEST_POSTGRES_URL, servers that run until they are left, people
who are signed in, and load. OPINT_BIN is the program measured."""

import gzip
import http.client
import os
import platform
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
USER, PASSWORD = "bench", "violet-otter-carousel"
FORM = "application/x-www-form-urlencoded"
SECONDS_TO_START, SECONDS_TO_STOP = 60, 20


def say(what):
    print(f"{Path(sys.argv[0]).name}: {what}", file=sys.stderr)


def fail(why):
    sys.exit(f"{Path(sys.argv[0]).name}: {why}")


def psql(url, *arguments):
    done = subprocess.run(
        ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", url, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        fail(done.stderr.strip())
    return done.stdout.strip()


def run(command, variables=None, **how):
    done = subprocess.run(
        command, env={**os.environ, **(variables or {})}, check=False, text=True, stdout=subprocess.DEVNULL, **how
    )
    if done.returncode:
        fail(f"{' '.join(command[:2])} ended with {done.returncode}")


def opint(url, arguments, **how):
    run([os.environ["OPINT_BIN"], *arguments], {"DATABASE_URL": url}, **how)


def make_user(url, name=USER):
    opint(url, ["createsuperuser", "--username", name], input=PASSWORD)


def database_url(name):
    """Of a database of a measurement, on the server that the tests were given."""
    return f"{os.environ['TEST_POSTGRES_URL'].rsplit('/', 1)[0]}/opint_bench_{name}"


def make_database(name, script, **variables):
    """An empty one, migrated and filled by a script; with a user who may everything."""
    server, url = os.environ["TEST_POSTGRES_URL"], database_url(name)
    psql(server, "-c", f"DROP DATABASE IF EXISTS opint_bench_{name}")
    psql(server, "-c", f"CREATE DATABASE opint_bench_{name}")
    begin = time.monotonic()
    opint(url, ["migrate"])
    told = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    psql(url, *told, "-f", str(HERE / script))
    tidy(url)
    say(f"filled in {time.monotonic() - begin:.0f} s")
    make_user(url)
    return url


def tidy(url):
    psql(url, "-c", "VACUUM ANALYZE")
    psql(url, "-c", "CHECKPOINT")


def django_variables(url):
    """A database's address as the settings of the Django projects want it."""
    address = urllib.parse.urlsplit(url)
    return {
        "DATABASE_NAME": address.path[1:],
        "DATABASE_USER": address.username,
        "DATABASE_PASSWORD": address.password or "",
        "DATABASE_HOST": address.hostname,
        "DATABASE_PORT": str(address.port or 5432),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def django_versions():
    told = (HERE / "django_requirements.txt").read_text()
    return dict(re.findall(r"^([\w-]+)==(.*)$", told, re.M))


def now():
    today = datetime.now(timezone.utc)
    return f"{today.day} {today:%B %Y, %H:%M UTC}"


def machine():
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    return f"{os.cpu_count()} cores ({model[1] if model else platform.machine()})"


class Server:
    """Runs until it is left. LISTEN in its command and variables stands for where it listens."""

    def __init__(self, name, folder, command, variables, ready="/readyz"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        listen = f"127.0.0.1:{self.port}"
        self.name, self.ready, self.log = name, ready, Path(folder) / f"{self.port}.log"
        self.command = [word.replace("LISTEN", listen) for word in command]
        self.variables = {**os.environ, **{key: value.replace("LISTEN", listen) for key, value in variables.items()}}

    @classmethod
    def opint(cls, folder, url, **variables):
        told = {"DATABASE_URL": url, "OPINT_LISTEN": "LISTEN", "RUST_LOG": "warn", **variables}
        return cls("OpInt", folder, [os.environ["OPINT_BIN"], "serve"], told)

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command, env=self.variables, cwd=HERE, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", self.ready)[0] < 500:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        self.__exit__()
        fail(f"{self.name} did not start: {self.log.read_text()[-2000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_STOP)
        finally:
            self.process.kill()
            self.process.wait()

    def connect(self, seconds=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """Status, headers and body as sent."""
        connection = connection or self.connect()
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def processes(self):
        told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [self.process.pid, *map(int, told.stdout.split())]

    def memory(self):
        """Megabytes of all its processes: resident (what they share counts for each), and proportional (once)."""
        resident = proportional = 0
        for pid in self.processes():
            try:
                told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue  # It has ended meanwhile.
            resident += int(re.search(r"^Rss:\s+(\d+)", told, re.M)[1])
            proportional += int(re.search(r"^Pss:\s+(\d+)", told, re.M)[1])
        return resident / 1024, proportional / 1024


class Person:
    """Somebody with a browser: keeps cookies."""

    def __init__(self, server):
        self.server, self.cookies = server, {}

    def headers(self):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**({"Cookie": cookies} if cookies else {}), "Accept-Encoding": "gzip"}

    def ask(self, path, form=None, connection=None):
        """Status, bytes as sent, and the page."""
        headers = self.headers()
        if form is not None:
            headers["Content-Type"] = FORM
            form = urllib.parse.urlencode(form)
        status, answered, data = self.server.ask("GET" if form is None else "POST", path, form, headers, connection)
        for cookie in answered.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        page = gzip.decompress(data) if answered.get("Content-Encoding") == "gzip" else data
        return status, len(data), page.decode()

    def token(self, path):
        """What a form has to be sent with."""
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)', self.ask(path)[2])[1]

    def sign_in(self):
        form = {"csrfmiddlewaretoken": self.token("/admin/login/"), "username": USER, "password": PASSWORD, "next": "/admin/"}
        status = self.ask("/admin/login/", form)[0]
        if status != 302:
            fail(f"{self.server.name} answered the sign-in with {status}")


def wrk(server, path, seconds, connections, *told):
    """Requests, those that failed, requests per second, p50 and p99 in ms; what wrk.lua can be told, see there."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "wrk.lua")]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}", "--", *told], capture_output=True, text=True, check=False
    )
    found = re.search(r"^result (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)$", done.stdout, re.M)
    if not found:
        fail(f"wrk said nothing of use: {done.stdout}{done.stderr}")
    return tuple(map(float, found.groups()))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
