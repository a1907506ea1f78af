"""A hundred clients on one thing: each gets a true answer, and the counts equal the rows."""
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import PASSWORD, tweet_path
from support.audit import audit

CLIENTS = 100


@pytest.fixture(scope="module")
def crowd(api):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: api.register(), range(CLIENTS)))


def at_once(call, over):
    """The answers of call(item) for all items, each by a client of its own."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(call, over))


def statuses(answers):
    return dict(Counter(answer.status for answer in answers))


def test_a_crowd_favorites_one_tweet(api, stack, query, alice, crowd):
    posted = api.tweet(alice)
    answers = at_once(lambda account: api.post(f"{tweet_path(posted)}/favorites", account), crowd)
    assert statuses(answers) == {201: CLIENTS}
    assert query("SELECT count(*), (SELECT favorites_count FROM tweet_counters WHERE tweet_id = %s) FROM favorites WHERE tweet_id = %s",
                 int(posted["id"]), int(posted["id"])) == [(CLIENTS, CLIENTS)]
    audit(stack.dsn)


def test_a_tweet_named_with_another_author_is_not_found_whoever_names_it_right_beside(api, stack, alice, bob, crowd):
    posted = api.tweet(alice)
    wrong = f"{bob.path}/tweets/{posted['id']}/favorites"
    answers = at_once(lambda n: api.post(wrong if n % 2 else f"{tweet_path(posted)}/favorites", crowd[n]), range(CLIENTS))
    assert [answer.status for answer in answers] == [404 if n % 2 else 201 for n in range(CLIENTS)]
    audit(stack.dsn)


def test_one_account_favorites_a_tweet_a_hundred_times_at_once(api, stack, alice, bob):
    posted = api.tweet(alice)
    answers = at_once(lambda _: api.post(f"{tweet_path(posted)}/favorites", bob), range(CLIENTS))
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert len({answer.json["favorited_at"] for answer in answers}) == 1
    assert api.get(tweet_path(posted), bob).json["favorites_count"] == 1
    audit(stack.dsn)


def test_a_crowd_follows_one_user(api, stack, query, alice, crowd):
    answers = at_once(lambda account: api.post(f"{alice.path}/followers", account), crowd)
    assert statuses(answers) == {201: CLIENTS}
    assert query("SELECT followers_count FROM user_counters WHERE user_id = %s", int(alice.id)) == [(CLIENTS,)]
    audit(stack.dsn)


def test_one_account_follows_a_hundred_times_at_once(api, stack, alice, bob):
    answers = at_once(lambda n: api.request("POST" if n % 2 else "PUT", f"{alice.path}/followers" + ("" if n % 2 else f"/{bob.username}"), bob),
                      range(CLIENTS))
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert api.get(alice.path, bob).json["followers_count"] == 1
    audit(stack.dsn)


def test_follows_and_unfollows_crossing_each_other(api, stack, query, alice, bob):
    """Both directions, both ways to unfollow: what deadlocks or miscounts if rows are locked out of order."""
    def step(n):
        follower, followee = (alice, bob) if n % 2 else (bob, alice)
        if n // 2 % 3 == 0:
            return api.post(f"{followee.path}/followers", follower)
        by = follower if n // 2 % 3 == 1 else followee
        return api.delete(f"{followee.path}/followers/{follower.username}", by)
    answers = at_once(step, range(3 * CLIENTS))
    assert set(statuses(answers)) <= {200, 201, 204}, statuses(answers)
    audit(stack.dsn)
    rows = query("SELECT follower_id FROM connections WHERE follower_id IN (%s, %s)", int(alice.id), int(bob.id))
    for me, other in ((alice, bob), (bob, alice)):
        assert api.get(me.path, me).json["followees_count"] == rows.count((int(me.id),))
        assert api.get(f"{other.path}/followers/{me.username}", me).status == (200 if (int(me.id),) in rows else 404)


def test_favorites_made_and_taken_back_over_several_tweets(api, stack, crowd, alice):
    tweets = [api.tweet(alice, f"number {n}") for n in range(5)]

    def step(n):
        account, path = crowd[n % 20], f"{tweet_path(tweets[n % 5])}/favorites"
        return api.delete(f"{path}/{account.username}", account) if n % 3 == 0 else api.post(path, account)
    answers = at_once(step, range(5 * CLIENTS))
    assert set(statuses(answers)) <= {200, 201, 204}, statuses(answers)
    audit(stack.dsn)


def test_a_crowd_posts_and_every_tweet_has_its_own_id(api, stack, query, alice):
    answers = at_once(lambda n: api.post(f"{alice.path}/tweets", alice, json={"content": f"number {n}"}), range(3 * CLIENTS))
    assert statuses(answers) == {201: 3 * CLIENTS}
    assert len({answer.json["id"] for answer in answers}) == 3 * CLIENTS
    assert query("SELECT tweets_count FROM user_counters WHERE user_id = %s", int(alice.id)) == [(3 * CLIENTS,)]
    audit(stack.dsn)


def test_a_name_is_given_once(api, query):
    name = api.unique_name("Only")
    answers = at_once(lambda n: api.post("/api/users", json={"username": name.upper() if n % 2 else name.lower(), "password": PASSWORD}),
                      range(CLIENTS))
    assert statuses(answers) == {201: 1, 409: CLIENTS - 1}
    assert query("SELECT count(*) FROM users WHERE lower(username) = lower(%s)", name) == [(1,)]


def test_a_tweet_deleted_while_a_crowd_favorites_it(api, stack, crowd, alice):
    posted = api.tweet(alice)

    def step(n):
        if n == CLIENTS // 2:
            return api.delete(tweet_path(posted), alice)
        return api.post(f"{tweet_path(posted)}/favorites", crowd[n])
    answers = at_once(step, range(CLIENTS))
    assert answers[CLIENTS // 2].status == 204
    assert set(statuses(answers)) <= {201, 404, 204}, statuses(answers)
    audit(stack.dsn)


def test_a_user_deleted_while_a_crowd_writes_about_them(api, stack, crowd):
    victim = api.register()
    posted = api.tweet(victim)

    def step(n):
        account = crowd[n % CLIENTS]
        if n == CLIENTS:
            return api.delete(victim.path, victim)
        if n % 4 == 0:
            return api.post(f"{victim.path}/followers", account)
        if n % 4 == 1:
            return api.post(f"{account.path}/followers", victim)
        if n % 4 == 2:
            return api.post(f"{tweet_path(posted)}/favorites", account)
        return api.post(f"{victim.path}/tweets", victim, json={"content": "still here"})
    answers = at_once(step, range(2 * CLIENTS))
    assert answers[CLIENTS].status == 204
    assert set(statuses(answers)) <= {200, 201, 204, 401, 404}, statuses(answers)
    audit(stack.dsn)


def test_people_delete_their_accounts_all_at_once(api, stack):
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: api.register(), range(20)))
    tweets = [api.tweet(account) for account in people]
    for n, account in enumerate(people):
        for step in (1, 2, 3):
            api.follow(account, people[(n + step) % 20])
            api.favorite(account, tweets[(n + step) % 20])
    answers = at_once(lambda account: api.delete(account.path, account), people)
    assert statuses(answers) == {204: 20}
    audit(stack.dsn)
