"""Who may do what: every route, for a caller without a token, the owner, another, with a revoked and a garbage one.

A row is the request and the statuses for (nobody, owner, other). `owner` is alice, whose account, tweet, session,
follow and favorite the paths name; bob is the other. With a token that is not live every route that reads tokens
says 401. A route in openapi.yaml without a row fails.
"""
from types import SimpleNamespace

import pytest

from support.api import PASSWORD, Api, tweet_path
from support.shapes import problem

PUBLIC_READ = (200, 200, 200)
IGNORES_TOKENS = {"register_user", "create_session", "healthz", "readyz", "metrics"}
NEW_PASSWORD = {"current_password": PASSWORD, "new_password": PASSWORD + "!"}

ROWS = {
    "register_user": ("POST", "/api/users", lambda at: {"username": at.new_name, "password": PASSWORD}, (201, 201, 201)),
    "get_users": ("GET", "/api/users?usernames={alice}", None, PUBLIC_READ),
    "get_user": ("GET", "/api/users/{alice}", None, PUBLIC_READ),
    "update_user": ("PATCH", "/api/users/{alice}", {"last_name": "X"}, (401, 200, 403)),
    "change_password": ("PUT", "/api/users/{alice}/password", NEW_PASSWORD, (401, 204, 403)),
    "delete_user": ("DELETE", "/api/users/{alice}", None, (401, 204, 403)),
    "create_session": ("POST", "/api/sessions", lambda at: {"username": at.alice, "password": PASSWORD}, (201, 201, 201)),
    "get_sessions": ("GET", "/api/sessions", None, (401, 200, 200)),
    "delete_session": ("DELETE", "/api/sessions/{session}", None, (401, 204, 404)),
    "delete_current_session": ("DELETE", "/api/sessions/current", None, (401, 204, 204)),
    "get_user_tweets": ("GET", "/api/users/{alice}/tweets", None, PUBLIC_READ),
    "post_tweet": ("POST", "/api/users/{alice}/tweets", {"content": "hi"}, (401, 201, 403)),
    "get_tweet": ("GET", "{tweet}", None, PUBLIC_READ),
    "delete_tweet": ("DELETE", "{tweet}", None, (401, 204, 403)),
    "get_tweets": ("GET", "/api/tweets?ids={tweet_id}", None, PUBLIC_READ),
    "get_followers": ("GET", "/api/users/{alice}/followers", None, PUBLIC_READ),
    "get_followees": ("GET", "/api/users/{alice}/followees", None, PUBLIC_READ),
    "follow_user": ("POST", "/api/users/{carol}/followers", None, (401, 200, 201)),
    "get_follower": ("GET", "/api/users/{carol}/followers/{alice}", None, PUBLIC_READ),
    "put_follower": ("PUT", "/api/users/{carol}/followers/{alice}", None, (401, 200, 403)),
    "unfollow_user": ("DELETE", "/api/users/{carol}/followers/{alice}", None, (401, 204, 403)),
    "get_tweet_favorites": ("GET", "{tweet}/favorites", None, PUBLIC_READ),
    "favorite_tweet": ("POST", "{tweet}/favorites", None, (401, 200, 201)),
    "get_favorite": ("GET", "{tweet}/favorites/{alice}", None, PUBLIC_READ),
    "put_favorite": ("PUT", "{tweet}/favorites/{alice}", None, (401, 200, 403)),
    "unfavorite_tweet": ("DELETE", "{tweet}/favorites/{alice}", None, (401, 204, 403)),
    "get_user_favorites": ("GET", "/api/users/{alice}/favorites", None, PUBLIC_READ),
    "get_activity": ("GET", "/api/users/{alice}/activity", None, PUBLIC_READ),
    "get_timeline": ("GET", "/api/users/{alice}/timeline", None, (401, 200, 403)),
    "healthz": ("GET", "/healthz", None, (200, 200, 200)),
    "readyz": ("GET", "/readyz", None, (200, 200, 200)),
    "metrics": ("GET", "/metrics", None, (200, 200, 200)),
}


@pytest.fixture(scope="module")
def revoked(api):
    """A token that was good until its owner logged out. Once for all: a logout waits until every server knows of it."""
    token = api.login(api.register(api.unique_name("gone")))
    assert api.delete("/api/sessions/current", token).status == 204
    return token


@pytest.fixture
def at(api, alice, bob, carol, revoked):
    posted = api.tweet(alice)
    api.follow(alice, carol)
    api.favorite(alice, posted)
    session = api.get("/api/sessions", alice).json["items"][0]["id"]
    return SimpleNamespace(
        alice=alice.username, carol=carol.username, tweet=tweet_path(posted), tweet_id=posted["id"], session=session,
        new_name=api.unique_name("new"),
        tokens={"nobody": None, "owner": alice.token, "other": bob.token, "revoked": revoked, "garbage": "garbage"})


def call(api, name, at, role):
    method, path, body, _ = ROWS[name]
    body = body(at) if callable(body) else body
    path = path.format(**vars(at))
    return api.request(method, path, at.tokens[role], json=body)


def expected(name, role, public_reads=True):
    nobody, owner, other = ROWS[name][3]
    if role in ("revoked", "garbage"):
        return nobody if name in IGNORES_TOKENS else 401
    if role == "nobody":
        return nobody if public_reads or name in IGNORES_TOKENS else 401
    return owner if role == "owner" else other


def test_every_route_has_a_row(contract):
    documented = {operation["operationId"]: (method, path) for method, path, operation in contract.operations()}
    assert set(ROWS) == set(documented)
    sample = {"alice": "alice", "carol": "carol", "tweet": "/api/users/alice/tweets/1", "tweet_id": "1", "session": "1"}
    for name, (method, path, *_) in ROWS.items():
        assert (method, contract.template(path.format(**sample))) == documented[name], name


@pytest.mark.parametrize("role", ["nobody", "owner", "other", "revoked", "garbage"])
@pytest.mark.parametrize("name", ROWS)
def test_permissions(api, at, name, role):
    answer = call(api, name, at, role)
    assert answer.status == expected(name, role), answer
    if answer.status == 401:
        assert problem(answer, "authentication-required" if role == "nobody" else "invalid-token")
    if answer.status == 403:
        assert problem(answer, "forbidden")


@pytest.fixture(scope="module")
def closed(stack, contract):
    """A server that answers reads only with a token, which is its default, on the same data."""
    server = stack.start_server("--reads", "authenticated")
    yield Api(server.url, contract)
    server.terminate()


@pytest.mark.parametrize("name", ROWS)
def test_permissions_without_public_reads(closed, at, name):
    for role in ("nobody", "garbage", "revoked"):
        answer = call(closed, name, at, role)
        assert answer.status == expected(name, role, public_reads=False), (role, answer)
        at.new_name = at.new_name[:-1] + role[0].upper()
    if ROWS[name][0] == "GET":
        for role in ("owner", "other"):
            assert call(closed, name, at, role).status == expected(name, role)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row[3][2] == 403])
def test_what_is_refused_has_no_effect(api, alice, at, name):
    state = lambda: [api.get(path, alice).json for path in (
        alice.path, f"{alice.path}/tweets", f"{alice.path}/followees", f"{alice.path}/favorites")]
    before = state()
    for role in ("nobody", "other", "garbage"):
        assert call(api, name, at, role).status in (401, 403)
    assert state() == before
    assert api.login(alice)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "{alice}" in row[1] and row[3][2] == 403])
def test_users_that_do_not_exist_are_not_you(api, at, name):
    """403 as for any other user, except where the one that matters is missing in another place."""
    at.alice = "nobody_at_all"
    assert call(api, name, at, "other").status == 403
