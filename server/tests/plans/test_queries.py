"""Each read, over 100 k users and 1 M tweets: the index that serves it, and the buffers it touches at most."""
import pytest

from plans.document import compare, table_of
from plans.queries import ALTERNATIVES, CASES, Sample


@pytest.fixture(scope="module")
def sample(session):
    return Sample(session)


@pytest.fixture(scope="module")
def measured(session, sample):
    """{case: plan} of all cases."""
    return {case: session.measure(case.statement, case.arguments(sample)) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(measured, case):
    case.check(measured[case])


@pytest.fixture(scope="module")
def alternatives(session, sample):
    for name, alternative in ALTERNATIVES.items():
        session.prepare(name, alternative.types, alternative.sql)
    return {name: session.measure(name, alternative.arguments(sample)) for name, alternative in ALTERNATIVES.items()}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_alternative_is_worse(measured, alternatives, name):
    chosen = next(case for case in CASES if str(case) == ALTERNATIVES[name].instead_of)
    assert alternatives[name].buffers > 2 * measured[chosen].buffers, alternatives[name].text


def test_document_shows_what_was_measured(measured, alternatives):
    compare("queries", table_of(measured))
    compare("alternatives", ["| instead of | what | rows | buffers |", "|---|---|---|---|",
                             *(f"| {a.instead_of} | {a.what} | {alternatives[name].rows} | {alternatives[name].buffers} |"
                               for name, a in ALTERNATIVES.items())])
