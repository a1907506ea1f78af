"""Each read, over 100 k users and 1 M tweets: the index that serves it, and the buffers it touches at most."""
import pytest

from plans.document import compare, table_of
from plans.queries import ALTERNATIVES, CASES, LAST_ID, Sample


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


@pytest.mark.parametrize("followees", [1, 20, 200, 2500])
@pytest.mark.parametrize("size, skip", [(2, 0), (21, 0), (21, 180), (101, 0), (101, 900)])
def test_a_timeline_is_the_newest_of_all_followees(session, sample, followees, size, skip):
    """Whatever few of each are looked at first."""
    owner = sample.with_followees(followees)
    newest = sample.column("SELECT t.id FROM connections c JOIN tweets t ON t.user_id = c.followee_id WHERE c.follower_id = %s ORDER BY 1 DESC", owner)
    for before in {LAST_ID, newest[len(newest) // 2], newest[-1]}:
        want = [id for id in newest if id < before][skip:skip + size]
        assert session.run(f"EXECUTE timeline_page('{{{owner}}}', '{{{before}}}', '{{{size}}}', '{{{skip}}}')") == [(1, id) for id in want]


def test_document_shows_what_was_measured(measured, alternatives):
    compare("queries", table_of(measured))
    compare("alternatives", ["| instead of | what | rows | buffers |", "|---|---|---|---|",
                             *(f"| {a.instead_of} | {a.what} | {alternatives[name].rows} | {alternatives[name].buffers} |"
                               for name, a in ALTERNATIVES.items())])
