"""Generated requests (hypothesis) against a server of this suite's own, which has few places for connections: one that is
not given back is missed soon."""
import pytest

from generated.rounds import Rounds
from generated.world import World
from support.api import Api
from support.process import wait_until

PLACES = 8


@pytest.fixture(scope="session")
def world(stack, contract):
    return World(stack, contract)


@pytest.fixture(scope="session")
def server(request, stack, world):
    """Begins when the lists are written, with no cache that knows of another state. Ends with a clean drain."""
    server = stack.start_server("--memcached", stack.start_memcached().address, "--loops", "2", "--max-connections", str(PLACES))
    yield server
    server.terminate()
    assert request.session.shouldstop or server.popen.returncode == 0, f"a drain ended with {server.popen.returncode}: {server.tail()}"


@pytest.fixture(scope="session")
def api(server, contract, world):
    api = Api(server.url, contract)
    world.served_by(api)
    return api


@pytest.fixture
def rounds(request):
    return Rounds(request.session.testscollected)


@pytest.fixture(autouse=True)
def gives_back_every_place(request, api, server):
    """After each test no client has a connection, and the server knows of none. If it does, the tests end: soon it has no place."""
    yield
    api.disconnect()
    try:
        wait_until(lambda: server.connections() == 1, 30, "no connection is open but the one that asks")
    except AssertionError:
        request.session.shouldstop = "places for connections are lost"
        raise


@pytest.fixture(autouse=True)
def logs_no_failure(server):
    before = server.log.stat().st_size
    yield
    failed = [line for line in server.log_lines(before) if line["level"] == "error" or line.get("status", "").startswith("5")]
    assert not failed, f"the server logged {failed[:3]}"
