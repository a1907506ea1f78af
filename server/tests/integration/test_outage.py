"""PostgreSQL away: an honest 503, and work goes on by itself when it is back."""
import time

import psycopg2
import pytest

from support.audit import audit
from support.process import eventually, wait_until
from support.server import Server
from support.shapes import problem

pytestmark = pytest.mark.slow


@pytest.fixture
def outage(stack):
    stack.postgres.stop()
    try:
        yield
    finally:
        if not stack.postgres.running:
            stack.postgres.start()
        wait_until(lambda: stack.server.probe("/readyz") == 200, 30, "ready after the outage")


def test_the_database_away_and_back(stack, api, alice, bob, outage):
    requests = [("POST", f"{alice.path}/tweets", {"content": "lost"}), ("POST", f"{bob.path}/followers", None),
                ("PATCH", alice.path, {"first_name": "Lost"}), ("DELETE", alice.path, None),
                ("POST", "/api/sessions", {"username": alice.username, "password": alice.password}),
                ("POST", "/api/users", {"username": api.unique_name(), "password": alice.password})]
    for method, path, body in requests:
        begin = time.monotonic()
        refused = api.request(method, path, alice, json=body)
        assert refused.status == 503, (method, path, refused)
        assert problem(refused, "unavailable") or problem(refused, "overloaded")
        assert int(refused.headers["Retry-After"]) >= 1
        assert time.monotonic() - begin < 7, (method, path)
    assert api.get("/api/users/never_asked_for").status == 503      # not 404: nobody knows
    assert api.get("/healthz").status == 200
    assert api.get("/metrics").status == 200
    eventually(lambda: api.get("/readyz").status, 503)

    stack.postgres.start()
    eventually(lambda: api.get("/readyz").status, 200)
    eventually(lambda: api.post(f"{alice.path}/tweets", alice, json={"content": "back"}).status, 201)
    assert api.get(alice.path, alice).json["first_name"] == "Alice"
    assert api.post(f"{bob.path}/followers", alice).status == 201
    assert api.register()
    audit(stack.dsn)


@pytest.fixture
def terminate_backends(stack):
    """Ends all of the servers' connections to the database; returns how many."""
    def terminate():
        connection = psycopg2.connect(stack.postgres.conninfo("postgres"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'linnet_app'")
            count, = cursor.fetchone()
        connection.close()
        return count
    return terminate


def test_dropped_database_connections_are_replaced(stack, api, alice, terminate_backends):
    """As after a failover: each connection is gone, the database is there."""
    for _ in range(3):
        assert terminate_backends() > 0
        eventually(lambda: api.post(f"{alice.path}/tweets", alice, json={"content": "again"}).status, 201)
        for _ in range(20):
            assert api.get(f"{alice.path}/timeline", alice).status == 200
    audit(stack.dsn)


def test_a_server_may_start_before_its_database(stack, outage):
    """Hosts of a cluster boot in any order."""
    server = Server(stack.binary, stack.folder / "early.log", ["--database", stack.postgres.conninfo("linnet_app")])
    stack.servers.append(server)
    server.launch()
    try:
        time.sleep(1)
        assert server.running and server.probe("/readyz") != 200
        stack.postgres.start()
        wait_until(lambda: server.probe("/readyz") == 200, 30, "ready by itself")
    finally:
        server.terminate()
