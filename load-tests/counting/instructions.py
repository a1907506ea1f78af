"""Counts what a system under callgrind executes in user space: its server, and the PostgreSQL backends of its clients."""

import re
import subprocess
import time
from collections import Counter

from command import CommandFailed
from support.process import wait_until

from . import transactions
from .profile import POSTGRES_PARTS, SERVER_PARTS, by_file, by_function

# Backends have no valgrind that listens, being forks. Asked in SQL, each enters the function at which it writes its counts.
ASK_BACKENDS = """SELECT pid FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND pg_log_backend_memory_contexts(pid)"""
PGBENCH_CONNECTED = re.compile(rb"\[(\d+)\] .*connection authorized: .*application_name=pgbench")   # in PostgreSQL's log
FEW, PER_SECOND = 200, 100   # transactions of each of pgbench's connections
TRIES = 3               # until no connection was opened meanwhile: what that takes is no request's
SETTLED = 0.5           # seconds after which a backend has logged what it was asked for


class Instructions:
    """Of requests to a system, and of transactions. Each process's are {part: count}."""

    def __init__(self, system, seconds):
        self.system, self.folder = system, system.counting
        self.many = FEW + PER_SECOND * seconds
        self.quiet = {"server": Counter(), "PostgreSQL": Counter()}
        _, self.quiet = self.of_requests(lambda: time.sleep(seconds) or 1)

    def of_requests(self, act):
        """How many requests act() says that it sent, and what each process does for one; what it does in as long by itself is left out."""
        backends, _ = self.written()
        for _ in range(TRIES):
            before, requests = backends, act()
            backends, counts = self.written()
            if backends == before:
                break
        else:
            raise CommandFailed(f"other connections to PostgreSQL than before: {backends ^ before}")
        spent = {"server": counts[self.system.server.pid], "PostgreSQL": total(counts, backends)}
        return requests, {process: difference(spent[process], self.quiet[process], requests) for process in spent}

    def of_transactions(self, script):
        """The same for one of pgbench's scripts: many less few, so that what a connection costs is left out."""
        few, many = (self.of_pgbench(script, count) for count in (FEW, self.many))
        return {"PostgreSQL": difference(many, few, transactions.CLIENTS * (self.many - FEW))}

    def of_pgbench(self, script, count):
        begin = self.system.postgres.log.stat().st_size
        transactions.run(self.system, script, count)
        backends = {int(pid) for pid in PGBENCH_CONNECTED.findall(self.system.postgres.log.read_bytes()[begin:])}
        if len(backends) <= transactions.CLIENTS:
            raise CommandFailed(f"PostgreSQL's log names {len(backends)} connections of pgbench")
        return total(self.counts(backends), backends)

    def written(self):
        """The backends of clients, and {pid: {part: count}} of all since the last time."""
        pid = self.system.server.pid
        done = subprocess.run(["callgrind_control", "--dump", str(pid)], capture_output=True, text=True)
        if "OK" not in done.stdout:
            raise CommandFailed(f"callgrind_control --dump: {done.stdout}{done.stderr}")
        backends = {pid for pid, in self.system.query(ASK_BACKENDS)}
        return backends, self.counts({pid, *backends})

    def has_written(self, pid):
        files = list(self.folder.glob(f"{pid}[.-]*01"))
        return files and all("\ntotals: " in file.read_text() for file in files)

    def counts(self, pids):
        """Those that these wrote."""
        wait_until(lambda: all(self.has_written(pid) for pid in pids), 60, "counts of all backends")
        time.sleep(SETTLED)
        found = {pid: Counter() for pid in pids}
        for file in self.folder.glob("*-*"):   # those without are empty
            pid = int(re.match(r"\d+", file.name)[0])
            if pid == self.system.server.pid:
                found[pid].update(by_file(file.read_text(), SERVER_PARTS))
            elif pid in pids:
                found[pid].update(by_function(file.read_text(), POSTGRES_PARTS))
            file.unlink()
        return found


def total(counts, pids):
    found = Counter()
    for pid in pids:
        found.update(counts[pid])
    return found


def difference(spent, less, count):
    return {part: (spent[part] - less[part]) / max(count, 1) for part in spent}
