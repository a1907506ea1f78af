"""A write relies on what was checked before it: nothing may change in between.

A trigger holds one write between its check and its commit, while the other one, which would break the rule, is
sent. Both orders are tried. The triggers wait for an advisory lock that the test holds.
"""
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest

from support.api import PASSWORD, tweet_path
from support.audit import audit, cleaned
from support.process import wait_until
from support.sessions import MAX_SESSIONS, add_sessions

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


@pytest.fixture
def meet(hold, waiting, two):
    """meet(("users", "UPDATE"), one, other): the answers of two calls. The one waits before its commit until the other waits, too."""
    def answers(held, one, other):
        with hold(*held) as let_go:
            calls = [two.submit(one)]
            waiting(1)
            calls.append(two.submit(other))
            waiting(2)
            let_go()
            return [call.result() for call in calls]
    return answers


def log_in(api, account, password):
    return api.post("/api/sessions", json={"username": account.username, "password": password})


def change(api, account, current, new, token=None):
    return api.put(f"{account.path}/password", token or account,
                   json={"current_password": current, "new_password": new})


def test_a_login_under_way_does_not_outlive_the_change_of_its_password(api, alice, meet):
    login, changed = meet(("sessions", "INSERT"), lambda: log_in(api, alice, PASSWORD), lambda: change(api, alice, PASSWORD, NEW_PASSWORD))
    assert changed.status == 204
    assert api.get("/api/sessions", login.json["token"]).status == 401
    assert api.get("/api/sessions", alice).status == 200


def test_a_login_that_comes_after_the_change_is_refused(api, alice, meet):
    changed, login = meet(("users", "UPDATE"), lambda: change(api, alice, PASSWORD, NEW_PASSWORD), lambda: log_in(api, alice, PASSWORD))
    assert (changed.status, login.status) == (204, 401)
    assert len(api.get("/api/sessions", alice).json["items"]) == 1


def test_a_password_is_changed_by_who_knows_the_present_one(api, alice, meet):
    other = api.login(alice)
    first, second = meet(("users", "UPDATE"), lambda: change(api, alice, PASSWORD, NEW_PASSWORD),
                         lambda: change(api, alice, PASSWORD, "a third horse battery", other))
    assert first.status == 204 and second.status in (401, 403)
    assert log_in(api, alice, NEW_PASSWORD).status == 201


def test_one_session_changes_the_password_twice_at_once(api, alice, meet):
    first, second = meet(("users", "UPDATE"), lambda: change(api, alice, PASSWORD, NEW_PASSWORD),
                         lambda: change(api, alice, PASSWORD, "a third horse battery"))
    assert (first.status, second.status) == (204, 403)
    assert log_in(api, alice, NEW_PASSWORD).status == 201


def test_an_account_is_not_deleted_by_a_session_that_was_ended(api, alice, meet):
    stolen = api.login(alice)
    changed, deleted = meet(("users", "UPDATE"), lambda: change(api, alice, PASSWORD, NEW_PASSWORD), lambda: api.delete(alice.path, stolen))
    assert (changed.status, deleted.status) == (204, 401)
    assert api.get(alice.path).status == 200


def test_a_login_while_the_account_is_deleted(api, alice, meet):
    deleted, login = meet(("users", "DELETE"), lambda: api.delete(alice.path, alice), lambda: log_in(api, alice, PASSWORD))
    assert (deleted.status, login.status) == (204, 401)


def test_an_account_that_is_deleted_takes_a_login_under_way_along(api, alice, meet):
    login, deleted = meet(("sessions", "INSERT"), lambda: log_in(api, alice, PASSWORD), lambda: api.delete(alice.path, alice))
    assert deleted.status == 204
    assert login.status == 401 or api.get("/api/sessions", login.json["token"]).status == 401


def end(api, by, session):
    return api.delete(f"/api/sessions/{session}", by)


def session_of(api, token):
    return next(item["id"] for item in api.get("/api/sessions", token).json["items"] if item["current"])


@pytest.mark.parametrize("write", ["change", "delete"])
def test_a_session_that_is_being_ended_changes_no_account(api, alice, meet, write):
    """Both need the session that asks for them, in their own transaction."""
    stolen = api.login(alice)
    session = session_of(api, stolen)
    writes = {"change": lambda: change(api, alice, PASSWORD, NEW_PASSWORD, stolen), "delete": lambda: api.delete(alice.path, stolen)}
    ended, late = meet(("sessions", "DELETE"), lambda: end(api, alice, session), writes[write])
    assert (ended.status, late.status) == (204, 401)
    assert log_in(api, alice, PASSWORD).status == 201


def test_a_session_is_ended_after_what_it_does_meanwhile(api, alice, meet):
    stolen = api.login(alice)
    session = session_of(api, stolen)
    changed, ended = meet(("users", "UPDATE"), lambda: change(api, alice, PASSWORD, NEW_PASSWORD, stolen), lambda: end(api, stolen, session))
    assert (changed.status, ended.status) == (204, 204)
    assert api.get("/api/sessions", stolen).status == 401


def test_a_favorite_comes_before_the_deletion_of_its_tweet(api, alice, bob, meet, stack):
    path = tweet_path(api.tweet(alice))
    favorite, deleted = meet(("favorites", "INSERT"), lambda: api.post(f"{path}/favorites", bob), lambda: api.delete(path, alice))
    assert (favorite.status, deleted.status) == (201, 204)
    gone(api, path, stack)


def test_a_favorite_comes_after_the_deletion_of_its_tweet(api, alice, bob, meet, stack):
    path = tweet_path(api.tweet(alice))
    deleted, favorite = meet(("tweets", "DELETE"), lambda: api.delete(path, alice), lambda: api.post(f"{path}/favorites", bob))
    assert (deleted.status, favorite.status) == (204, 404)
    gone(api, path, stack)


def gone(api, path, stack):
    """No answer and no count has it any more."""
    assert api.get(path).status == 404
    cleaned(stack.dsn)
    audit(stack.dsn)


WRITES = {"connections": lambda api, alice, bob: api.post(f"{alice.path}/followers", bob),
          "tweets": lambda api, alice, bob: api.post(f"{alice.path}/tweets", alice, json={"content": "last words"})}


@pytest.mark.parametrize("table", WRITES)
def test_a_write_comes_before_the_deletion_of_an_account(api, alice, bob, meet, stack, table):
    """Of the one followed, or of the author."""
    written, deleted = meet((table, "INSERT"), lambda: WRITES[table](api, alice, bob), lambda: api.delete(alice.path, alice))
    assert (written.status, deleted.status) == (201, 204)
    gone(api, alice.path, stack)


@pytest.mark.parametrize("table", WRITES)
def test_a_write_comes_after_the_deletion_of_an_account(api, alice, bob, meet, stack, table):
    deleted, written = meet(("users", "DELETE"), lambda: api.delete(alice.path, alice), lambda: WRITES[table](api, alice, bob))
    assert deleted.status == 204 and written.status in (401, 404)
    gone(api, alice.path, stack)


def test_of_two_changes_with_one_precondition_one_is_made(api, alice, meet):
    etag = api.get(alice.path, alice).headers["ETag"]
    rename = lambda name: api.patch(alice.path, alice, json={"first_name": name}, headers={"If-Match": etag})
    first, second = meet(("users", "UPDATE"), lambda: rename("One"), lambda: rename("Two"))
    assert (first.status, second.status) == (200, 412)
    assert api.get(alice.path).json["first_name"] == "One"


def test_a_tweet_that_is_favorited_meanwhile_is_not_deleted_by_its_former_etag(api, alice, bob, meet):
    path = tweet_path(api.tweet(alice))
    etag = api.get(path, alice).headers["ETag"]
    favorite, deleted = meet(("favorites", "INSERT"), lambda: api.post(f"{path}/favorites", bob),
                             lambda: api.delete(path, alice, headers={"If-Match": etag}))
    assert (favorite.status, deleted.status) == (201, 412)
    assert api.get(path).json["favorites_count"] == 1


def test_of_two_logins_at_the_limit_of_sessions_both_stay_and_the_oldest_goes(api, alice, query, meet):
    add_sessions(query, alice, MAX_SESSIONS - 1)
    logins = meet(("sessions", "INSERT"), lambda: log_in(api, alice, PASSWORD), lambda: log_in(api, alice, PASSWORD))
    assert [login.status for login in logins] == [201, 201]
    assert query("SELECT count(*) FROM sessions WHERE user_id = %s", int(alice.id)) == [(MAX_SESSIONS,)]
    assert {api.get("/api/sessions", login.json["token"]).status for login in logins} == {200}
