"""Expired sessions and idempotency keys are dropped, however many there are, and whatever fails meanwhile."""
import re
import urllib.request

import pytest
from support.process import eventually, wait_until

EXPIRED = 12_000   # more than one batch, and more than one loop's in a second

SESSIONS = """INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)
SELECT i, %s, sha256(int8send(i) || 'purge'), now() - interval '2 days', now() - interval '1 day' FROM generate_series(1, %s) i"""
KEYS = """INSERT INTO idempotency_keys (user_id, key, request_hash, response, created_at)
SELECT %s, 'purge-' || i, sha256(int8send(i)), '{}', now() - interval '25 hours' FROM generate_series(1, %s) i"""
LEFT = ("SELECT (SELECT count(*) FROM sessions WHERE expires_at < now()) +"
        " (SELECT count(*) FROM idempotency_keys WHERE created_at < now() - interval '24 hours')")


@pytest.fixture
def expired(alice, query):
    user = query("SELECT id FROM users WHERE username = %s", alice.username)[0][0]
    for statement in (SESSIONS, KEYS):
        query(statement, user, EXPIRED)
    assert query(LEFT)[0][0] == 2 * EXPIRED


def metric(server, name):
    with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:
        return float(re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.M)[1])


def purged(server):
    return [metric(server, f'linnet_purged_rows_total{{table="{table}"}}') for table in ("sessions", "idempotency_keys")]


def lag(server):
    return metric(server, "linnet_purge_lag_seconds")


def test_all_that_expired_goes_and_nothing_else(stack, api, alice, query, expired):
    kept = query("SELECT count(*) FROM sessions WHERE expires_at > now()")[0][0]
    server = stack.start_server("--purge-interval-s", "1", "--loops", "2")
    eventually(lambda: query(LEFT)[0][0], 0)
    eventually(lambda: purged(server), [EXPIRED, EXPIRED])
    assert query("SELECT count(*) FROM sessions WHERE expires_at > now()")[0][0] == kept
    assert api.get("/api/sessions", alice).status == 200
    server.terminate()


def test_an_error_does_not_end_it(stack, query, expired):
    query("REVOKE DELETE ON idempotency_keys FROM linnet_app")
    server = stack.start_server("--purge-interval-s", "1", "--loops", "1")
    try:
        wait_until(lambda: "purge failed" in server.tail(), 20, "the purge fails")
        assert query(LEFT)[0][0] == 2 * EXPIRED, "both tables in one transaction"
        wait_until(lambda: lag(server) > 3, 20, "the lag grows while it fails")
    finally:
        query("GRANT DELETE ON idempotency_keys TO linnet_app")
    eventually(lambda: query(LEFT)[0][0], 0)
    wait_until(lambda: lag(server) < 2, 20, "it catches up")
    server.terminate()
