"""What each request asks of PostgreSQL and memcached: exact counts."""
import time
from statistics import median

import pytest

from costs.conftest import FLAGS
from costs.counters import Counters
from costs.requests import REQUESTS
from costs.table import WRITING
from support.api import Api

HEARD = 0.5   # seconds after which this server has heard of what was made through the other
REPEATS = 5   # the median of as many: one that meets a stall of the machine counts a lookup more


@pytest.fixture(scope="module")
def memory(stack):
    """A memcached of its own, of which no other server knows."""
    return stack.start_memcached()


@pytest.fixture(scope="module")
def server(stack, memory, contract):
    """As a client of it."""
    return Api(stack.start_server(*FLAGS, "--memcached", memory.address).url, contract)


@pytest.fixture(scope="module")
def counters(stack, memory, server):
    return Counters(stack, memory, server)


@pytest.mark.parametrize("name", REQUESTS)
def test_request(name, server, world, counters, table):
    counted = []
    for _ in range(REPEATS):
        *before, last = REQUESTS[name](world)
        time.sleep(HEARD)
        for request in before:
            send(server, request)
        counted.append(counters.during(lambda: send(server, last)))
    print(*{" ".join(statements) for _, statements in counted}, sep="\n")   # shown when the test fails
    table.check(name, {column: median(counts[column] for counts, _ in counted) for column in counted[0][0]})


def send(server, request):
    answer = server.request(request.method, request.path, request.account, json=request.json)
    assert answer.status < 300, answer


def test_the_table_has_a_row_for_each_request(table):
    assert WRITING or list(table.rows) == list(REQUESTS)
