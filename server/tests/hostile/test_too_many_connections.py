"""More connections than the server takes: those beyond are told so, and those within are served."""
from hostile.tables import is_problem
from support.raw import Connection

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def test_connections_beyond_the_limit_are_refused_in_words(stack):
    server = stack.start_server("--loops", "1", "--max-connections", "2")
    held = [Connection(server.url) for _ in range(2)]
    try:
        for connection in held:
            connection.send(HEALTH)
            assert connection.read_response().status == 200
        with Connection(server.url) as beyond:
            response = is_problem(beyond.read_response(), {503})
            assert response.headers["retry-after"] and beyond.closed_by_peer()
        for connection in held:
            connection.send(HEALTH)
            assert connection.read_response().status == 200
    finally:
        for connection in held:
            connection.close()
        server.terminate()


def test_the_limit_is_the_sum_of_all_event_loops(stack):
    """The kernel spreads connections over the loops, so of forty each of two has more than its half of four."""
    server = stack.start_server("--loops", "2", "--max-connections", "4")
    opened = [Connection(server.url) for _ in range(40)]
    try:
        statuses = []
        for connection in opened:
            connection.send(HEALTH)
            statuses.append(connection.read_response().status)
        assert sorted(statuses) == [200] * 4 + [503] * 36
    finally:
        for connection in opened:
            connection.close()
        server.terminate()
