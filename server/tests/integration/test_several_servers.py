"""Several servers over one database: what a client has seen on one, it sees on the other."""
import pytest

from support.api import Api
from support.process import free_port, wait_until

ROUNDS = 30   # each within less than a poll of the other server's feed of changes


@pytest.fixture(scope="module")
def other(stack, contract):
    """The API on a second server."""
    return Api(stack.start_server().url, contract)


def seen(answer):
    return {"Linnet-Seen": answer.headers["Linnet-Seen"]}


def test_every_answer_to_an_account_tells_what_it_has_seen(api, alice):
    assert "Linnet-Seen" in api.get(alice.path, alice).headers
    assert "Linnet-Seen" in api.get(alice.path, alice).headers               # kept, and sent again
    assert "Linnet-Seen" in api.get("/api/users/nobody_at_all", alice).headers
    assert "Linnet-Seen" in api.patch(alice.path, alice, json={"description": "new"}).headers
    assert "Linnet-Seen" not in api.get(alice.path).headers


def test_a_write_on_one_server_is_read_on_the_other(api, other, alice):
    other.get(alice.path, alice), other.get(alice.path, alice), other.get(alice.path, alice)   # hot
    for number in range(ROUNDS):
        written = api.patch(alice.path, alice, json={"description": f"version {number}"})
        assert other.get(alice.path, alice, headers=seen(written)).json["description"] == f"version {number}"


def test_what_was_read_on_one_server_is_not_older_on_the_other(api, other, alice, bob):
    for number in range(ROUNDS):
        api.patch(alice.path, alice, json={"description": f"turn {number}"})
        read = api.get(alice.path, bob)
        assert other.get(alice.path, bob, headers=seen(read)).json["description"] == read.json["description"]


def test_a_tweet_is_in_the_timeline_on_the_other_server(api, other, alice, bob):
    api.follow(bob, alice)
    for number in range(ROUNDS):
        written = api.post(f"{alice.path}/tweets", alice, json={"content": f"number {number}"})
        page = other.get(f"{bob.path}/timeline", bob, headers=seen(written))
        assert page.json["items"][0]["id"] == written.json["id"]


def test_what_a_server_showed_before_it_heard_of_it_is_in_its_timelines(api, other, alice, bob):
    """The tweet by its id comes from the database, the timeline out of what the server was told."""
    api.follow(bob, alice)
    for number in range(ROUNDS):
        tweet = api.tweet(alice, f"number {number}")
        read = other.get(f"{alice.path}/tweets/{tweet['id']}", bob)
        page = other.get(f"{bob.path}/timeline", bob, headers=seen(read))
        assert page.json["items"][0]["id"] == tweet["id"]


def test_what_a_timeline_no_longer_shows_is_not_in_that_of_the_other_server(api, other, alice, bob):
    """Nothing else is in it, so no object that it shows tells of the deletion."""
    api.follow(bob, alice)
    for number in range(ROUNDS):
        tweet = api.tweet(alice, f"number {number}")
        written = api.get(f"{bob.path}/timeline", bob)
        assert tweet["id"] in [t["id"] for t in other.get(f"{bob.path}/timeline", bob, headers=seen(written)).json["items"]]
        api.delete(f"{alice.path}/tweets/{tweet['id']}", alice)
        read = api.get(f"{bob.path}/timeline", bob)
        assert tweet["id"] not in [t["id"] for t in other.get(f"{bob.path}/timeline", bob, headers=seen(read)).json["items"]]


def test_counts_follow_from_server_to_server(api, other, alice, bob):
    tweet = api.tweet(alice)
    path = f"{alice.path}/tweets/{tweet['id']}"
    for number in range(ROUNDS):
        given = api.post(f"{path}/favorites", bob)
        assert other.get(path, bob, headers=seen(given)).json["favorites_count"] == 1
        taken = api.delete(f"{path}/favorites/{bob.username}", bob)
        assert other.get(path, bob, headers=seen(taken)).json["favorites_count"] == 0


@pytest.mark.parametrize("value", ["", "x", "1.", ".1", "1.2.3", "-1.2", "1.zzzzzzzzzzzzzzzzzzzz"])
def test_what_no_server_has_told_is_refused(api, alice, value):
    for _ in range(8):   # from some time on the answer would be at hand
        assert api.get(alice.path, alice).status == 200
        assert api.get(alice.path, alice, headers={"Linnet-Seen": value}).status == 400


def test_from_the_far_future_is_answered_at_once(api, alice):
    assert api.get(alice.path, alice, headers={"Linnet-Seen": "zz.zzzzzzzzzz"}).status == 200


VALUE, TOMBSTONE = "1", "3"   # what the flags of an item in memcached say (server/storage/memcached_node.hpp)


def test_what_a_server_cannot_void_in_memcached_another_one_voids(start_server, memory, contract, alice):
    """The writer is cut off from a memcached that others read: its tombstones are theirs to set."""
    def flags():
        item = memory.command_line(f"get u{int(alice.id):x}").split()
        return item[2] if item[0] == "VALUE" else None

    cut_off = Api(start_server("--memcached", f"127.0.0.1:{free_port()}").url, contract)
    # It forgets within a second what it holds in memory, so that memcached is asked.
    reader = Api(start_server("--memcached", memory.address, "--memory-told-ttl-s", "1").url, contract)

    def warm():
        reader.get(alice.path)
        return flags() == VALUE
    wait_until(warm, 20, "a value in memcached")
    written = cut_off.patch(alice.path, alice, json={"description": "new"})
    assert written.status == 200
    wait_until(lambda: flags() != VALUE, 20, "the old value voided")
    assert flags() == TOMBSTONE
    assert reader.get(alice.path, alice, headers=seen(written)).json["description"] == "new"
