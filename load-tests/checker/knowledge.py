"""All that is known of the objects while the clients run: registers, counters and the ids of tweets.

What has been quiet for a while is settled: of it only the value is kept, so memory is bounded by what is in use.
"""
from collections import OrderedDict, defaultdict

from .objects import FROM_THE_FIRST_ANSWER_ON, at_first, counters_of, kind_of
from .register import Register

LATE = 15          # seconds for which a write may take effect after its client was told of a failure
PATIENCE = 40      # no operation takes longer, repetitions included
ETAGS = 20_000     # remembered


class Counter:
    """`settled` are the members that are quietly True, `open` the registers that may change it."""

    def __init__(self):
        self.settled, self.open = 0, {}


class Knowledge:
    def __init__(self, staleness, late=LATE):
        self.staleness, self.late = staleness, late
        self.registers, self.counters = {}, defaultdict(Counter)
        self.open = {}                  # registers that are not settled
        self.identities = {}            # tweet -> (id, operation that saw it first)
        self.etags = OrderedDict()      # (actor, target, etag) -> (digest, operation)

    def register(self, name):
        """To look at. What nobody has written is as at first."""
        return self.registers.get(name) or Register(name)

    def begin(self, operation):
        for name, value in operation.writes:
            self.reopen(name).begin(operation, value)

    def reopen(self, name):
        register = self.registers.setdefault(name, self.register(name))
        if name not in self.open:
            self.open[name] = register
            for counter in counters_of(name):
                self.counters[counter].settled -= register.writes[0].value
                self.counters[counter].open[name] = register
        return register

    def settle(self, operation):
        """Notes the outcome of the operation's writes."""
        for name, _ in operation.writes:
            self.open[name].settle(operation, self.late)

    def floor(self, register, operation):
        """The oldest write that the actor may see, by all promises together."""
        return max(register.own_floor(operation), register.seen_floor(operation),
                   register.common_floor(operation.begin - self.bound(register.name)))

    def bound(self, name):
        return 0 if kind_of(name) in FROM_THE_FIRST_ANSWER_ON else self.staleness

    def note(self, operation, name, value):
        if name in self.open:   # others have only one value
            register = self.open[name]
            certain = register.note(operation, value, self.floor(register, operation))
            for other, _ in certain.operation.writes if certain else ():   # one transaction wrote all of them
                if other in self.open:
                    self.open[other].be_certain(certain.operation, operation.end)

    def counted(self, name, operation):
        """The least and the greatest value that the operation may have seen of a counter."""
        counter = self.counters[name]
        least = greatest = counter.settled
        for register in counter.open.values():
            floor = max(register.own_floor(operation), register.common_floor(operation.begin - self.staleness))
            values = register.possible(floor, operation) | register.counted_until_cleaned(operation.begin)
            least += min(values)
            greatest += max(values)
        return least, greatest

    def tidy(self, now):
        """Settles what has been quiet; called now and then."""
        time = now - self.staleness - self.late - PATIENCE
        for name in [name for name, register in self.open.items() if register.forget(time)]:
            self.close(name)
        while len(self.etags) > ETAGS:
            self.etags.popitem(last=False)

    def close(self, name):
        register = self.open.pop(name)
        value = register.writes[0].value
        for counter in counters_of(name):
            del self.counters[counter].open[name]
            self.counters[counter].settled += value
        if value == at_first(name):
            del self.registers[name]
