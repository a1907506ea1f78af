"""load-tests/peer answers what Linnet answers, on the same database; only cursors and request ids are its own."""
import urllib.request

import pytest
from support.api import Api, tweet_path
from support.process import Process, free_port

from conftest import LOAD_TESTS

POSTS = 23   # a page, and a bit


@pytest.fixture(scope="module")
def peer(stack):
    """An Api of a running peer. The first start fetches its packages."""
    port = free_port()
    command = [LOAD_TESTS / "peer" / "start", "--port", port, "--database", stack.postgres.conninfo("linnet_app"),
               "--memcached", stack.memcached, "--connections", "2"]
    process = Process("peer", command, stack.folder / "peer.log").start()
    process.ready_when(lambda: f"ready http://127.0.0.1:{port}" in process.tail(), 120)
    yield Api(f"http://127.0.0.1:{port}")
    assert process.stop() == 0, process.tail()


@pytest.fixture(scope="module")
def town(api):
    """alice has tweets, of which bob favorites one; bob and carol follow her."""
    alice, bob, carol = (api.register(api.unique_name(name), first_name=name, description="Añb 🌊") for name in ("Alice", "Bob", "Carol"))
    tweets = [api.tweet(alice, f"tweet {n} 🌊 \"\\\n") for n in range(POSTS)]
    api.follow(bob, alice)
    api.follow(carol, alice)
    api.follow(alice, bob)
    api.favorite(bob, tweets[-2])
    return alice, bob, carol, tweets


def comparable(answer):
    """What must be the same of two answers. Of a cursor: whether there is one."""
    body = {**answer.json, "request_id": None}
    if "next_cursor" in body:
        body["next_cursor"] = body["next_cursor"] is not None
    return answer.status, body


def test_reads_are_the_same(api, peer, town):
    alice, bob, _, tweets = town
    path = alice.path
    for target in [path, path.upper().replace("/API/USERS", "/api/users"), f"{path}/tweets", f"{path}/followers", f"{bob.path}/timeline",
                   tweet_path(tweets[-2]), f"{path}/tweets/1", "/api/users/nobody", f"{path}/timeline"]:
        for token in [bob, None, "wrong"]:
            expected = comparable(api.get(target, token))
            assert comparable(peer.get(target, token)) == expected, f"{target} when read"
            assert comparable(peer.get(target, token)) == expected, f"{target} when cached"


def test_pages_go_on_where_the_last_one_ended(api, peer, town):
    alice, bob, *_ = town
    for target in [f"{alice.path}/tweets", f"{bob.path}/timeline"]:
        second = [comparable(client.get(f"{target}?cursor={client.get(target, bob).json['next_cursor']}", bob)) for client in (api, peer)]
        assert second[0] == second[1]
        assert len(second[0][1]["items"]) == POSTS - 20


def test_writes_answer_the_same_and_are_read_at_once(api, peer, town):
    _, bob, carol, _ = town
    author = api.register()
    one, two = api.tweet(author, "by Linnet"), peer.tweet(author, "by the peer")
    varying = dict.fromkeys(["id", "created_at", "content"])
    assert {**one, **varying} == {**two, **varying}
    assert peer.get(tweet_path(two), author).json == two
    assert peer.get(author.path, author).json["tweets_count"] == 2
    assert [item["id"] for item in peer.get(f"{author.path}/tweets", author).json["items"]] == [two["id"], one["id"]]

    def favorited(client, tweet):
        answers = [client.post(f"{tweet_path(tweet)}/favorites", bob), client.put(f"{tweet_path(tweet)}/favorites/{bob.username}", bob)]
        body = answers[1].json
        assert answers[0].json == body
        return [answer.status for answer in answers], {**body, "favorited_at": None, "tweet": {**body["tweet"], **varying}}

    assert favorited(peer, two) == favorited(api, one)
    assert peer.get(tweet_path(two), bob).json["viewer"] == {"favorited": True}
    assert [item["favorites_count"] for item in peer.get(f"{author.path}/tweets", bob).json["items"]] == [1, 1]
    assert peer.delete(f"{tweet_path(two)}/favorites/{bob.username}", bob).status == 204
    assert [item["viewer"]["favorited"] for item in peer.get(f"{author.path}/tweets", bob).json["items"]] == [False, True]

    follows = [client.post(f"{author.path}/followers", who) for client, who in [(api, bob), (peer, carol), (peer, carol)]]
    assert [answer.status for answer in follows] == [201, 201, 200]
    assert follows[1].json == follows[2].json
    assert follows[1].json["followee"] == follows[0].json["followee"]
    assert peer.get(author.path, carol).json["followers_count"] == 2


def test_a_key_posts_once(api, peer):
    author = api.register()
    send = lambda client, content: client.post(f"{author.path}/tweets", author, json={"content": content}, headers={"Idempotency-Key": "k1"})
    first = send(peer, "once")
    assert [first.status, send(peer, "once").json, send(api, "once").json] == [201, first.json, first.json]
    assert [send(client, "twice").status for client in (peer, api)] == [422, 422]
    assert peer.get(author.path, author).json["tweets_count"] == 1


def test_what_linnet_refuses_is_refused(api, peer, town):
    alice, bob, _, tweets = town
    for token, path, body in [(None, f"{alice.path}/tweets", {"content": "x"}), (bob, f"{alice.path}/tweets", {"content": "x"}),
                              (alice, f"{alice.path}/tweets", {"content": " \n"}), (alice, f"{alice.path}/tweets", {"content": "ü" * 141}),
                              (alice, f"{alice.path}/tweets", {"content": 7}), (alice, f"{alice.path}/tweets", {"content": "x", "more": 1}),
                              (bob, f"{alice.path}/tweets/1/favorites", None), (alice, f"{alice.path}/followers", None)]:
        expected = api.post(path, token, json=body)
        refused = peer.post(path, token, json=body)
        assert (refused.status, refused.json["type"]) == (expected.status, expected.json["type"]), (path, body)


def test_an_unchanged_page_is_not_sent_again(peer, town):
    alice = town[0]
    tag = peer.get(f"{alice.path}/tweets", alice).headers["ETag"]
    assert peer.get(f"{alice.path}/tweets", alice, headers={"If-None-Match": tag}).status == 304
