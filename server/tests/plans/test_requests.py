"""The worst request of every route, in each town: the buffers that a server which remembers nothing has PostgreSQL touch."""
import pytest

from plans.document import compare
from plans.town import BIG, READER
from plans.worst import Longest, MeasuredServer
from support.contract import Contract

OPERATIONS = {method: {operation["operationId"] for by, _, operation in Contract().operations() if by == method}
              for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}
ASK_NO_DATABASE = {"healthz", "readyz", "metrics"}
READS = OPERATIONS["GET"] - ASK_NO_DATABASE
WRITES = set.union(*OPERATIONS.values()) - OPERATIONS["GET"]
TOWNS = {"linnet": "small", "sparse": "sparse", "skewed": "skewed"}   # and the one whose copy is written to
PAGE = "a cold page of 20 tweets"
MOST = 50   # times that page
# The cleaning begins a moment after a deletion. It is no part of the request, so the server does not see what it left.
UNSEEN = """ALTER TABLE {0} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY unseen ON {0} FOR INSERT TO linnet_app WITH CHECK (true)"""


@pytest.fixture(scope="module")
def read(town, tmp_path_factory):
    """{town: {request: buffers}}"""
    return {database: measure_reads(town, database, tmp_path_factory.mktemp("servers")) for database in TOWNS}


@pytest.fixture(scope="module")
def written(town, small_town, tmp_path_factory):
    """{town: {request: buffers}}"""
    found = {}
    for database, origin in TOWNS.items():
        town.execute("postgres", "DROP DATABASE IF EXISTS written")
        town.copy("written", origin)
        town.execute("written", UNSEEN.format("deleted_users"), UNSEEN.format("deleted_tweets"))
        found[database] = measure_writes(town, tmp_path_factory.mktemp("servers"))
        town.execute("postgres", "DROP DATABASE written")
    return found


def measure_reads(town, database, folder):
    server = MeasuredServer(town, database, folder)
    try:
        longest = Longest(server.town)
        assert database != "skewed" or longest.agree_with(BIG, READER)
        return server.measure(longest.reads(PAGE))
    finally:
        server.close()


def measure_writes(town, folder):
    server = MeasuredServer(town, "written", folder)
    try:
        longest = Longest(server.town)
        return server.measure(longest.writes(server))
    finally:
        server.close()


def test_every_operation_of_the_contract_is_here(read, written):
    for database in TOWNS:
        assert {name.partition(",")[0] for name in read[database]} == READS | {PAGE}
        assert set(written[database]) == WRITES


@pytest.mark.parametrize("database", TOWNS)
def test_no_request_costs_more_than_fifty_cold_pages(read, written, database):
    spent = read[database] | written[database]
    assert {name: buffers for name, buffers in spent.items() if buffers > MOST * spent[PAGE]} == {}


def test_document_shows_what_was_measured(read, written):
    compare("requests", table(read))
    compare("writing requests", table(written))


def table(measured):
    return ["| request | dense | sparse | skewed |", "|---|---|---|---|",
            *(f"| {name} | {' | '.join(str(measured[database][name]) for database in TOWNS)} |" for name in measured["linnet"])]
