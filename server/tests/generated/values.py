"""Values of one parameter, at its edges and beyond, each with the statuses that it alone gives cause for.

A parameter of the contract that is not known here fails: see `values_of`.
"""
from dataclasses import dataclass, field

from hypothesis import strategies as some

GOOD, BAD, NOBODY = frozenset(), frozenset({400}), frozenset({404})
NO_NUMBERS = ["", "0", "-1", "-0", "x", "1.0", "1e3", " 1", "1 ", "+1", "0x1", "٣", "2147483648", "4294967297", "9223372036854775808",
              "18446744073709551617", "9" * 400, "\0", "null"]
ABSENT_IDS = ["1", "2147483647", "2147483648", "4294967296", "9007199254740993", "9223372036854775807"]
NO_IDS = ["0", "-1", "01", "+1", "x", "1.0", "9223372036854775808", "18446744073709551617", "9" * 400, "\0", "٣", "1 "]
NO_NAMES = ["x" * 16, "a b", "a-b", "é", "\0", "%", "..", "😀", "ａ", "x" * 4000, "'", "a\n"]
ABSENT_NAMES = ["nobody_at_all", "x" * 15, "_", "0"]


@dataclass(frozen=True)
class Value:
    """`text` as the client means it, before percent-encoding; None: not sent. `means` is what the oracle needs to know of it."""
    text: str
    faults: frozenset = GOOD
    means: object = field(default=None, compare=False)


def any_of(good, bad, faults, wild=None):
    """Twice as often one that is right than one that is not."""
    right = some.sampled_from([value if isinstance(value, Value) else Value(value) for value in good])
    wrong = some.sampled_from([Value(text, faults) for text in bad])
    return some.one_of(right, right, wrong if wild is None else some.one_of(wrong, wild))


def integer(schema):
    """Of a query: from minimum to maximum, both included."""
    least, most = schema["minimum"], schema["maximum"]
    edges = sorted({least, least + 1, least + 2, 19, 20, 21, most // 2, most - 1, most})
    number = some.integers(least, most).map(lambda n: Value(str(n), GOOD, n))
    small = some.integers(least, min(most, 130)).map(lambda n: Value(str(n), GOOD, n))
    beyond = [str(least - 1), str(most + 1), str(-most), *NO_NUMBERS]
    wild = some.text(max_size=12).filter(lambda text: not is_number(text)).map(lambda text: Value(text, BAD))
    return some.one_of(some.just(Value(None)), some.sampled_from([Value(str(n), GOOD, n) for n in edges]), number, small,
                       some.sampled_from([Value(text, BAD) for text in beyond]), wild)


def is_number(text):
    return text.isascii() and text.isdigit()


def boolean():
    return some.one_of(some.just(Value(None, GOOD, False)), some.sampled_from([Value("true", GOOD, True), Value("false", GOOD, False)]),
                       some.sampled_from([Value(text, BAD) for text in ("", "TRUE", "1", "yes", "null", "true ", "\0")]))


def username(names):
    """`names`: those of accounts that are there. Case doesn't matter."""
    present = [Value(name, GOOD, name) for name in names] + [Value(name.upper(), GOOD, name) for name in names]
    return some.one_of(some.sampled_from(present), some.sampled_from(present), some.sampled_from(
        [Value(name, NOBODY) for name in [*ABSENT_NAMES, *NO_NAMES]]))


def tweet_id(present):
    """`present`: (id, author) of tweets that are there; whether the author of the path wrote it is for the oracle to tell."""
    there = some.sampled_from([Value(one, GOOD, author) for one, author in present])
    return some.one_of(there, there, there, some.sampled_from([Value(one, NOBODY) for one in ABSENT_IDS]),
                       some.sampled_from([Value(one, BAD) for one in NO_IDS]))


def session_id(present):
    there = some.sampled_from([Value(one) for one in present])
    return some.one_of(there, some.sampled_from([Value(one, NOBODY) for one in ABSENT_IDS]),
                       some.sampled_from([Value(one, frozenset({400, 404})) for one in NO_IDS]))


def lookup(present, absent, bad, most=100):
    """Items of a list by commas: from one to `most` different ones."""
    items = some.lists(some.sampled_from([*present, *absent]), min_size=1, max_size=most).map(
        lambda found: Value(",".join(found), GOOD, list(dict.fromkeys(found))))
    full = Value(",".join([*present, *(str(n) for n in range(1, most + 1 - len(present)))]), GOOD)
    over = ",".join(str(n) for n in range(1, most + 2))
    wrong = ["", ",", "1,", ",1", "1,,2", over, *bad]
    return some.one_of(items, items, some.just(full), some.sampled_from([Value(None, BAD), *(Value(text, BAD) for text in wrong)]))


def etags(current):
    """If-None-Match and If-Match: what is no list of ETags matches nothing."""
    texts = ["*", '""', '"x"', 'W/"x"', '"a", "b"', "x", ",", '"', "", '"' + "e" * 3000 + '"', *current]
    return some.one_of(some.just(Value(None)), some.just(Value(None)), some.sampled_from([Value(text) for text in texts]))


def seen():
    """Linnet-Seen: what no server has told is refused, absent is fine."""
    return some.one_of(some.just(Value(None)), some.just(Value(None)), some.just(Value(None)), some.just(Value("0.0")), some.sampled_from(
        [Value(text, BAD) for text in ("x", "0", ".", "0.", ".0", "0.0.0", "-1.0", "zzzzzzzzzzzzzz.zzzzzzzzzzzzzz")]))


def idempotency_key():
    good = some.text("!~azAZ09-\"'%", min_size=1, max_size=255).map(Value)
    bad = [Value(text, BAD) for text in ("x" * 256, "a b", "a\tb", "k\xe9y")]
    return some.one_of(some.just(Value(None)), good, some.sampled_from([Value("k"), Value("k" * 255)]), some.sampled_from(bad))
