"""Every assigned code point, in tweets and names: kept as NFC, or refused, by its properties and nothing else.

Python's tables are those of Unicode 14.0 (Debian 12), the server's those of 15.0. What 15.0 assigned is asked for as the rest is, but
apart from its neighbours, whose order it might change.
"""
import json
import unicodedata

from hostile.test_text import IGNORABLE, SHOWS_NOTHING
from support.flood import request_text, statuses_of

SURROGATES = range(0xD800, 0xE000)
CODE_POINTS = [chr(c) for c in range(0x110000) if c not in SURROGATES]
CONTROLS = {c for c in CODE_POINTS if unicodedata.category(c) == "Cc"}
SEPARATORS = {c for c in CODE_POINTS if unicodedata.category(c) in ("Zl", "Zp")}
REORDERING = {c for c in CODE_POINTS if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")}


def is_tried(c):
    """All but most of the 700,000 of the upper planes that are unassigned or private: unit tests have them all."""
    return ord(c) < 0x40000 or unicodedata.category(c) not in ("Cn", "Co") or c in IGNORABLE or ord(c) % 61 == 0


TRIED = [c for c in CODE_POINTS if is_tried(c)]


def nfc(text):
    return unicodedata.normalize("NFC", text)


def packed(code_points, most):
    """All of them in few texts, each of at most that many code points after NFC, and none of them blank."""
    parts, length = ["x"], 1
    for c in code_points:
        stands_apart = ord(c) < 0x30000 and unicodedata.category(c) == "Cn"
        part = f" {c} " if stands_apart else c
        if length + len(nfc(part)) > most:   # in parts it is never shorter
            yield "".join(parts)
            parts, length = ["x"], 1
        parts.append(part)
        length += len(nfc(part))
    yield "".join(parts)


def post(account, text):
    return request_text(f"{account.path}/tweets", account.token, json.dumps({"content": text}))


def patch(account, **members):
    return request_text(account.path, account.token, json.dumps(members), "PATCH")


def test_the_sets_are_as_large_as_unicode_says():
    assert (len(CODE_POINTS), len(CONTROLS), len(SEPARATORS), len(REORDERING), len(IGNORABLE)) == (1112064, 65, 2, 9, 4174)


def test_every_code_point_in_a_tweet(api, query):
    author = api.register()
    texts = list(packed([c for c in TRIED if c not in CONTROLS - {"\n"}], 140))
    statuses = statuses_of(api.url, (post(author, text) for text in texts))
    assert [text for text, status in zip(texts, statuses) if status != 201] == []
    stored = {content for content, in query("SELECT content FROM tweets WHERE user_id = %s", author.id)}
    assert stored == {nfc(text) for text in texts}

    author = api.register()
    refused = sorted(CONTROLS - {"\n"})
    assert set(statuses_of(api.url, [post(author, f"a{c}b") for c in refused])) == {422}
    assert api.get(author.path).json["tweets_count"] == 0


def test_nothing_that_shows_nothing_is_a_tweet(api):
    author = api.register()
    blank = sorted(set(SHOWS_NOTHING) - CONTROLS | {"\n", "\ufeff\u200b", "\u2060 \u3164\n\ufe0f", "\U000e0067\U000e007f", "\u115f\u1160"})
    assert set(statuses_of(api.url, (post(author, text) for text in blank))) == {422}
    assert api.get(author.path).json["tweets_count"] == 0
    # Their neighbours, and formats that do show: each alone is a tweet.
    shown = {chr(ord(c) + step) for c in SHOWS_NOTHING for step in (-1, 1)} | {
        c for c in CODE_POINTS if unicodedata.category(c) in ("Cf", "Cn", "Co") and ord(c) % 997 == 0 or unicodedata.category(c) == "Cf"}
    shown -= CONTROLS | set(SHOWS_NOTHING)
    assert len(shown) > 1000
    assert set(statuses_of(api.url, (post(author, text) for text in sorted(shown)))) == {201}


def test_every_code_point_in_a_name(api):
    account = api.register()
    texts = list(packed([c for c in TRIED if c not in CONTROLS | SEPARATORS | REORDERING], 50))
    halves = list(zip(texts[::2], texts[1::2] + texts[-1:]))
    statuses = statuses_of(api.url, (patch(account, first_name=first, last_name=last) for first, last in halves))
    assert [pair for pair, status in zip(halves, statuses) if status != 200] == []

    refused = sorted(CONTROLS | SEPARATORS | REORDERING)
    for member in ("first_name", "last_name"):
        assert set(statuses_of(api.url, [patch(account, **{member: f"a{c}b"}) for c in refused])) == {422}
    descriptions = [patch(account, description=f"a{c}b") for c in refused]
    assert {c for c, status in zip(refused, statuses_of(api.url, descriptions)) if status == 422} == CONTROLS - {"\n"}
