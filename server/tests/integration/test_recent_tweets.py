"""Home timelines out of memory are those that the database would give, page by page, on every server."""
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest

from support.api import Api, tweet_path, walk
from support.process import eventually, wait_until
from support.shapes import ids


def metric(api, name):
    """The value of a series, its labels as /metrics writes them."""
    text = api.get("/metrics").body.decode()
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)[1])


def merged(api, where="memory"):
    return metric(api, f'linnet_timeline_pages_total{{merged="{where}"}}')


def out_of_memory(api, read):
    """read(), or None where the database had to merge."""
    before = merged(api, "database")
    value = read()
    return value if merged(api, "database") == before else None


@pytest.fixture
def server(start_server, contract):
    """server(*flags): one more server, once its memory is filled."""
    def start(*flags):
        api = Api(start_server(*flags).url, contract)
        if flags != ("--recent-tweets-mib", "0"):
            wait_until(lambda: metric(api, "linnet_recent_tweets_fill_seconds") > 0, 60, "recent tweets in memory")
        return api
    return start


@pytest.fixture
def other(server):
    return server()


@pytest.fixture
def by_database(server):
    """What merges each timeline by the database."""
    return server("--recent-tweets-mib", "0")


def timeline(api, account, **parameters):
    return [item["id"] for item in walk(api, f"{account.path}/timeline", account, **parameters)]


class Town:
    """People who follow each other, post and delete at random, each through some server."""

    def __init__(self, api, servers, seed, people=9):
        self.servers, self.random = servers, random.Random(seed)
        self.people = [api.register() for _ in range(people)]
        self.follows, self.tweets = set(), []

    def step(self):
        api, (one, two) = self.random.choice(self.servers), self.random.sample(range(len(self.people)), 2)
        what = self.random.choices(("post", "follow", "unfollow", "delete"), (6, 3, 1, 1))[0]
        if what == "post":
            self.tweets.append(api.tweet(self.people[one]))
        elif what == "follow":
            api.follow(self.people[one], self.people[two])
        elif what == "unfollow":
            api.delete(f"{self.people[two].path}/followers/{self.people[one].username}", self.people[one])
        elif self.tweets:
            gone = self.tweets.pop(self.random.randrange(len(self.tweets)))
            author = next(p for p in self.people if p.username == gone["user"]["username"])
            assert api.delete(tweet_path(gone), author).status == 204

    def timelines(self, api):
        return [timeline(api, person, per_page=7) for person in self.people]


@pytest.mark.parametrize("seed", range(3))
def test_timelines_are_those_of_the_database(api, other, by_database, seed):
    town = Town(api, [api, other], seed)
    for _ in range(4):
        for _ in range(50):
            town.step()
        want = town.timelines(by_database)
        for one in (api, other):
            eventually(lambda: out_of_memory(one, lambda: town.timelines(one)), want)
    assert max(len(items) for items in want) > 21
    for person in town.people:
        for page in (1, 2, 3, 9):
            path = f"{person.path}/timeline?page={page}&per_page=5"
            assert api.get(path, person).json == by_database.get(path, person).json
    assert merged(by_database) == 0


def test_a_tweet_is_in_the_timelines_of_its_server_at_once(api, alice, carol):
    api.follow(carol, alice)
    for n in range(30):
        posted = api.tweet(alice, f"number {n}")
        assert ids(api.get(f"{carol.path}/timeline", carol))[0] == posted["id"]
        if n % 3 == 0:
            api.delete(tweet_path(posted), alice)
            assert posted["id"] not in ids(api.get(f"{carol.path}/timeline", carol))


def test_a_tweet_whose_post_was_given_up_is_there_once_it_is_committed(stack, server, alice, carol):
    """Each of its two messages to the database has as long as the request: both wait, and the request is over."""
    impatient = server("--request-timeout-ms", "4000")
    impatient.follow(carol, alice)
    posted = impatient.tweet(alice)
    with closing(psycopg2.connect(stack.dsn)) as counters, closing(psycopg2.connect(stack.dsn)) as outbox, ThreadPoolExecutor(1) as pool:
        counters.cursor().execute("SELECT FROM user_counters WHERE user_id = %s FOR UPDATE", (alice.id,))
        outbox.cursor().execute("LOCK TABLE cache_changes IN SHARE MODE")
        given_up = pool.submit(impatient.post, f"{alice.path}/tweets", alice, json={"content": "late"})
        time.sleep(2)
        counters.rollback()
        assert given_up.result().status == 503
        assert ids(impatient.get(f"{carol.path}/timeline", carol)) == [posted["id"]]
    latest = lambda: impatient.get(f"{carol.path}/timeline", carol).json["items"][0]["content"]
    eventually(lambda: out_of_memory(impatient, latest), "late")


def test_a_follow_brings_the_tweets_of_before_at_once(api, alice, bob, carol):
    api.follow(carol, bob)
    first, second = api.tweet(alice), api.tweet(bob)
    assert ids(api.get(f"{carol.path}/timeline", carol)) == [second["id"]]
    api.follow(carol, alice)
    assert ids(api.get(f"{carol.path}/timeline", carol)) == [second["id"], first["id"]]


def test_a_tweet_of_another_server_arrives_within_a_second(api, other, alice, carol):
    api.follow(carol, alice)
    by_database = merged(api, "database")
    for _ in range(3):
        posted = other.tweet(alice)
        eventually(lambda: ids(api.get(f"{carol.path}/timeline", carol))[:1], [posted["id"]])
    assert merged(api, "database") == by_database


def test_pages_stay_full_when_another_server_deletes(api, other, alice, carol):
    api.follow(carol, alice)
    posted = [api.tweet(alice, f"number {n}") for n in range(30)]
    for n in (29, 25, 20, 9):
        other.delete(tweet_path(posted.pop(n)), alice)
    want = [tweet["id"] for tweet in posted[::-1]]
    eventually(lambda: timeline(api, carol, per_page=5), want)
    for _ in range(20):
        page = ids(api.get(f"{carol.path}/timeline", carol))
        assert page == want[:20]
    eventually(lambda: out_of_memory(api, lambda: ids(api.get(f"{carol.path}/timeline", carol))), want[:20])


def test_a_walk_meets_each_item_once_while_others_write(api, other, alice, bob, carol):
    for author in (alice, bob):
        api.follow(carol, author)
    posted = [api.tweet(author)["id"] for _ in range(20) for author in (alice, bob)]
    cursor, seen = None, []
    while cursor or not seen:
        page = api.get(f"{carol.path}/timeline?per_page=6" + (f"&cursor={cursor}" if cursor else ""), carol)
        seen += ids(page)
        cursor = page.json["next_cursor"]
        other.tweet(alice)
        api.tweet(bob)
    assert seen == posted[::-1]


def test_memory_is_filled_again_at_each_start(api, start_server, contract, alice, carol):
    api.follow(carol, alice)
    want = [api.tweet(alice)["id"] for _ in range(25)][::-1]
    for _ in range(2):
        again = Api(start_server().url, contract)
        assert timeline(again, carol) == want       # from memory or not
        wait_until(lambda: metric(again, "linnet_recent_tweets_fill_seconds") > 0, 60, "recent tweets in memory")
        before = merged(again)
        assert timeline(again, carol) == want
        assert merged(again) == before + 2


@pytest.fixture
def bring_in(query):
    """bring_in(author, count, id): that many tweets, around the servers; `id` is SQL of their numbers n, from 1 on."""
    authors = []

    def insert(author, count, id):
        authors.append(author.id)
        query("INSERT INTO tweets (id, created_at, user_id, content)"
              f" SELECT {id}, now(), %s, 'brought in' FROM generate_series(1, %s::bigint) n", author.id, count)

    yield insert
    query("DELETE FROM tweets WHERE content = 'brought in' AND user_id = ANY (%s::int[])", authors)


def ids_of_pages(api, target, account):
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(target + cursor, account)
        found += ids(page)
        cursor = page.json["next_cursor"] and f"&cursor={page.json['next_cursor']}"
    return found


def test_what_memory_does_not_hold_is_asked_of_the_database(api, server, bring_in, alice, bob, carol):
    """A MiB is 65,536 tweets: bob's, whom nobody follows, drive out alice's old ones."""
    api.follow(carol, alice)
    bring_in(alice, 3_000, "n << 32")   # from the begin of 2026 on, a second each
    bring_in(bob, 66_000, "(n + 3000) << 32")
    recent = [api.tweet(alice)["id"] for _ in range(30)][::-1]
    small = server("--recent-tweets-mib", "1")
    assert metric(small, "linnet_recent_tweets") == 65_536
    all_of_them = recent + [str(n << 32) for n in range(3_000, 0, -1)]
    for page, where in ((1, "memory"), (2, "database"), (3, "database"), (10, "database")):
        before = merged(small, where)
        assert ids(small.get(f"{carol.path}/timeline?page={page}", carol)) == all_of_them[(page - 1) * 20:page * 20]
        assert merged(small, where) == before + 1, page
    assert ids_of_pages(small, f"{carol.path}/timeline?per_page=100", carol) == all_of_them
    assert metric(small, "linnet_recent_tweets") == 65_536
    posted = api.tweet(alice)["id"]
    eventually(lambda: ids(small.get(f"{carol.path}/timeline", carol))[0], posted)
    assert metric(small, "linnet_recent_tweets") == 65_536


FIVE_SECONDS_AGO = "((extract(epoch FROM now()) * 1000)::bigint - 1767225600000 - 5000 << 22) + n"


def test_a_flood_of_one_author_holds_nobody_up(api, server, bring_in, alice, bob, carol):
    """A new server reads it to begin with, and again as long as it is young."""
    bring_in(alice, 150_000, FIVE_SECONDS_AGO)
    for author in (alice, bob):
        api.follow(carol, author)
    late = server()
    for _ in range(3):
        posted = api.tweet(bob)
        eventually(lambda: out_of_memory(late, lambda: ids(late.get(f"{carol.path}/timeline", carol))[0]), posted["id"])
        assert metric(late, "linnet_recent_tweets_lag_seconds") < 2


@pytest.mark.slow
def test_memory_is_current_again_after_the_database_was_away(stack, api, other, alice, carol):
    api.follow(carol, alice)
    want = [api.tweet(alice)["id"] for _ in range(3)][::-1]
    eventually(lambda: timeline(other, carol), want)
    stack.postgres.stop()
    stack.postgres.start()
    for one in (api, other):
        wait_until(lambda: one.get("/readyz").status == 200, 30, "ready after the outage")
    want.insert(0, api.tweet(alice)["id"])
    assert timeline(api, carol) == want
    eventually(lambda: timeline(other, carol), want)
    for one in (api, other):
        eventually(lambda: out_of_memory(one, lambda: timeline(one, carol)), want)
