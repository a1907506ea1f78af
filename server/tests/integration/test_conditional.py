"""ETag, 304, If-Match, HEAD and OPTIONS: alike on every route."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Account, Api, tweet_path
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


def test_a_read_of_what_must_match_fails_when_it_does_not(api, alice, reads):
    for name, target in reads.items():
        etag = api.get(target, alice).headers["ETag"]
        for _ in range(3):   # a kept answer among them
            assert api.get(target, alice, headers={"If-Match": f'"x", {etag}'}).status == 200, name
            refused = api.get(target, alice, headers={"If-Match": '"stale"', "If-None-Match": etag})
            assert refused.status == 412 and problem(refused, "precondition-failed"), name
    assert api.get("/api/users/nobody_at_all", headers={"If-Match": "*"}).status == 404


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


def test_a_patch_of_nothing_changes_nothing(api, alice):
    before = api.get(alice.path, alice)
    for body in ({}, {"first_name": before.json["first_name"]}, {"description": before.json["description"], "last_name": before.json["last_name"]}):
        answer = api.patch(alice.path, alice, json=body)
        assert (answer.status, answer.json, answer.headers["ETag"]) == (200, before.json, before.headers["ETag"]), body
    assert api.patch(alice.path, alice, json={"first_name": "Other"}).json["updated_at"] > before.json["updated_at"]


def test_what_strangers_do_leaves_the_part_of_a_profile_that_its_owner_goes_by(api, alice, bob):
    before = api.get(alice.path, alice).headers["ETag"]
    api.follow(bob, alice)
    after = api.get(alice.path, alice).headers["ETag"]
    assert after != before and after.split(".")[0] == before.split(".")[0]
    assert api.get(alice.path, alice, headers={"If-None-Match": before}).status == 200
    assert api.patch(alice.path, alice, json={"last_name": "New"}, headers={"If-Match": before}).status == 200
    assert api.get(alice.path, alice).headers["ETag"].split(".")[0] != before.split(".")[0]
    assert api.patch(alice.path, alice, json={"last_name": "Newer"}, headers={"If-Match": before}).status == 412


@pytest.fixture
def writes(api, alice, bob):
    """What each unsafe operation is sent by alice, so that it would succeed: (method, target, body), by operationId. The favorite and the
    connection that are in the path are there."""
    posted, other = api.tweet(alice), api.tweet(bob, "of bob")
    api.follow(alice, bob)
    api.favorite(alice, posted)
    api.favorite(alice, other)
    session = next(item["id"] for item in api.get("/api/sessions", alice).json["items"] if item["current"])
    return {
        "register_user": ("POST", "/api/users", {"username": api.unique_name("new"), "password": alice.password}),
        "create_session": ("POST", "/api/sessions", {"username": alice.username, "password": alice.password}),
        "update_user": ("PATCH", alice.path, {"first_name": "Changed"}),
        "change_password": ("PUT", f"{alice.path}/password", {"current_password": alice.password, "new_password": "another password"}),
        "post_tweet": ("POST", f"{alice.path}/tweets", {"content": "x"}),
        "follow_user": ("POST", f"{bob.path}/followers", None),
        "put_follower": ("PUT", f"{bob.path}/followers/{alice.username}", None),
        "unfollow_user": ("DELETE", f"{bob.path}/followers/{alice.username}", None),
        "favorite_tweet": ("POST", f"{tweet_path(other)}/favorites", None),
        "put_favorite": ("PUT", f"{tweet_path(other)}/favorites/{alice.username}", None),
        "unfavorite_tweet": ("DELETE", f"{tweet_path(other)}/favorites/{alice.username}", None),
        "delete_tweet": ("DELETE", tweet_path(posted), None),
        "delete_session": ("DELETE", f"/api/sessions/{session}", None),
        "delete_current_session": ("DELETE", "/api/sessions/current", None),
        "delete_user": ("DELETE", alice.path, None),
    }


# Of these no GET answers: a tag never matches.
WITHOUT_GET = ("register_user", "create_session", "delete_session", "delete_current_session")


def test_every_unsafe_operation_is_tested_here(writes, contract):
    documented = {operation["operationId"] for method, _, operation in contract.operations() if method != "GET"}
    assert set(writes) == documented


def tag_of(api, account, name, method, target):
    """That of the same target; a password's is that of its account."""
    return api.get(target.removesuffix("/password"), account).headers["ETag"]


TABLES = ("users", "sessions", "tweets", "connections", "favorites", "user_counters", "tweet_counters")


def rows(query):
    return [query(f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t") for table in TABLES]


def test_a_precondition_that_does_not_hold_stops_every_write(api, alice, writes, query):
    before = rows(query)
    for name, (method, target, body) in writes.items():
        refusing = [{"If-Match": '"stale"'}, {"If-Match": '"stale", W/"x"', "If-None-Match": '"y"'}]
        if name not in WITHOUT_GET:
            tag = tag_of(api, alice, name, method, target)
            refusing += [{"If-Match": f"W/{tag}"}, {"If-None-Match": "*"}, {"If-None-Match": f'"x", W/{tag}'}, {"If-Match": tag, "If-None-Match": tag}]
        for headers in refusing:
            refused = api.request(method, target, alice, json=body, headers=headers)
            assert refused.status == 412 and problem(refused, "precondition-failed"), (name, headers, refused)
    assert rows(query) == before


def test_a_precondition_that_holds_stops_no_write(api, alice, writes):
    def send(name, headers):
        method, target, body = writes[name]
        if headers == "current":
            headers = {"If-Match": f'"x", {tag_of(api, alice, name, method, target)}', "If-None-Match": '"y"'}
        answer = api.request(method, target, alice, json=body, headers=headers)
        assert answer.status < 300, (name, headers, answer)
    for name in ("register_user", "create_session"):
        send(name, {"If-None-Match": "*"})
    for name in ("update_user", "change_password", "post_tweet", "follow_user", "put_follower", "favorite_tweet", "put_favorite", "unfavorite_tweet",
                 "unfollow_user", "delete_tweet"):
        send(name, "current")
    for name in ("put_follower", "put_favorite"):
        send(name, {"If-None-Match": "*"})
    for name in ("unfavorite_tweet", "unfollow_user"):
        send(name, {"If-Match": "*"})
    send("delete_session", {"If-Match": "*"})
    alice.token = api.login(Account(alice.username, "another password"))
    send("delete_user", "current")


def test_what_would_fail_anyway_fails_so_whatever_its_conditions(api, alice, bob):
    posted = api.tweet(bob)
    stale = {"If-Match": '"stale"'}
    for method, target, token, status in (
            ("PATCH", bob.path, alice, 403), ("DELETE", bob.path, alice, 403), ("DELETE", bob.path, None, 401), ("DELETE", tweet_path(posted), alice, 403),
            ("DELETE", f"{bob.path}/tweets/1", bob, 404), ("PUT", f"{bob.path}/tweets/1/favorites/{alice.username}", alice, 404),
            ("PUT", f"/api/users/nobody_at_all/followers/{alice.username}", alice, 404), ("DELETE", "/api/sessions/1", alice, 404),
            ("PUT", f"{bob.path}/followers/{bob.username}", alice, 403), ("PATCH", "/api/tweets", alice, 405)):
        body = {} if method == "PATCH" else None
        assert api.request(method, target, token, json=body, headers=stale).status == status, (method, target)


def test_of_two_puts_that_want_nothing_to_be_there_only_one_wins(api, alice, bob):
    tweets = [tweet_path(api.tweet(bob, f"number {n}")) for n in range(5)]
    targets = [f"{bob.path}/followers/{alice.username}", *(f"{path}/favorites/{alice.username}" for path in tweets)]
    with ThreadPoolExecutor(8) as pool:
        for target in targets:
            answers = list(pool.map(lambda _: api.put(target, alice, headers={"If-None-Match": "*"}).status, range(8)))
            assert sorted(answers) == [201] + [412] * 7, target
            answers = list(pool.map(lambda _: api.delete(target, alice, headers={"If-Match": "*"}).status, range(8)))
            assert sorted(answers) == [204] + [412] * 7, target


def test_a_tweet_that_was_favorited_meanwhile_is_another(api, alice, bob):
    posted = api.tweet(alice)
    tag = api.get(tweet_path(posted), alice).headers["ETag"]
    api.favorite(bob, posted)
    assert api.delete(tweet_path(posted), alice, headers={"If-Match": tag}).status == 412
    assert api.delete(tweet_path(posted), alice, headers={"If-Match": api.get(tweet_path(posted), alice).headers["ETag"]}).status == 204


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
    for headers in ({}, {"Origin": "https://evil.example"}, asked):
        for answer in (open_to_app.get(alice.path, headers=headers), open_to_app.get("/nowhere", headers=headers),
                       open_to_app.request("OPTIONS", alice.path, headers=headers)):
            assert "origin" in answer.headers["Vary"].lower(), (headers, answer)


def test_an_answer_that_is_kept_varies_by_origin_too(api, alice, start_server):
    """What one client was given may be in a cache when another origin asks."""
    open_to_app = Api(start_server("--cors-origin", "https://app.example,https://b.example", "--loops", "1").url, api.contract)
    asked = {"Origin": "https://b.example"}
    answers = [open_to_app.get(alice.path, alice, headers=headers) for headers in [{}] * 6 + [asked] * 3 + [{}] * 3]
    assert {answer.headers["Vary"].lower() for answer in answers} == {"authorization, origin"}
    origins = [answer.headers.get("Access-Control-Allow-Origin") for answer in answers]
    assert origins == [None] * 6 + ["https://b.example"] * 3 + [None] * 3
