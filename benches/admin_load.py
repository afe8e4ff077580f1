"""How admin.py measures a page of one server, and what it finds."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from measure import FORM, Person, fail, psql, wrk

CONNECTIONS = 8
# A page that takes longer than PATIENCE, or that is answered less than ENOUGH times, is asked for twice at a time, and each
# answer is waited for: of eight at a time, few would be there in time. One that takes longer than LIMIT counts as failed.
PATIENCE, ENOUGH, LIMIT = 1.0, 3 * CONNECTIONS, 30
FIRST_VISITS = 2
SAMPLED_EVERY = 0.2
SECONDS_LEFT_ALONE = 3


@dataclass
class Found:
    """Requests per second, times in ms, those that failed, kB as sent, MB at most; or why there is nothing."""

    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    failed: int = 0
    size: float = 0.0
    memory: tuple = (0.0, 0.0)
    # p50 of OpInt's lists when nobody asked for the same before.
    first: float = 0.0
    why: str = ""


class Watch:
    """Looks how much memory a server has at most, until it is left."""

    def __init__(self, server):
        self.server, self.most, self.over = server, server.memory(), threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(SAMPLED_EVERY):
            self.most = tuple(map(max, self.most, self.server.memory()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.most = tuple(map(max, self.most, self.server.memory()))


def busy(server):
    """Processor time of its processes so far, in ticks."""
    told = 0
    for pid in server.processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # It has ended meanwhile.
        told += int(fields[11]) + int(fields[12])
    return told


def settle(server, url):
    """Waits until nothing is left of what was asked before: a server goes on after its client is gone, and a database after
    its server. A statement that nobody waits for is given some seconds, then it is cancelled."""
    deadline, before = time.monotonic() + LIMIT + 10, -100
    while time.monotonic() < deadline and (now := busy(server)) - before > 2:
        before = now
        time.sleep(0.25)
    active = "FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
    active += " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + SECONDS_LEFT_ALONE
    while time.monotonic() < deadline and psql(url, "-c", f"SELECT COUNT(*) {active}") != "0":
        time.sleep(0.25)
    psql(url, "-c", f"SELECT pg_cancel_backend(pid) {active}")


def ask(person, path, form=None):
    """Status, seconds, bytes as sent and the page; status 0 if there was none in time."""
    begin = time.monotonic()
    connection = person.server.connect(LIMIT + 5)
    try:
        status, size, text = person.ask(path, form, connection)
    except (OSError, http.client.HTTPException):
        status, size, text = 0, 0, ""
    finally:
        connection.close()
    return status, time.monotonic() - begin, size, text


def lines(person):
    return [f"{name}: {value}" for name, value in person.headers().items()]


def patiently(person, path, seconds):
    """Asks twice at a time and waits for each answer."""
    begin = time.monotonic()

    def one_after_another(_):
        found = []
        while not found or time.monotonic() - begin < seconds:
            status, took, _, _ = ask(person, path)
            found.append(took * 1000 if status == 200 and took <= LIMIT else None)
        return found

    with ThreadPoolExecutor(2) as pool:
        found = [took for some in pool.map(one_after_another, range(2)) for took in some]
    times = sorted(took for took in found if took is not None)
    if not times:
        return Found(failed=len(found), why=f"over {LIMIT} s, asked twice at a time")
    at = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99)]
    return Found(len(times) / (time.monotonic() - begin), *at, len(found) - len(times))


def look(person, path, seconds):
    """Measures a page that is only looked at; and gives what the first answer showed."""
    status, took, size, text = ask(person, path)
    if not status or took > LIMIT:
        return Found(failed=1, why=f"over {LIMIT} s" if took > LIMIT - 1 else "no answer"), text
    if status != 200:
        return Found(failed=1, why=f"answered with {status}"), text
    found = None
    if took <= PATIENCE:
        done, failed, rate, p50, p99 = wrk(person.server, path, seconds, CONNECTIONS, *lines(person))
        if done >= ENOUGH:
            found = Found(rate, p50, p99, int(failed))
    found = found or patiently(person, path, seconds)
    found.size = size / 1000
    return found, text


def first_visits(person, path):
    return wrk(person.server, path, FIRST_VISITS, 1, *lines(person), "fresh=yes")[3]


def add(person, page, ours, seconds, url):
    """Fills in a form again and again, each time with another name; every other request gets the next form."""
    path = page.path(ours)
    token, size = person.token(path), person.ask(path)[1]
    form = {"csrfmiddlewaretoken": token, "_addanother": "1", **dict.fromkeys(page.form, "")}
    status, _, _, text = ask(person, path, {**form, "name": f"{person.server.name}, checked"})
    if status != 302:
        fail(f"{person.server.name} answered a form with {status}: {text[:2000]}")
    before = int(psql(url, "-c", "SELECT COUNT(*) FROM cause"))
    body = urlencode({**form, "name": f"{person.server.name} NUMBER"})
    told = [*lines(person), f"Content-Type: {FORM}", f"body={body}", f"then={path}"]
    done, failed, rate, p50, p99 = wrk(person.server, path, seconds, CONNECTIONS, *told)
    made = int(psql(url, "-c", "SELECT COUNT(*) FROM cause")) - before
    if made + failed < done / 2 - 2 * CONNECTIONS:
        fail(f"{person.server.name} made only {made} causes in {done:.0f} requests")
    return Found(rate, p50, p99, int(failed), size / 1000)


def measure(person, page, seconds, url):
    """What is found, and the page."""
    server, text = person.server, ""
    ours = server.name == "OpInt"
    asking = person if page.signed_in else Person(server)
    with Watch(server) as watch:
        if page.form:
            found = add(asking, page, ours, seconds, url)
        else:
            found, text = look(asking, page.path(ours), seconds)
        if ours and page.lists and not found.why:
            settle(server, url)
            found.first = first_visits(asking, page.path(ours))
    settle(server, url)
    found.memory = watch.most
    return found, text
