"""Bodies for an operation, right and wrong, each with the statuses that it gives cause for."""
import json
from dataclasses import dataclass

from hypothesis import strategies as some

from support.api import PASSWORD

INVALID, MALFORMED, WRONG_TYPE = frozenset({422}), frozenset({400}), frozenset({415})
NOT_JSON = [b"", b" ", b"{", b"}", b"nul", b'{"a":}', b"{}{}", b'{"a":1,}', b"{'a':1}", b"\xff\xfe{\0}\0", b'{"a":"\xff"}', 
            b'{"a":"\xed\xa0\x80"}', b"[" * 5000, b'{"a":' * 2000, b'{"\\ud800":1}', b"NaN", b'{"a":01}']
NO_OBJECTS = [b"[]", b"1", b'"x"', b"null", b"true", b'[{}]']
OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "*/*", "", "json", "application/json/x"]
# Kept as they are in any normal form; what text may hold beyond that is tested over all code points by the unit tests.
LETTERS = "aZ09 _-.é世ßя😀👩\u200d🚀'\"\\/<&"


@dataclass(frozen=True)
class Body:
    data: bytes
    media: str = "application/json"
    faults: frozenset = frozenset()
    json: object = None
    means: object = None    # a member that the oracle looks up, as {"username": ...}


def text(least, most):
    """(value, faults) of a text whose length is counted in code points."""
    inner = some.text(LETTERS, min_size=max(0, least - 2), max_size=max(0, most - 2)).map(lambda middle: f"x{middle}x" if most > 1 else "x")
    edges = [("x" * n, frozenset()) for n in {max(1, least), most - 1, most}] + [("😀" * most, frozenset())]
    wrong = ["x" * (most + 1), "😀" * (most + 1), *(["x" * (least - 1)] if least else []), "a\0b"]
    return some.one_of(inner.map(lambda found: (found, frozenset())), some.sampled_from(edges),
                       some.sampled_from([(found, INVALID | MALFORMED if "\0" in found else INVALID) for found in wrong]), no_text())


def no_text():
    return some.sampled_from([(value, INVALID) for value in (1, True, [], {}, 0.5, ["x"], {"x": "y"}, -2**70)])


def new_name(world):
    """A name that nobody has, or one that is taken, or that cannot be one."""
    taken = some.sampled_from([(name, frozenset({409})) for name in (world.guest.username, world.guest.username.upper())])
    wrong = some.sampled_from([(name, INVALID) for name in ("", "x" * 16, "a b", "é", "a-b", " a", "ａ")])
    return some.one_of(some.builds(lambda: (world.api.unique_name("gen"), frozenset())), taken, wrong, no_text())


def password_of(account, status):
    return some.sampled_from([(account.password, frozenset()), (account.password, frozenset()), ("wrong password", frozenset({status})),
                              (account.password + " ", frozenset({status})), ("", frozenset({status, 422}))])


def with_null(value):
    return some.one_of(value, some.just((None, frozenset())))


def members(name, world):
    """Of the operation: ({required member: strategy}, {optional member: strategy}) of (value, faults). None: it takes no members."""
    profile = {"first_name": text(0, 50), "last_name": text(0, 50), "description": text(0, 160)}
    guest = world.guest
    return {
        "register_user": ({"username": new_name(world), "password": text(8, 128)}, profile),
        "create_session": ({"username": some.just((guest.username, frozenset())), "password": password_of(guest, 401)}, {}),
        "update_user": ({}, {member: with_null(value) for member, value in profile.items()}),
        "change_password": ({"current_password": password_of(guest, 403), "new_password": some.one_of(
            some.just((PASSWORD, frozenset())), some.just((PASSWORD, frozenset())), some.sampled_from([("x" * 7, INVALID), ("x" * 129, INVALID)]), no_text())}, {}),
        "post_tweet": ({"content": text(1, 140)}, {}),
    }.get(name)


@some.composite
def object_of(draw, required, optional):
    """An object with every member right, or with some wrong, missing, unknown or twice."""
    sent, faults = {}, frozenset()
    for name, value in {**required, **optional}.items():
        if name in optional and not draw(some.booleans()):
            continue
        if name in required and draw(some.integers(0, 15)) == 15:
            faults |= INVALID
            continue
        sent[name], found = draw(value)
        faults |= found
    data = json.dumps(sent, ensure_ascii=draw(some.booleans())).encode()
    twist = draw(some.integers(0, 15))
    if twist == 15:
        data, faults = data[:-1] + (b', ' if sent else b'') + b'"colour": "red"}', faults | INVALID
    elif twist == 14 and sent:
        member = next(iter(sent))
        data, faults = data[:-1] + f', "{member}": "again"}}'.encode(), faults | MALFORMED
    return Body(data, faults=faults, json=None if twist > 13 else sent)


def body_for(operation, world):
    """For an operation of the contract that writes; an empty one where none is needed."""
    found = members(operation["operationId"], world)
    needed = operation.get("requestBody", {}).get("required", False)
    assert (found is not None) == needed, f"{operation['operationId']}: its members are not known here"
    raw = [Body(data, faults=MALFORMED if data or needed else frozenset()) for data in NOT_JSON]
    raw += [Body(data, faults=MALFORMED | INVALID) for data in NO_OBJECTS]
    raw += [Body(b'{"a":1}', media, MALFORMED | WRONG_TYPE) for media in OTHER_TYPES]
    raw += [Body(b"x" * 16385, faults=frozenset({413})), Body(b'{"x": "' + b"x" * 16000 + b'"}', faults=INVALID)]
    wrong = some.sampled_from(raw)
    if needed:
        right = object_of(*found)
        return some.one_of(right, right, right, wrong)
    nothing = some.sampled_from([Body(None), Body(None), Body(b""), Body(b"{}", json={}), Body(b" { } ", json={})])
    return some.one_of(nothing, nothing, wrong)
