"""A server that hangs as a whole (SIGSTOP) and goes on: it has heard nothing meanwhile, so it asks, and refuses nobody."""
import json
import time
from contextlib import ExitStack

import pytest

from support.api import Api
from support.process import free_port
from support.raw import Connection

STOPPED_S = 3   # memory is believed for 0.3 s, and a primary that is silent for 2 s is taken to be away
KEPT = NEW = 20


@pytest.fixture
def server(start_server):
    """It has been told of a replica, so it reckons with the primary being away; none answers there."""
    return start_server("--replica", f"host=127.0.0.1 port={free_port()} dbname=linnet user=linnet_app")


def get(path, account, seen=None):
    more = f"Linnet-Seen: {seen}\r\n" if seen else ""
    return f"GET {path} HTTP/1.1\r\nHost: linnet.example\r\nAuthorization: Bearer {account.token}\r\n{more}\r\n".encode()


def test_requests_that_met_a_stopped_server_are_answered_as_it_goes_on(api, contract, server, alice, bob):
    there = Api(server.url, contract)
    there.get(alice.path, bob)   # in its memory, and bob's session
    unread = [api.tweet(alice)["id"] for _ in range(KEPT + NEW)]
    with ExitStack() as stack:
        connect = lambda: stack.enter_context(Connection(server.url))
        connections = [connect() for _ in range(KEPT)]
        for connection in connections:
            connection.send(get(alice.path, bob))
            assert connection.read_response().status == 200
        with server.suspended():
            written = api.patch(alice.path, alice, json={"description": "written meanwhile"})
            connections += [connect() for _ in range(NEW)]
            for number, connection in enumerate(connections):
                seen = written.headers["Linnet-Seen"]
                connection.send(get(alice.path, bob, seen) if number % 2 else get(f"{alice.path}/tweets/{unread[number]}", bob))
            time.sleep(STOPPED_S)
        answers = [connection.read_response() for connection in connections]
    assert {answer.status for answer in answers} == {200}, [answer.body for answer in answers if answer.status != 200][:1]
    assert {json.loads(answer.body)["description"] for answer in answers[1::2]} == {"written meanwhile"}


def test_a_server_that_goes_on_takes_writes_at_once(contract, server, alice):
    there = Api(server.url, contract)
    with server.suspended():
        time.sleep(STOPPED_S)
    assert there.post(f"{alice.path}/tweets", alice, json={"content": "after a stop"}).status == 201
