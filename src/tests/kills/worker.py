"""`opint worker` with one job, load-monit, that is always due, beside a monitoring."""

import signal
import subprocess
import time

from kills import monitoring

HOURS, HOUR = 4, monitoring.HOUR
# Only that job, due since long ago. No load counts as done, so that the next one begins with the first hour again.
DUE = (
    "UPDATE schedule SET is_active = FALSE WHERE job <> 'load-monit'",
    "UPDATE schedule SET next_run_at = '{past}', last_finished_at = NULL WHERE job = 'load-monit'",
    "UPDATE loader_run SET state = 'failed' WHERE running_key IS NULL",
)
DONE = "SELECT last_state, last_message FROM schedule WHERE job = 'load-monit' AND last_finished_at IS NOT NULL"
SECONDS_FOR_A_JOB, SECONDS_TO_STOP, TICK = 60, 40, 0.02


class Worker:
    """Starts workers, one at a time, and ends them in order or not."""

    def __init__(self, program, seed):
        self.program = program
        # Its last hours, which it asks for at first; the clock may go on to the next one meanwhile.
        now = int(time.time() * 1000) // HOUR * HOUR
        self.monitoring = monitoring.Monitoring(monitoring.Numbers(seed, now - HOURS * HOUR, HOURS))

    def __enter__(self):
        self.monitoring.__enter__()
        return self

    def __exit__(self, *error):
        self.monitoring.__exit__(*error)

    def complaints(self):
        return self.monitoring.complaints

    def start(self, name):
        for statement in DUE:
            self.program.server.rows(name, statement.format(past=self.program.server.past))
        return self.program.start(name, ["worker"], MONIT_URL=self.monitoring.url, MONIT_TOKEN=monitoring.TOKEN)

    def kill(self, name, seconds):
        """Kills a worker after that time, whatever it does then."""
        running = self.start(name)
        try:
            running.wait(seconds)
            self.program.check(running)
        except subprocess.TimeoutExpired:
            pass
        finally:
            running.kill()
            running.wait()

    def finish(self, name):
        """Lets a worker do the job, then tells it to stop; gives the seconds that the job took."""
        running, begun = self.start(name), time.monotonic()
        try:
            while not (said := self.program.server.rows(name, DONE)):
                if running.poll() is not None or time.monotonic() > begun + SECONDS_FOR_A_JOB:
                    raise RuntimeError(f"the job of a worker did not end: {self.program.log()}")
                time.sleep(TICK)
            seconds = time.monotonic() - begun
            if not said[0].startswith("ok"):
                raise RuntimeError(f"the job of a worker failed: {said}")
            running.send_signal(signal.SIGTERM)
            running.wait(SECONDS_TO_STOP)
            self.program.check(running)
        finally:
            running.kill()
            running.wait()
        return seconds
