"""Takes what the clients do: to the judge, to the figures, and to a file with an operation a line."""
import json

from .figures import Figures
from .judge import Judge
from .operation import Operation


class Record:
    """`options` are those of Knowledge."""

    def __init__(self, staleness, path=None, **options):
        self.judge, self.figures = Judge(staleness, **options), Figures()
        self.file = open(path, "w", encoding="utf-8") if path else None

    def begin(self, operation):
        self.judge.begin(operation)

    def add_write(self, operation, name, value):
        """One more object that the operation wrote, whose name only its answer told."""
        operation.writes.append((name, value))
        self.judge.knowledge.reopen(name).begin(operation, value)

    def end(self, operation):
        self.judge.end(operation)
        self.figures.add(operation)
        if self.file:
            self.file.write(json.dumps(operation.as_dict(), ensure_ascii=False) + "\n")

    def close(self):
        if self.file:
            self.file.close()


def read(path):
    """The operations of a file that a Record wrote."""
    with open(path, encoding="utf-8") as lines:
        return [Operation.from_dict(json.loads(line)) for line in lines]
