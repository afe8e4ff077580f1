#!/usr/bin/env python3
"""Measures exports and imports over HTTP: a file is uploaded, looked at and written, once as new rows and once more
unchanged, then the list goes out in every format while the memory of the server is watched.

    benches/exchange.py [--rows 100000] [--exported 1000000]

It takes OPINT_BIN or target/release/opint, a SQLite of its own and, if they are given, the servers TEST_POSTGRES_URL and
TEST_MARIADB_URL (src/tests/services.sh). Server, database and this program share the machine. Prints a table.
"""
import argparse
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src/tests"))

from kills import databases  # noqa: E402

PASSWORD = "violet-otter-carousel"
LARGEST = 200_000
LINKS = "SITE-{:03}"
FORMATS = ["csv", "json", "jsonl", "xlsx"]


def sites():
    return "name,tier\n" + "".join(f"{LINKS.format(number)},{number % 4}\n" for number in range(100))


def issues(begin, end):
    """Issues as people have them in a spreadsheet: sites by name, messages as they come."""
    lines = ["operation,message,src_site,dst_site,first_seen,last_seen,failures_total,files_total"]
    for number in range(begin, end):
        src, dst = LINKS.format(number % 100), LINKS.format(number // 100 % 100)
        lines.append(
            f"transfer,TRANSFER [70] the server responded with an error 500 number {number:09} by se{number % 977}.example.org,"
            f"{src},{dst},2026-11-{1 + number % 20:02}T08:00:00Z,2026-11-21T{number % 24:02}:{number % 60:02}:00Z,{number % 5000},{number % 900}"
        )
    return "\n".join(lines) + "\n"


class Server:
    def __init__(self, program, url):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = {**os.environ, "DATABASE_URL": url, "RUST_LOG": "warn"}
        subprocess.run([program, "migrate"], env=self.env, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([program, "createsuperuser", "--username", "bench"], input=PASSWORD, text=True, env=self.env,
                       check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([program, "serve", "--listen", f"127.0.0.1:{self.port}"], env=self.env)
        self.cookies = {}
        for _ in range(100):
            try:
                if self.ask("/readyz")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
        else:
            sys.exit("exchange.py: the server does not get ready")
        self.token = self.token_of("/admin/login/")
        self.post("/admin/login/", username="bench", password=PASSWORD, next="/admin/")
        self.token = self.token_of("/admin/sites/import/")

    def ask(self, path, body=None, kind="application/x-www-form-urlencoded"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Host": "localhost"}
        if body:
            headers["Content-Type"] = kind
        connection.request("POST" if body else "GET", path, body, headers)
        answer = connection.getresponse()
        size, text = 0, b""
        while piece := answer.read(1 << 20):
            size += len(piece)
            text = piece if size == len(piece) else text
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        connection.close()
        return answer.status, answer.headers, text.decode(errors="replace"), size

    def token_of(self, path):
        return re.search(r'csrfmiddlewaretoken" value="([^"]+)', self.ask(path)[2])[1]

    def post(self, path, **fields):
        form = {"csrfmiddlewaretoken": self.token, **fields}
        status, headers, text, _ = self.ask(path, urllib.parse.urlencode(form))
        if status != 302:
            sys.exit(f"exchange.py: {path} was answered with {status}: {text[-2000:]}")
        return headers["Location"]

    def upload(self, slug, text):
        body = (
            f'--XX\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token}\r\n'
            f'--XX\r\nContent-Disposition: form-data; name="file"; filename="bench.csv"\r\n\r\n{text}\r\n--XX--\r\n'
        )
        status, headers, text, _ = self.ask(f"/admin/{slug}/import/", body.encode(), "multipart/form-data; boundary=XX")
        if status != 302:
            sys.exit(f"exchange.py: the upload was answered with {status}: {text[-2000:]}")
        return headers["Location"]

    def wait(self, here):
        while True:
            _, headers, text, _ = self.ask(here)
            if not headers.get("Refresh"):
                return re.findall(r"<dd[^>]*>([\d,]+)</dd>", text)
            time.sleep(0.1)

    def bring(self, slug, text, match=""):
        """Seconds of upload, preview and writing, and what the preview said."""
        begin = time.monotonic()
        here = self.upload(slug, text)
        uploaded = time.monotonic()
        page = self.ask(here)[2]
        columns = re.findall(r'<select id="(column-\d+)".*?</select>', page, re.S)
        chosen = {name: (re.search(rf'id="{name}".*?</select>', page, re.S)[0]) for name in columns}
        fields = {name: (re.search(r'value="([^"]*)" selected', text) or [0, ""])[1] for name, text in chosen.items()}
        self.post(here, **fields, match=match, do="check")
        counts = self.wait(here)
        looked = time.monotonic()
        if counts[:2] != ["0", "0"]:
            self.post(here, do="write")
            self.wait(here)
        done = time.monotonic()
        return (uploaded - begin, looked - uploaded, done - looked), counts

    def memory(self, what="VmRSS"):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(40)


class Peak:
    """The largest memory of the server while something goes on."""

    def __init__(self, server):
        self.server, self.over, self.most = server, threading.Event(), 0.0
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.over.is_set():
            self.most = max(self.most, self.server.memory())
            time.sleep(0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def measure(kind, program, url, rows, exported):
    server = Server(program, url)
    try:
        server.bring("sites", sites(), "name")
        with Peak(server) as peak:
            (upload, look, write), counts = server.bring("issues", issues(0, rows))
        print(f"| {kind} | import of {rows:,} new issues | {upload + look + write:.1f} s: upload {upload:.1f}, preview "
              f"{look:.1f}, writing {write:.1f} | {peak.most:.0f} MB |", flush=True)
        if counts[0] != f"{rows:,}":
            sys.exit(f"exchange.py: the preview said {counts}")
        for begin in range(rows, exported, LARGEST):
            server.bring("issues", issues(begin, min(begin + LARGEST, exported)))
        before = server.memory()
        for form in FORMATS:
            with Peak(server) as peak:
                begin = time.monotonic()
                size = server.ask(f"/admin/issues/export/{form}/")[3]
                took = time.monotonic() - begin
            print(f"| {kind} | export of {max(rows, exported):,} issues as {form}, {size / 1e6:.0f} MB | {took:.1f} s | "
                  f"{before:.0f} MB before, {peak.most:.0f} MB at most |", flush=True)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--exported", type=int, default=1_000_000)
    told = parser.parse_args()
    program = os.environ.get("OPINT_BIN", str(ROOT / "target/release/opint"))
    print("| Database | What | Time | Memory of the server |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="opint-exchange-") as folder:
        for server in databases.all_given(Path(folder)):
            server.make("exchange")
            try:
                measure(server.kind, program, server.url("exchange"), told.rows, told.exported)
            finally:
                server.drop("exchange")


if __name__ == "__main__":
    main()
