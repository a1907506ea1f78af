"""Every pair of write routes of the contract, on one object at once: no answer shows a state that never was, and the counts equal the rows.

A route that is new in openapi.yaml fails here until it has an action in support/races.py, or a reason why it can't meet another.
"""
import os
from itertools import combinations_with_replacement

import pytest

from support.audit import audit, cleaned
from support.contract import Contract
from support.races import Scene, at_once

WRITES = [operation["operationId"] for method, _, operation in Contract().operations() if method != "GET"]
NO_SESSION = "needs a session of the account, and there is none before its registration has answered"
CANNOT_MEET = {("register_user", name): NO_SESSION for name in WRITES if name not in ("register_user", "create_session", "delete_user")}
PAIRS = [pair for pair in combinations_with_replacement(WRITES, 2) if pair not in CANNOT_MEET and pair[::-1] not in CANNOT_MEET]

CREATED, DONE = {200, 201}, {204}
FINE = {   # what a route answers whatever meets it; twice at once, one of the two may find it done, or its password verified in vain
    "register_user": {201, 409}, "create_session": {201}, "update_user": {200}, "change_password": {204, 403}, "delete_user": DONE,
    "delete_session": {204, 404}, "delete_current_session": {204, 401}, "post_tweet": {201}, "delete_tweet": {204, 404},
    "follow_user": CREATED, "put_follower": CREATED, "unfollow_user": DONE,
    "favorite_tweet": CREATED, "put_favorite": CREATED, "unfavorite_tweet": DONE,
}
OF_TWEET = {"favorite_tweet", "put_favorite", "unfavorite_tweet"}
ENDS = {"delete_user", "delete_tweet", "delete_session", "delete_current_session"}   # happens once to each scene
CLIENTS = 4      # of each of the two
TIMES = int(os.environ.get("LINNET_RACE_TIMES", "1"))   # as often as usual
ROUNDS_OF_ENDS, ROUNDS = 3 * TIMES, 12 * TIMES


def allowed(name, other):
    if name == "register_user":
        return FINE[name]
    gone = {401, 404} if "delete_user" in (name, other) else set()
    too_late = {401} if {name, other} == {"create_session", "change_password"} else set()   # the password that it verified is the old one
    return FINE[name] | gone | (too_late if name == "create_session" else set()) | ({404} if other == "delete_tweet" and name in OF_TWEET else set())


def test_every_write_of_the_contract_is_known_here():
    assert set(WRITES) == set(FINE)
    assert all(callable(getattr(Scene, name, None)) for name in WRITES)
    assert len(PAIRS) + len(CANNOT_MEET) == len(WRITES) * (len(WRITES) + 1) // 2
    assert all(CANNOT_MEET.values())


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_writes_on_one_object(api, stack, pair):
    scene, ends = None, ENDS & set(pair)
    for number in range(ROUNDS_OF_ENDS if ends else ROUNDS):
        if scene is None or ends:
            scene = Scene(api)
        scene.victim = (scene.me, scene.other)[number % 2] if "register_user" not in pair and "create_session" not in pair else scene.me
        once = {"delete_user": 1}   # of one and the same account by two at once it is a pair of its own
        names = [name for name in pair for _ in range(once.get(name, CLIENTS) if pair[0] != pair[1] else CLIENTS)]
        answers = list(zip(names, at_once([getattr(scene, name) for name in names])))
        for name, answer in answers:
            other = pair[1] if name == pair[0] else pair[0]
            assert answer.status in allowed(name, other), f"{name} beside {other}: {answer}"
            if answer.status in (200, 201):
                scene.check(name, answer.json)
        scene.check_times(answers)
        if ends & {"delete_user", "delete_tweet"}:
            cleaned(stack.dsn)
        look(scene)
    audit(stack.dsn)


def look(scene):
    """What is there afterwards was told by an answer, in the caches too."""
    api, other = scene.api, scene.other.username
    for kind, path, member in (("follow", f"{scene.me.path}/followers/{other}", "followed_at"),
                               ("favorite", f"{scene.path}/favorites/{other}", "favorited_at")):
        found = api.get(path)
        assert found.status in (200, 404), found
        assert found.status == 404 or found.json[member] in scene.since[kind], found
    profile, tweet = api.get(scene.me.path), api.get(scene.path)
    if profile.status == 200 and profile.json["id"] == scene.me.id:
        follows = api.get(f"{scene.me.path}/followers/{other}").status == 200
        assert profile.json["followers_count"] == follows and profile.json["first_name"] in scene.first_names, profile
    if tweet.status == 200:
        assert tweet.json["favorites_count"] == (api.get(f"{scene.path}/favorites/{other}").status == 200), tweet
