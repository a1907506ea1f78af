"""Tweets: posting, reading one or many, deleting. What text they may hold is in test_unicode.py."""
import pytest

from support.api import tweet_path
from support.process import eventually
from support.shapes import ANY_ID, ANY_TIME, ids, pointers, tweet, user

BAD_IDS = ["0", "-1", "abc", "1.5", str(2**63), "9" * 30, "%00", "1e3", "+1", "0x10"]


def test_posting_answers_with_the_tweet(api, alice):
    created = api.post(f"{alice.path}/tweets", alice, json={"content": "Hello, world"})
    assert created.status == 201
    assert created.json == {"id": ANY_ID, "content": "Hello, world", "created_at": ANY_TIME, "user": alice.summary,
                            "favorites_count": 0, "viewer": {"favorited": False}}
    assert created.headers["Location"] == f"{alice.path}/tweets/{created.json['id']}"
    assert api.get(created.headers["Location"], alice).json == created.json
    assert api.get(created.headers["Location"]).json == tweet(created.json)


def test_posting_is_seen_in_lists_and_counts(api, alice):
    first, second = api.tweet(alice, "first"), api.tweet(alice, "second")
    assert api.get(f"{alice.path}/tweets", alice).json == {"items": [tweet(second, False), tweet(first, False)],
                                                           "page": 1, "next_cursor": None}
    assert api.get(alice.path, alice).json == user(alice, (False, False), tweets_count=2)


def test_ids_grow_with_time_and_exceed_a_double(api, alice):
    posted = [int(api.tweet(alice)["id"]) for _ in range(5)]
    assert posted == sorted(posted) and posted[0] > 2**53


def test_your_name_in_the_path_has_no_case(api, alice):
    created = api.post(f"/api/users/{alice.username.upper()}/tweets", alice, json={"content": "hi"})
    assert created.status == 201
    assert created.json["user"] == alice.summary
    assert api.get(created.headers["Location"], alice).json == created.json


@pytest.mark.parametrize("body, wrong", [
    ({}, ["/content"]), ({"content": None}, ["/content"]), ({"content": ""}, ["/content"]), ({"content": 7}, ["/content"]),
    ({"content": "x" * 141}, ["/content"]), ({"content": "hi", "id": "1"}, ["/id"]), ({"content": {"a": 1}}, ["/content"]),
], ids=lambda value: str(value)[:30])
def test_invalid_tweets_are_not_stored(api, alice, body, wrong):
    assert pointers(api.post(f"{alice.path}/tweets", alice, json=body)) == wrong
    assert api.get(alice.path, alice).json["tweets_count"] == 0


def test_a_tweet_is_found_under_its_author_only(api, alice, bob):
    posted = api.tweet(alice)
    for path in (f"{bob.path}/tweets/{posted['id']}", f"{alice.path}/tweets/1", f"/api/users/nobody_at_all/tweets/{posted['id']}"):
        assert api.get(path, alice).status == 404
        assert api.get(f"{path}/favorites", alice).status == 404


@pytest.mark.parametrize("bad_id", BAD_IDS)
def test_tweet_ids_in_paths_must_be_ids(api, alice, bad_id):
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/favorites"), ("POST", "/favorites")):
        assert api.request(method, f"{alice.path}/tweets/{bad_id}{path}", alice).status == 400, (method, path)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_tweets_are_never_edited(api, alice, method):
    refused = api.request(method, tweet_path(api.tweet(alice)), alice, json={"content": "changed"})
    assert refused.status == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "DELETE", "OPTIONS"}


def test_deleting_a_tweet(api, alice, bob):
    stays, goes = api.tweet(alice, "stays"), api.tweet(alice, "goes")
    assert api.get(tweet_path(goes), bob).status == 200
    assert api.delete(tweet_path(goes), alice).status == 204
    assert api.get(tweet_path(goes), alice).status == 404
    assert api.delete(tweet_path(goes), alice).status == 404
    assert ids(api.get(f"{alice.path}/tweets", alice)) == [stays["id"]]
    assert api.get(f"/api/tweets?ids={goes['id']},{stays['id']}", alice).json == {"items": [tweet(stays, False)]}
    assert api.get(alice.path, alice).json["tweets_count"] == 1
    eventually(lambda: api.get(tweet_path(goes), bob).status, 404)


def test_only_the_author_deletes(api, alice, bob):
    posted = api.tweet(alice)
    assert api.delete(tweet_path(posted), bob).status == 403
    assert api.delete(f"{bob.path}/tweets/{posted['id']}", bob).status == 404
    assert api.get(tweet_path(posted), alice).status == 200


def test_tweets_by_id_come_in_the_order_asked_once(api, alice, bob):
    a, b = api.tweet(alice, "of alice"), api.tweet(bob, "of bob")
    api.favorite(alice, b)
    wanted = f"{b['id']},{a['id']},1,{b['id']}"
    assert api.get(f"/api/tweets?ids={wanted}", alice).json == {"items": [tweet(b, True, favorites_count=1), tweet(a, False)]}
    assert api.get("/api/tweets?ids=1").json == {"items": []}


def test_tweets_by_id_takes_1_to_100_ids(api, alice):
    posted = api.tweet(alice)
    some = [posted["id"]] + [str(n) for n in range(1, 100)]
    assert api.get("/api/tweets?ids=" + ",".join(some), alice).json == {"items": [posted]}
    for bad in ("", "?ids=", "?ids=1&ids=2", "?ids=" + ",".join(some + ["100"]), "?ids=1,,2", *(f"?ids=1,{bad}" for bad in BAD_IDS)):
        assert api.get(f"/api/tweets{bad}", alice).status == 400, bad


def test_tweets_that_were_favorited(api, alice, bob, carol):
    plain, once, twice, undone = (api.tweet(alice, text) for text in ("plain", "once", "twice", "undone"))
    for account, posted in ((bob, once), (bob, twice), (carol, twice), (bob, undone)):
        api.favorite(account, posted)
    api.delete(f"{tweet_path(undone)}/favorites/{bob.username}", bob)
    want = {"items": [tweet(twice, True, favorites_count=2), tweet(once, True, favorites_count=1)], "page": 1, "next_cursor": None}
    eventually(lambda: api.get(f"{alice.path}/tweets?favorited=true", bob).json, want)
    assert ids(api.get(f"{alice.path}/tweets?favorited=false", bob)) == [t["id"] for t in (undone, twice, once, plain)]
