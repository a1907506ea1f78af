"""Bodies that are JSON, but not what the operation takes; and bodies that are not declared as JSON."""
import json

from hostile.bodies import OPTIONAL, REQUIRED, fill, target_of
from hostile.tables import each, is_problem
from support.shapes import pointers

WRONG = [None, True, False, 0, 1, -1, 1.5, 10**19, [], ["x"], [[]], {}, {"x": "y"}, {"toString": "x"}]
UNKNOWN = ["", "x", "id", "Username", "USERNAME", "content ", " content", "content\0", "\ufeffcontent", "сontent", "contents", "password_hash",
           "is_admin", "created_at", "tweets_count",
           "__proto__", "constructor", "$where", "a/b~c", "é" * 100, "\u202econtent", "😀", "x" * 5000]
TYPES = [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
         "application/json5", "application/ld+json",
         "application/problem+json", "application/x-ndjson", "application", "json", "/json", "application/", "application/ json",
         "application/json, text/plain", "application/json application/json",
         "*/*", "application/*", "; charset=utf-8", "\"application/json\"", "application/xml", "application/octet-stream"]


def members(operation):
    required, optional = REQUIRED[operation]
    return {**required, **optional}


def test_values_of_a_wrong_type(api, town, nothing_stored):
    def check(name, operation, member, value):
        body = {**members(operation), member: value}
        assert pointers(api.request(operation[0], target_of(operation, town), town.mary, json=body)) == [f"/{member}"]
    cases = [(f"{value!r} as {member} of {operation}", operation, member, value) for operation in REQUIRED for member in members(operation)
             for value in WRONG
             if not (value is None and operation[0] == "PATCH")]       # null resets, by RFC 7396
    with nothing_stored():
        each(cases, check)


def test_members_that_are_missing(api, town, nothing_stored):
    def check(name, operation, member):
        body = {other: value for other, value in members(operation).items() if other != member}
        assert pointers(api.request(operation[0], target_of(operation, town), town.mary, json=body)) == [f"/{member}"]
    with nothing_stored():
        each([(f"{operation} without {member}", operation, member) for operation, (required, _) in REQUIRED.items() for member in required], check)


def test_members_that_are_unknown(api, town, nothing_stored):
    """Refused and named, by an RFC 6901 pointer, also where the rest of the body is fine."""
    def check(name, operation, member):
        for value in ("x", None, {"deep": [1]}):
            refused = api.request(operation[0], target_of(operation, town), town.mary, json={**REQUIRED.get(operation, ({}, {}))[0], member: value})
            assert pointers(refused) == ["/" + member.replace("~", "~0").replace("/", "~1")]
    with nothing_stored():
        each([(f"{member[:30]!r} in {operation}", operation, member) for operation in [*REQUIRED, *OPTIONAL] for member in UNKNOWN], check)


def test_all_that_is_wrong_is_named_at_once(api, town, nothing_stored):
    with nothing_stored():
        for operation in REQUIRED:
            body = {**dict.fromkeys(members(operation), 1), "x": 1, "y": 2}
            refused = api.request(operation[0], target_of(operation, town), town.mary, json=body)
            assert pointers(refused) == sorted(["/x", "/y", *(f"/{member}" for member in members(operation))]), operation


def test_other_media_types(api, town, nothing_stored):
    """415, also where the bytes would be fine as JSON."""
    def check(name, operation, media_type):
        body = json.dumps(members(operation) if operation in REQUIRED else {}).encode()
        headers = {} if media_type is None else {"Content-Type": media_type}
        is_problem(api.request(operation[0], target_of(operation, town), town.mary, data=body, headers=headers), {415})
    cases = [(f"{media_type} to {operation}", operation, media_type) for operation in [*REQUIRED, *OPTIONAL] for media_type in TYPES]
    cases += [(f"a patch to {operation}", operation, "application/merge-patch+json") for operation in [*REQUIRED, *OPTIONAL]
              if operation[0] != "PATCH"]
    with nothing_stored():
        each(cases, check)


def test_media_types_in_other_words(api, town, nothing_stored):
    """The type is fine and what is said is not: 422 shows that it was read."""
    def check(name, media_type):
        assert pointers(api.post("/api/users", data=b'{"x": 1}', headers={"Content-Type": media_type})) == ["/password", "/username", "/x"]
    with nothing_stored():
        each([(media_type, media_type) for media_type in ("application/json", "APPLICATION/JSON", "application/json;charset=UTF-8",
                                                          "application/json ; charset=utf-8", "application/json;", "application/json; x=\"y;z\"")],
                                                          check)


def test_compressed_bodies_are_not_understood(api, town, nothing_stored):
    with nothing_stored():
        for coding in ("gzip", "br", "x-gzip", "identity, gzip", "gzip, identity", "none"):
            for body in (b"\x1f\x8b\x08\0\0\0\0\0", b'{"content": "x"}'):
                refused = api.post(f"{town.mary.path}/tweets", town.mary, data=body,
                                   headers={"Content-Type": "application/json", "Content-Encoding": coding})
                assert is_problem(refused, {415}).headers["accept-encoding"] == "identity"
    for coding in ("identity", "Identity", ""):
        assert pointers(api.post("/api/users", data=b'{"x": 1}', headers={"Content-Type": "application/json", "Content-Encoding": coding}))


def test_bodies_where_there_is_none_to_send(api, contract, nothing_stored):
    """DELETE with anything but {}: refused, and nothing is deleted."""
    owner = api.register()
    other, posted = api.register(), api.tweet(owner)
    api.follow(owner, other)
    api.favorite(owner, posted)
    session = api.get("/api/sessions", owner).json["items"][0]["id"]
    values = {"username": owner.username, "tweet_id": posted["id"], "follower": other.username, "favoriter": owner.username, "session_id": session}

    def check(name, template, data, media_type, statuses):
        path = fill(template, {**values, "username": other.username, "follower": owner.username} if "follower" in template else values)
        is_problem(api.delete(path, owner, data=data, headers={"Content-Type": media_type}), statuses)
    with nothing_stored():
        each([(f"{data} to {template}", template, data, media_type, statuses) for method, template, _ in contract.operations() if method == "DELETE"
              for data, media_type, statuses in ((b"x", "application/json", {400}), (b"[]", "application/json", {400, 422}),
                                                 (b"{", "application/json", {400}), (b'{"x":1}', "application/json", {422}),
                                                 (b"{}", "text/plain", {415}), (b"x=1", "application/x-www-form-urlencoded", {415}),
                                                 (b" " * 20000, "application/json", {413}))], check)


def test_very_many_members(api, town, nothing_stored):
    """As many as the limit of a body allows."""
    body = json.dumps({f"m{n}": 0 for n in range(1500)}, separators=(",", ":")).encode()
    assert 13000 < len(body) <= 16384
    with nothing_stored():
        for operation in [*REQUIRED, *OPTIONAL]:
            refused = api.request(operation[0], target_of(operation, town), town.mary, data=body, headers={"Content-Type": "application/json"})
            assert len(pointers(refused)) == 1500 + len(REQUIRED.get(operation, ({}, {}))[0])


def test_patching_in_other_languages(api, town, nothing_stored):
    """JSON Patch, and what a merge patch can't hold."""
    with nothing_stored():
        patch = json.dumps([{"op": "replace", "path": "/first_name", "value": "x"}]).encode()
        is_problem(api.patch(town.mary.path, town.mary, data=patch, headers={"Content-Type": "application/json-patch+json"}), {415})
        for body in (patch, b"null", b'"x"', b"1", b"[]"):
            is_problem(api.patch(town.mary.path, town.mary, data=body, headers={"Content-Type": "application/merge-patch+json"}), {400, 422})
