"""Holds a history against the rules while it happens: begin(operation) and end(operation), in the order of time."""
from collections import Counter
from dataclasses import dataclass

from .knowledge import Knowledge
from .objects import FROM_THE_FIRST_ANSWER_ON, kind_of
from .operation import Operation
from .rules import (Finding, bounded_staleness, counters, doubled_writes, etags, lists, lost_writes, monotonic_reads, read_your_writes,
                    refused_writes, sessions, statuses, unwritten)

OF_OPERATIONS = [statuses, refused_writes, lists, etags]
OF_REGISTERS = [unwritten, lost_writes, read_your_writes, monotonic_reads, bounded_staleness]
OF_KINDS = {"count": [counters], "identity": [doubled_writes], **{kind: [unwritten, sessions] for kind in FROM_THE_FIRST_ANSWER_ON}}
OF_AN_ACCOUNT = {"read_your_writes", "monotonic_reads", "counters"}   # where an account meets several servers without Linnet-Seen
KEPT = 100       # violations of each rule that are kept with their history; all are counted
TIDY_EVERY = 1   # seconds


@dataclass
class Violation:
    rule: str
    text: str
    operation: Operation
    context: list


class Judge:
    def __init__(self, staleness, **options):
        self.knowledge = Knowledge(staleness, **options)
        self.violations, self.counts, self.exempt = [], Counter(), 0
        self.tidied = float("-inf")

    def begin(self, operation):
        """The first attempt of the operation is about to be sent."""
        self.knowledge.begin(operation)

    def end(self, operation):
        """The operation is done, and what its answer showed is in `seen`."""
        operation.done = True
        self.knowledge.settle(operation)
        for rule in OF_OPERATIONS:
            self.add(rule, operation, rule.check(self.knowledge, operation))
        for name, value in operation.seen:
            self.see(operation, name, value)
        for name, value in operation.seen:   # only now: the parts of one answer have no order
            if kind_of(name) not in ("count", "identity", "either"):
                self.knowledge.note(operation, name, value)
        if operation.end > self.tidied + TIDY_EVERY:
            self.tidied = operation.end
            self.knowledge.tidy(operation.end)

    def see(self, operation, name, value):
        if kind_of(name) == "either":
            self.see_one_of(operation, name.partition(":")[2].split("|"), value)
        else:
            self.add(*self.first_finding(operation, name, value))

    def see_one_of(self, operation, names, value):
        """Nothing is wrong if any of them may have the value. Which of them has it is not known, so nothing is noted."""
        found = [self.first_finding(operation, name, value) for name in names]
        if all(finding for _, _, finding in found):
            together = Finding(", or ".join(finding.text for _, _, finding in found),
                               [other for _, _, finding in found for other in finding.operations])
            self.add(found[0][0], operation, together)

    def first_finding(self, operation, name, value):
        """(rule, operation, Finding or None) of the first rule that is violated: the others would say the same once more."""
        for rule in OF_KINDS.get(kind_of(name), OF_REGISTERS):
            finding = rule.check(self.knowledge, operation, name, value)
            if finding:
                return rule, operation, finding
        return None, operation, None

    def add(self, rule, operation, finding):
        if finding:
            self.report(rule.__name__.rpartition(".")[2], finding.text, operation, finding.operations)

    def report(self, rule, text, operation=None, context=()):
        if operation and operation.unsettled and rule in OF_AN_ACCOUNT:
            self.exempt += 1
            return
        self.counts[rule] += 1
        if self.counts[rule] <= KEPT:
            unique = {id(other): other for other in context if other is not operation}.values()
            self.violations.append(Violation(rule, text, operation, sorted(unique, key=lambda other: other.begin)))


def judge(history, staleness, **options):
    """The Judge of a whole history, whose operations may come in any order."""
    verdict = Judge(staleness, **options)
    for operation in history:
        operation.done = False
    events = [(operation.begin, False, operation) for operation in history] + [(operation.end, True, operation) for operation in history]
    for _, ends, operation in sorted(events, key=lambda event: event[:2]):
        (verdict.end if ends else verdict.begin)(operation)
    return verdict
