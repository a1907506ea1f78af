"""What is deleted is gone at once; its rows and what counts them follow in steps, by whichever server lives."""
import random
import time
from contextlib import contextmanager

import psycopg2
import pytest

from support.api import Api, tweet_path, walk
from support.audit import audit, cleaned
from support.process import eventually, wait_until
from support.shapes import ids

MANY = 1500   # more than seven steps

# A crowd that follows the account, is followed by it, favorites its tweets and has tweets that it favorites; counters included.
BIG = """
WITH crowd AS (INSERT INTO users (username, password_hash) SELECT 'c' || substr(md5(random()::text || n), 1, 12), '$argon2id$' FROM generate_series(1, {many}) n
               RETURNING id),
numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM crowd),
own AS (INSERT INTO tweets (id, user_id, content) SELECT {first} + n, {gone}, 'mine ' || n FROM numbered RETURNING id),
theirs AS (INSERT INTO tweets (id, user_id, content) SELECT {first} + {many} + n, id, 'theirs ' || n FROM numbered RETURNING id),
followers AS (INSERT INTO connections (follower_id, followee_id, created_at) SELECT id, {gone}, now() - (n / 70) * interval '1 s' FROM numbered),
followees AS (INSERT INTO connections (follower_id, followee_id) SELECT {gone}, id FROM numbered),
received AS (INSERT INTO favorites (user_id, tweet_id, tweet_user_id) SELECT id, {first} + least(n, {many} - n + 1), {gone} FROM numbered),
given AS (INSERT INTO favorites (user_id, tweet_id, tweet_user_id) SELECT {gone}, {first} + {many} + n, id FROM numbered),
counted AS (INSERT INTO tweet_counters (user_id, tweet_id, favorites_count)
            SELECT {gone}, {first} + least(n, {many} - n + 1), count(*) FROM numbered GROUP BY 2
            UNION ALL SELECT id, {first} + {many} + n, 1 FROM numbered),
counts AS (INSERT INTO user_counters (user_id, tweets_count, followers_count, followees_count, favorites_count) SELECT id, 1, 1, 1, 1 FROM numbered),
keys AS (INSERT INTO idempotency_keys (user_id, key, request_hash) SELECT {gone}, 'k' || n, '\\x0011223344556677889900112233445566' FROM numbered)
UPDATE user_counters SET tweets_count = tweets_count + {many}, followers_count = followers_count + {many},
    followees_count = followees_count + {many}, favorites_count = favorites_count + {many} WHERE user_id = {gone}"""


def make_big(query, account, many=MANY):
    """As the servers would have stored it, who hear nothing of it."""
    (newest,), = query("SELECT coalesce(max(id), 0) FROM tweets")
    query(BIG.format(gone=int(account.id), many=many, first=max(newest, 1)))


def left_of(query, account):
    return query("SELECT (SELECT count(*) FROM connections WHERE %s IN (follower_id, followee_id)) + (SELECT count(*) FROM favorites"
                 " WHERE %s IN (user_id, tweet_user_id)) + (SELECT count(*) FROM tweets WHERE user_id = %s)"
                 " + (SELECT count(*) FROM tweet_counters WHERE user_id = %s) + (SELECT count(*) FROM idempotency_keys WHERE user_id = %s)"
                 " + (SELECT count(*) FROM deleted_users WHERE user_id = %s)", *[int(account.id)] * 6)[0][0]


@contextmanager
def held_up(stack, account):
    """Nothing of the account is cleaned: somebody else has its connections locked, of which a step is the first."""
    connection = psycopg2.connect(stack.dsn)
    try:
        connection.cursor().execute("SELECT FROM connections WHERE %s IN (follower_id, followee_id) FOR UPDATE", (int(account.id),))
        yield
    finally:
        connection.rollback()
        connection.close()


@pytest.fixture
def scene(api, alice, bob, carol):
    """alice will go. bob follows her and carol; all three favorited alice's and carol's tweet. (alice's tweet, carol's)"""
    tweets = [api.tweet(alice, "of alice"), api.tweet(carol, "of carol")]
    for follower, followee in ((bob, alice), (bob, carol), (alice, bob), (alice, carol)):
        api.follow(follower, followee)
    for account in (alice, bob, carol):
        for tweet in tweets:
            api.favorite(account, tweet)
    return tweets


def test_lists_show_nothing_of_what_is_gone_before_any_row_is(api, stack, query, start_server, alice, bob, carol, scene):
    of_alice, of_carol = scene
    for number in range(30):
        api.tweet(alice, f"newer {number}")   # what bob's timeline would begin with
    other = Api(start_server("--recent-tweets-mib", "0").url, api.contract)   # its timelines are the database's
    for server in (api, other):   # what each of them may keep
        assert ids(server.get(f"{bob.path}/timeline", bob))[-1:] != [of_carol["id"]]
        assert ids(server.get(f"{bob.path}/followers", bob)) == [alice.id]
    rows = left_of(query, alice)
    with held_up(stack, alice):
        assert api.delete(alice.path, alice).status == 204
        assert left_of(query, alice) == rows + 1   # in deleted_users
        audit(stack.dsn)
        for server in (api, other):
            eventually(lambda: server.get(alice.path, bob).status, 404)
            eventually(lambda: server.get(tweet_path(of_alice), bob).status, 404)
            for path, left in (("followers", []), ("followees", [carol.id]), ("favorites", [of_carol["id"]]), ("activity", [of_carol["id"]]),
                               ("timeline", [of_carol["id"]])):
                eventually(lambda: ids(server.get(f"{bob.path}/{path}", bob)), left)
                assert [item["id"] for item in walk(server, f"{bob.path}/{path}", bob, per_page=1)] == left, path
            eventually(lambda: sorted(ids(server.get(f"{tweet_path(of_carol)}/favorites", bob))), sorted([bob.id, carol.id]))
            assert server.get(f"/api/tweets?ids={of_alice['id']},{of_carol['id']}", bob).json["items"][0]["id"] == of_carol["id"]
            assert server.get(f"/api/users?usernames={alice.username}", bob).json["items"] == []
            assert server.get("/api/sessions", alice).status == 401
            for method, path in (("PUT", f"{tweet_path(of_alice)}/favorites/{bob.username}"), ("DELETE", f"{tweet_path(of_alice)}/favorites/{bob.username}"),
                                 ("PUT", f"{alice.path}/followers/{bob.username}"), ("DELETE", f"{alice.path}/followers/{bob.username}")):
                assert server.request(method, path, bob).status == 404, path
        assert api.get(bob.path, bob).json["followers_count"] == 1   # as many as rows
        neighbour, tweet = api.register(), api.tweet(carol)   # whose rows nobody holds: they don't wait for alice's
        api.follow(neighbour, bob)
        api.favorite(bob, tweet)
        assert api.delete(neighbour.path, neighbour).status == api.delete(tweet_path(tweet), carol).status == 204
        eventually(lambda: left_of(query, neighbour) + query("SELECT count(*) FROM deleted_tweets")[0][0], 0, 40)
        assert left_of(query, alice) == rows + 1
        heir = api.register(alice.username)
        assert int(heir.id) > int(alice.id) and ids(api.get(f"{heir.path}/followers", heir)) == []
    cleaned(stack.dsn)
    assert left_of(query, alice) == 0
    audit(stack.dsn)
    for server in (api, other):
        eventually(lambda: (lambda user: (user["followers_count"], user["followees_count"], user["favorites_count"]))(server.get(bob.path, bob).json), (0, 1, 1))
        eventually(lambda: server.get(tweet_path(of_carol), bob).json["favorites_count"], 2)


def test_a_big_account_and_a_viral_tweet_go_in_steps_that_are_counted(api, stack, query, start_server):
    server = start_server("--cleaning-interval-s", "1")
    there = Api(server.url, api.contract)
    gone, viral = there.register(), there.register()
    make_big(query, gone)
    tweet = there.tweet(viral)
    query("WITH fans AS (INSERT INTO favorites (user_id, tweet_id, tweet_user_id) SELECT user_id, %s, %s FROM user_counters WHERE user_id <> %s"
          "  AND user_id <> %s RETURNING user_id), given AS (UPDATE user_counters c SET favorites_count = favorites_count + 1 FROM fans WHERE fans.user_id = c.user_id)"
          " INSERT INTO tweet_counters (user_id, tweet_id, favorites_count) SELECT %s, %s, count(*) FROM fans",
          *map(int, (tweet["id"], viral.id, viral.id, gone.id, viral.id, tweet["id"])))
    begin = time.monotonic()
    assert there.delete(gone.path, gone).status == 204
    assert there.delete(tweet_path(tweet), viral).status == 204
    assert time.monotonic() - begin < 5
    lag = lambda: float(next(line.split()[1] for line in there.get("/metrics").body.decode().splitlines() if line.startswith("linnet_cleaning_lag_seconds ")))
    wait_until(lambda: lag() > 0, 20, "the metric tells that something is left")
    while query("SELECT (SELECT count(*) FROM deleted_users) + (SELECT count(*) FROM deleted_tweets)") != [(0,)]:
        audit(stack.dsn)
        assert time.monotonic() - begin < 120
    assert left_of(query, gone) == 0
    audit(stack.dsn)
    eventually(lag, 0.0)


def test_whoever_lives_finishes_what_a_killed_server_began(api, stack, query, start_server):
    """Killed, or now and then told to end, after one step or many: each kind of step is the last one now and then."""
    mine, other = start_server("--cleaning-interval-s", "600"), start_server("--cleaning-interval-s", "1")
    chance = random.Random(22)
    for number in range(20):
        there = Api(mine.url, api.contract)
        gone = there.register()
        make_big(query, gone, 600)
        all_of_it = left_of(query, gone)
        assert there.delete(gone.path, gone).status == 204
        until = chance.randrange(1, all_of_it)
        wait_until(lambda: left_of(query, gone) <= until, 60, "a part is cleaned")
        (mine.terminate if number % 4 == 3 else mine.kill)()
        audit(stack.dsn)
        cleaned(stack.dsn, within=60)
        assert left_of(query, gone) == 0
        mine.start()
    audit(stack.dsn)
    assert other.running
