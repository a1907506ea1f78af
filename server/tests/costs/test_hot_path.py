"""What the processor does for a GET that is answered from memory."""
import time
from contextlib import contextmanager
from statistics import median

import pytest

from costs import strace
from costs.callgrind import Callgrind
from costs.conftest import FLAGS
from costs.requests import HOT
from support.raw import Connection

COUNT = 100
WINDOWS = 3     # of COUNT requests each, of which the median counts: a stall of the machine meets one of them
PAUSE = 0.001   # seconds between requests, so that each finds the server asleep and takes the same path


@pytest.fixture(scope="module")
def callgrind(tmp_path_factory):
    return Callgrind(tmp_path_factory.mktemp("callgrind"))


@pytest.fixture(scope="module")
def counted_server(stack, callgrind):
    return stack.start_server(*FLAGS, under=callgrind.command)


@pytest.fixture(scope="module")
def server(stack):
    return stack.start_server(*FLAGS)


@contextmanager
def client(server, request):
    """`as send`: has the request answered COUNT times, one after the other on one connection. It is hot by then."""
    data = (f"{request.method} {request.path} HTTP/1.1\r\nHost: linnet.example\r\n"
            f"Authorization: Bearer {request.account.token}\r\n\r\n").encode()

    def send():
        for _ in range(COUNT):
            connection.send(data)
            answer = connection.read_response()
            assert answer.status == 200, answer
            time.sleep(PAUSE)

    with Connection(server.url) as connection:
        send()
        yield send


@pytest.mark.parametrize("name", HOT)
def test_instructions_and_allocations(name, counted_server, callgrind, world, table):
    with client(counted_server, HOT[name](world)) as send:
        windows = [callgrind.during(counted_server, send) for _ in range(WINDOWS)]
    print(windows)
    instructions, allocations = (median(window) / COUNT for window in zip(*windows))
    table.check(name, {"instructions": round(instructions), "allocations": round(allocations, 1)})


@pytest.mark.parametrize("name", HOT)
def test_syscalls(name, server, world, table, tmp_path):
    with client(server, HOT[name](world)) as send:
        calls = strace.during(server, tmp_path, send)
    print(calls)
    # Timers and polls in the background are less than one for two requests.
    table.check(name, {"syscalls": sum(round(count / COUNT) for count in calls.values())})
