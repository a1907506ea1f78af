"""One account follows 2,500 others at most, however many requests come at once, and on whichever server."""
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api
from support.audit import audit
from support.followees import follows
from support.shapes import problem

LIMIT = 2500


@pytest.fixture
def follower(api, query):
    """Follows two less than is allowed."""
    account = api.register()
    follows(query, account, LIMIT - 2)
    return account


def followees(query, account):
    return query("SELECT count(*) FROM connections WHERE follower_id = %s", account.id)[0][0]


def test_the_last_two_of_many_at_once(api, stack, start_server, query, follower):
    users = [api.register() for _ in range(10)]
    servers = itertools.cycle([api, Api(start_server().url)])
    calls = [(server, account) for server, account in zip(servers, users * 3)]   # each is asked for three times, on both
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(lambda call: (call[1], call[0].post(f"{call[1].path}/followers", follower)), calls))
    assert {answer.status for _, answer in answers} <= {200, 201, 409}
    assert all(problem(answer, "conflict") for _, answer in answers if answer.status == 409)
    followed = {account.username for account, answer in answers if answer.status == 201}
    assert len(followed) == sum(answer.status == 201 for _, answer in answers) == 2
    assert {account.username for account, answer in answers if answer.status == 200} <= followed
    assert followees(query, follower) == LIMIT == api.get(follower.path, follower).json["followees_count"]
    for account in users:
        profile = api.get(account.path, follower).json
        assert profile["followers_count"] == profile["viewer"]["following"] == (account.username in followed)
    audit(stack.dsn)


def test_who_follows_as_many_may_follow_them_again_and_others_instead(api, query, follower):
    first, second, third, fourth = (api.register() for _ in range(4))
    assert [api.post(f"{account.path}/followers", follower).status for account in (first, second, first)] == [201, 201, 200]
    refused = api.put(f"{third.path}/followers/{follower.username}", follower)
    assert refused.status == 409 and problem(refused, "conflict")
    assert api.get(f"{third.path}/followers/{follower.username}", follower).status == 404
    assert api.post(f"{follower.path}/followers", third).status == 201, "others may follow them"
    assert api.delete(f"{first.path}/followers/{follower.username}", follower).status == 204
    assert [api.post(f"{account.path}/followers", follower).status for account in (third, fourth)] == [201, 409]
    assert followees(query, follower) == LIMIT == api.get(follower.path, follower).json["followees_count"]


def test_who_followed_more_before_keeps_them(api, query, follower):
    follows(query, follower, 10)
    other = api.register()
    assert api.post(f"{other.path}/followers", follower).status == 409
    assert followees(query, follower) == LIMIT + 8
