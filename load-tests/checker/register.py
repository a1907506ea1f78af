"""One object as a register: the writes to it in the order they began, and which of its values may be seen when.

Whoever may see a value is told by a floor: the index of the oldest write that may still be the latest. Each rule has
a floor of its own. Every object has one writer at a time, so the order of its writes is that of their begins.

An ambiguous write may take effect after its client was told of a failure, even after later writes: until `late`
seconds have passed. Once seen, it counts like any other write, so it can't come and go.
"""
from dataclasses import dataclass

from .objects import FINAL_WHEN_FALSE, at_first, kind_of
from .operation import ACKNOWLEDGED, REFUSED, Operation

ALWAYS, NEVER = float("-inf"), float("inf")
CLEANED = 60   # seconds within which servers clean up after the deletion of a small account, whatever fails meanwhile


@dataclass(eq=False)
class Write:
    """`acknowledged`: since when its client knows; `certain`: since when it is known to have taken effect, by its
    answer or by somebody who saw its value."""
    value: object
    begin: float
    operation: Operation = None
    acknowledged: float = NEVER
    certain: float = NEVER
    refused: bool = False

    @property
    def actor(self):
        return self.operation.actor if self.operation else None

    @property
    def deletes(self):
        """Whether the operation deletes an account or a tweet."""
        return bool(self.operation) and any(kind_of(name) in ("account", "tweet") and value is False for name, value in self.operation.writes)


class Register:
    def __init__(self, name):
        self.name = name
        self.first = 0          # the index of writes[0]: older ones were forgotten
        self.writes = [Write(at_first(name), ALWAYS, acknowledged=ALWAYS, certain=ALWAYS)]
        self.late = []          # (value, operation, until) of ambiguous attempts
        self.seen = {}          # actor -> (index, operation): the oldest write that can explain what they saw last

    def begin(self, operation, value):
        self.writes.append(Write(value, operation.begin, operation))

    def settle(self, operation, late):
        """Notes how the operation's write ended."""
        write = next(write for write in reversed(self.writes) if write.operation is operation)
        if operation.outcome == ACKNOWLEDGED:
            write.acknowledged = operation.end
            write.certain = min(write.certain, operation.end)
        write.refused = operation.outcome == REFUSED
        if kind_of(self.name) not in FINAL_WHEN_FALSE:
            self.late += [(write.value, operation, attempt.end + late) for attempt in operation.attempts if attempt.may_have_worked]

    def latest(self, condition):
        """The index of the newest write that meets the condition, or of the oldest one that is remembered."""
        for position in range(len(self.writes) - 1, 0, -1):
            if condition(self.writes[position]):
                return self.first + position
        return self.first

    def own_floor(self, operation):
        """What the actor had been told of before, this operation included."""
        return self.latest(lambda write: write.actor == operation.actor
                           and (write.acknowledged <= operation.begin or write.operation is operation and write.acknowledged < NEVER))

    def seen_floor(self, operation):
        return max(self.first, self.seen.get(operation.actor, (self.first, None))[0])

    def common_floor(self, time):
        """What had taken effect by then, whoever asks."""
        return self.latest(lambda write: write.certain <= time)

    def candidates(self, floor, operation):
        """(index, write) of those that the operation may have seen as the latest."""
        return [(index, write) for index, write in enumerate(self.writes[floor - self.first:], floor)
                if not write.refused and write.begin <= operation.end]

    def late_values(self, operation):
        return [value for value, _, until in self.late if operation.begin <= until]

    def possible(self, floor, operation):
        return {write.value for _, write in self.candidates(floor, operation)}.union(self.late_values(operation))

    def counted_until_cleaned(self, time):
        """The values before deletions that took the object along, where the server may not have cleaned its row at that time."""
        if kind_of(self.name) not in ("follow", "favorite"):
            return set()
        return {before.value for before, write in zip(self.writes, self.writes[1:]) if write.deletes and write.certain > time - CLEANED}

    def note(self, operation, value, floor):
        """The operation saw the value: its actor shall not see older ones. Returns the open write that is certain now, if any."""
        matching = [(index, write) for index, write in self.candidates(floor, operation) if write.value == value]
        if not matching and value in self.late_values(operation):
            self.writes.append(Write(value, operation.begin, next(by for v, by, _ in self.late if v == value)))
            matching = [(self.first + len(self.writes) - 1, self.writes[-1])]
        if matching:
            self.seen[operation.actor] = (matching[0][0], operation)
            if len(matching) == 1 and matching[0][1].certain == NEVER:
                matching[0][1].certain = operation.end
                return matching[0][1]
        return None

    def be_certain(self, operation, time):
        """Another write of the operation was seen by then, hence this one has taken effect too."""
        for write in self.writes:
            if write.operation is operation:
                write.certain = min(write.certain, time)

    def forget(self, time):
        """Drops what can't matter to operations that begin after `time`. True when nothing is open any more."""
        self.late = [entry for entry in self.late if entry[2] >= time]
        keep = self.common_floor(time) - self.first
        del self.writes[:keep]
        self.first += keep
        if all(write.refused and write.operation.end < time for write in self.writes[1:]):
            del self.writes[1:]   # only here at the end: the others keep their index
        if len(self.writes) > 1 or self.late:
            return False
        self.seen.clear()
        return True
