"""docs/queries.md shows what the tests measured; LINNET_WRITE_DOCS=1 has them write it there."""
import os
import re

import pytest

from support.postgres import REPOSITORY

DOCUMENT = REPOSITORY / "docs/queries.md"


def compare(name, lines):
    """Whether the table of that name is this one; or makes it so."""
    text = DOCUMENT.read_text()
    written = re.search(rf"(<!-- {name} -->\n)(.*?)(\n<!-- end -->)", text, re.S)
    assert written, f"docs/queries.md has no place for {name}"
    if os.environ.get("LINNET_WRITE_DOCS"):
        DOCUMENT.write_text(text.replace(written[0], written[1] + "\n".join(lines) + written[3]))
    else:
        assert [row(line) for line in written[2].splitlines()] == [row(line) for line in lines], "run with LINNET_WRITE_DOCS=1"


def table_of(measured):
    """The lines of {case: plan}."""
    return ["| request | what | statement | index | rows | buffers |", "|---|---|---|---|---|---|",
            *(f"| {case.request} | {case.what} | {case.statement} | {', '.join(case.indexes)} | {plan.rows} | {plan.buffers} |"
              for case, plan in measured.items())]


def row(line):
    """A line of a table, its numbers only roughly: another minor version may pack a page differently."""
    cells = [cell.strip() for cell in line.strip("| ").split("|")]
    return [pytest.approx(int(cell), rel=0.1, abs=2) if cell.isdigit() else cell for cell in cells]
