"""Text: either stored and returned exactly, as NFC, or refused with a 4xx; never changed, cut or shown as something else."""
import itertools
import unicodedata

import pytest

from hostile.bodies import REQUIRED, TEXT_LIMITS, target_of
from hostile.tables import each, is_problem
from support.api import PASSWORD
from support.shapes import pointers

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
IGNORABLE = "".join(chr(c) for first, last in (   # Default_Ignorable_Code_Point of DerivedCoreProperties.txt
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)) for c in range(first, last + 1))
SHOWS_NOTHING = WHITE_SPACE + IGNORABLE
JSON = {"Content-Type": "application/json"}
CLUSTERS = {   # what a person sees as one character, and how many code points NFC makes of it
    "a letter": ("x", 1), "a two-byte letter": ("é", 1), "a decomposed letter": ("e\u0301", 1), "a letter of two marks": ("a\u0323\u0302", 1),
    "a mark that NFC splits": ("\u0344", 2),
    "a letter that NFC splits in three": ("\ufb2c", 3), "a letter that NFC exchanges": ("\u212b", 1), "Hangul of two jamo": ("\u1112\u1161", 1),
    "Hangul of three jamo": ("\u1112\u1161\u11ab", 1),
    "Hangul, composed": ("한", 1), "Devanagari that stays apart": ("\u0958", 2), "an emoji": ("😀", 1), "an emoji with a skin tone": ("👍🏽", 2),
    "a family": ("👨‍👩‍👧‍👦", 7), "a flag": ("🇳🇴", 2),
    "a keycap": ("1\ufe0f\u20e3", 3), "beyond the BMP": ("𝒳", 1), "a non-character": ("\U0010ffff", 1), "a tag": ("\U000e0041", 1),
    "an Arabic ligature, kept by NFC": ("\ufdfa", 1), "a lone mark": ("\u0301", 1),
}


def is_refused(c, in_name):
    """Of a code point; test_code_points.py tries all of them."""
    if unicodedata.category(c) == "Cc" and (in_name or c != "\n"):
        return True
    return in_name and (c in "\u2028\u2029" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069")


def expected(member, text):
    """What is to be stored of the text, or None where it is to be refused."""
    _, least, most = TEXT_LIMITS[member]
    kept = unicodedata.normalize("NFC", text)
    is_name = member in ("first_name", "last_name")
    if not least <= len(kept) <= most or any(is_refused(c, is_name) for c in kept) or (member == "content" and not kept.strip(SHOWS_NOTHING)):
        return None
    return kept


def writes_exactly(api, account, member, text):
    """Writes the member; it comes back as NFC, then and later, or is refused by name and leaves what was there."""
    (method, template), _, _ = TEXT_LIMITS[member]
    kept = expected(member, text)
    answer = api.request(method, template.format(username=account.username), account, json={member: text}, check=False)
    if kept is None:
        assert pointers(is_problem(answer, {422})) == [f"/{member}"]
    else:
        assert answer.status in (200, 201) and answer.json[member] == kept, answer
        again = api.get(answer.headers.get("location") or account.path, account, check=False)
        assert again.json[member] == kept, again


@pytest.mark.parametrize("member", TEXT_LIMITS)
def test_naughty_strings_as_text(api, naughty_strings, member):
    account = api.register()
    each([(text, text) for text in naughty_strings], lambda name, text: writes_exactly(api, account, member, text))


def test_naughty_strings_as_usernames(api, naughty_strings, query):
    def check(name):
        valid = 1 <= len(name) <= 15 and name.isascii() and name.replace("_", "a").isalnum()
        created = api.post("/api/users", json={"username": name, "password": PASSWORD}, check=False)
        if valid:
            assert (created.status == 201 and created.json["username"] == name) or is_problem(created, {409}), created
        else:
            assert pointers(is_problem(created, {422})) == ["/username"]
        login = api.post("/api/sessions", json={"username": name, "password": "not the password"}, check=False)
        is_problem(login, {401, 422} if not valid else {401})
    each([(name,) for name in naughty_strings], check)
    assert query("SELECT username FROM users WHERE username !~ '^[A-Za-z0-9_]{1,15}$'") == []


def opaque(password):
    """By the mappings of OpaqueString (RFC 8265)."""
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Zs" else c for c in password))


def test_naughty_strings_as_passwords(api, naughty_strings):
    """Kept whole: it opens the account, and with a letter less or more it does not."""

    def check(password):
        name = api.unique_name("pw")
        answer = api.post("/api/users", json={"username": name, "password": password}, check=False)
        if not 8 <= len(opaque(password)) <= 128 or "\0" in password:
            assert pointers(is_problem(answer, {422})) == ["/password"]
            return
        assert answer.status == 201, answer
        logins = [api.post("/api/sessions", json={"username": name, "password": said}, check=False).status
                  for said in (password, password + "x", password[:-1])]
        assert logins[0] == 201 and 201 not in logins[1:], logins
    each([(text,) for text in [*naughty_strings, "😀" * 128, "\ufb2c" * 128, "e\u0301" * 128, "\ufb2c" * 42, " " * 8, "x" * 72 + "y"]], check)


def test_lengths_are_code_points_after_nfc(api):
    """Right at each limit, and one beyond it, in all kinds of characters."""
    account = api.register()

    def check(name, member, text):
        writes_exactly(api, account, member, text)
    cases = []
    for member, (_, least, most) in TEXT_LIMITS.items():
        cases += [(f"{member}: {n} letters", member, "x" * n) for n in (0, 1, most - 1, most, most + 1, 2 * most, 10 * most)]
        for name, (cluster, points) in CLUSTERS.items():
            full = cluster * (most // points) + "x" * (most % points)     # the limit exactly
            assert len(unicodedata.normalize("NFC", full)) == most
            cases += [(f"{member}: {most} of {name}", member, full), (f"{member}: one more than {most} of {name}", member, full + "x"),
                      (f"{member}: one of {name} too many", member, cluster + full), (f"{member}: one of {name}", member, cluster)]
    each(cases, check)


def test_lengths_of_usernames_and_passwords(api, query):
    def check(name, username, password, wrong):
        answer = api.post("/api/users", json={"username": username, "password": password}, check=False)
        if wrong is None:
            assert answer.status == 201, answer
        else:
            assert pointers(is_problem(answer, {422})) == wrong
            assert query("SELECT count(*) FROM users WHERE username = %s", username.replace("\0", "")) == [(0,)]
    name = api.unique_name
    taken = {row[0] for row in query("SELECT lower(username) FROM users WHERE length(username) = 1")}
    free = next(letter for letter in "_abcdefghijklmnopqrstuvwxyz0123456789" if letter not in taken)
    each([("1 letter", free, PASSWORD, None), ("15 letters", name().ljust(15, "_"), PASSWORD, None),
          ("16 letters", name().ljust(16, "_"), PASSWORD, ["/username"]),
          ("no letter", "", PASSWORD, ["/username"]), ("10,000 letters", "x" * 10000, PASSWORD, ["/username"]),
          ("full width", "ｘ", PASSWORD, ["/username"]), ("Kelvin sign", "\u212a", PASSWORD, ["/username"]),
          ("Cyrillic", "аdmin", PASSWORD, ["/username"]), ("long s", "ſ", PASSWORD, ["/username"]), ("dotless i", "ı", PASSWORD, ["/username"]),
          ("mark", "a\u0301", PASSWORD, ["/username"]),
          ("zero width", "a\u200bb", PASSWORD, ["/username"]), ("newline after", "abc\n", PASSWORD, ["/username"]),
          ("NUL after", "abc\0", PASSWORD, ["/username"]), ("NUL in password", name(), "1234567\0" + "8", ["/password"]),
          ("password of 7", name(), "x" * 7, ["/password"]), ("password of 7 of 4 bytes", name(), "😀" * 7, ["/password"]),
          ("password of 8", name(), "x" * 8, None), ("password of 128 of 4 bytes", name(), "😀" * 128, None),
          ("password of 129", name(), "x" * 129, ["/password"]), ("password of 129 of 4 bytes", name(), "😀" * 129, ["/password"]),
          ("password of 128 that NFC makes 64", name(), "e\u0301" * 64, None), ("of 256 that NFC makes 128", name(), "e\u0301" * 128, None),
          ("of 43 that NFC makes 129", name(), "\ufb2c" * 43, ["/password"]), ("of 14 that NFC makes 7", name(), "e\u0301" * 7, ["/password"])], check)


def utf8_sequences():
    """Bytes around every border of Unicode's table 3-7: all leads with one to three bytes that may follow, or not."""
    leads = (0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc,
             0xfd, 0xfe, 0xff)
    followers = (0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0)
    for lead in leads:
        yield bytes([lead])
        for second in followers:
            yield bytes([lead, second])
            for rest in ((0x80,), (0xbf,), (0x80, 0x80), (0xbf, 0xbf), (0x80, 0x7f), (0x80,) * 4):
                yield bytes([lead, second, *rest])
    yield from (bytes([byte]) for byte in range(0x80, 0x100))
    yield from (("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") + text).encode() for text in "\ufffd\ufffe\uffff\ufdd0")
    yield from ("\ud83d\ude00".encode("utf-8", "surrogatepass"), b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80",
                b"\xfc\x80\x80\x80\x80\x80")


def test_utf8_in_bodies(api, nothing_stored):
    """Well-formed sequences come back, malformed ones are 400; Python's strict decoder knows which is which."""
    account = api.register()

    def check(sequence):
        try:
            kept = unicodedata.normalize("NFC", (b"a" + sequence + b"b").decode("utf-8"))
        except UnicodeDecodeError:
            kept = None
        answer = api.post(f"{account.path}/tweets", account, data=b'{"content": "a' + sequence + b'b"}', headers=JSON, check=False)
        if kept is None:
            is_problem(answer, {400})
        elif any(is_refused(c, False) for c in kept):
            is_problem(answer, {422})
        else:
            assert answer.status == 201 and answer.json["content"] == kept, answer
    each([(sequence,) for sequence in dict.fromkeys(utf8_sequences())], check)


def test_malformed_utf8_in_every_member(api, town, nothing_stored):
    """In values, in names, in what is not looked at, and outside of strings."""
    def check(name, operation, body):
        is_problem(api.request(operation[0], target_of(operation, town), town.mary, data=body, headers=JSON, check=False), {400})
    cases = []
    for (operation, (required, optional)), bad in itertools.product(REQUIRED.items(),
        (b"\x80", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\\udc00", b"\\ud800", b"\\ude00\\ud83d")):
        whole = ", ".join(f'"{member}": "{value}"' for member, value in required.items()).encode() or b'"last_name": ""'
        for body in [b'{"%s": "12345678%s"}' % (member.encode(), bad) for member in {**required, **optional}] + [
                b"{" + whole + b', "%s": 1}' % bad, b"{" + whole + b', "x": "%s"}' % bad, b"{" + whole + b', "x": [{"%s": ["%s"]}]}' % (bad, bad),
                b"{" + whole + b"}" + bad]:
            cases.append((f"{body} to {operation}", operation, body))
    with nothing_stored():
        each(cases, check)
