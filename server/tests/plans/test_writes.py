"""Each batched write: the index it finds its rows by, and the buffers it touches at most, its own new pages included."""
import pytest

from plans.document import compare, table_of
from plans.explain import Session
from plans.writes import WRITES, Writers


@pytest.fixture(scope="module")
def written(town, small_town, statements):
    """{case: plan}"""
    town.execute("postgres", "DROP DATABASE IF EXISTS writes")
    town.copy("writes", small_town)
    session = Session(town.conninfo("linnet_app", "writes"), statements)
    try:
        writers = Writers(session)
        yield {case: session.measure(case.statement, case.arguments(writers)) for case in WRITES}
    finally:
        session.close()
        town.execute("postgres", "DROP DATABASE writes")


@pytest.mark.parametrize("case", WRITES, ids=lambda case: f"{case}: {case.statement}")
def test_case(written, case):
    case.check(written[case])


def test_document_shows_what_was_measured(written):
    compare("writes", table_of(written))
