"""With CORS configured a page may read every refusal, of the parser and of the listener too: without these headers its browser tells it
nothing but that the network failed."""
import pytest

from hostile.tables import is_problem
from support.raw import Connection

ORIGIN = "https://app.example"
OTHER = "https://b.example"


def request(fields, line=b"POST /api/users HTTP/1.1", origin=ORIGIN, body=b""):
    return line + b"\r\nHost: x\r\nOrigin: " + origin.encode() + b"\r\n" + fields + b"\r\n" + body


LATE = (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"GET /" + b"x" * 9000, b"G" * 20000)   # refused before an origin came
REFUSED = {
    "400": request(b"Content-Length: x\r\n"), "400 of the line": request(b"", b"GET /healthz HTTP/2.0"),
    "400 of a chunk": request(b"Transfer-Encoding: chunked\r\n", body=b"x\r\n"),
    "408": request(b"Content-Length: 5\r\n"), "413": request(b"Content-Length: 100000\r\n"), "431": request(b"X-A: " + b"x" * 20000 + b"\r\n"),
}


@pytest.fixture(scope="module")
def server(stack):
    server = stack.start_server("--cors-origin", f"{ORIGIN},{OTHER}", "--header-timeout-ms", "500", "--body-timeout-ms", "500")
    yield server
    server.terminate()


def refusal(url, data):
    with Connection(url) as connection:
        connection.send(data)
        return connection.read_response()


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_of_the_parser_can_be_read(server, name):
    for origin in (ORIGIN, OTHER):
        response = is_problem(refusal(server.url, REFUSED[name].replace(ORIGIN.encode(), origin.encode())), {int(name[:3])})
        assert response.headers["access-control-allow-origin"] == origin
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
        assert (response.headers["vary"], response.headers["x-content-type-options"]) == ("Origin", "nosniff")


def test_refusals_that_come_before_an_origin_can_be_read_by_all(server):
    for data in LATE:
        response = is_problem(refusal(server.url, data), {400, 408, 414, 431})
        assert (response.headers["access-control-allow-origin"], response.headers["vary"]) == ("*", "Origin")


def test_refusals_of_other_origins_cannot_be_read(server, stack):
    for name, data in REFUSED.items():
        response = refusal(server.url, data.replace(ORIGIN.encode(), b"https://evil.example"))
        assert "access-control-allow-origin" not in response.headers and response.headers["vary"] == "Origin", name
    assert "access-control-allow-origin" not in refusal(stack.url, REFUSED["413"]).headers   # without CORS


def test_a_server_that_is_full_can_be_read(stack):
    server = stack.start_server("--cors-origin", ORIGIN, "--loops", "1", "--max-connections", "1")
    try:
        with Connection(server.url) as held:
            held.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert held.read_response().headers["x-content-type-options"] == "nosniff"
            with Connection(server.url) as beyond:
                response = is_problem(beyond.read_response(), {503})
                assert response.headers["access-control-allow-origin"] == ORIGIN and response.headers["vary"] == "Origin"
                assert response.headers["x-content-type-options"] == "nosniff"
    finally:
        server.terminate()
