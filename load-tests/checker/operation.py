"""What one client did once: a request with its repetitions, what it means to write, and what its answer showed.

Times are of one monotonic clock. An object is named by its kind and key, see `objects.py`.
"""
from dataclasses import asdict, dataclass, field

ACKNOWLEDGED, REFUSED, AMBIGUOUS, FLYING = "acknowledged", "refused", "ambiguous", "flying"
UNSETTLED_FOR = 1     # seconds
IN_PROGRESS = 409     # to a repeated Idempotency-Key: the first request with it still runs


@dataclass
class Attempt:
    """One request to one server. `error` says why there is no status: refused, broken or timeout."""
    server: str
    begin: float
    end: float = None
    status: int = None
    error: str = None
    retry_after: str = None

    @property
    def answered(self):
        return self.status is not None and self.status != 503

    @property
    def may_have_worked(self):
        """No answer, or one that leaves open whether the request had an effect. A refused connection carried nothing."""
        return not self.answered and self.error != "refused"


@dataclass(eq=False)
class Operation:
    """`writes` are (object, value) that it shall leave behind, `seen` those that the answer showed, `listed` the
    (sort key, id) of a list's items in order, `expected` the statuses that it may have."""
    number: int
    client: int
    actor: str
    action: str
    target: str
    expected: tuple
    attempts: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    listed: list = field(default_factory=list)
    etag: str = None
    digest: str = None
    final: bool = False
    done: bool = False
    fault: str = None   # what could not be understood of the answer
    away: bool = False       # the answer came from another server than the one before with its token
    unsettled: bool = False  # so did one to the same account, at most UNSETTLED_FOR seconds before

    @property
    def begin(self):
        return self.attempts[0].begin

    @property
    def end(self):
        return self.attempts[-1].end

    @property
    def status(self):
        return self.attempts[-1].status

    @property
    def outcome(self):
        if not self.done:
            return FLYING
        last = self.attempts[-1]
        if last.answered and last.status < 400:
            return ACKNOWLEDGED
        if last.status == IN_PROGRESS or any(attempt.may_have_worked for attempt in self.attempts):
            return AMBIGUOUS
        return REFUSED

    def as_dict(self):
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        pairs = {name: [tuple(pair) for pair in values[name]] for name in ("writes", "seen", "listed")}
        attempts = [Attempt(**attempt) for attempt in values["attempts"]]
        return cls(**{**values, **pairs, "attempts": attempts, "expected": tuple(values["expected"])})
