"""What a case is, and how one is added: a function that causes its fault and ends it, with `@case` above.

The cases on one server are in cases.py, those on a whole topology in cases_*.py.
"""
import time
from dataclasses import dataclass, field
from typing import Callable

CASES = {}   # by name, in the order in which they were read
DEADLINE = 7   # seconds: a request has 5 s (--request-timeout-ms), haproxy waits 6, and the machine has other work


@dataclass
class Case:
    """`errors`: the kinds that clients may see meanwhile, of 503, refused, broken, timeout; `felt`: a
    function of felt.py that tells from the trial whether the fault was felt at all; `system`: options of System, or, with
    `cluster` among them, of Cluster; `staleness`: seconds after which everybody sees a write in spite of it; `deadline`:
    seconds within which a 503 is said; `timeout`: of the clients; `session_position`: whether they send Linnet-Seen; `quick`: also in
    the short suite.

    What `cause` returns is told in the report. An exception of it is a failure, and the trial goes on to its end."""
    name: str
    cause: Callable
    felt: Callable
    errors: frozenset
    system: dict = field(default_factory=dict)
    staleness: float = 30
    deadline: float = DEADLINE
    timeout: float = 10
    session_position: bool = True
    quick: bool = False

    @property
    def about(self):
        return self.cause.__doc__.strip()


@dataclass
class Length:
    """How long a fault lasts, and how often it comes: `choose(short, long)`, or the seconds that were asked for. `over`: the trial
    was interrupted, and the case, in a thread of its own, is to end."""
    short: bool
    seconds: float = None
    over: bool = False

    def choose(self, short, long):
        return short if self.short else long

    def last(self, short, long):
        if self.over:
            raise InterruptedError("the trial is over")
        time.sleep(self.choose(short, long) if self.seconds is None else self.seconds)


def case(felt, errors=(), **more):
    def add(cause):
        CASES[cause.__name__] = Case(cause.__name__, cause, felt, frozenset(errors), **more)
        return cause
    return add
