"""Accounts: registration, profiles, passwords. Deletion is in test_deletion.py."""
import pytest

from support.api import PASSWORD
from support.shapes import ANY_ID, ANY_TIME, ZERO, pointers, problem, user


def test_registering_answers_with_the_user(api):
    name = api.unique_name("Ada")
    created = api.post("/api/users", json={"username": name, "password": PASSWORD, "first_name": "Ada",
                                           "last_name": "Lovelace", "description": "Countess."})
    assert created.status == 201
    assert created.json == {"id": ANY_ID, "username": name, "first_name": "Ada", "last_name": "Lovelace",
                            "description": "Countess.", "created_at": ANY_TIME, "updated_at": ANY_TIME, **ZERO}
    assert created.json["created_at"] == created.json["updated_at"]
    assert created.headers["Location"] == f"/api/users/{name}"
    assert api.get(created.headers["Location"]).json == created.json


def test_names_and_description_are_empty_unless_given(api, carol):
    assert (carol.user["first_name"], carol.user["last_name"], carol.user["description"]) == ("", "", "")


@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
def test_a_username_is_taken_and_found_in_any_case(api, change):
    account = api.register(api.unique_name("MiXed"))
    again = api.post("/api/users", json={"username": change(account.username), "password": PASSWORD})
    assert again.status == 409 and problem(again, "conflict")
    assert api.get(f"/api/users/{change(account.username)}").json == account.user


REFUSED = [
    ({"username": ""}, ["/username"]), ({"username": "a" * 16}, ["/username"]), ({"username": "a b"}, ["/username"]),
    ({"username": "é"}, ["/username"]), ({"username": "\u212aelvin"}, ["/username"]),   # NFC makes a K of it
    ({"username": "a-b"}, ["/username"]), ({"username": "a\n"}, ["/username"]),
    ({"username": None}, ["/username"]), ({"username": 7}, ["/username"]), ({"username": ["a"]}, ["/username"]),
    ({"password": "1234567"}, ["/password"]), ({"password": "x" * 129}, ["/password"]), ({"password": None}, ["/password"]),
    ({"first_name": "x" * 51}, ["/first_name"]), ({"last_name": "x" * 51}, ["/last_name"]), ({"first_name": 1}, ["/first_name"]),
    ({"description": "x" * 161}, ["/description"]), ({"description": "a\0b"}, ["/description"]), ({"admin": True}, ["/admin"]),
    ({"a/b~c": 1}, ["/a~1b~0c"]), ({"id": "1"}, ["/id"]),
    ({"username": "", "password": "", "first_name": "x" * 51}, ["/first_name", "/password", "/username"]),
]


@pytest.mark.parametrize("change, wrong", REFUSED, ids=lambda value: str(value)[:40])
def test_invalid_registrations_say_what_is_wrong_and_store_nothing(api, query, change, wrong):
    valid = {"username": api.unique_name("never"), "password": PASSWORD}
    refused = api.post("/api/users", json={**valid, **change})
    assert pointers(refused) == wrong
    assert query("SELECT count(*) FROM users WHERE username = %s", valid["username"]) == [(0,)]


@pytest.mark.parametrize("absent", ["username", "password"])
def test_registering_needs_a_name_and_a_password(api, absent):
    body = {"username": api.unique_name("never"), "password": PASSWORD}
    del body[absent]
    assert pointers(api.post("/api/users", json=body)) == [f"/{absent}"]


@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{", 400), (b'{"username": "a"', 400), (b"[]", 422), (b'"a"', 422), (b"null", 422),
    (b'{"username": "dup_a", "username": "dup_b", "password": "correct horse"}', 400),
    (b'{"username": "trail", "password": "correct horse"} x', 400), (b'{"username": "utf", "password": "\xff\xfe456789"}', 400),
])
def test_bodies_that_are_no_registration(api, body, status):
    refused = api.post("/api/users", data=body, headers={"Content-Type": "application/json"})
    assert refused.status == status, refused


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_bodies_must_be_declared_as_json(api, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    refused = api.post("/api/users", data=b'{"username": "typed", "password": "correct horse"}', headers=headers)
    assert refused.status == 415 and problem(refused, "unsupported-media-type")


def test_a_charset_with_the_media_type_is_fine(api):
    body = f'{{"username": "{api.unique_name()}", "password": "{PASSWORD}"}}'.encode()
    assert api.post("/api/users", data=body, headers={"Content-Type": "Application/JSON; charset=utf-8"}).status == 201


def test_values_at_their_limits_are_kept(api):
    fields = {"first_name": "x" * 50, "last_name": "é" * 50, "description": "👋" * 160}
    account = api.register(api.unique_name("x" * 7)[:15].ljust(15, "_"), password="🔑" * 128, **fields)
    assert api.get(account.path).json == {**account.user, **fields}


@pytest.mark.parametrize("name", ["nobody_at_all", "x" * 16, "x" * 300, "a%20b", "%C3%A9", "a-b", "%2e%2e", "a%2Fb"])
def test_users_that_do_not_exist(api, alice, name):
    for path in ("", "/tweets", "/followers", "/followees", "/favorites", "/activity", "/followers/" + alice.username):
        answer = api.get(f"/api/users/{name}{path}", alice)
        assert answer.status == 404 and problem(answer, "not-found"), (path, answer)


def test_with_a_token_users_say_how_you_stand_to_them(api, alice, bob):
    api.follow(bob, alice)
    assert api.get(alice.path, bob).json == user(alice, (True, False), followers_count=1)
    assert api.get(bob.path, bob).json == user(bob, (False, False), followees_count=1)
    api.follow(alice, bob)
    assert api.get(bob.path, alice).json == user(bob, (True, True), followers_count=1, followees_count=1)


def test_users_by_name_come_in_the_order_asked_once(api, alice, bob, carol):
    wanted = f"{carol.username},{alice.username.upper()},nobody_at_all,{bob.username},{alice.username},a-b"
    assert api.get(f"/api/users?usernames={wanted}").json == {"items": [carol.user, alice.user, bob.user]}
    assert api.get(f"/api/users?usernames={alice.username}", bob).json == {"items": [user(alice, (False, False))]}
    assert api.get("/api/users?usernames=nobody_at_all").json == {"items": []}


def test_users_by_name_takes_1_to_100_names(api, alice):
    names = [alice.username] + [f"missing_{n}" for n in range(99)]
    assert api.get("/api/users?usernames=" + ",".join(names)).json == {"items": [alice.user]}
    assert api.get("/api/users?usernames=" + "%2C".join(names)).json == {"items": [alice.user]}
    for bad in ("?usernames=" + ",".join(names + ["one_more"]), "?usernames=", "", "?usernames=a&usernames=b"):
        assert api.get(f"/api/users{bad}").status == 400, bad


def test_patching_changes_what_it_names(api, alice):
    changed = api.patch(alice.path, alice, json={"description": "Reads.", "last_name": None})
    assert changed.status == 200
    assert changed.json == user(alice, (False, False), description="Reads.", last_name="", updated_at=ANY_TIME)
    assert changed.json["updated_at"] > alice.user["updated_at"]
    assert api.get(alice.path, alice).json == changed.json


def test_patching_as_merge_patch_in_another_case(api, alice):
    changed = api.patch(alice.path.replace(alice.username, alice.username.upper()), alice,
                        data='{"first_name": "Zoë"}'.encode(), headers={"Content-Type": "application/merge-patch+json"})
    assert changed.json == user(alice, (False, False), first_name="Zoë", updated_at=ANY_TIME)


def test_an_empty_patch_changes_nothing(api, alice):
    answer = api.patch(alice.path, alice, json={})
    assert answer.status == 200
    assert {**answer.json, "updated_at": None} == {**user(alice, (False, False)), "updated_at": None}


@pytest.mark.parametrize("patch, wrong", [
    ({"username": "other"}, ["/username"]), ({"password": "another one"}, ["/password"]), ({"id": "1"}, ["/id"]),
    ({"first_name": "x" * 51}, ["/first_name"]), ({"description": 1}, ["/description"]), ({"tweets_count": 9}, ["/tweets_count"]),
    ({"first_name": "Eve", "nickname": "e"}, ["/nickname"]), ({"last_name": "a\0"}, ["/last_name"]),
], ids=str)
def test_an_invalid_patch_changes_nothing(api, alice, patch, wrong):
    assert pointers(api.patch(alice.path, alice, json=patch)) == wrong
    assert api.get(alice.path, alice).json == user(alice, (False, False))


def test_a_new_name_shows_in_tweets(api, alice):
    posted = api.tweet(alice)
    api.patch(alice.path, alice, json={"first_name": "Alicia"})
    shown = api.get(f"{alice.path}/tweets/{posted['id']}", alice).json
    assert shown["user"] == {**alice.summary, "first_name": "Alicia"}


def test_changing_the_password_ends_the_other_sessions(api, alice):
    other_token = api.login(alice)
    change = {"current_password": alice.password, "new_password": "an entirely new one"}
    assert api.put(f"{alice.path}/password", alice, json=change).status == 204
    assert api.get("/api/sessions", other_token).status == 401
    assert api.get("/api/sessions", alice).status == 200
    old = api.post("/api/sessions", json={"username": alice.username, "password": alice.password})
    new = api.post("/api/sessions", json={"username": alice.username, "password": "an entirely new one"})
    assert (old.status, new.status) == (401, 201)


def test_changing_the_password_needs_the_current_one(api, alice):
    change = {"current_password": "not my password", "new_password": "an entirely new one"}
    assert api.put(f"{alice.path}/password", alice, json=change).status == 403
    assert api.login(alice)


@pytest.mark.parametrize("change, wrong", [
    ({"new_password": "short"}, ["/new_password"]), ({"new_password": "x" * 129}, ["/new_password"]),
    ({"new_password": None}, ["/new_password"]), ({"also": 1}, ["/also"]), ({"current_password": 1}, ["/current_password"]),
], ids=str)
def test_an_invalid_password_change_changes_nothing(api, alice, change, wrong):
    body = {"current_password": alice.password, "new_password": "an entirely new one", **change}
    assert pointers(api.put(f"{alice.path}/password", alice, json=body)) == wrong
    assert api.login(alice)


def test_passwords_are_kept_as_salted_argon2id(api, query, alice, bob):
    hashes = query("SELECT password_hash FROM users WHERE username IN (%s, %s)", alice.username, bob.username)
    assert len({row[0] for row in hashes}) == 2 and all(row[0].startswith("$argon2id$") for row in hashes)
