"""Favorites: by POST and by PUT, taking them back, both lists."""
import pytest

from support.api import tweet_path
from support.process import eventually
from support.shapes import ANY_TIME, ids, tweet, user


@pytest.fixture
def posted(api, alice):
    return api.tweet(alice, "favorite me")


def favorite(account, posted, favorites_count=1, viewer=True, favorited_at=ANY_TIME):
    return {"user": account.summary, "tweet": tweet(posted, viewer, favorites_count=favorites_count), "favorited_at": favorited_at}


def test_favoriting_answers_with_the_favorite(api, bob, posted):
    created = api.post(f"{tweet_path(posted)}/favorites", bob)
    assert created.status == 201 and created.json == favorite(bob, posted)
    assert created.headers["Location"] == f"{tweet_path(posted)}/favorites/{bob.username}"
    again = api.post(f"{tweet_path(posted)}/favorites", bob, json={})
    assert (again.status, again.json, again.headers["Location"]) == (200, created.json, created.headers["Location"])
    assert api.get(created.headers["Location"], bob).json == created.json


def test_favoriting_by_name(api, bob, posted):
    path = f"{tweet_path(posted)}/favorites/{bob.username}"
    created, again = api.put(path, bob), api.put(path, bob, json={})
    assert (created.status, again.status) == (201, 200)
    assert created.json == again.json == favorite(bob, posted)


def test_favoriting_is_seen_in_lists_and_counts(api, alice, bob, carol, posted):
    api.favorite(bob, posted)
    favorited_at = api.post(f"{tweet_path(posted)}/favorites", carol).json["favorited_at"]
    assert api.get(tweet_path(posted), carol).json == tweet(posted, True, favorites_count=2)
    bob_now, carol_now = user(bob, (False, False), favorites_count=1), user(carol, (False, False), favorites_count=1)
    eventually(lambda: api.get(f"{tweet_path(posted)}/favorites", carol).json, {
        "items": [{**carol_now, "favorited_at": favorited_at}, {**bob_now, "favorited_at": ANY_TIME}], "page": 1, "next_cursor": None})
    assert api.get(f"{carol.path}/favorites", carol).json == {
        "items": [{**tweet(posted, True, favorites_count=2), "favorited_at": favorited_at}], "page": 1, "next_cursor": None}
    assert api.get(carol.path, carol).json == carol_now
    assert api.get(alice.path, carol).json["favorites_count"] == 0


def test_a_users_favorites_are_in_the_order_they_were_made(api, alice, bob):
    old, new = api.tweet(alice, "old"), api.tweet(alice, "new")
    api.favorite(bob, new)
    api.favorite(bob, old)
    assert ids(api.get(f"{bob.path}/favorites", bob)) == [old["id"], new["id"]]


def test_your_own_tweet_can_be_favorited(api, alice, posted):
    assert api.post(f"{tweet_path(posted)}/favorites", alice).status == 201
    assert api.get(alice.path, alice).json == user(alice, (False, False), tweets_count=1, favorites_count=1)


def test_taking_a_favorite_back(api, bob, posted):
    path = f"{tweet_path(posted)}/favorites/{bob.username}"
    api.favorite(bob, posted)
    for _ in range(2):
        assert api.delete(path, bob).status == 204
        assert api.get(path, bob).status == 404
        assert api.get(tweet_path(posted), bob).json == tweet(posted, False)
        assert api.get(bob.path, bob).json == user(bob, (False, False))
        assert ids(api.get(f"{tweet_path(posted)}/favorites", bob)) == ids(api.get(f"{bob.path}/favorites", bob)) == []
    assert api.post(f"{tweet_path(posted)}/favorites", bob).status == 201


def test_others_have_no_say(api, alice, bob, carol, posted):
    path = f"{tweet_path(posted)}/favorites/{bob.username}"
    api.favorite(bob, posted)
    for account in (alice, carol):     # not even the author of the tweet
        assert api.put(path, account).status == 403
        assert api.delete(path, account).status == 403
    assert api.get(path, bob).json == favorite(bob, posted)


def test_tweets_that_do_not_exist(api, alice, bob, posted):
    for missing in (f"{alice.path}/tweets/1", f"{bob.path}/tweets/{posted['id']}", f"/api/users/nobody_at_all/tweets/{posted['id']}"):
        assert api.get(f"{missing}/favorites", bob).status == 404
        assert api.post(f"{missing}/favorites", bob).status == 404
        for method in ("GET", "PUT", "DELETE"):
            assert api.request(method, f"{missing}/favorites/{bob.username}", bob).status == 404, (method, missing)
    assert api.get(f"{tweet_path(posted)}/favorites/nobody_at_all", bob).status == 404
    assert api.get(bob.path, bob).json["favorites_count"] == 0


@pytest.mark.parametrize("body, status", [(b"{}", 201), (b"", 201), (b'{"x": 1}', 422), (b"{", 400), (b"[]", 422)])
def test_favoriting_takes_no_body(api, bob, posted, body, status):
    answer = api.post(f"{tweet_path(posted)}/favorites", bob, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer
