"""Each read, over 100 k users and 1 M tweets: the index that serves it, and the buffers it touches at most.

docs/queries.md shows the figures; LINNET_WRITE_DOCS=1 has this test write them there.
"""
import os
import re

import pytest

from plans.queries import ALTERNATIVES, CASES, Sample
from support.stack import REPOSITORY

DOCUMENT = REPOSITORY / "docs/queries.md"


@pytest.fixture(scope="module")
def sample(session):
    return Sample(session)


@pytest.fixture(scope="module")
def measured(session, sample):
    """{case: plan} of all cases."""
    return {case: session.measure(case.statement, case.arguments(sample)) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(measured, case):
    plan = measured[case]
    assert not plan.scanned, f"scans {plan.scanned}\n{plan.text}"
    assert plan.indexes == set(case.indexes), plan.text
    assert plan.rows == case.rows, plan.text
    assert plan.buffers <= case.buffers, f"{plan.buffers} buffers\n{plan.text}"


@pytest.fixture(scope="module")
def alternatives(session, sample):
    for name, alternative in ALTERNATIVES.items():
        session.prepare(name, alternative.types, alternative.sql)
    return {name: session.measure(name, alternative.arguments(sample)) for name, alternative in ALTERNATIVES.items()}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_alternative_is_worse(measured, alternatives, name):
    chosen = next(case for case in CASES if str(case) == ALTERNATIVES[name].instead_of)
    assert alternatives[name].buffers > 2 * measured[chosen].buffers, alternatives[name].text


def tables(measured, alternatives):
    """The generated parts of the document: {heading: lines}."""
    cases = [f"| {case.request} | {case.what} | {case.statement} | {', '.join(case.indexes)} | {measured[case].rows} | {measured[case].buffers} |"
             for case in CASES]
    others = [f"| {a.instead_of} | {a.what} | {alternatives[name].rows} | {alternatives[name].buffers} |" for name, a in ALTERNATIVES.items()]
    return {"queries": ["| request | what | statement | index | rows | buffers |", "|---|---|---|---|---|---|", *cases],
            "alternatives": ["| instead of | what | rows | buffers |", "|---|---|---|---|", *others]}


def test_document_shows_what_was_measured(measured, alternatives):
    text = DOCUMENT.read_text()
    for name, lines in tables(measured, alternatives).items():
        written = re.search(rf"(<!-- {name} -->\n)(.*?)(\n<!-- end -->)", text, re.S)
        assert written, f"docs/queries.md has no place for {name}"
        if os.environ.get("LINNET_WRITE_DOCS"):
            text = text.replace(written[0], written[1] + "\n".join(lines) + written[3])
        else:
            assert [row(line) for line in written[2].splitlines()] == [row(line) for line in lines], "run with LINNET_WRITE_DOCS=1"
    if os.environ.get("LINNET_WRITE_DOCS"):
        DOCUMENT.write_text(text)


def row(line):
    """A line of a table, its buffers only roughly: another minor version may pack a page differently."""
    *rest, buffers = [cell.strip() for cell in line.strip("| ").split("|")]
    return rest, pytest.approx(int(buffers), rel=0.1, abs=2) if buffers.isdigit() else buffers
