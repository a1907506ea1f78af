"""A write relies on what was checked before it: nothing may change in between.

A trigger holds one write between its check and its commit, while the other one, which would break the rule, is
sent. Both orders are tried. The triggers wait for an advisory lock that the test holds.
"""
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest

from support.api import PASSWORD
from support.process import wait_until

NEW_PASSWORD = "another horse battery"
LOCK = 715_517


@pytest.fixture
def hold(stack, query):
    """with hold("sessions", "INSERT") as let_go: such a write of a server stops before its commit."""
    @contextmanager
    def held(table, event):
        with psycopg2.connect(stack.dsn) as holder, holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            query("CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                  f" PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN NULL; END $$")
            query(f"CREATE TRIGGER test_hold AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION test_hold()")
            try:
                yield lambda: cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
            finally:
                cursor.execute("SELECT pg_advisory_unlock_all()")
                query("DROP FUNCTION test_hold CASCADE")
    return held


@pytest.fixture
def waiting(query):
    """waiting(n): returns once n transactions wait for a lock."""
    def until(number):
        wait_until(lambda: query("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")[0][0] >= number, 20,
                   f"{number} that wait")
    return until


@pytest.fixture
def two():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def log_in(api, account, password):
    return api.post("/api/sessions", json={"username": account.username, "password": password})


def change(api, account, current, new, token=None):
    return api.put(f"{account.path}/password", token or account,
                   json={"current_password": current, "new_password": new})


def test_a_login_under_way_does_not_outlive_the_change_of_its_password(api, alice, hold, waiting, two):
    with hold("sessions", "INSERT") as let_go:
        login = two.submit(log_in, api, alice, PASSWORD)
        waiting(1)
        changed = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD)
        waiting(2)
        let_go()
        token = login.result().json["token"]
        assert changed.result().status == 204
    assert api.get("/api/sessions", token).status == 401
    assert api.get("/api/sessions", alice).status == 200


def test_a_login_that_comes_after_the_change_is_refused(api, alice, hold, waiting, two):
    with hold("users", "UPDATE") as let_go:
        changed = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD)
        waiting(1)
        login = two.submit(log_in, api, alice, PASSWORD)
        waiting(2)
        let_go()
        assert changed.result().status == 204
        assert login.result().status == 401
    assert len(api.get("/api/sessions", alice).json["items"]) == 1


def test_a_password_is_changed_by_who_knows_the_present_one(api, alice, hold, waiting, two):
    other = api.login(alice)
    with hold("users", "UPDATE") as let_go:
        first = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD)
        waiting(1)
        second = two.submit(change, api, alice, PASSWORD, "a third horse battery", other)
        waiting(2)
        let_go()
        assert first.result().status == 204
        assert second.result().status in (401, 403)
    assert log_in(api, alice, NEW_PASSWORD).status == 201


def test_one_session_changes_the_password_twice_at_once(api, alice, hold, waiting, two):
    with hold("users", "UPDATE") as let_go:
        first = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD)
        waiting(1)
        second = two.submit(change, api, alice, PASSWORD, "a third horse battery")
        waiting(2)
        let_go()
        assert first.result().status == 204
        assert second.result().status == 403
    assert log_in(api, alice, NEW_PASSWORD).status == 201


def test_an_account_is_not_deleted_by_a_session_that_was_ended(api, alice, hold, waiting, two):
    stolen = api.login(alice)
    with hold("users", "UPDATE") as let_go:
        changed = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD)
        waiting(1)
        deleted = two.submit(api.delete, alice.path, stolen)
        waiting(2)
        let_go()
        assert changed.result().status == 204
        assert deleted.result().status == 401
    assert api.get(alice.path).status == 200


def test_a_login_while_the_account_is_deleted(api, alice, hold, waiting, two):
    with hold("users", "DELETE") as let_go:
        deleted = two.submit(api.delete, alice.path, alice)
        waiting(1)
        login = two.submit(log_in, api, alice, PASSWORD)
        waiting(2)
        let_go()
        assert deleted.result().status == 204
        assert login.result().status == 401


def test_an_account_that_is_deleted_takes_a_login_under_way_along(api, alice, hold, waiting, two):
    with hold("sessions", "INSERT") as let_go:
        login = two.submit(log_in, api, alice, PASSWORD)
        waiting(1)
        deleted = two.submit(api.delete, alice.path, alice)
        waiting(2)
        let_go()
        assert deleted.result().status == 204
        answer = login.result()
    assert answer.status == 401 or api.get("/api/sessions", answer.json["token"]).status == 401
