"""expected.md, the one table of what each request costs: read, compared, and written anew.

LINNET_WRITE_EXPECTED=1 has the tests write down what they measured instead of comparing it.
"""
import os
from pathlib import Path

FILE = Path(__file__).with_name("expected.md")
WRITING = bool(os.environ.get("LINNET_WRITE_EXPECTED"))
BANDS = {"instructions": 0.1, "instructions, all threads": 0.2}   # all else is exact


class Table:
    def __init__(self):
        lines = FILE.read_text().splitlines()
        self.begin = next(i for i, line in enumerate(lines) if line.startswith("| request |"))
        self.text = lines[:self.begin]
        _, *self.columns = cells(lines[self.begin])
        self.rows = {}
        for line in lines[self.begin + 2:]:
            request, *values = cells(line)
            self.rows[request] = {column: float(value) for column, value in zip(self.columns, values) if value}

    def check(self, request, measured):
        """Fails with every figure that differs; or notes them all."""
        if WRITING:
            self.rows.setdefault(request, {}).update(measured)
            return
        expected = {column: self.rows.get(request, {}).get(column) for column in measured}
        wrong = [f"{column}: {shown(measured[column])}, expected {shown(expected[column])}"
                 for column in measured if not agrees(column, measured[column], expected[column])]
        assert not wrong, f"{request}\n  " + "\n  ".join(wrong) + "\nmeant? LINNET_WRITE_EXPECTED=1, see CONTRIBUTING.md"

    def write(self, requests):
        """With the rows in this order, and those only."""
        head = [f"| {' | '.join(['request', *self.columns])} |", "|---" * (len(self.columns) + 1) + "|"]
        rows = [f"| {' | '.join([request, *(shown(self.rows.get(request, {}).get(c)) for c in self.columns)])} |"
                for request in requests]
        FILE.write_text("\n".join(self.text + head + rows) + "\n")


def agrees(column, measured, expected):
    return expected is not None and abs(measured - expected) <= BANDS.get(column, 0) * expected


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def shown(value):
    return "" if value is None else f"{value:g}" if value < 1e5 else f"{value:.0f}"
