"""pgbench as a reference: one statement at a time on each connection, prepared, from a script in load-tests/pgbench."""

import re
import subprocess
from pathlib import Path

from command import CommandFailed

from . import processor_time

SCRIPTS = Path(__file__).resolve().parents[1] / "pgbench"
PROGRAM = "/usr/lib/postgresql/15/bin/pgbench"


class PgBench:
    """A script on a stack, by the way and number of clients that best() found to be the fastest. A variable that is
    a function is called for each run."""

    def __init__(self, stack, script, **variables):
        self.stack, self.script, self.variables = stack, script, variables
        self.socket, self.tcp = stack.conninfo("linnet_app")
        self.conninfo, self.clients = self.socket, 8

    def __str__(self):
        return f"pgbench {self.script}, {self.clients} clients by {'TCP' if self.conninfo == self.tcp else 'unix socket'}"

    def best(self, run, clients):
        """Tries each number of clients by unix socket, and the best one by TCP, too. On small data it tries two."""
        seconds = max(1, run.seconds // 5)
        rates = {}
        for self.clients in clients if run.scale == "full" else clients[-3::2]:
            rates[self.clients, self.socket] = self.run(seconds)["requests_per_second"]
        self.clients, _ = max(rates, key=rates.get)
        if run.scale == "full":
            self.conninfo = self.tcp
            rates[self.clients, self.tcp] = self.run(seconds)["requests_per_second"]
        self.clients, self.conninfo = max(rates, key=rates.get)
        return self

    def run(self, seconds):
        values = {name: value() if callable(value) else value for name, value in self.variables.items()}
        defined = [word for name, value in values.items() for word in ("-D", f"{name}={value}")]
        command = [PROGRAM, "-n", "-M", "prepared", "-f", SCRIPTS / f"{self.script}.sql", "-c", str(self.clients),
                   "-j", str(min(2, self.clients)), "-T", str(seconds), *defined, self.conninfo]
        own = processor_time.of_children()
        with processor_time.measured(self.stack) as each:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise CommandFailed(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
            tps = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)  # none: logging in took all of the time
            rate = float(tps[1]) if tps else 0.0
            return {"requests_per_second": rate, "errors": 0, "processor_us": each(rate * seconds, processor_time.of_children() - own)}
