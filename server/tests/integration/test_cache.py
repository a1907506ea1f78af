"""The cache is never the truth: empty, away or hung, no answer changes."""
import time

import pytest

from support.api import Api, tweet_path, walk
from support.process import eventually
from support.shapes import user
from support.town import build


@pytest.fixture
def server(start_server, memory, contract):
    """It forgets within a second what it holds in memory, so that memcached is asked."""
    return Api(start_server("--memcached", memory.address, "--memory-told-ttl-s", "1").url, contract)


def snapshot(api, town):
    """Every read about the town, by its centre, by another and without a token: status, ETag and body."""
    mary, somebody = town.mary, town.people[0]
    lists = [path for path, _ in town.lists().values()]
    objects = [mary.path, somebody.path, tweet_path(town.newest), "/api/users/nobody_at_all", f"{mary.path}/tweets/1",
               f"{mary.path}/followers/{somebody.username}", f"{somebody.path}/followers/nobody_at_all",
               f"{tweet_path(town.newest)}/favorites/{somebody.username}",
               f"/api/users?usernames={mary.username},{somebody.username}", f"/api/tweets?ids={town.newest['id']},1"]
    pages = [path + ("&" if "?" in path else "?") + query for path in lists for query in ("page=1", "page=2", "per_page=7")]
    answers = {}
    for token in (mary, somebody, None):
        for path in objects + pages:
            answer = api.get(path, token)
            body = answer.json if answer.status == 200 else answer.json["type"]
            answers[path, token and token.username] = (answer.status, answer.headers.get("ETag"), body)
    return answers


def test_flushing_memcached_changes_no_answer(server, memory):
    town = build(server, 25)
    time.sleep(1.5)       # what each client saw of the others' last writes settles
    before = snapshot(server, town)
    assert {status for status, *_ in before.values()} == {200, 401, 403, 404}
    assert snapshot(server, town) == before
    memory.flush()
    assert snapshot(server, town) == before
    time.sleep(1.5)       # past the servers' own memory, so that the flushed cache is really asked
    memory.flush()
    assert snapshot(server, town) == before


def test_a_server_without_memcached_gives_the_same_answers(server, stack, start_server, contract):
    town = build(server, 25)
    time.sleep(1.5)
    without = Api(start_server(memcached=False).url, contract)
    assert snapshot(without, town) == snapshot(server, town)


def everything_works(api):
    """A tour of all that is cached, with writes that must be seen by their writer at once."""
    alice, bob = api.register(), api.register()
    for n in range(3):
        posted = api.tweet(alice, f"number {n}")
        api.follow(bob, alice)
        api.favorite(bob, posted)
        assert api.get(tweet_path(posted), bob).json["favorites_count"] == 1
        assert api.get(alice.path, bob).json["viewer"] == {"following": True, "followed_by": False}
        assert len(walk(api, f"{bob.path}/favorites", bob)) == n + 1
        assert len(walk(api, f"{alice.path}/tweets", alice)) == n + 1
        assert api.get(f"{alice.path}/followers", bob).json["items"][0]["id"] == bob.id
        eventually(lambda: len(api.get(f"{bob.path}/timeline", bob).json["items"]), n + 1)
        assert api.delete(f"{alice.path}/followers/{bob.username}", bob).status == 204
        assert api.get(alice.path, bob).json["viewer"]["following"] is False
        assert api.get(f"{bob.path}/timeline", bob).json["items"] == []
    assert api.patch(alice.path, alice, json={"first_name": "Alicia"}).status == 200
    assert api.get(alice.path, alice).json == user(alice, (False, False), first_name="Alicia", tweets_count=3,
                                                   updated_at=api.get(alice.path, alice).json["updated_at"])
    assert api.delete(alice.path, alice).status == 204
    assert api.get("/api/sessions", alice).status == 401


def test_everything_works_while_memcached_is_stopped_and_after_it_returns(server, memory):
    everything_works(server)
    memory.kill()
    everything_works(server)
    memory.start()
    everything_works(server)


def test_a_hung_memcached_slows_nothing_down_for_long(server, memory):
    everything_works(server)
    with memory.suspended():
        begin = time.monotonic()
        everything_works(server)
        assert time.monotonic() - begin < 20, "about 100 requests"
        account = server.register()
        begin = time.monotonic()
        assert server.get(account.path, account).status == 200
        assert time.monotonic() - begin < 3
    everything_works(server)


def test_several_memcacheds_of_which_one_dies(stack, start_server, memory, contract):
    second = stack.start_memcached()
    api = Api(start_server("--memcached", memory.address, "--memcached", second.address).url, contract)
    everything_works(api)
    second.kill()
    everything_works(api)


def test_what_one_server_writes_the_other_shows_soon(api, start_server, contract, alice, bob):
    other = Api(start_server().url, contract)
    assert other.get(alice.path).json["followers_count"] == 0
    api.follow(bob, alice)
    eventually(lambda: other.get(alice.path).json["followers_count"], 1)
    posted = other.tweet(alice, "by the other server")
    eventually(lambda: [item["id"] for item in api.get(f"{alice.path}/tweets").json["items"]], [posted["id"]])
    assert other.delete(tweet_path(posted), alice).status == 204
    eventually(lambda: api.get(tweet_path(posted)).status, 404)
