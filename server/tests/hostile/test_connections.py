"""What is unusual but right is answered as HTTP says, on connections that live and end as HTTP says."""
import socket

import pytest

from hostile.tables import answers, each, is_problem
from support.api import PASSWORD
from support.raw import Connection

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def get(target="/healthz", fields=b"", version=b"HTTP/1.1", method=b"GET"):
    return method + b" " + target.encode() + b" " + version + b"\r\nHost: x\r\n" + fields + b"\r\n"


def post(fields, body, target=b"/api/sessions"):
    return b"POST " + target + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + fields + b"\r\n" + body


def chunked(data, fields=b""):
    return post(fields + b"Transfer-Encoding: chunked\r\n", data)


UNUSUAL = {
    422: {   # the body {} was read
        "white space around Content-Length": post(b"Content-Length: \t 2 \t\r\n", b"{}"),
        "leading zeros": post(b"Content-Length: 0002\r\n", b"{}"),
        "no space after a colon": post(b"Content-Length:2\r\n", b"{}"),
        "names in capitals": post(b"CONTENT-LENGTH: 2\r\n", b"{}"),
        "Chunked in capitals": chunked(b"2\r\n{}\r\n0\r\n\r\n").replace(b"chunked", b"CHUNKED"),
        "a chunk size with zeros": chunked(b"0002\r\n{}\r\n00\r\n\r\n"),
        "a chunk size in hex": chunked(b"A\r\n        {}\r\n0\r\n\r\n"),
        "chunk extensions": chunked(b'2;a=b;c="d;\\"e";f\r\n{}\r\n0;g\r\n\r\n'),
        "a trailer": chunked(b"2\r\n{}\r\n0\r\nX-A: a\r\n\r\n", b"Trailer: X-A\r\n"),
    },
    200: {
        "an empty field": get(fields=b"X-A:\r\n"), "8-bit field": get(fields=b"X-A: \xff\xfe\r\n"),
        "a field twice": get(fields=b"X-A: a\r\nX-A: b\r\n"), "an unknown expectation": get(fields=b"Expect: miracles\r\n"),
        "a GET with a body": get(fields=b"Content-Length: 5\r\n") + b"GET /",
        "a GET with chunks": get(fields=b"Transfer-Encoding: chunked\r\n") + b"5\r\nGET /\r\n0\r\n\r\n",
        "an upgrade to HTTP/2": get(fields=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
        "an upgrade to a WebSocket": get(fields=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n"),
        "a range": get(fields=b"Range: bytes=0-1\r\n"), "absolute form": get("http://example.org/healthz"),
        "absolute form with a port": get("https://example.org:8443/healthz?x"), "a scheme in capitals": get("HTTP://example.org/healthz"),
    },
    204: {"OPTIONS *": get("*", method=b"OPTIONS")},
    400: {"no body at all": post(b"", b""), "a chunked body of nothing": chunked(b"0\r\n\r\n"), "GET *": get("*"),
          "no server": get("http:/healthz"), "no slash either": get("http:healthz"), "no host": get("http:///healthz"), "a port alone": get("http://:80/healthz"),
          "somebody's name": get("http://me@example.org/healthz"), "a fragment": get("http://example.org/healthz#x"),
          "another scheme": get("ftp://example.org/healthz"), "a target without a slash": get("healthz")},
    404: {"absolute form without a path": get("http://example.org")},
}


def test_unusual_requests_are_understood_and_the_next_one_too(stack):
    def check(name, data, status):
        first, second = answers(stack.url, data + HEALTH, 2, methods=["OPTIONS" if status == 204 else "GET"])
        assert (first.status, second.status) == (status, 200), (first, second)
    each([(name, data, status) for status, cases in UNUSUAL.items() for name, data in cases.items()], check)


def test_methods(stack, api, town):
    """Methods that a resource does not have: 405 with Allow; what they sent does not come back."""
    def check(name, method, target):
        request = b"%s %s HTTP/1.1\r\nHost: x\r\nX-Secret: in a trace\r\n\r\n" % (method, target)
        first, second = answers(stack.url, request + HEALTH, 2)
        is_problem(first, {405})
        assert "GET" in first.headers["allow"] and "OPTIONS" in first.headers["allow"] and second.status == 200
        assert b"in a trace" not in first.body
    methods = (b"TRACE", b"CONNECT", b"get", b"Get", b"GETS", b"PROPFIND", b"M-SEARCH", b"PURGE", b"LINK", b"!#$%&'*+-.^_`|~", b"X" * 1000)
    each([(f"{method[:30]} {target}", method, target) for method in methods for target in (b"/healthz", town.mary.path.encode())], check)
    with Connection(stack.url) as connection:
        connection.send(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
        is_problem(connection.read_response(), {400, 404, 405})


def test_pipelined_requests_are_answered_in_order(stack, api):
    """50 requests of several kinds in one write, which also write to the database and wait for it."""
    account = api.register()
    kinds = [get(account.path), get("/api/nowhere"), get(account.path, method=b"HEAD"), post(b"Content-Length: 2\r\n", b"{}"),
             post(b"Authorization: Bearer %s\r\nContent-Length: 16\r\n" % account.token.encode(), b'{"content": "x"}',
                  account.path.encode() + b"/tweets")]
    tagged = [kinds[n % 5].replace(b"\r\n", b"\r\nX-Request-Id: n%d\r\n" % n, 1) for n in range(50)]
    responses = answers(stack.url, b"".join(tagged), 50, ["GET", "GET", "HEAD", "POST", "POST"] * 10)
    assert [(response.headers["x-request-id"], response.status) for response in responses] == [
        (f"n{n}", (200, 404, 200, 422, 201)[n % 5]) for n in range(50)]


GARBAGE = {
    "words": b"garbage\r\n\r\n", "NULs": b"\0" * 100, "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "lengths": post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_after_a_request_is_refused_after_its_answer(stack, garbage):
    for before in (1, 3):
        *valid, last = answers(stack.url, HEALTH * before + garbage + HEALTH, before + 1)
        assert {response.status for response in valid} == {200} and "connection" not in valid[0].headers
        is_problem(last, {400})
        assert last.headers["connection"] == "close"


def test_a_request_that_comes_byte_by_byte(stack, api):
    account = api.register()
    body = b'{"content": "slow \xe2\x82\xac"}'
    fields = b"Authorization: Bearer " + account.token.encode() + b"\r\n"
    chunks = b"".join(b"1;x\r\n%c\r\n" % byte for byte in body) + b"0\r\nX-A: a\r\n\r\n"
    for framing, sent in ((b"Content-Length: %d\r\n" % len(body), body), (b"Transfer-Encoding: chunked\r\n", chunks)):
        data = post(fields + framing, sent, account.path.encode() + b"/tweets")
        with Connection(stack.url) as connection:
            connection.send_slowly(data, 0.001)
            response = connection.read_response()
            assert response.status == 201 and response.json["content"] == "slow €"


def test_expecting_100_continue(stack):
    body = b'{"username": "nobody_here", "password": "%s"}' % PASSWORD.encode()
    with Connection(stack.url) as connection:
        for framing, sent in ((b"Content-Length: %d\r\n" % len(body), body),
                              (b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))):
            connection.send(post(b"Expect: 100-Continue\r\n" + framing, b""))
            interim = connection.read_response()
            assert interim.status == 100 and not interim.body
            connection.send(sent)
            is_problem(connection.read_response(), {401})
        connection.send(post(b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(body), body))     # did not wait for it
        response = connection.read_response()
        is_problem(response if response.status != 100 else connection.read_response(), {401})
    with Connection(stack.url) as connection:                                               # HTTP/1.0 knows no 100
        connection.send(post(b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"{}").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert connection.read_response().status == 422


def test_a_client_that_ends_its_side_still_gets_its_answer(stack, town):
    assert [response.status for response in answers(stack.url, HEALTH)] == [200]
    assert answers(stack.url, get(town.mary.path), 1)[0].json["id"] == town.mary.id
    for cut in (HEALTH[:-1], HEALTH[:20], HEALTH[:1], post(b"Content-Length: 10\r\n", b"{}"), post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{")):
        is_problem(answers(stack.url, cut, 1)[0], {400})
    assert answers(stack.url, b"") == []


def test_clients_that_go_away_are_no_trouble(stack):
    """Closed or reset at every stage; stays_well looks whether anything suffered."""
    for data in (b"", HEALTH[:10], HEALTH, HEALTH * 100, post(b"Content-Length: 100\r\n", b"{"), post(b"Content-Length: 2\r\n", b"{}") * 20):
        for reset in (False, True):
            connection = Connection(stack.url)
            connection.send(data)
            if reset:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()


def test_responses_without_a_body_have_none(stack, town):
    """Another request follows at once: a stray byte would break its response."""
    tag = answers(stack.url, get(town.mary.path), 1)[0].headers["etag"].encode()
    cases = [(f"HEAD {path}", get(path, method=b"HEAD"), "HEAD", status) for path, status in
             [("/healthz", 200), ("/metrics", 200), (town.mary.path, 200), (f"{town.mary.path}/tweets", 200), ("/api/users/nobody_here", 404),
              ("/nowhere", 404),
              ("/api/users", 400), (f"{town.mary.path}/timeline", 401), (f"{town.mary.path}/tweets?page=0", 400)]]
    cases += [("304", get(town.mary.path, b"If-None-Match: " + tag + b"\r\n"), "GET", 304),
              ("304 to HEAD", get(town.mary.path, b"If-None-Match: *\r\n", method=b"HEAD"), "HEAD", 304),
              ("204", get(town.mary.path, method=b"OPTIONS"), "OPTIONS", 204)]

    def check(name, data, method, status):
        first, second = answers(stack.url, data + HEALTH, 2, [method])
        assert (first.status, second.status) == (status, 200)
        assert ("content-length" in first.headers) == (status not in (204, 304)) and "transfer-encoding" not in first.headers
        if method == "HEAD" and status == 200 and "metrics" not in name:
            whole = answers(stack.url, data.replace(b"HEAD", b"GET"), 1)[0]
            assert first.headers["content-length"] == str(len(whole.body))
    each(cases, check)


LIFETIMES = [  # version, Connection field of the request, is it kept
    (b"HTTP/1.1", None, True), (b"HTTP/1.1", b"keep-alive", True), (b"HTTP/1.1", b"close", False), (b"HTTP/1.1", b"Close", False),
    (b"HTTP/1.1", b"x, close", False),
    (b"HTTP/1.1", b"keep-alive, close", False), (b"HTTP/1.1", b"x", True), (b"HTTP/1.0", None, False), (b"HTTP/1.0", b"close", False),
    (b"HTTP/1.0", b"Keep-Alive", True),
]


def test_keeping_and_closing_connections(stack):
    def check(name, version, option, kept):
        field = b"Connection: " + option + b"\r\n" if option else b""
        for target, status in (("/healthz", 200), ("/nowhere", 404)):
            with Connection(stack.url) as connection:
                connection.send(get(target, field, version))
                response = connection.read_response()
                said = response.headers.get("connection", "").lower()
                assert response.status == status
                if kept:
                    assert said == ("keep-alive" if version == b"HTTP/1.0" else ""), f"Connection: {said!r}"
                    connection.send(HEALTH)
                    assert connection.read_response().status == 200
                else:
                    assert said == "close" or version == b"HTTP/1.0", f"Connection: {said!r}"
                    assert connection.closed_by_peer(), "still open"
    each([(f"{version} with {option}", version, option, kept) for version, option, kept in LIFETIMES], check)


def test_http_1_0_needs_no_host(stack, town):
    for target in ("/healthz", town.mary.path):
        response, = answers(stack.url, f"GET {target} HTTP/1.0\r\n\r\n".encode(), 1)
        assert response.status == 200
