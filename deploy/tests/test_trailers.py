"""What stands behind a body is no header field (RFC 9110, 6.5.1): haproxy checks and sets header fields, and passes trailers on.

One server behind haproxy, with TLS; each case goes to the server itself, and through haproxy over HTTP/1.1 and HTTP/2.
"""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from clients import connect, over_http_1, over_http_2
from topology import Topology

SETTINGS = {"LINNET_ACCESS_LOG": "all",
            "LINNET_CORS_ORIGIN": "https://app.example", "LINNET_RATE_LIMIT_REGISTRATIONS": "0", "LINNET_RATE_LIMIT_LOGINS": "1000"}
FORGED = "203.0.113.77"


@pytest.fixture(scope="module")
def system():
    os.environ.update(SETTINGS)
    system = Topology()
    try:
        system.up("--proxy", "--tls")
        system.server_port = int(system.look()["server-1"].address.split(":")[1])
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)
        for name in SETTINGS:
            del os.environ[name]


@pytest.fixture(params=["to the server", "through haproxy, HTTP/1.1", "through haproxy, HTTP/2"])
def send(system, request):
    """send(method, path, headers, body, trailer) -> Answer"""
    ways = {"to the server": lambda *what: over_http_1(connect(system.server_port), *what),
            "through haproxy, HTTP/1.1": lambda *what: over_http_1(connect(system.port, "http/1.1"), *what),
            "through haproxy, HTTP/2": lambda *what: over_http_2(connect(system.port, "h2"), *what)}
    return ways[request.param]


@pytest.fixture
def account(send):
    """(path, headers with its token)"""
    who = {"username": "t" + os.urandom(5).hex(), "password": "long enough"}
    post = lambda path: send("POST", path, {"content-type": "application/json"}, json.dumps(who).encode(), [("x-a", "b")])
    assert post("/api/users").status == 201
    token = json.loads(post("/api/sessions").body)["token"]
    return f"/api/users/{who['username']}", {"content-type": "application/json", "authorization": f"Bearer {token}"}


def tweet(send, account, trailer, without=()):
    path, headers = account
    kept = {name: value for name, value in headers.items() if name not in without}
    return send("POST", f"{path}/tweets", kept, b'{"content": "trailed"}', trailer)


def logged(system, answer):
    """The line of the server's log about this answer."""
    lines = [json.loads(line) for line in (Path(system.folder) / "server-1.log").read_text().splitlines() if line.startswith("{")]
    line, = (line for line in lines if line.get("request_id") == answer.headers["x-request-id"])
    return line


@pytest.mark.parametrize("trailer", [
    [("x-forwarded-for", FORGED)], [("forwarded", f"for={FORGED}")], [("x-forwarded-for", FORGED), ("x-forwarded-for", FORGED)],
], ids=str)
def test_no_address_is_believed(system, send, account, trailer):
    answer = tweet(send, account, trailer)
    assert answer.status == 201
    assert logged(system, answer)["client"] == "127.0.0.1"


def test_no_request_id_is_taken_over(system, send, account):
    answer = tweet(send, account, [("x-request-id", "forged")])
    assert answer.status == 201 and answer.headers["x-request-id"] != "forged"


def test_no_key_makes_two_tweets_one(send, account):
    first, second = (tweet(send, account, [("idempotency-key", "one")]) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert json.loads(first.body)["id"] != json.loads(second.body)["id"]


@pytest.mark.parametrize("name, value, without, status", [
    ("authorization", None, ("authorization",), 401), ("authorization", "Bearer none", (), 201), ("linnet-seen", "none.such!", (), 201),
    ("content-type", "application/json", ("content-type",), 415), ("content-type", "text/plain", (), 201),
    ("content-encoding", "gzip", (), 201), ("if-match", '"none"', (), 201), ("if-none-match", "*", (), 201), ("expect", "100-continue", (), 201),
])
def test_nothing_else_counts(send, account, name, value, without, status):
    answer = tweet(send, account, [(name, value or account[1]["authorization"])], without)
    assert answer.status == status, answer


def test_no_origin_is_let_in(send, account):
    answer = tweet(send, account, [("origin", "https://app.example")])
    assert answer.status == 201 and "access-control-allow-origin" not in answer.headers


def test_no_trailer_gives_a_quota_of_its_own(send):
    who = json.dumps({"username": "nobody_here", "password": "long enough"}).encode()

    def remaining(n):
        answer = send("POST", "/api/sessions", {"content-type": "application/json"}, who, [("x-forwarded-for", f"203.0.113.{n}")])
        return int(re.search(r"r=(\d+)", answer.headers["ratelimit"])[1])
    assert len({remaining(n) for n in range(1, 4)}) > 1   # each takes from the same, even when a minute begins between
