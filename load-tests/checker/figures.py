"""How available it was: errors by kind, the longest time without a success, and latencies by the second."""
from collections import Counter, defaultdict

READS = ("read", "try")
AUDITING = "audit"
SLOW = ("log in", "log out", "end session", "change password", "sign up", "delete account")   # they hash, or wait for all servers


def percentile(values, share):
    """The value below which that share lies; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


class Figures:
    def __init__(self):
        self.operations, self.attempts = Counter(), Counter()
        self.errors, self.by_second = Counter(), defaultdict(list)   # second -> milliseconds
        self.errors_by_second, self.errors_by_server = defaultdict(Counter), Counter()   # the latter by (server, kind)
        self.by_server = defaultdict(lambda: defaultdict(list))      # server -> second -> milliseconds
        self.slowest_error = self.slowest_503 = 0                    # seconds
        self.successes = {"reads": [], "writes": []}                 # times, one for each 10 ms at most
        self.first = None
        self.away = self.unsettled = 0                               # operations, see Operation

    def add(self, operation):
        self.operations[operation.action] += 1
        self.away += operation.away
        self.unsettled += operation.unsettled
        if operation.action == AUDITING:
            return   # it comes after a pause
        kind = "reads" if operation.action.startswith(READS) else "writes"
        for attempt in operation.attempts:
            self.first = min(self.first or attempt.begin, attempt.begin)
            self.attempts[attempt.server] += 1
            if attempt.answered:
                self.succeed(kind, attempt, operation.action in SLOW)
            else:
                self.fail(attempt)

    def succeed(self, kind, attempt, slow):
        times = self.successes[kind]
        if not times or attempt.end > times[-1] + 0.01:
            times.append(attempt.end)
        if not slow:
            for by_second in (self.by_second, self.by_server[attempt.server]):
                by_second[int(attempt.end)].append(1000 * (attempt.end - attempt.begin))

    def fail(self, attempt):
        kind = attempt.error or str(attempt.status)
        self.errors[kind] += 1
        self.errors_by_second[int(attempt.end)][kind] += 1
        self.errors_by_server[attempt.server, kind] += 1
        took = attempt.end - attempt.begin
        self.slowest_error = max(self.slowest_error, took)
        self.slowest_503 = max(self.slowest_503, took if attempt.status == 503 else 0)

    def longest_gap(self, kind):
        """(seconds, when it began, from the first attempt on) of the longest time without a success."""
        times = [self.first or 0, *sorted(self.successes[kind])]
        return max(((after - before, before - times[0]) for before, after in zip(times, times[1:])), default=(0, 0))

    def p99(self, begin, end, server=None):
        """Milliseconds, of what was answered in whole seconds between the two times, by all servers or by one."""
        by_second = self.by_second if server is None else self.by_server[server]
        return percentile([value for second in range(int(begin), int(end)) for value in by_second.get(second, [])], 0.99)

    def seconds(self):
        """For each second: requests answered, p50 and p99 in ms, errors."""
        for second in range(int(self.first or 0), max([*self.by_second, *self.errors_by_second, 0]) + 1):
            values = self.by_second.get(second, [])
            yield {"second": second - int(self.first), "answered": len(values), "p50_ms": rounded(percentile(values, 0.5)),
                   "p99_ms": rounded(percentile(values, 0.99)), "errors": dict(self.errors_by_second.get(second, {}))}

    def as_dict(self):
        gaps = {kind: dict(zip(("seconds", "at"), map(rounded, self.longest_gap(kind)))) for kind in self.successes}
        return {"operations": dict(self.operations), "away": self.away, "exempt": self.unsettled, "attempts": dict(self.attempts), "errors": dict(self.errors),
                "slowest_error_s": rounded(self.slowest_error), "longest_without_success": gaps, "seconds": list(self.seconds())}


def rounded(value):
    return None if value is None else round(value, 2)
