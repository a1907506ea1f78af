"""Fixtures of the load tests' own tests: a whole system, as the integration tests have it. LINNET_SERVER names its server."""
import os
import sys
from pathlib import Path

import pytest

LOAD_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(LOAD_TESTS), str(LOAD_TESTS.parent / "server" / "tests")]

from support.api import Api
from support.audit import audit
from support.contract import Contract
from support.stack import Stack


@pytest.fixture(scope="session")
def stack():
    stack = Stack(os.environ.get("LINNET_SERVER") or pytest.exit("set LINNET_SERVER", 2))
    try:
        yield stack
        audit(stack.dsn)
    finally:
        faults = stack.close()
    assert not faults, "\n\n".join(faults)


@pytest.fixture(scope="session")
def contract():
    return Contract()


@pytest.fixture(scope="session")
def api(stack, contract):
    return Api(stack.url, contract)
