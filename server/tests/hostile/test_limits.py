"""Limits of size: 413, 414 and 431 as soon as they are passed, whatever is still to come; right up to them all is well."""
import pytest

from hostile.tables import each, is_problem, refused
from support.raw import Connection

BODY, HEADER, TARGET = 16384, 16384, 8192      # the server's defaults
JSON = b"Host: x\r\nContent-Type: application/json\r\n"


def post(fields, body=b"", target=b"/api/users"):
    return b"POST " + target + b" HTTP/1.1\r\n" + JSON + fields + b"\r\n" + body


def get(target=b"/healthz", fields=b""):
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n"


def declared(length, sent=b""):
    return post(b"Content-Length: %d\r\n" % length, sent)


def chunked(*chunks, last=b"0\r\n\r\n"):
    return post(b"Transfer-Encoding: chunked\r\n", b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + last)


PADDED = b'{"username": "never_stored", "password": "' + b"x" * BODY + b'"}'
PASSED = {
    # Declared lengths, none of which is sent: the answer must not wait for a body.
    **{f"a length of {n}": (declared(n), {413}) for n in (BODY + 1, 2**20, 2**32 + 2, 10**10)},
    **{f"a length of {n}": (declared(n), {400, 413}) for n in (2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 2, 10**30)},
    "a length of 1000 digits": (post(b"Content-Length: " + b"9" * 1000 + b"\r\n"), {400, 413}),
    "a length and its body": (declared(len(PADDED), PADDED), {413}),
    "1 MB": (declared(2**20, b"x" * 2**20), {413}),
    "a length that nobody waits to send": (post(b"Expect: 100-continue\r\nContent-Length: 1000000\r\n"), {413}),
    "one large chunk": (chunked(PADDED), {413}),
    "a chunk declared large": (post(b"Transfer-Encoding: chunked\r\n", b"ffffff\r\n"), {413}),
    "a chunk declared larger than all": (post(b"Transfer-Encoding: chunked\r\n", b"7fffffffffffffff\r\n"), {400, 413}),
    "the second chunk": (chunked(b" " * BODY, b" "), {413}),
    "chunks of one byte": (chunked(*[b"x"] * (BODY + 1)), {413}),
    "a chunk size of zeros": (post(b"Transfer-Encoding: chunked\r\n", b"0" * 2**20), {400, 413, 431}),
    "a chunk extension without end": (post(b"Transfer-Encoding: chunked\r\n", b"2;a=" + b"x" * 2**20), {400, 413, 431}),
    "extensions of chunks of one byte": (post(b"Transfer-Encoding: chunked\r\n", (b"1;a=" + b"x" * 1000 + b"\r\n \r\n") * 2000), {400, 413, 431}),
    "a trailer without end": (chunked(b"{}", last=b"0\r\nX-A: " + b"x" * 2**20), {400, 413, 431}),
    "many trailers": (chunked(b"{}", last=b"0\r\n" + b"X-A: a\r\n" * 100_000), {400, 413, 431}),
    "64 KB in one field": (get(fields=b"X-A: " + b"x" * 65536 + b"\r\n"), {431}),
    "a field without end": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"x" * 2**20, {431}),
    "a field name without end": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"x" * 2**20, {400, 431}),
    "100,000 fields": (get(fields=b"X-A: a\r\n" * 100_000), {431}),
    "100,000 fields without a name": (get(fields=b":\r\n" * 100_000), {400, 431}),
    "20 KB in many fields": (get(fields=b"X-A: 123\r\n" * 2000), {431}),
    "64 KB of white space": (get(fields=b"X-A:" + b" " * 65536 + b"a\r\n"), {431}),
    "a method without end": (b"G" * 2**20, {400, 414, 431}),
    "a version without end": (b"GET /healthz HTTP/1." + b"1" * 2**20, {400, 414, 431}),
    "empty lines without end": (b"\r\n" * 2**19, {400, 431}),
    "a target of 20 KB": (get(b"/" + b"x" * 20_000), {414}),
    "a target without end": (b"GET /" + b"x" * 2**20, {414}),
    "a query of 20 KB": (get(b"/api/users?usernames=" + b"x," * 10_000), {414}),
}


@pytest.mark.parametrize("name", PASSED)
def test_limits_that_end_the_connection(stack, nothing_stored, name):
    data, statuses = PASSED[name]
    with nothing_stored():
        refused(stack.url, data, statuses)


def test_a_target_over_the_limit(stack):
    for target in (b"/" + b"x" * TARGET, b"/api/users?usernames=" + b"x" * TARGET, b"/" + b"%41" * 3000):
        with Connection(stack.url) as connection:
            connection.send(get(target))
            is_problem(connection.read_response(), {414})


def status_of(url, data):
    with Connection(url) as connection:
        connection.send(data)
        return connection.read_response().status


def test_requests_within_the_limits(stack):
    """What passes no limit is answered for what it is."""
    def check(name, data, status):
        assert status_of(stack.url, data) == status
    blank = b" " * (BODY - 2) + b"{}"
    target = b"/" + b"x" * (TARGET - 1)
    each([("body", declared(BODY, blank), 422), ("chunked body", chunked(blank), 422),
          ("chunks of one byte", chunked(*(bytes([c]) for c in blank)), 422),
          ("many deep escapes", declared(BODY - 4, b'{"x":"' + b"\\u0061" * 2728 + b'abcd"}'), 422),
          ("target", get(target), 404), ("query", get(b"/healthz?" + b"x" * (TARGET - 9)), 200),
          ("header", get(fields=b"X-A: " + b"x" * (HEADER - 200) + b"\r\n"), 200), ("1000 fields", get(fields=b"X-A: a\r\n" * 1000), 200),
          ("1000 escapes", get(b"/" + b"%41" * 1000), 404), ("100 segments", get(b"/api" * 100), 404)], check)


def test_no_route_takes_more_than_the_limit(stack, contract, nothing_stored):
    """Every operation, also those without a body, with a body by length and by chunks."""
    def check(name, method, path):
        for framed in (b"Content-Length: 20000\r\n\r\n" + b" " * 20000,
                       b"Transfer-Encoding: chunked\r\n\r\n4e20\r\n" + b" " * 20000 + b"\r\n0\r\n\r\n"):
            refused(stack.url, f"{method} {path} HTTP/1.1\r\n".encode() + JSON + framed, {413})
    with nothing_stored():
        each([(f"{method} {path}", method, path.replace("{", "").replace("}", "")) for method, path, _ in contract.operations()], check)


def test_limits_are_options(start_server):
    url = start_server("--max-body-bytes", "1024", "--max-header-bytes", "2048", "--max-target-bytes", "256").url
    cases = [("body", declared(1024, b" " * 1024), 400), ("target", get(b"/" + b"x" * 255), 404),
             ("header", get(fields=b"A: " + b"x" * 1900 + b"\r\n"), 200)]
    each(cases, lambda name, data, status: None if status_of(url, data) == status else pytest.fail(name))
    refused(url, declared(1025), {413})
    refused(url, get(fields=b"A: " + b"x" * 2048 + b"\r\n"), {431})
    assert status_of(url, get(b"/" + b"x" * 256)) == 414


def test_deep_nesting_where_bodies_may_be_large(start_server, api):
    """Half a million levels cost neither the stack nor seconds."""
    account = api.register()
    url = start_server("--max-body-bytes", "1048576").url
    deep = {"arrays": b"[" * 500_000, "closed arrays": b"[" * 500_000 + b"]" * 500_000, "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            "within": b'{"content": "x", "more": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
            "in a string": b'{"content": "' + b"[" * 1_000_000 + b'"}',
            "an array of many": b'{"content": [' + b"0," * 400_000 + b"0]}", "a number of many digits": b'{"content": ' + b"1" * 1_000_000 + b"}",
            "one mark after another": '{"content": "a'.encode() + "\u0301\u0323".encode() * 200_000 + b'"}'}

    def check(name, body):
        data = post(b"Authorization: Bearer %s\r\nContent-Length: %d\r\n" % (account.token.encode(), len(body)), body,
                    account.path.encode() + b"/tweets")
        with Connection(url) as connection:
            connection.send(data)
            is_problem(connection.read_response(), {400, 422})
    each(deep.items(), check)
    assert api.get(account.path).json["tweets_count"] == 0
