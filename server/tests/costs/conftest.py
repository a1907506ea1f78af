"""Fixtures of the cost tests: the table, and a way to start the server whose costs are counted."""
import pytest

from costs.requests import REQUESTS, World
from costs.table import WRITING, Table

# One thread for each kind of work, and nothing expires meanwhile: what is counted depends on no schedule.
FLAGS = ("--loops", "1", "--database-readers", "1", "--database-writers", "1", "--memory-ttl-ms", "60000",
         "--memcached-ttl-s", "3600", "--memcached-timeout-ms", "5000")


@pytest.fixture(scope="session")
def table():
    table = Table()
    yield table
    if WRITING:
        table.write(REQUESTS)


@pytest.fixture(scope="session")
def world(api):
    return World(api)
