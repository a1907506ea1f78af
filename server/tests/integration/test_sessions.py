"""Logins and tokens."""
import ctypes
import ctypes.util
import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import PASSWORD, Account, Api
from support.sessions import MAX_SESSIONS, add_sessions
from support.shapes import ANY_ID, ANY_TIME, Anything, ids, pointers, problem


def log_in(api, account, **changes):
    return api.post("/api/sessions", json={"username": account.username, "password": account.password, **changes})


def test_logging_in_answers_with_a_token_and_the_user(api, alice):
    created = log_in(api, alice)
    assert created.status == 201
    assert created.json == {"id": ANY_ID, "token": Anything(r"[\w.~+/-]{43,}=*"), "expires_at": ANY_TIME, "user": alice.user}
    assert created.json["expires_at"] > datetime.datetime.utcnow().isoformat()
    assert created.headers.get("Cache-Control") == "no-store", "a token must not be cached"
    assert log_in(api, alice).json["token"] != created.json["token"]


def test_logging_in_does_not_regard_the_case_of_the_name(api, alice):
    assert log_in(api, alice, username=alice.username.upper()).json["user"] == alice.user


def test_an_unknown_user_and_a_wrong_password_look_the_same(api, alice):
    answers = [log_in(api, alice, password="not her password"), log_in(api, Account("nobody_at_all", PASSWORD)),
               log_in(api, Account("not a name!", PASSWORD)), log_in(api, alice, password="short")]
    assert [answer.status for answer in answers] == [401] * 4
    assert [answer.headers["WWW-Authenticate"] for answer in answers] == [answers[0].headers["WWW-Authenticate"]] * 4
    bodies = [{**answer.json, "request_id": None} for answer in answers]
    assert bodies == [bodies[0]] * 4


@pytest.mark.parametrize("body, wrong", [
    ({"username": "a"}, ["/password"]), ({"password": PASSWORD}, ["/username"]), ({}, ["/password", "/username"]),
    ({"username": 1, "password": PASSWORD}, ["/username"]), ({"username": "a", "password": PASSWORD, "x": 1}, ["/x"]),
], ids=str)
def test_invalid_logins(api, body, wrong):
    assert pointers(api.post("/api/sessions", json=body)) == wrong


def test_passwords_are_never_cut(api):
    account = api.register(password="é" * 127 + "x")
    assert log_in(api, account).status == 201
    assert log_in(api, account, password="é" * 127 + "y").status == 401
    assert log_in(api, account, password="é" * 127).status == 401


def test_a_password_may_be_anything(api):
    for password in ("        ", "パスワードは秘密だ", "\t\n\r\x01\x7f'\"\\ ", "👩‍👩‍👧‍👦" * 5):
        assert log_in(api, api.register(password=password)).status == 201


FORMS = {   # of one password, as keyboards and systems write it
    "composed": "caf\u00e9 \ud55c \u00c5ngstr\u00f6m", "taken apart": "cafe\u0301 \u1112\u1161\u11ab A\u030angstro\u0308m",
    "singletons": "caf\u00e9 \ud55c \u212bngstr\u00f6m", "other spaces": "caf\u00e9\u00a0\ud55c\u3000\u00c5ngstr\u00f6m",
}


@pytest.mark.parametrize("registered", FORMS.values(), ids=FORMS.keys())
def test_a_password_is_the_same_however_it_is_typed(api, registered):
    """OpaqueString of RFC 8265."""
    account = api.register(password=registered)
    for typed in FORMS.values():
        assert log_in(api, account, password=typed).status == 201
    for other in ("cafe \ud55c Angstrom", registered.upper(), f"{registered} ", registered[:-1]):
        assert log_in(api, account, password=other).status == 401
    changes = [{"current_password": old, "new_password": new} for old, new in zip(FORMS.values(), reversed(FORMS.values()))]
    for change in changes:
        assert api.put(f"{account.path}/password", account, json=change).status == 204


def test_the_length_of_a_password_is_that_of_what_is_hashed(api):
    for password, wrong in (("e\u0301" * 128, []), ("e\u0301" * 129, ["/password"]), ("e\u0301" * 7, ["/password"]), ("\ufb2c" * 3, [])):
        body = {"username": api.unique_name(), "password": password}
        answer = api.post("/api/users", json=body)
        assert answer.status == 201 if not wrong else pointers(answer) == wrong
        assert log_in(api, Account(**body)).status == (401 if wrong else 201)


def old_hash(password):
    """As servers made it before: of the bytes that were typed."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    phc = ctypes.create_string_buffer(128)
    assert sodium.crypto_pwhash_str(phc, password.encode(), ctypes.c_ulonglong(len(password.encode())), ctypes.c_ulonglong(1), ctypes.c_size_t(8192)) == 0
    return phc.value.decode()


@pytest.mark.parametrize("registered", FORMS.values(), ids=FORMS.keys())
def test_hashes_made_before_stay_valid_and_as_they_are(api, query, registered):
    account, before = api.register(), old_hash(registered)
    query("UPDATE users SET password_hash = %s WHERE id = %s", before, account.id)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: log_in(api, account, password=registered).status, range(40))) == {201}
    assert query("SELECT password_hash FROM users WHERE id = %s", account.id) == [(before,)], "none is made anew behind the back of others"
    assert log_in(api, account, password="caf\u00e9 \ud55c Angstrom").status == 401
    change = {"current_password": registered, "new_password": FORMS["taken apart"]}
    assert api.put(f"{account.path}/password", account, json=change).status == 204
    assert {log_in(api, account, password=typed).status for typed in FORMS.values()} == {201}


def test_your_sessions_are_listed_newest_first(api, alice):
    newer = log_in(api, alice).json
    listed = api.get("/api/sessions", newer["token"])
    assert listed.json == {"page": 1, "next_cursor": None, "items": [
        {"id": newer["id"], "created_at": ANY_TIME, "expires_at": newer["expires_at"], "current": True},
        {"id": ANY_ID, "created_at": ANY_TIME, "expires_at": ANY_TIME, "current": False}]}
    assert [item["current"] for item in api.get("/api/sessions", alice).json["items"]] == [False, True]


def test_a_session_ended_by_id_is_refused_at_once(api, alice):
    other = log_in(api, alice).json
    assert api.get("/api/sessions", other["token"]).status == 200
    assert api.delete(f"/api/sessions/{other['id']}", alice).status == 204
    assert api.get("/api/sessions", other["token"]).status == 401
    assert api.delete(f"/api/sessions/{other['id']}", alice).status == 404
    assert len(ids(api.get("/api/sessions", alice))) == 1


def test_a_session_ended_on_one_server_is_refused_by_the_others(api, alice, start_server):
    other_server = Api(start_server().url)
    assert other_server.get("/api/sessions", alice).status == 200
    assert api.delete("/api/sessions/current", alice).status == 204
    assert other_server.get("/api/sessions", alice).status == 401


def test_logging_out(api, alice):
    stays = api.login(alice)
    assert api.delete("/api/sessions/current", alice).status == 204
    refused = api.get("/api/sessions", alice)
    assert refused.status == 401 and 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert api.get("/api/sessions", stays).status == 200


def test_sessions_of_others_do_not_exist(api, alice, bob):
    theirs = ids(api.get("/api/sessions", bob))[0]
    assert api.delete(f"/api/sessions/{theirs}", alice).status == 404
    assert api.get("/api/sessions", bob).status == 200


@pytest.mark.parametrize("bad_id", ["0", "-1", "abc", str(2**63), "1.5", "%20"])
def test_session_ids_must_be_ids(api, alice, bad_id):
    assert api.delete(f"/api/sessions/{bad_id}", alice).status == 400


def test_a_missing_token_is_asked_for(api):
    refused = api.get("/api/sessions")
    assert refused.status == 401 and problem(refused, "authentication-required")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Bearer " + "A" * 43, "Basic YTpi", "Bearer a b", "Token x", ""])
def test_a_bad_token_is_refused_even_where_none_is_needed(api, alice, header):
    for path in ("/api/sessions", alice.path):
        refused = api.get(path, headers={"Authorization": header})
        assert refused.status == 401 and problem(refused, "invalid-token"), (path, refused)
        assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_the_scheme_has_no_case(api, alice):
    assert api.get("/api/sessions", headers={"Authorization": f"bearer {alice.token}"}).status == 200


def test_registering_and_logging_in_ignore_a_token(api, alice):
    assert api.post("/api/sessions", "garbage", json={"username": alice.username, "password": PASSWORD}).status == 201
    assert api.post("/api/users", "garbage", json={"username": api.unique_name(), "password": PASSWORD}).status == 201
    assert api.get("/healthz", "garbage").status == 200


def test_an_expired_session_is_refused(api, alice, query):
    fresh = log_in(api, alice).json
    query("UPDATE sessions SET created_at = now() - interval '2 years', expires_at = now() - interval '1 second' WHERE id = %s", int(fresh["id"]))
    assert api.get("/api/sessions", fresh["token"]).status == 401
    assert fresh["id"] not in ids(api.get("/api/sessions", alice))


def test_one_login_too_many_ends_the_oldest_session_on_every_server(api, alice, query, start_server):
    other_server = Api(start_server().url)
    second = api.login(alice)
    add_sessions(query, alice, MAX_SESSIONS - 2)
    query("UPDATE sessions SET created_at = now() - interval '2 days' WHERE user_id = %s AND created_at > now() - interval '1 hour'", int(alice.id))
    assert {where.get("/api/sessions", token).status for where in (api, other_server) for token in (alice, second)} == {200}
    newest = api.login(alice)
    for where in (api, other_server):
        assert [where.get("/api/sessions", token).status for token in (alice.token, second, newest)] == [401, 200, 200]
    assert query("SELECT count(*) FROM sessions WHERE user_id = %s", int(alice.id)) == [(MAX_SESSIONS,)]


def test_accounts_with_more_sessions_than_one_may_have_lose_a_hundred_with_each_login(api, alice, bob, query):
    add_sessions(query, alice, MAX_SESSIONS + 149)
    for left in (MAX_SESSIONS + 51, MAX_SESSIONS, MAX_SESSIONS):
        assert log_in(api, alice).status == 201
        assert query("SELECT count(*) FROM sessions WHERE user_id = %s", int(alice.id)) == [(left,)]
    assert api.get("/api/sessions", alice).status == 200
    assert api.get("/api/sessions", bob).status == 200, "those of others stay"


def test_logins_at_once_leave_as_many_sessions_as_an_account_may_have(api, alice, query):
    add_sessions(query, alice, MAX_SESSIONS - 1)
    with ThreadPoolExecutor(8) as pool:
        fresh = list(pool.map(lambda _: log_in(api, alice), range(40)))
    assert {login.status for login in fresh} == {201}
    assert query("SELECT count(*) FROM sessions WHERE user_id = %s", int(alice.id)) == [(MAX_SESSIONS,)]
    assert {api.get("/api/sessions", login.json["token"]).status for login in fresh} == {200}


def test_tokens_are_kept_as_hashes(api, alice, query):
    rows = query("SELECT s.token_hash, s.* FROM sessions s WHERE user_id = %s", int(alice.id))
    assert len(rows) == 1 and len(bytes(rows[0][0])) == 32
    assert alice.token not in str(rows) and alice.token.encode().hex() not in str(bytes(rows[0][0]).hex())
