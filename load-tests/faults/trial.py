"""One trial: the checker runs on a system, a fault comes and goes, and then it is judged what clients saw of it.

Passed is who has: no violation, also in the audit at the end; no errors but those that the case allows, each within the
deadline; writes within 5 s of the return of what they need; latencies as before and no error within 5 s of the fault's end.
"""
import asyncio
import time
from dataclasses import dataclass, field

from checker.check import Check, Options
from checker.figures import percentile

from .case import DEADLINE

RECOVERED_WITHIN = 5
AS_BEFORE = 3          # times the p99 before the fault
UNNOTICED_MS = 200     # a p99 below it is as before in any case: other work on the machine comes and goes


@dataclass
class Result:
    case: str
    faults: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    check: Check = None


@dataclass
class Course:
    """When the fault began and ended, and what p99 counts as recovered."""
    begin: float
    limit: float
    end: float = None

    def recovery(self, figures):
        """Seconds from the end of the fault to the first whole second that is as before, or None."""
        for second in range(int(self.end) + 1, int(time.monotonic())):
            values = figures.by_second.get(second, [])
            if values and percentile(values, 0.99) <= self.limit and not figures.errors_by_second.get(second):
                return second - self.end
        return None


async def attempt(case, system, length, *, clients=12, pause=0.03, seed=1):
    """The Result of the case on a system that runs."""
    check = Check(Options(system.urls, clients, seed, case.staleness, pause, settle=length.choose(min(case.settle, 2), case.settle),
                          database=system.dsn))
    await check.begin()
    await asyncio.sleep(length.choose(2.5, 6))
    begin = time.monotonic()
    course = Course(begin, max(UNNOTICED_MS, AS_BEFORE * (check.figures.p99(begin - length.choose(1, 4), begin) or 0)))
    system.returns.clear()
    await asyncio.to_thread(case.cause, system, length)
    course.end = time.monotonic()
    while time.monotonic() < course.end + RECOVERED_WITHIN + 2:
        await asyncio.sleep(0.25)
        if length.short and course.recovery(check.figures) is not None:
            break
    await asyncio.to_thread(system.heal)
    await check.end()
    return judged(case, system, check, course)


def judged(case, system, check, course):
    figures, recovery = check.figures, course.recovery(check.figures)
    back = [first_after(figures.successes["writes"], moment) for moment in system.returns]
    result = Result(case.name, check=check)
    result.faults += [f"{rule}: {count} violations" for rule, count in check.judge.counts.items()]
    result.faults += [f"{count} errors of the kind {kind}, which it must not cause" for kind, count in figures.errors.items() if kind not in case.errors]
    if figures.errors["503"] and figures.slowest_503 > DEADLINE:
        result.faults.append(f"a 503 took {figures.slowest_503:.1f} s, more than {DEADLINE}")
    result.faults += [f"no write for {seconds:.1f} s after the return" for seconds in back if seconds > RECOVERED_WITHIN]
    if recovery is None or recovery > RECOVERED_WITHIN:
        result.faults.append(f"p99 not below {course.limit:.0f} ms, or errors, for {RECOVERED_WITHIN} s after the fault")
    result.figures = {"operations": sum(figures.operations.values()), "errors": dict(figures.errors), "fault_s": rounded(course.end - course.begin),
                      "recovered_after_s": rounded(recovery), "writes_back_after_s": rounded(max(back, default=None)),
                      "longest_without_success_s": {kind: rounded(figures.longest_gap(kind)[0]) for kind in figures.successes},
                      "slowest_503_s": rounded(figures.slowest_503)}
    return result


def first_after(times, moment):
    return next((time - moment for time in sorted(times) if time > moment), float("inf"))


def rounded(value):
    return None if value is None else round(value, 2)
