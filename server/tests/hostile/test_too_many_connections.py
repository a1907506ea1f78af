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
