"""What all connections hold together is bounded: bodies, what frames their chunks, and answers that nobody reads."""
import re
import select
import urllib.request
from contextlib import ExitStack

import pytest

from hostile.tables import is_problem
from support.api import Api
from support.process import eventually
from support.raw import Connection

LIMIT = 1 << 20
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LOGIN = b'{"username": "nobody", "password": "long enough"}'
UNFINISHED = {
    "bodies": POST + b"Content-Length: 16000\r\n\r\n" + b" " * 15_000,
    "chunks of one byte": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2_500,
    "chunk extensions": POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 15_000,
    "headers": POST + b"X-A: " + b"a" * 15_000,
    "trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: " + b"a" * 15_000,
}


@pytest.fixture
def server(stack):
    server = stack.start_server("--request-memory-mib", "1", "--loops", "2")
    yield server
    server.terminate()


def answered(connections):
    """Those that have something to read."""
    poll = select.poll()
    by_file = {connection.socket.fileno(): connection for connection in connections}
    for file in by_file:
        poll.register(file, select.POLLIN)
    return [by_file[file] for file, _ in poll.poll(0)]


def held(server):
    with urllib.request.urlopen(server.url + "/metrics", timeout=60) as answer:
        return int(float(re.search(r"^linnet_request_memory_bytes (\S+)", answer.read().decode(), re.M)[1]))


@pytest.mark.parametrize("name", UNFINISHED)
def test_requests_that_never_end_hold_no_more_than_the_limit(server, name):
    count = 150
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.url)) for _ in range(count)]
        for connection in connections:
            connection.send(UNFINISHED[name])
        # Those that find nothing left are told so; those that wait hold at least what they sent, and no more than there is.
        eventually(lambda: len(answered(connections)) >= count - LIMIT // 15_000, True)
        refused = answered(connections)
        assert len(refused) < count
        for connection in refused:
            response = is_problem(connection.read_response(), {503})
            assert response.headers["retry-after"] and response.headers["connection"] == "close"
        assert 0 < held(server) <= LIMIT
        with Connection(server.url) as small:   # as nearly all are
            small.send(HEALTH + POST + b"Content-Length: %d\r\n\r\n" % len(LOGIN) + LOGIN)
            assert [small.read_response().status for _ in range(2)] == [200, 401]
    eventually(lambda: held(server), 0)
    with Connection(server.url) as large:
        large.send(UNFINISHED["bodies"] + b" " * 1_000)
        is_problem(large.read_response(), {400, 422})


def test_answers_that_nobody_reads_hold_no_more_than_the_limit(server):
    """Each connection would have some megabytes of tweets to read, of which the kernel takes a part."""
    api = Api(server.url)
    account = api.register()
    for _ in range(60):
        api.tweet(account, "\N{BIRD}" * 140)
    request = f"GET {account.path}/tweets?per_page=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {account.token}\r\n\r\n".encode()
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.url)) for _ in range(40)]
        for connection in connections:
            connection.send(request * 120)
        eventually(lambda: held(server) > LIMIT // 2, True)
        assert held(server) <= LIMIT
        with Connection(server.url) as reader:
            reader.send(HEALTH)
            assert reader.read_response().status == 200
    eventually(lambda: held(server), 0)
