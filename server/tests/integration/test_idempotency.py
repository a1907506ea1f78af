"""Idempotency-Key: a repeated POST of a tweet posts nothing and is answered as the first."""
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api, tweet_path
from support.shapes import ids, pointers, problem


def post(api, account, key, content="once"):
    return api.post(f"{account.path}/tweets", account, json={"content": content}, headers={"Idempotency-Key": key})


@pytest.fixture
def key():
    return str(uuid.uuid4())


def test_a_replay_is_answered_as_the_first(api, alice, key):
    first, again = post(api, alice, key), post(api, alice, key)
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json and again.headers["Location"] == first.headers["Location"]
    assert ids(api.get(f"{alice.path}/tweets", alice)) == [first.json["id"]]
    assert api.get(alice.path, alice).json["tweets_count"] == 1


def test_a_replay_on_another_server_is_one_too(api, alice, key, start_server):
    other_server = Api(start_server().url, api.contract)
    assert post(other_server, alice, key).json == post(api, alice, key).json == post(other_server, alice, key).json


def test_a_replay_is_answered_as_the_first_whatever_happened_since(api, alice, bob, key):
    first = post(api, alice, key).json
    api.favorite(bob, first)
    assert post(api, alice, key).json == first
    api.delete(tweet_path(first), alice)
    assert post(api, alice, key).json == first
    assert ids(api.get(f"{alice.path}/tweets", alice)) == []


def test_a_key_with_another_body_is_refused(api, alice, key):
    first = post(api, alice, key, "one")
    refused = post(api, alice, key, "another")
    assert refused.status == 422 and problem(refused, "invalid-content")
    assert ids(api.get(f"{alice.path}/tweets", alice)) == [first.json["id"]]


def test_another_key_is_another_tweet(api, alice, key):
    assert post(api, alice, key).json["id"] != post(api, alice, key + "x").json["id"]


def test_keys_are_told_apart_by_case_and_by_account(api, alice, bob):
    key = uuid.uuid4().hex
    posted = [post(api, alice, key.lower()), post(api, alice, key.upper()), post(api, bob, key.lower())]
    assert len({answer.json["id"] for answer in posted}) == 3


@pytest.mark.parametrize("bad_key", ["", "a b", "x" * 256, "\x7f", "caf\xe9", "\t"])
def test_keys_are_visible_ascii(api, alice, bad_key):
    assert post(api, alice, bad_key).status == 400
    assert api.get(alice.path, alice).json["tweets_count"] == 0


@pytest.mark.parametrize("good_key", ["x", "x" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_keys_of_any_such_kind(api, alice, good_key):
    assert post(api, alice, good_key).json == post(api, alice, good_key).json


def test_an_invalid_tweet_does_not_use_the_key_up(api, alice, key):
    assert pointers(post(api, alice, key, "x" * 141)) == ["/content"]
    assert post(api, alice, key, "x" * 140).status == 201


def test_a_forbidden_post_does_not_use_the_key_up(api, alice, bob, key):
    assert api.post(f"{alice.path}/tweets", bob, json={"content": "once"}, headers={"Idempotency-Key": key}).status == 403
    assert post(api, bob, key).status == 201


def test_a_hundred_at_once_post_one_tweet(api, alice, key, query):
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: post(api, alice, key), range(100)))
    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {201, 409} and statuses[201] >= 1, statuses
    bodies = [answer.json for answer in answers if answer.status == 201]
    assert bodies == [bodies[0]] * len(bodies)
    assert query("SELECT id::text FROM tweets WHERE user_id = %s", int(alice.id)) == [(bodies[0]["id"],)]
    assert post(api, alice, key).json == bodies[0]
    assert api.get(alice.path, alice).json["tweets_count"] == 1


def test_keys_go_with_the_account(api, alice, key, query):
    post(api, alice, key)
    assert query("SELECT count(*) FROM idempotency_keys WHERE user_id = %s", int(alice.id)) == [(1,)]
    api.delete(alice.path, alice)
    assert query("SELECT count(*) FROM idempotency_keys WHERE user_id = %s", int(alice.id)) == [(0,)]
