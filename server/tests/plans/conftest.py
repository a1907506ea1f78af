"""Fixtures of the plan tests: the generated town, and the statements of the server that LINNET_SERVER names."""
import json
import os
import subprocess

import pytest

from plans.explain import Session
from plans.town import Town


@pytest.fixture(scope="session")
def town():
    town = Town()
    try:
        yield town.start()
    finally:
        town.stop()


@pytest.fixture(scope="session")
def small_town(town):
    """The name of a dense database of 10,000 users, to be copied by tests that write: what is rolled back stays in pages and
    indexes, and the next reads cost more."""
    town.execute("postgres", "DROP DATABASE IF EXISTS small")
    town.deploy("small")
    town.generate("small", "--users", "10000", "--tweets", "100000", "--connections", "200000", "--favorites", "200000")
    yield "small"
    town.execute("postgres", "DROP DATABASE small")


@pytest.fixture(scope="session")
def statements():
    """{name: {"sql": ..., "types": [...]}} as the server prepares them on each connection."""
    server = os.environ.get("LINNET_SERVER") or pytest.exit("set LINNET_SERVER", 2)
    return json.loads(subprocess.run([server, "--print-statements"], check=True, capture_output=True).stdout)


@pytest.fixture(scope="session")
def session(town, statements):
    """A connection as a server makes it, with every statement prepared."""
    session = Session(town.conninfo("linnet_app"), statements)
    yield session
    session.close()
