"""Each batched write: the index it finds its rows by, and the buffers it touches at most, its own new pages included."""
import pytest

from plans.document import compare, table_of
from plans.explain import Session
from plans.writes import WRITES, Writers

SIZES = ["--users", "10000", "--tweets", "100000", "--connections", "200000", "--favorites", "200000"]


@pytest.fixture(scope="module")
def written(town, statements):
    """{case: plan}, in a database made for it: what is rolled back stays in pages and indexes, and the next reads cost more."""
    town.execute("postgres", "DROP DATABASE IF EXISTS writes")
    town.deploy("writes")
    town.generate("writes", *SIZES)
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
