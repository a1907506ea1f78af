"""Requests whose framing, or any part of whose head, is malformed or ambiguous: 400 (or the status of the limit
that they pass), then the connection ends. Each carries a second request, which must not be answered: it would be
what a proxy in front of the server had taken for a body.
"""
import pytest

from hostile.tables import refused

SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNK = b"2\r\n{}\r\n0\r\n\r\n"


def post(fields, body=b"{}", version=b"HTTP/1.1", host=b"Host: x\r\n"):
    """POST /api/sessions with these header lines in the middle."""
    return (b"POST /api/sessions " + version + b"\r\n" + host + b"Content-Type: application/json\r\n" + fields
            + b"Accept: */*\r\n\r\n" + body)


LENGTHS = {
    "twice": b"Content-Length: 2\r\nContent-Length: 2", "two that differ": b"Content-Length: 2\r\nContent-Length: 40",
    "a list": b"Content-Length: 2, 2", "a list of one": b"Content-Length: 2,", "plus": b"Content-Length: +2",
    "minus": b"Content-Length: -1", "minus zero": b"Content-Length: -0", "hex": b"Content-Length: 0x2", "exponent": b"Content-Length: 2e0",
    "float": b"Content-Length: 2.0", "empty": b"Content-Length:", "spaces": b"Content-Length:   ", "two numbers": b"Content-Length: 2 2",
    "word": b"Content-Length: two", "parameter": b"Content-Length: 2;x", "quoted": b'Content-Length: "2"',
    "vertical tab": b"Content-Length: \x0b2", "form feed": b"Content-Length: 2\x0c", "no-break space": b"Content-Length: \xa02",
    "Arabic digit": "Content-Length: ٢".encode(), "NUL after": b"Content-Length: 2\x00", "name with a space": b"Content-Length : 2",
}
CODINGS = {
    "gzip": b"Transfer-Encoding: gzip", "gzip, chunked": b"Transfer-Encoding: gzip, chunked", "chunked, gzip": b"Transfer-Encoding: chunked, gzip",
    "chunked twice": b"Transfer-Encoding: chunked, chunked", "chunked in two fields": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "identity and chunked": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "identity": b"Transfer-Encoding: identity",
    "xchunked": b"Transfer-Encoding: xchunked", "chunkedx": b"Transfer-Encoding: chunkedx", "quoted": b'Transfer-Encoding: "chunked"',
    "empty": b"Transfer-Encoding:", "comma": b"Transfer-Encoding: ,chunked", "parameter": b"Transfer-Encoding: chunked;q=1",
    "vertical tab": b"Transfer-Encoding: \x0bchunked", "name with a space": b"Transfer-Encoding : chunked",
    "with Content-Length": b"Transfer-Encoding: chunked\r\nContent-Length: 12",
    "after Content-Length": b"Content-Length: 12\r\nTransfer-Encoding: chunked",
    "folded": b"Transfer-Encoding:\r\n chunked", "gzip with Content-Length": b"Transfer-Encoding: gzip\r\nContent-Length: 2",
}
FIELDS = {
    "folded by a space": b"X-A: a\r\n b", "folded by a tab": b"X-A: a\r\n\tb", "folded to nothing": b"X-A: a\r\n ",
    "space before colon": b"X-A : a", "tab before colon": b"X-A\t: a", "no colon": b"X-A", "no name": b": a", "space in name": b"X A: a",
    "parenthesis in name": b"X(A): a", "8-bit name": b"X-\xc3\xa9: a", "NUL in name": b"X\x00A: a", "NUL in value": b"X-A: a\x00b",
    "NUL alone": b"X-A: \x00", "bare CR in value": b"X-A: a\rb", "bare CR before a field": b"X-A: a\rX-B: b", "SOH in value": b"X-A: a\x01b",
    "backspace in value": b"X-A: a\x08b", "escape in value": b"X-A: a\x1bb", "DEL in value": b"X-A: a\x7fb", "bare LF": b"X-A: a\nX-B: b",
    "bare LF twice": b"X-A: a\n\nGET /healthz HTTP/1.1", "CR CR LF": b"X-A: a\r\r\nX-B: b", "Host twice": b"Host: x", "Host twice, other": b"Host: y",
    "host twice, lower case": b"host: x",
}
HOSTS = {
    "missing": b"", "with a space": b"Host: a b\r\n", "a list": b"Host: a, b\r\n", "with a path": b"Host: a/b\r\n", "with a user": b"Host: u@a\r\n",
    "with a query": b"Host: a?b\r\n", "with a fragment": b"Host: a#b\r\n", "with a scheme": b"Host: http://a\r\n", "two ports": b"Host: a:80:80\r\n",
    "port of letters": b"Host: a:http\r\n", "half an IPv6 address": b"Host: [::1\r\n", "IPv6 without brackets": b"Host: ::1\r\n",
    "bad escape": b"Host: a%zz\r\n", "8-bit": b"Host: \xc3\xa9\r\n", "quoted": b'Host: "a"\r\n', "backslash": b"Host: a\\b\r\n",
    "with a tab": b"Host: a\tb\r\n", "folded": b"Host:\r\n x\r\n", "after a space": b" Host: x\r\n", "control": b"Host: a\x01\r\n",
}
LINES = {
    "HTTP/0.9": b"GET /healthz", "HTTP/0.9 in full": b"GET /healthz HTTP/0.9", "HTTP/1.2": b"GET /healthz HTTP/1.2",
    "HTTP/3.0": b"GET /healthz HTTP/3.0",
    "HTTP/2.0": b"GET /healthz HTTP/2.0", "HTTP/2": b"GET /healthz HTTP/2", "HTTP/1": b"GET /healthz HTTP/1", "HTTP/1.": b"GET /healthz HTTP/1.",
    "HTTP/1.10": b"GET /healthz HTTP/1.10", "HTTP/01.1": b"GET /healthz HTTP/01.1", "HTTP/11": b"GET /healthz HTTP/11",
    "http/1.1": b"GET /healthz http/1.1",
    "HTTPS/1.1": b"GET /healthz HTTPS/1.1", "HTTP /1.1": b"GET /healthz HTTP /1.1", "something after": b"GET /healthz HTTP/1.1 x",
    "space after": b"GET /healthz HTTP/1.1 ", "two spaces": b"GET  /healthz HTTP/1.1", "two spaces later": b"GET /healthz  HTTP/1.1",
    "tabs": b"GET\t/healthz\tHTTP/1.1",
    "space before": b" GET /healthz HTTP/1.1", "no target": b"GET HTTP/1.1", "empty target": b"GET  HTTP/1.1", "method only": b"GET",
    "space in target": b"GET /a b HTTP/1.1",
    "method with a slash": b"GE/T /healthz HTTP/1.1", "method in brackets": b"<GET> /healthz HTTP/1.1",
    "method with NUL": b"G\x00T /healthz HTTP/1.1",
    "method with a colon": b"GET: /healthz HTTP/1.1", "8-bit method": b"G\xc3\x8bT /healthz HTTP/1.1", "no method": b" /healthz HTTP/1.1",
    "a response": b"HTTP/1.1 200 OK",
    "bare CR": b"GET /healthz\rHTTP/1.1", "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM", "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "binary": bytes(range(128, 256)), "NULs": b"\0" * 64,
    "SSH": b"SSH-2.0-OpenSSH_9.2", "JSON": b'{"method": "GET"}', "memcached": b"stats", "SOCKS": b"\x04\x01\x00\x50\x7f\x00\x00\x01",
}
TARGETS = {f"0x{byte:02x} in target": bytes([byte]) for byte in (*range(0, 0x20), 0x7f) if byte not in (0x0a, 0x0d)}
CHUNKS = {
    "no size": b"\r\n{}\r\n", "word": b"zz\r\n{}\r\n", "minus": b"-2\r\n{}\r\n", "plus": b"+2\r\n{}\r\n", "0x": b"0x2\r\n{}\r\n",
    "leading space": b" 2\r\n{}\r\n",
    "2^64 + 2": b"10000000000000002\r\n{}\r\n", "all F": b"FFFFFFFFFFFFFFFFF\r\n{}\r\n", "data too long": b"2\r\n{}x\r\n",
    "data without end": b"2\r\n{}0\r\n\r\n",
    "extension of the data": b"2\r\n{} \r\n", "size with NUL": b"2\x00\r\n{}\r\n", "comma": b"2,2\r\n{}\r\n",
    "NUL in extension": b"2;a=\x00\r\n{}\r\n", "bare CR": b"2\r{}\r\n", "bare LF": b"2\n{}\n",
    "LF in extension": b"2;a\n\r\n{}\r\n", "LF after the data": b"2\r\n{}\n", "trailer without colon": b"2\r\n{}\r\n0\r\nX-A\r\n\r\n",
    "trailer with NUL": b"2\r\n{}\r\n0\r\nX-A: \x00\r\n\r\n",
    "trailer with a space before its colon": b"2\r\n{}\r\n0\r\nX-A : a\r\n\r\n", "folded trailer": b"2\r\n{}\r\n0\r\nX-A: a\r\n b\r\n\r\n",
    "trailer Host": b"2\r\n{}\r\n0\r\nHost: y\r\n\r\n", "trailer Content-Length": b"2\r\n{}\r\n0\r\nContent-Length: 2\r\n\r\n",
    "trailer Transfer-Encoding": b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
}
AMBIGUOUS = {
    **{f"Content-Length: {name}": post(line + b"\r\n", b"{}" + SMUGGLED) for name, line in LENGTHS.items()},
    **{f"Transfer-Encoding: {name}": post(line + b"\r\n", CHUNK + SMUGGLED) for name, line in CODINGS.items()},
    "Transfer-Encoding in HTTP/1.0": post(b"Transfer-Encoding: chunked\r\n", CHUNK + SMUGGLED, b"HTTP/1.0"),
    **{f"field: {name}": post(line + b"\r\nContent-Length: 2\r\n", b"{}" + SMUGGLED) for name, line in FIELDS.items()},
    **{f"Host: {name}": post(b"Content-Length: 2\r\n", b"{}" + SMUGGLED, host=line) for name, line in HOSTS.items()},
    **{f"line: {name}": line + b"\r\nHost: x\r\n\r\n" + SMUGGLED for name, line in LINES.items()},
    "line: ends in LF": b"GET /healthz HTTP/1.1\nHost: x\n\n" + SMUGGLED,
    "line: header ends in LF LF": b"GET /healthz HTTP/1.1\r\nHost: x\n\n" + SMUGGLED,
    **{f"target: {name}": b"GET /healthz" + byte + b" HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED for name, byte in TARGETS.items()},
    **{f"chunk: {name}": post(b"Transfer-Encoding: chunked\r\n", data + b"0\r\n\r\n" + SMUGGLED) for name, data in CHUNKS.items()},
}


# Lines that have ended before a version could come: no more of them is waited for.
ENDED = (b"GET / \r\n\r\n", b"GET / \r\n", b"GET / \n\n", b"GET / H\r\n\r\n", b"GET / HTTP/1\r\n\r\n", b"GET /\r\n\r\n", b"GET \r\n\r\n", b"GET\r\n\r\n",
         b"GET / HTTP/1.1 \r\n", b"X\r\n", b"\r\nGET / \r\n\r\n")


@pytest.mark.parametrize("data", ENDED, ids=repr)
def test_a_line_that_has_ended_is_judged_at_once(stack, data):
    refused(stack.url, data)


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_malformed_framing(stack, nothing_stored, name):
    with nothing_stored():
        refused(stack.url, AMBIGUOUS[name])
