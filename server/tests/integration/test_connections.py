"""Following: who follows whom, both ways to say so, both ways to end it."""
import pytest

from support.process import eventually
from support.shapes import ANY_TIME, ids, pointers, problem, user


def connection(follower, followee, followed_at=ANY_TIME):
    return {"follower": follower.summary, "followee": followee.summary, "followed_at": followed_at}


def test_following_answers_with_the_connection(api, alice, bob):
    created = api.post(f"{alice.path}/followers", bob)
    assert created.status == 201 and created.json == connection(bob, alice)
    assert created.headers["Location"] == f"{alice.path}/followers/{bob.username}"
    again = api.post(f"{alice.path}/followers", bob, json={})
    assert (again.status, again.json, again.headers["Location"]) == (200, created.json, created.headers["Location"])
    assert api.get(created.headers["Location"], bob).json == created.json


def test_following_by_name(api, alice, bob):
    path = f"{alice.path}/followers/{bob.username}"
    created = api.put(path, bob)
    assert created.status == 201 and created.json == connection(bob, alice)
    again = api.put(path.upper().replace("/API/USERS", "/api/users").replace("/FOLLOWERS/", "/followers/"), bob, json={})
    assert again.status == 200 and again.json == created.json


def test_following_is_seen_in_lists_and_counts(api, alice, bob, carol):
    api.follow(bob, alice)
    followed_at = api.post(f"{alice.path}/followers", carol).json["followed_at"]
    alice_now = user(alice, (True, False), followers_count=2)
    carol_now = user(carol, (False, False), followees_count=1)
    bob_now = user(bob, (False, False), followees_count=1)
    eventually(lambda: api.get(f"{alice.path}/followers", carol).json,
               {"items": [{**carol_now, "followed_at": followed_at}, {**bob_now, "followed_at": ANY_TIME}], "page": 1, "next_cursor": None})
    assert api.get(f"{carol.path}/followees", carol).json == {
        "items": [{**alice_now, "followed_at": followed_at}], "page": 1, "next_cursor": None}
    assert api.get(alice.path, carol).json == alice_now
    assert api.get(f"{alice.path}/followees", carol).json["items"] == []


def test_following_is_one_way(api, alice, bob):
    api.follow(bob, alice)
    assert api.get(f"{bob.path}/followers/{alice.username}", bob).status == 404
    assert api.get(f"{alice.path}/followers/{bob.username}", bob).status == 200


def test_unfollowing(api, alice, bob):
    path = f"{alice.path}/followers/{bob.username}"
    api.follow(bob, alice)
    for _ in range(2):
        assert api.delete(path, bob).status == 204
        assert api.get(path, bob).status == 404
        assert api.get(alice.path, bob).json == user(alice, (False, False))
        assert api.get(bob.path, bob).json == user(bob, (False, False))
        assert ids(api.get(f"{alice.path}/followers", bob)) == ids(api.get(f"{bob.path}/followees", bob)) == []
    assert api.post(f"{alice.path}/followers", bob).status == 201


def test_removing_a_follower(api, alice, bob):
    path = f"{alice.path}/followers/{bob.username}"
    api.follow(bob, alice)
    for _ in range(2):
        assert api.delete(path, alice).status == 204
        assert api.get(path, alice).status == 404
    assert api.get(alice.path, alice).json["followers_count"] == 0


def test_others_have_no_say(api, alice, bob, carol):
    path = f"{alice.path}/followers/{bob.username}"
    assert api.put(path, carol).status == 403
    assert api.put(path, alice).status == 403
    api.follow(bob, alice)
    refused = api.delete(path, carol)
    assert refused.status == 403 and problem(refused, "forbidden")
    assert api.get(path, bob).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_nobody_follows_themselves(api, alice, method):
    path = f"{alice.path}/followers" + (f"/{alice.username}" if method == "PUT" else "")
    assert pointers(api.request(method, path, alice)) is not None
    assert api.get(alice.path, alice).json == user(alice, (False, False))


def test_nobody_follows_users_that_do_not_exist(api, alice):
    for nobody in ("nobody_at_all", "no-name"):
        assert api.post(f"/api/users/{nobody}/followers", alice).status == 404
        assert api.put(f"/api/users/{nobody}/followers/{alice.username}", alice).status == 404
        assert api.delete(f"/api/users/{nobody}/followers/{alice.username}", alice).status == 404
        assert api.get(f"{alice.path}/followers/{nobody}", alice).status == 404
    assert api.get(alice.path, alice).json["followees_count"] == 0


@pytest.mark.parametrize("body, status", [(b"{}", 201), (b"", 201), (b'{"x": 1}', 422), (b"{", 400), (b"[]", 422)])
def test_following_takes_no_body(api, alice, bob, body, status):
    answer = api.post(f"{alice.path}/followers", bob, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer
