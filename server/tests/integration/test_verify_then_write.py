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


def end(api, by, session):
    return api.delete(f"/api/sessions/{session}", by)


def session_of(api, token):
    return next(item["id"] for item in api.get("/api/sessions", token).json["items"] if item["current"])


@pytest.mark.parametrize("write", ["change", "delete"])
def test_a_session_that_is_being_ended_changes_no_account(api, alice, hold, waiting, two, write):
    """Both need the session that asks for them, in their own transaction."""
    stolen = api.login(alice)
    with hold("sessions", "DELETE") as let_go:
        ended = two.submit(end, api, alice, session_of(api, stolen))
        waiting(1)
        late = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD, stolen) if write == "change" else two.submit(api.delete, alice.path, stolen)
        waiting(2)
        let_go()
        assert ended.result().status == 204
        assert late.result().status == 401
    assert log_in(api, alice, PASSWORD).status == 201


def test_a_session_is_ended_after_what_it_does_meanwhile(api, alice, hold, waiting, two):
    stolen = api.login(alice)
    session = session_of(api, stolen)
    with hold("users", "UPDATE") as let_go:
        changed = two.submit(change, api, alice, PASSWORD, NEW_PASSWORD, stolen)
        waiting(1)
        ended = two.submit(end, api, stolen, session)
        waiting(2)
        let_go()
        assert changed.result().status == 204
        assert ended.result().status == 204
    assert api.get("/api/sessions", stolen).status == 401


FIRST = ["first", "second"]   # which of the two comes first: the write, or the deletion of what it needs


@pytest.mark.parametrize("order", FIRST)
def test_a_favorite_beside_the_deletion_of_its_tweet(api, alice, bob, hold, waiting, two, stack, order):
    tweet = api.tweet(alice)
    path, favorites = tweet_path(tweet), f"{tweet_path(tweet)}/favorites"
    favorite, delete = (api.post, favorites, bob), (api.delete, path, alice)
    earlier, later = (favorite, delete) if order == "first" else (delete, favorite)
    with hold(*(("favorites", "INSERT") if order == "first" else ("tweets", "DELETE"))) as let_go:
        first = two.submit(*earlier)
        waiting(1)
        second = two.submit(*later)
        waiting(2)
        let_go()
        assert first.result().status == (201 if order == "first" else 204)
        assert second.result().status == (204 if order == "first" else 404)
    assert api.get(path).status == 404
    cleaned(stack.dsn)
    audit(stack.dsn)


@pytest.mark.parametrize("order", FIRST)
@pytest.mark.parametrize("what", ["follow", "post"])
def test_a_write_beside_the_deletion_of_an_account(api, alice, bob, hold, waiting, two, stack, what, order):
    """Of the one followed, or of the author."""
    write = (api.post, f"{alice.path}/followers", bob) if what == "follow" else (lambda: api.post(f"{alice.path}/tweets", alice, json={"content": "last words"}),)
    delete = (api.delete, alice.path, alice)
    earlier, later = (write, delete) if order == "first" else (delete, write)
    with hold(*(("connections" if what == "follow" else "tweets", "INSERT") if order == "first" else ("users", "DELETE"))) as let_go:
        first = two.submit(*earlier)
        waiting(1)
        second = two.submit(*later)
        waiting(2)
        let_go()
        assert first.result().status == (201 if order == "first" else 204)
        assert second.result().status in ({204} if order == "first" else {401, 404})
    assert api.get(alice.path).status == 404
    cleaned(stack.dsn)
    audit(stack.dsn)


def test_of_two_changes_with_one_precondition_one_is_made(api, alice, hold, waiting, two):
    etag = api.get(alice.path, alice).headers["ETag"]
    with hold("users", "UPDATE") as let_go:
        first = two.submit(lambda: api.patch(alice.path, alice, json={"first_name": "One"}, headers={"If-Match": etag}))
        waiting(1)
        second = two.submit(lambda: api.patch(alice.path, alice, json={"first_name": "Two"}, headers={"If-Match": etag}))
        waiting(2)
        let_go()
        assert [first.result().status, second.result().status] == [200, 412]
    assert api.get(alice.path).json["first_name"] == "One"


def test_a_tweet_that_is_favorited_meanwhile_is_not_deleted_by_its_former_etag(api, alice, bob, hold, waiting, two):
    path = tweet_path(api.tweet(alice))
    etag = api.get(path, alice).headers["ETag"]
    with hold("favorites", "INSERT") as let_go:
        favorite = two.submit(api.post, f"{path}/favorites", bob)
        waiting(1)
        delete = two.submit(lambda: api.delete(path, alice, headers={"If-Match": etag}))
        waiting(2)
        let_go()
        assert favorite.result().status == 201
        assert delete.result().status == 412
    assert api.get(path).json["favorites_count"] == 1


def test_the_last_session_of_two_logins_is_the_two_hundredth(api, alice, query, hold, waiting, two):
    query("INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)"
          " SELECT 10000 * %s + n, %s, sha256(int8send(10000 * %s + n)), now() - interval '1 day', now() + interval '1 day' FROM generate_series(1, 199) n",
          *[int(alice.id)] * 3)
    with hold("sessions", "INSERT") as let_go:
        logins = [two.submit(log_in, api, alice, PASSWORD)]
        waiting(1)
        logins.append(two.submit(log_in, api, alice, PASSWORD))
        waiting(2)
        let_go()
        assert [login.result().status for login in logins] == [201, 201]
    assert query("SELECT count(*) FROM sessions WHERE user_id = %s", int(alice.id)) == [(200,)]
