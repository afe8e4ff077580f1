"""The program under test, and those who ask it."""

import os
import re
import signal
import socket
import subprocess
import time

import requests

SECONDS_TO_START, SECONDS_TO_STOP, SECONDS_TO_ANSWER = 60, 20, 60
PASSWORD = "violet-otter-carousel"
ADMIN = "admin"
BINARY = os.environ["OPINT_BIN"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def run(folder, database, arguments):
    """Runs a command that ends; its working directory holds no .env."""
    done = subprocess.run(
        [BINARY, *arguments],
        cwd=folder,
        env=variables(database),
        check=False,
        timeout=SECONDS_TO_START,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"opint {' '.join(arguments)}: {done.stderr}"


def variables(database, **more):
    return {"PATH": os.environ.get("PATH", ""), "DATABASE_URL": database.url, **more}


def make_user(folder, database, name):
    """A superuser: the command line makes no others."""
    secret = folder / "password"
    secret.write_text(PASSWORD)
    email = f"{name}@example.org"
    arguments = ["--username", name, "--email", email, "--password-file", str(secret)]
    run(folder, database, ["createsuperuser", *arguments])


class Server:
    """Serves a copy of a database on a port of its own until it is left."""

    def __init__(self, folder, template, **more):
        self.folder, self.database = folder, template.copy(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        more = {"OPINT_LISTEN": f"127.0.0.1:{self.port}", "RUST_LOG": "info", **more}
        self.process = None
        self.environment = variables(self.database, **more)

    def __enter__(self):
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if Client(self).get("/readyz").status_code == 200:
                    return self
            except requests.ConnectionError:
                pass
            time.sleep(0.05)
        self.__exit__()
        raise AssertionError(f"the server did not start: {self.log()}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS_TO_STOP)
        finally:
            self.process.kill()
            self.process.wait()
            self.database.drop()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def login(self, name=ADMIN, password=PASSWORD):
        return Client(self).post("/auth/rest-auth/login/", json={"username": name, "password": password})

    def client(self, name=ADMIN):
        """Somebody with a token, as the sign-in for programs gives it."""
        answer = self.login(name)
        assert answer.status_code == 200, told(answer)
        return Client(self, answer.json()["token"])

    def user(self, name, admin, **fields):
        """Makes a user with these fields; gives them and their token."""
        make_user(self.folder, self.database, name)
        row = admin.one("/api/users/", q=name)
        answer = admin.patch(f"/api/users/{row['id']}/", json=fields)
        assert answer.status_code == 200, told(answer)
        return answer.json(), self.client(name)


class Client(requests.Session):
    """Asks one server, with a token or without."""

    def __init__(self, server, token=None):
        super().__init__()
        self.server, self.trust_env, self.token = server, False, token
        if token:
            self.headers["Authorization"] = f"Token {token}"

    def request(self, method, url, **how):
        url = url if url.startswith("http") else self.server.url + url
        return super().request(method, url, timeout=SECONDS_TO_ANSWER, **{"allow_redirects": False, **how})

    def get(self, url, **how):
        # As it is asked for, where requests would go on to another address.
        return super().get(url, **{"allow_redirects": False, **how})

    def one(self, path, **query):
        """The only row of a list."""
        answer = self.get(path, params=query)
        assert answer.status_code == 200 and answer.json()["count"] == 1, told(answer)
        return answer.json()["results"][0]

    def make(self, path, **fields):
        answer = self.post(path, json=fields)
        assert answer.status_code in (200, 201), told(answer)
        return answer.json()

    def walk(self, path, **query):
        """All rows of a list, page by page, as `next` leads."""
        answer, rows, pages = self.get(path, params=query), [], 0
        while True:
            assert answer.status_code == 200, told(answer)
            page, pages = answer.json(), pages + 1
            assert list(page) == ["count", "next", "previous", "results"]
            assert (page["previous"] is None) == (pages == 1), told(answer)
            rows += page["results"]
            if page["next"] is None:
                assert len(rows) == page["count"], f"{path}: {len(rows)} rows in {pages} pages, and a count of {page['count']}"
                return rows
            assert page["next"].startswith(self.server.url), page["next"]
            answer = self.get(page["next"])


class Page(Client):
    """A browser with a page of this server or of another origin, which has no token."""

    def __init__(self, server, origin=None):
        super().__init__(server)
        self.origin = origin or server.url
        self.site = "same-origin" if self.origin == server.url else "cross-site"

    def request(self, method, url, **how):
        browser = {
            "Sec-Fetch-Site": self.site,
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Referer": f"{self.origin}/",
        }
        # Browsers leave it out where a page reads from its own server.
        if self.site != "same-origin" or method not in ("GET", "HEAD"):
            browser["Origin"] = self.origin
        return super().request(method, url, **{**how, "headers": {**browser, **(how.get("headers") or {})}})


def csrf(html):
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]


def make_token(server, name=ADMIN, scopes=(), until=""):
    """A token as people make it: signed in, on the page for it."""
    page = Client(server)
    form = {"csrfmiddlewaretoken": csrf(page.get("/admin/login/").text), "username": ADMIN, "password": PASSWORD, "next": ""}
    answer = page.post("/admin/login/", data=form)
    assert answer.status_code == 302, told(answer)
    form = {
        "csrfmiddlewaretoken": csrf(page.get("/admin/api-tokens/add/").text),
        "name": "Tests",
        "user": name,
        "expires_at": until,
        "limited": "true" if scopes else "false",
        "scope": list(scopes),
    }
    answer = page.post("/admin/api-tokens/add/", data=form)
    assert answer.status_code == 200, told(answer)
    return re.search(r"opint_[\w-]{20,}", answer.text)[0]


def told(answer):
    """A request and its answer, for people."""
    sent = answer.request.body
    sent = sent.decode(errors="replace") if isinstance(sent, bytes) else sent
    return (
        f"{answer.request.method} {answer.request.url} {(sent or '')[:400]}\n"
        f"-> {answer.status_code} {answer.headers.get('Content-Type')} {answer.text[:1000]}"
    )


def refused(answer, status, **fields):
    """The shape of Django REST framework's refusals: a sentence, or messages by field."""
    assert answer.status_code == status, told(answer)
    assert answer.headers["Content-Type"] == "application/json", told(answer)
    body = answer.json()
    if fields:
        for name, message in fields.items():
            assert isinstance(body.get(name), list) and all(isinstance(one, str) for one in body[name]), told(answer)
            assert message in (None, *body[name]), told(answer)
    elif status != 400:
        assert set(body) == {"detail"} and isinstance(body["detail"], str) and body["detail"], told(answer)
    return body
