"""A thousand readers of one object whose time in the caches has ended: it is read from the database once."""
import re
import time
from contextlib import ExitStack

import pytest

from support.api import Api
from support.raw import Connection

READERS = 1000
FLAGS = ("--memory-told-ttl-s", "1", "--loops", "2")


def reads(api):
    """Read statements that the server has sent."""
    return sum(map(float, re.findall(r"^linnet_database_reads_total\{.*\} (\S+)$", api.get("/metrics").body.decode(), re.M)))


@pytest.mark.parametrize("memcached", [True, False])
def test_a_thousand_readers_of_one_expired_profile(start_server, contract, alice, memcached):
    server = Api(start_server(*FLAGS, memcached=memcached).url, contract)
    for _ in range(2):                    # when they are read again, its name and the profile go to memcached
        assert server.get(alice.path).status == 200
        time.sleep(1.2)                   # what is in memory has expired
    request = f"GET {alice.path} HTTP/1.1\r\nHost: linnet.example\r\n\r\n".encode()
    with ExitStack() as stack:
        readers = [stack.enter_context(Connection(server.url)) for _ in range(READERS)]
        before, begin = reads(server), time.monotonic()
        for reader in readers:
            reader.send(request)
        answers = [reader.read_response() for reader in readers]
        lifetimes = 1 + int(time.monotonic() - begin)   # of a second each: on a busy machine it expires meanwhile
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert reads(server) - before <= (0 if memcached else 2 * lifetimes)   # its name, and the profile
