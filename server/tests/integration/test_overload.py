"""More at once than may wait: the rest is refused at once, by a 503 that says when to come again, and nothing else suffers."""
import json
from contextlib import ExitStack

import pytest

from support.api import Api
from support.process import eventually
from support.raw import Connection

CROWD = 200
WRITES = ("--write-queue", "8", "--write-batch", "1", "--loops", "1")
READS = ("--read-queue", "8", "--read-batch", "1", "--loops", "1")


def at_once(url, requests):
    """The answers to requests that are all sent before the first is read, each on a connection of its own."""
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(url)) for _ in requests]
        for connection, request in zip(connections, requests):
            connection.send(request)
        return [connection.read_response() for connection in connections]


def check_refusals(refused):
    for answer in refused:
        assert answer.status == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.body)["status"] == 503
        assert int(answer.headers["Retry-After"]) >= 1


def refusals_in(log):
    """Those of posts with a line of their own, at most a hundred a second, and those that were left out."""
    return (sum(line.get("route") == "post_tweet" and line["status"] == "503" for line in log)
            + sum(int(line.get("left_out", 0)) for line in log))


@pytest.fixture
def post(alice):
    def request(number):
        body = json.dumps({"content": f"one of many: {number}"}).encode()
        return (f"POST {alice.path}/tweets HTTP/1.1\r\nHost: linnet.example\r\nAuthorization: Bearer {alice.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    return request


def test_writes_beyond_the_queue_are_refused_and_the_others_are_there(start_server, contract, alice, post):
    process = start_server(*WRITES)
    server = Api(process.url, contract)
    answers = at_once(server.url, [post(number) for number in range(CROWD)])
    created = [json.loads(answer.body)["content"] for answer in answers if answer.status == 201]
    refused = [answer for answer in answers if answer.status != 201]
    assert created and refused
    check_refusals(refused)
    eventually(lambda: refusals_in(process.log_lines()), len(refused))
    shown = [tweet for page in (1, 2) for tweet in server.get(f"{alice.path}/tweets?per_page=100&page={page}").json["items"]]
    assert sorted(tweet["content"] for tweet in shown) == sorted(created)
    assert server.get(alice.path).json["tweets_count"] == len(created)
    assert at_once(server.url, [post("and one later")])[0].status == 201


def test_reads_beyond_the_queue_are_refused_and_what_is_in_memory_is_served(start_server, contract, alice):
    server = Api(start_server(*READS).url, contract)
    for _ in range(3):
        assert server.get(alice.path).status == 200   # from now on in memory

    def get(path):
        return f"GET {path} HTTP/1.1\r\nHost: linnet.example\r\n\r\n".encode()

    cold = [get(f"/api/users/nobody{number}") for number in range(CROWD)]
    answers = at_once(server.url, [*cold, get(alice.path)])
    assert answers.pop().status == 200
    missing = [answer for answer in answers if answer.status == 404]
    refused = [answer for answer in answers if answer.status != 404]
    assert missing and refused
    check_refusals(refused)
    assert server.get("/api/users/nobody1").status == 404
