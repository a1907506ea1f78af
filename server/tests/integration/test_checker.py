"""The check against openapi.yaml finds what it is there to find."""
import json

import pytest

from support.api import Headers, Response

USER = {"id": "7", "username": "ada", "first_name": "", "last_name": "", "description": "", "tweets_count": 1,
        "created_at": "2026-01-31T09:30:00.123456Z", "updated_at": "2026-01-31T09:30:00.123456Z",
        "followers_count": 2, "followees_count": 0, "favorites_count": 0}
FOLLOWER = {**USER, "followed_at": USER["created_at"]}
NOT_FOUND = {"type": "/problems/not-found", "title": "Not found", "status": 404, "detail": "No.",
             "instance": "/x", "request_id": "abc"}
RATE_LIMITED = {**NOT_FOUND, "type": "/problems/rate-limited", "status": 429}
INVALID = {**NOT_FOUND, "type": "/problems/invalid-content", "status": 422}
REGISTRATION = {"username": "ada", "password": "12345678"}


def page(*items, **changes):
    return {"items": list(items), "page": 1, "next_cursor": None, **changes}


def answer(status, body, **headers):
    given = {"X-Request-Id": "abc", "X-Content-Type-Options": "nosniff", "Content-Type": "application/json" if status < 400 else "application/problem+json"}
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    return Response(status, Headers((n, v) for n, v in given.items() if v), b"" if body is None else json.dumps(body).encode())


def ok(body, **headers):
    return answer(200, body, **{"ETag": '"x"', **headers})


RIGHT = [
    ("GET", "/api/users/ada", None, ok(USER)),
    ("GET", "/api/users/ada", None, ok({**USER, "viewer": {"following": True, "followed_by": False}})),
    ("HEAD", "/api/users/ada", None, ok(None)),
    ("GET", "/api/users/ada/followers?page=1", None, ok(page(FOLLOWER))),
    ("GET", "/api/users/ada/followers", None, ok(page(next_cursor="ab_-"), Link='</api/users/ada/followers?cursor=ab_->; rel="next"')),
    ("GET", "/api/users/ada", None, answer(404, NOT_FOUND)),
    ("GET", "/nowhere", None, answer(404, NOT_FOUND)),
    ("POST", "/api/users", None, answer(429, RATE_LIMITED, Retry_After="3")),
    ("POST", "/api/users", REGISTRATION, answer(201, USER, Location="/api/users/ada")),
    ("POST", "/api/users", None, answer(422, {**INVALID, "errors": [{"pointer": "/username", "detail": "No."}]})),
    ("OPTIONS", "/api/users", None, answer(204, None, Allow="GET, HEAD, POST, OPTIONS")),
]

WRONG = {
    "a member that is not documented": ("GET", "/api/users/ada", None, ok({**USER, "email": "x"})),
    "a member is missing": ("GET", "/api/users/ada", None, ok({n: v for n, v in USER.items() if n != "id"})),
    "a member of viewer is missing": ("GET", "/api/users/ada", None, ok({**USER, "viewer": {"following": True}})),
    "an id as a number": ("GET", "/api/users/ada", None, ok({**USER, "id": 7})),
    "a time without microseconds": ("GET", "/api/users/ada", None, ok({**USER, "created_at": "2026-01-31T09:30:00Z"})),
    "a status that is not documented": ("GET", "/api/users/ada", None, answer(201, USER)),
    "a header that is not documented": ("GET", "/api/users/ada", None, ok(USER, X_Powered_By="me")),
    "a weak ETag": ("GET", "/api/users/ada", None, ok(USER, ETag='W/"x"')),
    "no ETag": ("GET", "/api/users/ada", None, ok(USER, ETag=None)),
    "no X-Request-Id": ("GET", "/api/users/ada", None, ok(USER, X_Request_Id=None)),
    "another media type": ("GET", "/api/users/ada", None, ok(USER, Content_Type="text/html")),
    "HEAD with a body": ("HEAD", "/api/users/ada", None, ok(USER)),
    "an item without its time": ("GET", "/api/users/ada/followers", None, ok(page(USER))),
    "an item with too much": ("GET", "/api/users/ada/followers", None, ok(page({**FOLLOWER, "email": "x"}))),
    "a page as a string": ("GET", "/api/users/ada/followers", None, ok(page(page="1"))),
    "a problem of another request": ("GET", "/api/users/ada", None, answer(404, {**NOT_FOUND, "request_id": "z"})),
    "a problem of another status": ("GET", "/api/users/ada", None, answer(404, {**NOT_FOUND, "status": 400})),
    "a problem of no known type": ("GET", "/api/users/ada", None, answer(404, {**NOT_FOUND, "type": "about:blank"})),
    "429 without Retry-After": ("POST", "/api/users", None, answer(429, RATE_LIMITED)),
    "Retry-After: 0": ("POST", "/api/users", None, answer(429, RATE_LIMITED, Retry_After="0")),
    "201 without Location": ("POST", "/api/users", REGISTRATION, answer(201, USER)),
    "422 without errors": ("POST", "/api/users", REGISTRATION, answer(422, INVALID)),
    "a bad request accepted": ("POST", "/api/users", {**REGISTRATION, "username": "a b"}, answer(201, USER, Location="/api/users/ada")),
    "a path that is no route": ("GET", "/nowhere", None, ok(USER)),
    "OPTIONS without Allow": ("OPTIONS", "/api/users", None, answer(204, None)),
}


@pytest.mark.parametrize("exchange", RIGHT, ids=lambda exchange: f"{exchange[0]} {exchange[1]}")
def test_it_lets_pass_what_is_right(contract, exchange):
    contract.check(*exchange)


@pytest.mark.parametrize("exchange", WRONG.values(), ids=WRONG.keys())
def test_it_finds_what_is_wrong(contract, exchange):
    with pytest.raises(AssertionError):
        contract.check(*exchange)


def test_it_knows_the_path_of_a_target(contract):
    assert contract.template("/api/sessions/current") == "/api/sessions/current"
    assert contract.template("/api/sessions/7") == "/api/sessions/{session_id}"
    assert contract.template("/api/users/a/tweets/3/favorites/b") == "/api/users/{username}/tweets/{tweet_id}/favorites/{favoriter}"
    assert contract.template("/api/users/a/tweets/3/") is None
