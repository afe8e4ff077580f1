#!/usr/bin/env python3
"""Kills the program at random moments while it loads, fifty times, and again while its worker does; then lets it finish,
and compares whatever a load fills with what one load in peace has filled.

    kill_load.py [--kills N] [--records N] [--seed N]

It takes OPINT_BIN or target/debug/opint, a SQLite of its own and, if they are given, databases of its own on the servers
TEST_POSTGRES_URL and TEST_MARIADB_URL (src/tests/services.sh). What is loaded is the same for the same seed, and so are
the moments, as shares of the time that the load takes here.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from kills import databases, records, tables
from kills.worker import Worker

SECONDS_FOR_A_RUN = 180
# Whatever happens, one database is done with after this.
SECONDS_FOR_ALL = 900
# Moments are spread as those of accidents are: most come soon, some late. On average, a load comes that far.
SHARE = 0.08
# What a load says between reading and judging, which is so short that few moments hit it; one kill to so many is for it
# alone.
READ, KILLS_TO_ONE = " records read", 5
# Beyond that share of its time, a judgement is often over before it is killed, and takes a whole load to come back.
MOSTLY = 0.7


class Failed(Exception):
    """What is wrong with the program."""


class Program:
    """The program on one database server, in an environment without anything else of ours."""

    def __init__(self, binary, folder, server):
        self.binary, self.folder, self.server = binary, folder, server
        self.deadline = time.monotonic() + SECONDS_FOR_ALL

    def start(self, name, arguments, **variables):
        if time.monotonic() > self.deadline:
            raise Failed(f"{self.server.kind}: not done after {SECONDS_FOR_ALL} seconds")
        environment = {"PATH": os.environ.get("PATH", ""), "NO_PROXY": "127.0.0.1", "DATABASE_URL": self.server.url(name)}
        # Its working directory holds no .env.
        with (self.folder / "log").open("w") as log:
            return subprocess.Popen(
                [self.binary, *map(str, arguments)], cwd=self.folder, env={**environment, **variables},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def run(self, name, arguments, seconds=SECONDS_FOR_A_RUN, after=""):
        """Runs, and kills it so long after it has said something; gives the seconds since then, or None if it was killed."""
        running = self.start(name, arguments)
        begin = time.monotonic()
        try:
            while after not in self.log() and running.poll() is None and time.monotonic() < begin + SECONDS_FOR_A_RUN:
                time.sleep(0.01)
            begin = time.monotonic() if after else begin
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            running.kill()
            running.wait()
        self.check(running)
        return time.monotonic() - begin

    def check(self, running):
        if running.returncode:
            raise Failed(f"{running.args[:3]} ended with {running.returncode}: {self.log()}")

    def finish(self, name, arguments, after=""):
        seconds = self.run(name, arguments, after=after)
        if seconds is None:
            raise Failed(f"{arguments[:2]} took more than {SECONDS_FOR_A_RUN} seconds: {self.log()}")
        return seconds

    def make(self, name):
        """Makes a database; gives the seconds that the program needs to begin."""
        self.server.make(name)
        self.finish(name, ["migrate"])
        return self.finish(name, ["migrate"])

    def compare(self, what, expected, found):
        if lacking := tables.empty(expected):
            raise Failed(f"{what} in peace left nothing in {', '.join(lacking)}")
        if told := tables.differences(expected, found):
            raise Failed("\n".join([f"{self.server.kind}: {what} that was killed differs from one in peace", *told]))

    def report(self, what, kills, hit, begin, more):
        seconds = time.monotonic() - begin
        print(
            f"{self.server.kind}: {kills} {what} killed in {seconds:.0f} s, {hit} of them in the middle; {more}; "
            "what is counted is the same as in peace",
            flush=True,
        )
        if hit * 2 < kills:
            raise Failed(f"too few kills hit anything: {hit} of {kills}")


class Loads:
    """Kills `opint load fts`. A load that ends before it is killed is compared, too, and another one begins."""

    queries = {**tables.COUNTED, **tables.LINES}

    def __init__(self, program, paths):
        self.program, self.arguments = program, ["load", "fts", *paths]
        self.begin = program.make("peace")
        self.whole = program.finish("peace", self.arguments)
        self.expected = tables.read(program.server, "peace", self.queries)
        program.make("killed")
        self.judging = program.finish("killed", self.arguments, after=READ)
        print(f"{program.server.kind}: a load takes {self.whole:.1f} s, {self.judging:.1f} s of them to judge", flush=True)

    def compare(self):
        self.program.compare("a load", self.expected, tables.read(self.program.server, "killed", self.queries))

    def kill(self, kills, seconds, state, after=""):
        """Kills so often, after as many seconds as it is told each time, and counts how often that hit the state."""
        self.program.make("killed")
        killed, hit, ended, begin = 0, Counter(), 1, time.monotonic()
        while killed < kills:
            if self.program.run("killed", self.arguments, seconds(), after) is None:
                killed += 1
                hit.update(self.program.server.rows("killed", tables.UNDER_WAY))
            else:
                self.compare()
                self.program.make("killed")
                ended += 1
        self.program.finish("killed", self.arguments)
        self.compare()
        what = "loads" if not after else "judgements"
        self.program.report(what, killed, hit[state], begin, f"{ended} came to their end")

    def kill_all(self, kills, chance):
        self.kill(kills, lambda: self.begin + chance.expovariate(1 / (SHARE * self.whole)), "reading")
        self.kill(max(1, kills // KILLS_TO_ONE), lambda: chance.uniform(0, MOSTLY * self.judging), "judging", READ)


def kill_workers(program, seed, kills, chance):
    """Kills `opint worker` while it loads the monitoring, again and again from the first hour."""
    with Worker(program, seed) as worker:
        begin = program.make("peace")
        whole = worker.finish("peace")
        program.make("killed")
        hit, since = Counter(), time.monotonic()
        for _ in range(kills):
            worker.kill("killed", chance.uniform(begin, whole))
            hit.update(program.server.rows("killed", tables.UNDER_WAY))
        worker.finish("killed")
        found = []
        for name in ("peace", "killed"):
            program.finish(name, ["worker", "--run", "blame"])
            found.append(tables.read(program.server, name, tables.COUNTED))
        if complaints := worker.complaints():
            raise Failed("\n".join(["the monitoring was asked in a wrong way", *complaints[:5]]))
    program.compare("a worker", *found)
    program.report("workers", kills, hit["reading"], since, f"its job takes {whole:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--records", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    # Told to stop, it ends what it has started and removes its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("kill_load.py: stopped by a signal"))
    root = Path(__file__).resolve().parents[2]
    binary = os.environ.get("OPINT_BIN") or root / "target/debug/opint"
    with tempfile.TemporaryDirectory(prefix="opint-kills-") as folder:
        folder = Path(folder)
        (folder / "input").mkdir()
        paths = records.write(folder / "input", given.records, given.seed)
        try:
            for server in databases.all_given(folder):
                chance = random.Random(given.seed)
                program = Program(binary, folder, server)
                try:
                    Loads(program, paths).kill_all(given.kills, chance)
                    kill_workers(program, given.seed, given.kills, chance)
                finally:
                    for name in ("peace", "killed"):
                        server.drop(name)
        except (Failed, RuntimeError) as failed:
            sys.exit(f"kill_load.py: {failed}")


if __name__ == "__main__":
    main()
