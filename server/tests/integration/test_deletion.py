"""Deleting a user or a tweet takes everything with it, and the counts of all others stay right."""
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from support.api import PASSWORD, tweet_path
from support.audit import audit, cleaned, faults
from support.process import eventually
from support.shapes import ZERO, ids, tweet, user


@pytest.fixture
def entangled(api, alice, bob, carol):
    """alice is followed by and follows the others; all favorited each other's tweets. Returns the three tweets."""
    tweets = [api.tweet(account, f"of {account.username}") for account in (alice, bob, carol)]
    for account in (alice, bob, carol):
        for other in (alice, bob, carol):
            if account is not other:
                api.follow(account, other)
        for posted in tweets:
            api.favorite(account, posted)
    return tweets


def test_a_deleted_user_is_gone_everywhere(api, stack, query, alice, bob, carol, entangled):
    of_alice, of_bob, of_carol = entangled
    second_token = api.login(alice)
    assert api.get(alice.path, bob).json == user(alice, (True, True), tweets_count=1, followers_count=2, followees_count=2, favorites_count=3)

    assert api.delete(alice.path, alice).status == 204

    for token in (alice.token, second_token):
        assert api.get("/api/sessions", token).status == 401
    assert api.post("/api/sessions", json={"username": alice.username, "password": PASSWORD}).status == 401
    eventually(lambda: api.get(alice.path, bob).status, 404)
    eventually(lambda: api.get(tweet_path(of_alice), bob).status, 404)
    for path in ("/tweets", "/followers", "/followees", "/favorites", "/activity"):
        eventually(lambda: api.get(alice.path + path, bob).status, 404)
    eventually(lambda: api.get(bob.path, bob).json,
               user(bob, (False, False), tweets_count=1, followers_count=1, followees_count=1, favorites_count=2))
    eventually(lambda: api.get(tweet_path(of_carol), bob).json, tweet(of_carol, True, favorites_count=2))
    for path in ("/followers", "/followees"):
        eventually(lambda: ids(api.get(bob.path + path, bob)), [carol.id])
    eventually(lambda: ids(api.get(f"{tweet_path(of_bob)}/favorites", bob)), [carol.id, bob.id])
    eventually(lambda: ids(api.get(f"{bob.path}/favorites", bob)), [of_carol["id"], of_bob["id"]])
    eventually(lambda: ids(api.get(f"{bob.path}/timeline", bob)), [of_carol["id"]])
    eventually(lambda: ids(api.get(f"{bob.path}/activity", bob)), [of_carol["id"], of_bob["id"]])
    eventually(lambda: api.get(f"/api/tweets?ids={of_alice['id']}", bob).json, {"items": []})
    eventually(lambda: api.get(f"/api/users?usernames={alice.username}", bob).json, {"items": []})
    cleaned(stack.dsn)
    for table, column in (("users", "id"), ("sessions", "user_id"), ("tweets", "user_id"), ("favorites", "user_id"),
                          ("favorites", "tweet_user_id"), ("connections", "follower_id"), ("connections", "followee_id"),
                          ("user_counters", "user_id"), ("tweet_counters", "user_id")):
        assert query(f"SELECT count(*) FROM {table} WHERE {column} = %s", int(alice.id)) == [(0,)], (table, column)
    audit(stack.dsn)


def test_the_name_of_a_deleted_user_is_free_again(api, alice, bob):
    api.tweet(alice)
    api.follow(bob, alice)
    api.delete(alice.path, alice)
    heir = api.register(alice.username.upper())
    assert int(heir.id) > int(alice.id)
    assert api.get(heir.path, heir).json == {**user(heir, (False, False)), **ZERO}
    assert ids(api.get(f"{heir.path}/tweets", heir)) == ids(api.get(f"{heir.path}/followers", heir)) == []
    assert api.get("/api/sessions", alice).status == 401


def test_a_deleted_user_can_not_be_deleted_again(api, alice):
    assert api.delete(alice.path, alice).status == 204
    assert api.delete(alice.path, alice).status == 401


def test_a_deleted_tweet_is_gone_everywhere(api, stack, query, alice, bob, carol, entangled):
    of_alice, of_bob, of_carol = entangled
    assert api.delete(tweet_path(of_alice), alice).status == 204
    cleaned(stack.dsn)
    assert api.get(alice.path, alice).json == user(alice, (False, False), tweets_count=0, followers_count=2, followees_count=2, favorites_count=2)
    eventually(lambda: api.get(bob.path, bob).json["favorites_count"], 2)
    eventually(lambda: ids(api.get(f"{bob.path}/favorites", bob)), [of_carol["id"], of_bob["id"]])
    eventually(lambda: ids(api.get(f"{bob.path}/timeline", bob)), [of_carol["id"]])
    eventually(lambda: ids(api.get(f"{bob.path}/activity", bob)), [of_carol["id"], of_bob["id"]])
    eventually(lambda: ids(api.get(f"{alice.path}/tweets?favorited=true", bob)), [])
    eventually(lambda: api.get(f"{tweet_path(of_alice)}/favorites", carol).status, 404)
    assert query("SELECT count(*) FROM favorites WHERE tweet_id = %s", int(of_alice["id"])) == [(0,)]
    audit(stack.dsn)


@pytest.mark.parametrize("damage, rule", [
    ("UPDATE user_counters SET followers_count = followers_count + 1 WHERE user_id = %s", "followers_count"),
    ("UPDATE user_counters SET tweets_count = 0 WHERE user_id = %s", "tweets_count"),
    ("UPDATE tweet_counters SET favorites_count = 9 WHERE user_id = %s", "favorites_count of tweets"),
    ("DELETE FROM connections WHERE follower_id = %s", "followees_count"),
    ("DELETE FROM user_counters WHERE user_id = %s", "users without counters"),
])
def test_the_audit_finds_what_is_wrong(stack, alice, entangled, damage, rule):
    connection = psycopg2.connect(stack.dsn)
    try:
        with connection.cursor() as cursor:
            assert faults(cursor) == []
            cursor.execute(damage, (int(alice.id),))
            assert rule in "".join(faults(cursor))
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.parametrize("method, of, body", [("DELETE", "", None), ("PATCH", "", {"first_name": "Late"}), ("POST", "/tweets", {"content": "late"}),
                                              ("PUT", "/password", {"current_password": PASSWORD, "new_password": "another " + PASSWORD})])
def test_who_is_deleted_while_they_write_is_told_that_the_account_is_gone(api, query, alice, method, of, body):
    """Their token was good when the request came: it is 401 as it will be from then on, not an answer that nobody documents."""
    query("BEGIN")
    query("DELETE FROM users WHERE id = %s", alice.id)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(api.request, method, alice.path + of, alice, json=body)
        eventually(lambda: query("SELECT count(*) FROM pg_locks WHERE NOT granted"), [(1,)])
        query("COMMIT")
    assert late.result().status == 401 and late.result().json["detail"] == "The account is gone."
