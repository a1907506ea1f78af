"""Counts the system calls of a running system, all of each process's together."""

from costs import strace
from faults.processes import family

from . import transactions

PER_SECOND = 600   # transactions of each of pgbench's connections, so many that what opening these costs, some 300 calls, is hardly seen


class Syscalls:
    """As Instructions, with all calls as one part."""

    def __init__(self, system, seconds):
        self.system = system
        self.transactions = PER_SECOND * seconds

    def of_requests(self, act):
        counted = self.of_each(act)
        requests = counted.pop("requests")
        return requests, {process: calls / max(requests, 1) for process, calls in counted.items()}

    def of_transactions(self, script):
        calls = self.of_each(lambda: transactions.run(self.system, script, self.transactions))["PostgreSQL"]
        return {"PostgreSQL": calls / (self.transactions * transactions.CLIENTS)}

    def of_each(self, act):
        """{process: calls}, and what act() returned as `requests`."""
        counted = {}

        def inner():
            counted["requests"] = act()

        for process, pid in (("server", self.system.server.pid), ("PostgreSQL", self.system.postgres.pid), ("memcached", self.system.memory.pid)):
            inner = self.counting(process, family(pid), inner, counted)
        inner()
        return counted

    def counting(self, process, pids, act, counted):
        folder = self.system.folder / process
        folder.mkdir(exist_ok=True)

        def counted_act():
            counted[process] = sum(strace.during(pids, folder, act).values())
        return counted_act
