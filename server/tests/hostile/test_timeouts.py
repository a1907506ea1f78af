"""Clients that are slow or silent: 408 and the end of the connection, or, between requests, just its end."""
import time

import pytest

from hostile.tables import is_problem
from support.raw import Connection

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WITHIN = 8    # seconds until a timeout of 0.4 s must have been noticed, also on a busy machine


@pytest.fixture(scope="module")
def url(stack):
    server = stack.start_server("--header-timeout-ms", "400", "--body-timeout-ms", "400", "--idle-timeout-ms", "1500")
    yield server.url
    server.terminate()


STALLED = {
    "the first byte": b"G", "the request line": b"GET /healthz HT", "a field": b"GET /healthz HTTP/1.1\r\nHo", "the last line": HEALTH[:-2],
    "the second request": HEALTH + HEALTH[:-1],
    "the body": POST + b"Content-Length: 10\r\n\r\n", "the end of the body": POST + b"Content-Length: 10\r\n\r\n{",
    "a chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n2",
    "a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{", "the last chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A",
}


@pytest.mark.parametrize("name", STALLED)
def test_a_request_that_stalls(url, name):
    with Connection(url, timeout=WITHIN) as connection:
        connection.send(STALLED[name])
        if name == "the second request":
            assert connection.read_response().status == 200
        response = is_problem(connection.read_response(), {408})
        assert response.headers["connection"] == "close" and connection.closed_by_peer()


@pytest.mark.parametrize("begin, drop", [(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", b"a"),
                                         (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-A: a\r\n"), (POST + b"Content-Length: 10000\r\n\r\n", b" "),
                                         (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")],
                                         ids=["a field", "fields", "a body", "chunks"])
def test_a_request_that_trickles(url, begin, drop):
    """Bytes that keep coming do not extend the time that a request has."""
    with Connection(url, timeout=0.05) as connection:
        connection.send(begin)
        end = time.monotonic() + WITHIN
        while time.monotonic() < end:
            connection.send(drop)
            try:
                connection.receive()
                break
            except TimeoutError:
                pass
        connection.socket.settimeout(WITHIN)
        is_problem(connection.read_response(), {408})


def test_idle_connections_end_without_an_answer(url):
    for before in (b"", HEALTH):
        with Connection(url, timeout=WITHIN) as connection:
            connection.send(before)
            assert not before or connection.read_response().status == 200
            begin = time.monotonic()
            assert connection.read_response() is None
            assert time.monotonic() - begin > 1, "ended before the time was over"


def test_a_busy_connection_is_kept(url):
    with Connection(url) as connection:
        for _ in range(5):
            time.sleep(0.4)   # five are more than the time it may be idle
            connection.send(HEALTH)
            assert connection.read_response().status == 200


def test_a_client_that_does_not_read_is_let_go(url):
    """Responses that nobody takes: the server gives up instead of collecting them."""
    with Connection(url, timeout=0.2) as connection:
        end = time.monotonic() + 4 * WITHIN
        with pytest.raises(OSError):
            while time.monotonic() < end:
                try:
                    connection.socket.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
                except TimeoutError:
                    continue
