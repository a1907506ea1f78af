"""Text: what may be stored, how it is counted, and that it comes back as NFC."""
import json
import unicodedata

import pytest

from support.shapes import pointers

KEPT = {
    "emoji with joiners": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇺🇳",
    "right to left": "مرحبا بالعالم — שלום עולם",
    "many scripts": "Ελληνικά Русский हिन्दी ไทย 한국어 日本語 中文 አማርኛ ქართული",
    "markup": "<script>alert('&amp; \"x\"')</script> &lt; %s ${x} \\ \\u0041",
    "SQL": "'; DROP TABLE tweets; -- \\' E'\\x00' $$",
    "right to left marks": "\u200e12\u200f \u061c34",
    "joiners": "\u0915\u094d\u200d\u0937 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "non-characters": "\ufdd0 \uffff \U0010ffff",
    "byte order mark": "\ufefftext",
    "beyond the BMP": "𝒳 𠜎 \U000e0041",
    "zalgo": "Z̷̢̛a̸̡͝l̵͚̏g̶̱͝o̷̦̾",
    "140 of one byte": "x" * 140,
    "140 of four bytes": "😀" * 140,
    "140 only after NFC": unicodedata.normalize("NFD", "é" * 140),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_text_comes_back_as_nfc_and_otherwise_untouched(api, alice, text):
    want = unicodedata.normalize("NFC", text)
    created = api.post(f"{alice.path}/tweets", alice, json={"content": text})
    assert created.status == 201 and created.json["content"] == want
    assert api.get(created.headers["Location"], alice).json["content"] == want
    name = text[:25]
    assert api.patch(alice.path, alice, json={"first_name": name, "description": text}).status == 200
    shown = api.get(alice.path, alice).json
    assert (shown["first_name"], shown["description"]) == (unicodedata.normalize("NFC", name), want)


def test_tweets_and_descriptions_have_lines_and_directions_that_names_have_not(api, alice):
    for text in ("two\nlines", "a\u2028b\u2029c", "\u202eevil\u202c", "\u2066isolated\u2069", "\n\nfree\n"):
        created = api.post(f"{alice.path}/tweets", alice, json={"content": text})
        assert created.status == 201 and created.json["content"] == text
        assert api.patch(alice.path, alice, json={"description": text}).json["description"] == text
        assert pointers(api.patch(alice.path, alice, json={"first_name": text, "last_name": text})) == ["/first_name", "/last_name"]
        names = {"first_name": text, "last_name": text}
        assert pointers(api.post("/api/users", json={"username": api.unique_name(), "password": "long enough", **names})) == sorted(f"/{n}" for n in names)
    shown = api.get(alice.path, alice).json
    assert (shown["first_name"], shown["last_name"]) == ("Alice", "Archer")


def test_control_characters_are_nowhere(api, alice):
    for c in "\t\r\b\x07\x1b\x7f\x85\x9b":
        assert pointers(api.post(f"{alice.path}/tweets", alice, json={"content": f"a{c}b"})) == ["/content"]
        members = {name: f"a{c}b" for name in ("description", "first_name", "last_name")}
        assert pointers(api.patch(alice.path, alice, json=members)) == [f"/{name}" for name in members]


def test_escapes_in_json_mean_the_same(api, alice):
    body = json.dumps({"content": "e\u0301 😀 \u2028"}, ensure_ascii=True).encode()
    created = api.post(f"{alice.path}/tweets", alice, data=body, headers={"Content-Type": "application/json"})
    assert created.json["content"] == "é 😀 \u2028"


REFUSED = {
    "141 of one byte": "x" * 141,
    "141 of four bytes": "😀" * 141,
    "141 only after NFC": "\ufb2c" * 47,     # one code point that NFC writes as three
    "U+0000": "a\0b",
    "spaces": "   \t\n ",
    "other white space": "\u00a0\u2003\u3000\u1680\u2028\u2029\u205f",
    "a byte order mark": "\ufeff", "zero width": "\u200b\u2060\u200d", "variation selectors": "\ufe0f\U000e0100", "fillers of Hangul": "\u3164\uffa0\u115f",
    "tags": "\U000e0067\U000e007f", "what is to be ignored once it exists": "\u2065\ufff0\U000e0fff", "overrides": "\u202e\u202c",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_text_that_is_no_tweet(api, alice, text):
    assert pointers(api.post(f"{alice.path}/tweets", alice, json={"content": text})) == ["/content"]
    assert api.get(alice.path, alice).json["tweets_count"] == 0


NOT_UTF8 = {
    "a stray continuation": b"\x80", "a cut sequence": b"\xe2\x82", "an overlong slash": b"\xc0\xaf", "an overlong NUL": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80", "beyond U+10FFFF": b"\xf4\x90\x80\x80", "latin-1": "é".encode("latin-1"), "0xff": b"\xff",
    "an escaped lone surrogate": b"\\ud800", "an escaped reversed pair": b"\\udc00\\ud800", "a raw NUL": b"\0", "a raw newline": b"\n",
}


@pytest.mark.parametrize("text", NOT_UTF8.values(), ids=NOT_UTF8.keys())
def test_what_is_not_json_in_utf8_is_malformed(api, alice, text):
    refused = api.post(f"{alice.path}/tweets", alice, data=b'{"content": "a' + text + b'b"}', headers={"Content-Type": "application/json"})
    assert refused.status == 400, refused
    assert api.get(alice.path, alice).json["tweets_count"] == 0


def test_utf16_is_malformed(api, alice):
    body = '{"content": "hi"}'.encode("utf-16")
    assert api.post(f"{alice.path}/tweets", alice, data=body, headers={"Content-Type": "application/json"}).status == 400


@pytest.mark.parametrize("text, kept", [("e\u0301" * 50, "é" * 50), ("👋🏽" * 25, "👋🏽" * 25)], ids=["combining", "emoji"])
def test_names_are_counted_in_code_points_after_nfc(api, text, kept):
    account = api.register(first_name=text, last_name=text)
    assert (account.user["first_name"], account.user["last_name"]) == (kept, kept)
    assert pointers(api.patch(account.path, account, json={"first_name": text + "x"})) == ["/first_name"]
