"""ETag, 304, If-Match, HEAD and OPTIONS: alike on every route."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api, tweet_path
from support.process import eventually
from support.shapes import problem


@pytest.fixture
def reads(api, alice, bob):
    """The target of every GET that gives an object or a list, by operationId, as alice may read it."""
    posted = api.tweet(alice)
    api.follow(bob, alice)
    api.follow(alice, bob)
    api.favorite(alice, posted)
    return {
        "get_users": f"/api/users?usernames={alice.username},{bob.username}",
        "get_user": alice.path,
        "get_user_tweets": f"{alice.path}/tweets",
        "get_tweet": tweet_path(posted),
        "get_tweets": f"/api/tweets?ids={posted['id']}",
        "get_followers": f"{alice.path}/followers",
        "get_followees": f"{alice.path}/followees",
        "get_follower": f"{bob.path}/followers/{alice.username}",
        "get_tweet_favorites": f"{tweet_path(posted)}/favorites",
        "get_favorite": f"{tweet_path(posted)}/favorites/{alice.username}",
        "get_user_favorites": f"{alice.path}/favorites",
        "get_activity": f"{alice.path}/activity",
        "get_timeline": f"{alice.path}/timeline",
        "get_sessions": "/api/sessions",
    }


def test_every_read_is_tested_here(reads, contract):
    documented = {operation["operationId"] for method, path, operation in contract.operations() if method == "GET" and path.startswith("/api")}
    assert set(reads) == documented


def test_reads_with_a_token_are_private(api, alice, reads):
    for name, target in reads.items():
        headers = api.get(target, alice).headers
        assert headers["Cache-Control"] == "private, no-cache", name
        assert "authorization" in headers["Vary"].lower(), name


def test_what_you_have_is_not_sent_again(api, alice, reads):
    for name, target in reads.items():
        etag = api.get(target, alice).headers["ETag"]
        for header in (etag, f'"other", {etag}', f"W/{etag}", "*", f'"x",{etag} , "y"'):
            same = api.get(target, alice, headers={"If-None-Match": header})
            assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag), (name, header)
            assert same.headers["Cache-Control"] == "private, no-cache", name
        for header in ('"other"', etag.strip('"'), ""):
            assert api.get(target, alice, headers={"If-None-Match": header}).status == 200, (name, header)


def test_a_change_changes_the_etag(api, alice, bob):
    before = api.get(alice.path, bob)
    api.follow(bob, alice)
    after = api.get(alice.path, bob, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status == 200 and after.json["followers_count"] == 1
    assert after.headers["ETag"] != before.headers["ETag"]
    api.delete(f"{alice.path}/followers/{bob.username}", bob)
    assert api.get(alice.path, bob).headers["ETag"] == before.headers["ETag"]


def test_who_asks_is_part_of_the_etag(api, alice, bob):
    api.follow(bob, alice)
    eventually(lambda: api.get(alice.path).json["followers_count"], 1)
    etags = {api.get(alice.path, token).headers["ETag"] for token in (alice, bob, None)}
    assert len(etags) == 3


def test_head_is_get_without_a_body(api, alice, reads):
    for name, target in [*reads.items(), ("healthz", "/healthz"), ("readyz", "/readyz"), ("not found", "/api/users/nobody_at_all")]:
        got, head = api.get(target, alice), api.request("HEAD", target, alice)
        ours = {"date", "x-request-id", "linnet-seen"}
        assert head.status == got.status and head.body == b"", name
        assert {n: v for n, v in head.headers.items() if n not in ours | {"content-length"}} == \
               {n: v for n, v in got.headers.items() if n not in ours | {"content-length"}}, name
        if got.status == 200:      # the body of a problem holds the id of its request
            assert head.headers["Content-Length"] == str(len(got.body)), name
    assert api.request("HEAD", "/metrics").status == 200


def test_head_takes_conditions_too(api, alice):
    etag = api.request("HEAD", alice.path, alice).headers["ETag"]
    assert api.request("HEAD", alice.path, alice, headers={"If-None-Match": etag}).status == 304


def test_options_and_405_list_the_methods_of_every_path(api, alice, contract):
    values = {"username": alice.username, "tweet_id": "1", "session_id": "1", "follower": "bob", "favoriter": "bob"}
    by_path = {}
    for method, template, _ in contract.operations():
        by_path.setdefault(template, {"OPTIONS"}).update({method, "HEAD"} if method == "GET" else {method})
    for template, want in by_path.items():
        target = template.format(**values)
        options = api.request("OPTIONS", target)
        assert options.status == 204 and set(options.headers["Allow"].split(", ")) == want, template
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"} - want:
            refused = api.request(method, target, alice)
            assert refused.status == 405, (method, template)
            assert set(refused.headers["Allow"].split(", ")) == want, (method, template)
            assert method == "HEAD" or problem(refused, "method-not-allowed")


def test_options_needs_no_token_and_knows_no_unknown_path(api):
    assert api.request("OPTIONS", "/api/sessions").status == 204
    assert api.request("OPTIONS", "/nowhere").status == 404


def test_a_patch_with_the_current_etag(api, alice):
    etag = api.get(alice.path, alice).headers["ETag"]
    changed = api.patch(alice.path, alice, json={"last_name": "New"}, headers={"If-Match": f'"other", {etag}'})
    assert changed.status == 200 and changed.json["last_name"] == "New"
    read = api.get(alice.path, alice)
    assert changed.headers.get("ETag", read.headers["ETag"]) == read.headers["ETag"]
    assert api.patch(alice.path, alice, json={"last_name": "Newer"}, headers={"If-Match": "*"}).status == 200


def test_a_patch_with_a_stale_etag_changes_nothing(api, alice):
    etag = api.get(alice.path, alice).headers["ETag"]
    assert api.patch(alice.path, alice, json={"first_name": "First"}).status == 200
    for stale in (etag, '"other"', f"W/{api.get(alice.path, alice).headers['ETag']}"):
        refused = api.patch(alice.path, alice, json={"first_name": "Lost"}, headers={"If-Match": stale})
        assert refused.status == 412 and problem(refused, "precondition-failed")
    assert api.get(alice.path, alice).json["first_name"] == "First"


def test_of_two_patches_with_one_etag_only_one_wins(api, alice):
    etag = api.get(alice.path, alice).headers["ETag"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.patch(alice.path, alice, json={"first_name": f"n{n}"}, headers={"If-Match": etag}), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    winner = next(answer.json["first_name"] for answer in answers if answer.status == 200)
    assert api.get(alice.path, alice).json["first_name"] == winner


def test_cors_is_off_unless_configured(api, alice, start_server):
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    for method in ("GET", "OPTIONS"):
        answer = api.request(method, alice.path, headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    open_to_app = Api(start_server("--cors-origin", "https://app.example").url, api.contract)
    assert open_to_app.get(alice.path, headers=asked).headers["Access-Control-Allow-Origin"] == "https://app.example"
    preflight = open_to_app.request("OPTIONS", alice.path, headers=asked)
    assert preflight.status == 204 and "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    elsewhere = open_to_app.get(alice.path, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
