"""Every answer gives the place of its connection back, an answer about nothing too."""
import pytest

from support.api import tweet_path
from support.raw import Connection

PLACES = 4
ROUNDS = 100


@pytest.fixture(scope="module")
def few_places(stack):
    server = stack.start_server("--loops", "1", "--max-connections", PLACES)
    yield server
    server.terminate()


def targets(contract, account, tweet, session):
    """Each GET of the contract under /api as (target, access): lists with nothing in them, page 1 and page 2."""
    values = {"{username}": account.username, "{tweet_id}": tweet["id"], "{session_id}": session,
              "{follower}": account.username, "{favoriter}": account.username}
    lookups = {"/api/users": "?usernames=nobody_0", "/api/tweets": "?ids=1"}
    found = []
    for method, template, operation in contract.operations():
        if method != "GET" or not template.startswith("/api"):
            continue
        target = template
        for name, value in values.items():
            target = target.replace(name, value)
        names = [contract.resolve(parameter)["name"] for parameter in operation.get("parameters", [])]
        if "page" in names:
            found += [target, target + "?page=2", target + "?page=2&per_page=100"]
        else:
            found.append(target + lookups.get(target, ""))
    return found


def ask(server, target, account):
    with Connection(server.url) as connection:
        connection.send(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        f"Authorization: Bearer {account.token}\r\n\r\n".encode())
        response = connection.read_response()
        assert response is not None, f"{target}: closed without an answer"
        assert connection.closed_by_peer(), target
        return response


def test_reads_of_nothing_are_answered_and_leave_every_place_free(contract, api, alice, few_places):
    tweet = api.tweet(alice)
    empty = api.register()
    session = api.get("/api/sessions", alice).json["items"][0]["id"]
    asked = targets(contract, alice, tweet, session) + targets(contract, empty, tweet, session)
    assert len([target for target in asked if "page=2" in target]) >= 30
    for target in asked:
        for _ in range(ROUNDS if "page=2" in target and "per_page" not in target else 2):
            response = ask(few_places, target, alice if alice.username in target or "sessions" in target else empty)
            assert response.status in (200, 404), (target, response)
    held = [Connection(few_places.url) for _ in range(PLACES)]
    try:
        for connection in held:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.read_response().status == 200
    finally:
        for connection in held:
            connection.close()


def test_an_empty_page_says_that_it_is_empty(api, alice):
    tweet = api.tweet(alice)
    for path in ("/api/sessions", f"{alice.path}/followers", f"{alice.path}/favorites", f"{tweet_path(tweet)}/favorites",
                 f"{alice.path}/timeline", f"{alice.path}/activity", f"{alice.path}/tweets"):
        for page in (2, 3):
            answer = api.get(f"{path}?page={page}", alice)
            assert answer.status == 200 and answer.json == {"items": [], "page": page, "next_cursor": None}, path
