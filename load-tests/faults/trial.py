"""One trial: the checker runs on a system, a fault comes and goes, and then it is judged what clients saw of it.

Passed is who has: no violation, also in the audits at the end; no errors but those that the case allows, each 503 within its
deadline; writes within 5 s of the return of what they need; latencies as before and no error within 5 s of the fault's end, and
all of the time on a server that the fault doesn't concern.
"""
import asyncio
import time

from checker.check import Check, Options
from checker.figures import percentile, rounded

from .cluster import Cluster
from .felt import memcached_errors
from .system import System

RECOVERED_WITHIN = 5
LATE = 60              # seconds: what was committed as the primary died shows when it is back
AS_BEFORE = 3          # times the p99 before the fault
UNNOTICED_MS = 200     # a p99 below it is as before in any case: other work on the machine comes and goes


def system_for(case, binary, servers=None):
    """The system that the case wants, to be entered; `servers` None: as many as it says, or one, or two in a cluster."""
    options = {**case.system, **({"servers": servers} if servers else {})}
    return Cluster(binary, **options) if options.pop("cluster", False) else System(binary, **options)


class Trial:
    """`begin` and `end` are of the fault, `limit` is the p99 in ms that counts as before, `told` what the case returned, `faults`
    what did not hold; `passed_over` are the rules whose violations don't count."""

    def __init__(self, case, system, length, *, clients=12, pause=0.03, seed=1, hot=0, passed_over=()):
        self.case, self.system, self.length, self.passed_over = case, system, length, passed_over
        self.check = Check(Options(system.urls, clients, seed, case.staleness, pause, case.timeout, settle=length.choose(1, None),
                                   database=system.dsn, late=LATE, session_position=case.session_position, hot=hot))
        self.begin = self.end = self.limit = self.told = None
        self.faults = []

    async def run(self):
        await self.check.begin()
        await asyncio.sleep(self.length.choose(2.5, 6))
        self.memcached_errors = sum(map(memcached_errors, self.system.server_urls))
        self.begin = time.monotonic()
        before = self.check.figures.p99(self.begin - self.length.choose(1, 4), self.begin)
        self.limit = max(UNNOTICED_MS, AS_BEFORE * (before or 0))
        self.system.returns.clear()
        await self.cause()
        await self.watch_recovery()
        if not self.case.felt(self):
            self.faults.append("the fault was not felt")
        await asyncio.to_thread(self.system.heal)
        await self.check.end()
        self.faults += await asyncio.to_thread(self.system.audit)
        self.judge()

    async def cause(self):
        try:
            self.told = await asyncio.to_thread(self.case.cause, self.system, self.length)
        except asyncio.CancelledError:
            self.length.over = True
            raise
        except Exception as error:   # whatever it is, the system is healed and audited, and the other cases have their turn
            self.faults.append(f"{type(error).__name__}: {error}")
        self.end = time.monotonic()

    async def watch_recovery(self):
        while time.monotonic() < self.end + RECOVERED_WITHIN + 2:
            await asyncio.sleep(0.25)
            if self.length.short and self.recovery is not None:
                return

    @property
    def recovery(self):
        """Seconds from the end of the fault to the first whole second that is as before, or None."""
        figures = self.check.figures
        for second in range(int(self.end) + 1, int(time.monotonic())):
            values = figures.by_second.get(second, [])
            if values and percentile(values, 0.99) <= self.limit and not figures.errors_by_second.get(second):
                return second - self.end
        return None

    @property
    def writes_back(self):
        """Seconds from each return of what writes need to the first that succeeded."""
        times = sorted(self.check.figures.successes["writes"])
        return [next((time - moment for time in times if time > moment), float("inf")) for moment in self.system.returns]

    def judge(self):
        figures, recovery = self.check.figures, self.recovery
        self.faults += [f"{rule}: {count} violations" for rule, count in self.check.judge.counts.items() if rule not in self.passed_over]
        self.faults += [f"{count} errors of the kind {kind}, which it must not cause" for kind, count in figures.errors.items()
                        if kind not in self.case.errors]
        if figures.slowest_503 > self.case.deadline:
            self.faults.append(f"a 503 took {figures.slowest_503:.1f} s, more than {self.case.deadline}")
        self.faults += [f"no write for {seconds:.1f} s after the return" for seconds in self.writes_back if seconds > RECOVERED_WITHIN]
        if recovery is None or recovery > RECOVERED_WITHIN:
            self.faults.append(f"p99 not below {self.limit:.0f} ms, or errors, for {RECOVERED_WITHIN} s after the fault")
        for server in self.system.untouched:
            self.judge_untouched(server, figures.p99(self.begin, self.end, server))

    def judge_untouched(self, server, p99):
        self.faults += [f"{count} errors of the kind {kind} of {server}, which the fault doesn't concern"
                        for (where, kind), count in self.check.figures.errors_by_server.items() if where == server]
        if p99 is None or p99 > self.limit:
            self.faults.append(f"p99 of {p99} ms of {server}, which the fault doesn't concern")

    def as_dict(self):
        figures = self.check.figures
        return {"operations": sum(figures.operations.values()), "errors": dict(figures.errors), "told": self.told, "fault_s": rounded(self.end - self.begin),
                "recovered_after_s": rounded(self.recovery), "writes_back_after_s": rounded(max(self.writes_back, default=None)),
                "longest_without_success_s": {kind: rounded(figures.longest_gap(kind)[0]) for kind in figures.successes},
                "slowest_503_s": rounded(figures.slowest_503)}
