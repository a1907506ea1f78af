"""What the processor does for a request."""
import json
import time
from contextlib import contextmanager
from statistics import median

import pytest

from costs import strace
from costs.callgrind import Callgrind
from costs.conftest import FLAGS
from costs.requests import HOT, REQUESTS
from support.raw import Connection

COUNT = 100
COUNT_COLD = 6  # each asks for users and tweets of its own
WINDOWS = 3     # of so many requests each, of which the median counts: a stall of the machine meets one of them
HEARD = 0.5     # seconds after which a server, slow as it is, has heard of what was made through the other
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
    data = bytes_of(request)

    def send():
        for _ in range(COUNT):
            ask(connection, data)
            time.sleep(PAUSE)

    with Connection(server.url) as connection:
        send()
        yield send


@pytest.mark.parametrize("name", HOT)
def test_instructions_and_allocations(name, counted_server, callgrind, world, table):
    with client(counted_server, HOT[name](world)) as send:
        windows = [max(callgrind.during(counted_server, send)) for _ in range(WINDOWS)]   # of the event loop
    print(windows)
    instructions, allocations = (median(window) / COUNT for window in zip(*windows))
    table.check(name, {"instructions": round(instructions), "allocations": round(allocations, 1)})


@pytest.mark.parametrize("name", [name for name in REQUESTS if name not in HOT])
def test_instructions_of_all_threads(name, counted_server, callgrind, world, table):
    with Connection(counted_server.url) as connection:
        def window():
            *before, last = zip(*(map(bytes_of, REQUESTS[name](world)) for _ in range(COUNT_COLD)))
            time.sleep(HEARD)
            for requests in before:
                send(requests)
            threads = callgrind.during(counted_server, lambda: send(last))
            return sum(instructions for instructions, _ in threads) / COUNT_COLD

        def send(requests):
            for data in requests:
                ask(connection, data)

        windows = [window() for _ in range(WINDOWS)]
    print(windows)
    table.check(name, {"instructions, all threads": round(median(windows))})


def bytes_of(request):
    body = json.dumps(request.json) if request.json else ""
    described = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return (f"{request.method} {request.path} HTTP/1.1\r\nHost: linnet.example\r\n"
            f"Authorization: Bearer {request.account.token}\r\n{described}\r\n{body}").encode()


def ask(connection, data):
    connection.send(data)
    answer = connection.read_response()
    assert answer.status < 300, answer


@pytest.mark.parametrize("name", HOT)
def test_syscalls(name, server, world, table, tmp_path):
    with client(server, HOT[name](world)) as send:
        calls = strace.during([server.pid], tmp_path, send)
    print(calls)
    # Timers and polls in the background are less than one for two requests.
    table.check(name, {"syscalls": sum(round(count / COUNT) for count in calls.values())})
