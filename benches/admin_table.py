"""The report that admin.py writes."""

import os
import platform
import subprocess
from dataclasses import dataclass

from admin_load import CONNECTIONS, ENOUGH, LIMIT, PATIENCE
from admin_pages import DEEP, ROWS
from measure import django_versions, machine, now, number, psql

TIMES_AIMED, SHARE_AIMED, COST_AIMED = 30, 0.1, 2


@dataclass
class Run:
    """What was found in a database of so many issues."""

    issues: int
    servers: list
    found: dict
    rest: dict
    dependents: int
    size: str

    def pages(self):
        return list(dict.fromkeys(page for page, _ in self.found))

    def get(self, page, server):
        return self.found.get((page, server))

    def most(self, server, but=""):
        """Memory at most, but for one page."""
        pages = [page for page in self.pages() if page != but and self.get(page, server)]
        return tuple(map(max, zip(*(self.get(page, server).memory for page in pages))))


def rate(found):
    if found.why:
        return f"**{found.why}**"
    return number(found.rate) + (f" ({found.failed} failed)" if found.failed else "")


def cells(found):
    if found is None:
        return ["does not have it", "", "", ""]
    if found.why:
        return [rate(found), "", "", ""]
    return [rate(found), number(found.p50), number(found.p99), f"{found.size:,.1f}"]


def times(ours, theirs):
    """How many times the rate of theirs ours is; none if one of them has none."""
    if theirs is None or not theirs.rate or not ours.rate:
        return None
    return ours.rate / theirs.rate


def row(*texts):
    return "| " + " | ".join(texts) + " |"


def table(run):
    ours, *others = run.servers
    head = [f"{ours}: req/s", "p50 ms", "p99 ms", "kB", "first visit ms"]
    for name in others:
        head += [f"{name}: req/s", "p50 ms", "p99 ms", "kB", "OpInt, times that"]
    lines = [row("", *head), "|---|" + "--:|" * len(head)]
    for page in run.pages():
        own = run.get(page, ours)
        texts = [*cells(own), number(own.first) if own.first else ""]
        for name in others:
            more = times(own, run.get(page, name))
            texts += [*cells(run.get(page, name)), f"**{number(more)}**" if more else ""]
        lines.append(row(page, *texts))
    return "\n".join(lines)


def costs(few, many):
    """How many times as much each page costs with many rows; none for a server that has no answer."""
    lines = [row("", *many.servers), "|---|" + "--:|" * len(many.servers)]
    for page in many.pages():
        texts = []
        for name in many.servers:
            more = few.get(page, name) and times(few.get(page, name), many.get(page, name))
            texts.append(number(more) if more else "")
        lines.append(row(page, *texts))
    return "\n".join(lines)


def memory(runs):
    lines = [row("Issues", "", "at rest", "at most, but for the last page", "at most"), "|--:|---|--:|--:|--:|"]
    for run in runs:
        last = run.pages()[-1]
        for name in run.servers:
            seen = (run.rest[name], run.most(name, but=last), run.most(name))
            texts = [f"{number(resident)} ({number(proportional)})" for resident, proportional in seen]
            lines.append(row(f"{run.issues:,}", name, *texts))
    return "\n".join(lines)


def worst(of, which):
    """The number that is farthest from the aim, and its page."""
    if not of:
        return "no page answered"
    page = which(of, key=of.get)
    return f"{of[page]:.2f} times ({page})"


def aims(runs):
    few, many = runs[0], runs[-1]
    ours, django = many.servers[:2]
    pages = many.pages()
    lines = [row("Aim", f"Reached with {many.issues:,} issues", ""), "|---|---|---|"]

    def judge(aim, text, met):
        lines.append(row(aim, text, "yes" if met else "**no**"))

    more = {page: times(many.get(page, ours), many.get(page, django)) for page in pages}
    more = {page: value for page, value in more.items() if value}
    # Where Django has no answer, any answer is as many times as one likes.
    reached = [page for page in pages if more.get(page, TIMES_AIMED) >= TIMES_AIMED and many.get(page, ours).rate]
    text = f"on {len(reached)} of {len(pages)} pages; least {worst(more, min)}"
    judge(f"{TIMES_AIMED} times Django's requests a second", text, reached == pages)
    used = {"at rest": many.rest.get, "at most": many.most}
    for when, megabytes in used.items():
        share = megabytes(ours)[1] / megabytes(django)[1]
        judge(f"A tenth of its memory, {when}", f"{share:.2f} (proportional)", share <= SHARE_AIMED)
    if few is not many:
        cost = {page: times(few.get(page, ours), many.get(page, ours)) for page in pages}
        known = {page: value for page, value in cost.items() if value}
        met = known.keys() == cost.keys() and max(known.values(), default=0) <= COST_AIMED
        judge(f"At most {COST_AIMED} times the cost at {few.issues:,} issues", worst(known, max), met)
    return "\n".join(lines)


def report(runs, seconds, workers):
    version = subprocess.run([os.environ["OPINT_BIN"], "--version"], capture_output=True, text=True, check=False).stdout.strip()
    postgres = psql(os.environ["TEST_POSTGRES_URL"], "-c", "SHOW server_version")
    versions = django_versions()
    packages = ", ".join(f"{name} {versions[name]}" for name in ("Django", "gunicorn", "psycopg"))
    few, many = runs[0], runs[-1]
    parts = [
        "# The admin beside Django admin",
        f"""Written by `make bench-admin ISSUES={many.issues} SECONDS={seconds}` (`benches/admin.py`) on {now()}. What is
compared and why: [docs/compared-with-django.md](../docs/compared-with-django.md).""",
        f"""- Machine: {machine()}, {platform.system()} {platform.release()}. **Servers, database and load share its cores**
- {version}; {packages}, Python {platform.python_version()}, {workers} workers; PostgreSQL {postgres}, all on the same database ({many.size} with {many.issues:,} issues)
- `wrk -t1 -c{CONNECTIONS} -d{seconds}s -s benches/wrk.lua`, signed in, asking for gzip; kB as sent. A page that takes more than {PATIENCE:.0f} s, or is answered less than {ENOUGH} times, is asked for twice at a time instead, until {seconds} s are over and every answer is there; more than {LIMIT} s counts as failed
- *First visit*: p50 of one connection that asks for lists that nobody asked for before, without the counts that OpInt keeps for some seconds. Django keeps none, so all its visits are first ones
- Lists have {ROWS} rows to a page; a deep page is page {DEEP:,}, or the last of a smaller database. The category that is to be deleted has {many.dependents:,} issues (with {few.issues:,} issues: {few.dependents:,})""",
    ]
    for run in runs:
        parts += [f"## {run.issues:,} issues", table(run)]
    if few is not many:
        parts += [f"## Cost with {many.issues:,} issues, times that with {few.issues:,}", costs(few, many)]
    parts += [
        "## Memory",
        "MB of all processes of a server, resident, in which what processes share counts for each; in brackets proportional, in "
        "which it counts once.",
        memory(runs),
        "## Aims",
        aims(runs),
    ]
    return "\n\n".join(parts) + "\n"
