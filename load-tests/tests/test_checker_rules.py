"""load-tests/check: each rule lets pass the histories that keep a promise, and finds in others where it is broken."""
import itertools

import pytest

from checker.judge import Judge, judge
from checker.knowledge import PATIENCE
from checker.operation import Attempt, Operation
from checker.verdict import history_of

BOUND, LATE = 2, 15
numbers = itertools.count()


def operation(actor, begin, end, *, status=200, server="A", writes=(), seen=(), attempts=None, expected=(200, 201, 204), target="/x", **more):
    """One that began and ended at these seconds; `attempts` instead of status and server for several requests."""
    tried = attempts or [Attempt(server, begin, end, status, retry_after="1")]
    return Operation(next(numbers), 0, actor, "act", target, expected, tried, list(writes), list(seen), **more)


def write(actor, begin, end, name, value, **more):
    return operation(actor, begin, end, writes=[(name, value)], **more)


def read(actor, begin, end, name, value, **more):
    return operation(actor, begin, end, seen=[(name, value)], **more)


def broken(begin, end, server="A", **more):
    return Attempt(server, begin, end, None, "broken", **more)


def found(*history):
    return dict(judge(history, BOUND, late=LATE).counts)


def patch(begin, end, value, **more):
    return write("ada", begin, end, "profile:ada", value, **more)


def sees(actor, begin, end, value, **more):
    return read(actor, begin, end, "profile:ada", value, **more)


SIGN_UP = patch(0, 0.1, 0)
TWEET = write("ada", 1, 1.1, "tweet:ada/1", True)
LOST = [broken(10, 10.1)]

GOOD = {
    "the writer sees the write, on any server": [SIGN_UP, patch(1, 2, 1), sees("ada", 3, 4, 1, server="B")],
    "others see the old value within the bound": [SIGN_UP, patch(1, 2, 1), sees("bob", 3.9, 4, 0), sees("bob", 4.1, 4.2, 1)],
    "a read beside a write sees either": [SIGN_UP, patch(1, 2, 1), sees("bob", 1.5, 1.6, 1), sees("eve", 1.5, 1.6, 0)],
    "a write is seen before it is answered": [SIGN_UP, patch(1, 5, 1), sees("bob", 2, 3, 1), sees("bob", 3.5, 4, 1)],
    "the parts of one answer are of before and after a write beside it": [
        write("ada", 1, 2, "follow:ada>bob", True), operation("bob", 1.1, 1.9, seen=[("follow:ada>bob", True), ("follow:ada>bob", False)]),
        read("bob", 3, 4, "follow:ada>bob", True)],
    "an ambiguous write never shows": [SIGN_UP, patch(10, 10.1, 1, attempts=LOST), sees("ada", 11, 12, 0), sees("ada", 90, 91, 0)],
    "an ambiguous write shows late, and stays": [SIGN_UP, patch(10, 10.1, 1, attempts=LOST), sees("ada", 11, 12, 0), sees("ada", 20, 21, 1),
                                                 sees("bob", 24, 25, 1)],
    "an ambiguous write overtakes a later one": [SIGN_UP, patch(10, 10.1, 1, attempts=LOST), patch(11, 12, 2), sees("ada", 12, 13, 2),
                                                 sees("ada", 14, 15, 1), sees("ada", 16, 17, 1)],
    "a write that is repeated until it works": [SIGN_UP, patch(10, 12, 1, attempts=[broken(10, 10.1), Attempt("B", 11, 12, 200)]),
                                                sees("ada", 13, 14, 1)],
    "what was refused does not show": [SIGN_UP, patch(1, 2, 1, status=422, expected=(422,)), sees("ada", 3, 4, 0), sees("bob", 9, 10, 0)],
    "a pair comes and goes": [write("ada", 1, 2, "follow:ada>bob", True), read("ada", 3, 4, "follow:ada>bob", True),
                              write("ada", 5, 6, "follow:ada>bob", False), read("bob", 7, 7.5, "follow:ada>bob", True),
                              read("bob", 8.5, 9, "follow:ada>bob", False)],
    "a session until it ends": [write("ada", 1, 2, "session:ada/1", True), read("ada", 3, 4, "session:ada/1", True),
                                write("ada", 5, 6, "session:ada/1", False), read("ada", 7, 8, "session:ada/1", False, server="B")],
    "an ambiguous logout may hold or not": [write("ada", 1, 2, "session:ada/1", True),
                                            write("ada", 10, 10.1, "session:ada/1", False, attempts=LOST),
                                            read("ada", 11, 12, "session:ada/1", True), read("ada", 13, 14, "session:ada/1", False)],
    "counters between what is answered and under way": [
        TWEET, write("ada", 2, 5, "tweet:ada/2", True), read("ada", 2, 3, "count:tweets:ada", 1), read("ada", 3.1, 3.2, "count:tweets:ada", 2),
        read("ada", 6, 7, "count:tweets:ada", 2)],
    "counters of others within the bound": [TWEET, read("bob", 3, 3.5, "count:tweets:ada", 0), read("bob", 3.6, 3.7, "count:tweets:ada", 1)],
    "counters without what was deleted": [
        TWEET, write("ada", 2, 3, "tweet:ada/1", False), read("ada", 4, 5, "count:tweets:ada", 0)],
    "a repeated key with one id": [read("ada", 1, 2, "identity:ada/1", "17"), read("bob", 3, 4, "identity:ada/1", "17")],
    "a list, the newest first": [operation("ada", 1, 2, listed=[(9, "9"), (8, "10"), (8, "7")])],
    "equal ETags of equal bytes": [operation("ada", 1, 2, etag='"1"', digest="a"), operation("ada", 3, 4, etag='"1"', digest="a"),
                                   operation("ada", 5, 6, etag='"2"', digest="b"), operation("bob", 5, 6, etag='"1"', digest="c")],
    "unavailable": [SIGN_UP, operation("ada", 1, 2, status=503), operation("ada", 1, 2, attempts=LOST)],
    "a tweet is missing after an unfollow": [TWEET, write("bob", 1, 2, "follow:bob>ada", True), write("bob", 5, 6, "follow:bob>ada", False),
                                             read("bob", 7, 8, "either:follow:bob>ada|tweet:ada/1", False)],
}

BAD = {
    "the writer sees the old value": ("read_your_writes", [SIGN_UP, patch(1, 2, 1), sees("ada", 2.1, 2.2, 0, server="B")]),
    "the writer's own answer is old": ("read_your_writes", [SIGN_UP, patch(1, 2, 1, seen=[("profile:ada", 0)])]),
    "a reader goes back": ("monotonic_reads", [SIGN_UP, patch(1, 2, 1), sees("bob", 2.1, 2.2, 1), sees("bob", 2.3, 2.4, 0, server="B")]),
    "a reader goes back beside the write": ("monotonic_reads", [SIGN_UP, patch(1, 5, 1), sees("bob", 2, 3, 1), sees("bob", 3.1, 3.2, 0)]),
    "others see the old value after the bound": ("bounded_staleness", [SIGN_UP, patch(1, 2, 1), sees("bob", 4.1, 4.2, 0)]),
    "seen by one, not by others after the bound": ("bounded_staleness", [
        SIGN_UP, patch(10, 10.1, 1, attempts=LOST), sees("bob", 30, 31, 1), sees("eve", 33.1, 34, 0)]),
    "an acknowledged write is not there at the end": ("lost_writes", [SIGN_UP, patch(1, 2, 1), sees("bob", 3, 3.1, 0, final=True)]),
    "a follow is not there at the end": ("lost_writes", [
        write("ada", 1, 2, "follow:ada>bob", True), read("bob", 3, 3.1, "follow:ada>bob", False, final=True)]),
    "a deleted tweet is back at the end": ("lost_writes", [
        TWEET, write("ada", 2, 3, "tweet:ada/1", False), read("bob", 4, 4.1, "tweet:ada/1", True, final=True)]),
    "what nobody wrote": ("unwritten", [SIGN_UP, sees("bob", 1, 2, 7)]),
    "what shows before it is written": ("unwritten", [SIGN_UP, sees("bob", 1, 2, 1), patch(3, 4, 1)]),
    "what was refused": ("unwritten", [SIGN_UP, patch(1, 2, 1, status=422, expected=(422,)), sees("ada", 3, 4, 1)]),
    "what is refused later": ("refused_writes", [SIGN_UP, patch(1, 4, 1, status=422, expected=(422,)), sees("bob", 2, 3, 1)]),
    "an ambiguous write flickers": ("monotonic_reads", [
        SIGN_UP, patch(10, 10.1, 1, attempts=LOST), sees("ada", 11, 12, 1), sees("ada", 13, 14, 0)]),
    "an ambiguous write overtakes a later one and goes again": ("monotonic_reads", [
        SIGN_UP, patch(10, 10.1, 1, attempts=LOST), patch(11, 12, 2), sees("ada", 14, 15, 1), sees("ada", 16, 17, 2)]),
    "an ambiguous write overtakes a later one too late": ("read_your_writes", [
        SIGN_UP, patch(10, 10.1, 1, attempts=LOST), patch(11, 12, 2), sees("ada", 26, 27, 1)]),
    "a session after its end": ("sessions", [
        write("ada", 1, 2, "session:ada/1", True), write("ada", 5, 6, "session:ada/1", False),
        read("ada", 6.1, 6.2, "session:ada/1", True, server="B")]),
    "a session that is refused before its end": ("sessions", [
        write("ada", 1, 2, "session:ada/1", True), read("ada", 2.1, 2.2, "session:ada/1", False)]),
    "an old password lets in": ("sessions", [
        write("ada", 0, 0.1, "password:ada", 0), write("ada", 1, 2, "password:ada", 1), read("ada", 2.1, 2.2, "password:ada", 0)]),
    "a counter misses the writer's own": ("counters", [TWEET, read("ada", 1.2, 1.3, "count:tweets:ada", 0)]),
    "a counter counts one too many": ("counters", [TWEET, read("ada", 1.2, 1.3, "count:tweets:ada", 2)]),
    "a counter of another is late": ("counters", [
        write("ada", 1, 2, "follow:ada>bob", True), read("eve", 4.1, 4.2, "count:followers:bob", 0)]),
    "a favorite is counted for the tweet only": ("counters", [
        write("ada", 1, 2, "favorite:ada>bob/1", True), read("ada", 3, 4, "count:favorited:bob/1", 1), read("ada", 3, 4, "count:favorites:ada", 0)]),
    "a key makes two tweets": ("doubled_writes", [read("ada", 1, 2, "identity:ada/1", "17"), read("bob", 3, 4, "identity:ada/1", "18")]),
    "a list has an item twice": ("lists", [operation("ada", 1, 2, listed=[(9, "9"), (8, "8"), (8, "8")])]),
    "a list is out of order": ("lists", [operation("ada", 1, 2, listed=[(8, "8"), (9, "9")])]),
    "equal times are not in the order of ids": ("lists", [operation("ada", 1, 2, listed=[(8, "9"), (8, "10")])]),
    "one ETag for two bodies": ("etags", [operation("ada", 1, 2, etag='"1"', digest="a"), operation("ada", 3, 4, etag='"1"', digest="b")]),
    "an internal error": ("statuses", [operation("ada", 1, 2, status=500)]),
    "a write that is not expected to be refused": ("statuses", [SIGN_UP, patch(1, 2, 1, status=404)]),
    "503 that does not say when": ("statuses", [operation("ada", 1, 2, attempts=[Attempt("A", 1, 2, 503)])]),
    "502 where no proxy is in front": ("statuses", [operation("ada", 1, 2, status=502)]),
    "an answer that is no JSON": ("statuses", [operation("ada", 1, 2, fault="not JSON")]),
    "a followee's tweet is missing": ("read_your_writes", [
        TWEET, write("bob", 5, 6, "follow:bob>ada", True), read("bob", 7, 8, "either:follow:bob>ada|tweet:ada/1", False)]),
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD.keys())
def test_what_keeps_the_promises_passes(history):
    assert found(*history) == {}


@pytest.mark.parametrize("rule, history", BAD.values(), ids=BAD.keys())
def test_what_breaks_a_promise_is_found(rule, history):
    assert found(*history) == {rule: 1}


def test_what_is_said_of_a_lost_server_leaves_the_outcome_open():
    history = [SIGN_UP, patch(1, 2, 1, status=503), sees("ada", 3, 4, 0), sees("ada", 5, 6, 1), patch(7, 8, 2, status=503), sees("ada", 9, 10, 2)]
    assert found(*history) == {}
    assert found(*history, sees("ada", 11, 12, 0)) == {"monotonic_reads": 1}


def test_a_write_that_is_seen_makes_all_of_its_transaction_certain():
    deletion = operation("eve", 10, 10.1, attempts=LOST, writes=[("account:eve", False), ("follow:eve>bob", False)])
    history = [operation("eve", 1, 2, writes=[("account:eve", True), ("follow:eve>bob", True)]), deletion,
               read("bob", 20, 21, "account:eve", False)]
    assert found(*history, read("bob", 22, 22.5, "count:followers:bob", 1)) == {}
    assert found(*history, read("bob", 23.1, 24, "count:followers:bob", 1)) == {}   # till the row is cleaned
    assert found(*history, read("bob", 81.1, 82, "count:followers:bob", 1)) == {"counters": 1}


def test_what_is_settled_is_forgotten_and_still_counted():
    quiet = BOUND + LATE + PATIENCE + 10
    history = [write("ada", n, n + 0.5, f"tweet:ada/{n}", True) for n in range(1, 6)]
    history += [write("ada", 6, 6.5, "tweet:ada/1", False), patch(7, 7.5, 1), patch(8, 8.5, 2)]
    history += [operation("eve", 10 + quiet, 10 + quiet + 0.1), read("bob", 100 + quiet, 101 + quiet, "count:tweets:ada", 4)]
    verdict = judge(history, BOUND, late=LATE)
    assert not verdict.counts and not verdict.knowledge.open
    assert "tweet:ada/1" not in verdict.knowledge.registers and len(verdict.knowledge.register("profile:ada").writes) == 1
    late = 200 + quiet
    for name, value in [("profile:ada", 1), ("tweet:ada/1", True), ("tweet:ada/2", False), ("count:tweets:ada", 5)]:
        assert sum(found(*history, read("bob", late, late + 1, name, value)).values()) == 1, name


def test_forgetting_what_was_refused_mixes_nothing_up():
    refusal_forgotten = 2 + BOUND + LATE + PATIENCE
    history = [SIGN_UP, patch(1, 2, 1, status=422, expected=(422,)), patch(40, 41, 2)]
    history += [sees("bob", time, time + 0.5, 2) for time in (50, refusal_forgotten + 5, refusal_forgotten + 10, 200)]
    assert found(*history) == {}
    assert found(*history, sees("bob", 300, 301, 1)) == {"bounded_staleness": 1}


def test_a_history_is_judged_alike_in_any_order():
    rule, history = BAD["a reader goes back"]
    assert found(*reversed(history)) == {rule: 1}


def test_a_violation_shows_who_wrote_and_who_saw():
    history = [SIGN_UP, patch(1, 2, 1), sees("bob", 2.1, 2.2, 1, server="http://B"), sees("bob", 2.3, 2.4, 0, server="http://C")]
    violation, = judge(history, BOUND).violations
    lines = list(history_of(violation))
    assert "profile:ada shows 0" in lines[0]
    assert [line.split(" ms ")[1].split()[0] for line in lines[1:]] == ["A", "A", "B", "C"]
    assert [line.strip().startswith(">") for line in lines[1:]] == [False, False, False, True]


def test_all_violations_are_counted_and_some_kept():
    verdict = Judge(BOUND)
    for _ in range(1000):
        verdict.report("audit", "again")
    assert verdict.counts["audit"] == 1000 and len(verdict.violations) < 1000
