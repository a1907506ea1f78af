"""Paths and queries: bad ids, names, pages and cursors on every operation that takes one, and paths that try to be another."""
import base64
from urllib.parse import quote

from hostile.bodies import REQUIRED, fill, values_of
from hostile.tables import answers, each, is_problem
from support.api import tweet_path

NO_IDS = ["0", "-1", "-0", "+1", "00", "01", "0x1", "0x7fffffffffffffff", "1.0", "1.", ".1", "1e3", "1E3", "1,5", "1_000", "1 ", " 1", "1\0", "\0",
          "1\n", "1;", "1;x=1", "1'--", "1 OR 1=1", "(1)", "NaN", "Infinity",
          "null", "undefined", "true", "current", "*", "٣", "１", "²", "Ⅷ", "৪", "一", "-9223372036854775808", "-9223372036854775809",
          "9223372036854775808", "18446744073709551615", "18446744073709551616",
          "18446744073709551617", "340282366920938463463374607431768211457", "9" * 1000, "1" * 4000, "../1", "1/..", "1?", "1#", "1%", "\ufeff1",
          "1\u200b", "{tweet_id}", "%d", "😀"]
ABSENT_IDS = ["1", "2147483647", "2147483648", "4294967296", "9007199254740993", "9223372036854775807"]
NO_NAMES = ["", "x" * 16, "x" * 4000, "a b", "a-b", "é", "\0", "a\0", "a\n", "a\r\nX-Evil: 1", "'", "' OR ''='", "a;b", "a,b", "*", "%", "%%", "_%",
            "ａ", "\u212a", "ſ", "\u202e", "😀", "../users", "a/b", "a\\b", "<script>", "{username}", "@a", "~root", "a.json", "\ud800"]
PAGES = ["0", "-1", "-0", "101", "1000001", "2147483648", "4294967297", "9223372036854775808", "18446744073709551617", "1" + "0" * 30, "9" * 500, "1e3",
         "1E0", "1.0", "1.5", "0x1", "+1", "%2B1", "%201", "1%20", "1+", "", "x", "NaN",
         "null", "true", "1,2", "1;2", "%D9%A1", "%EF%BC%91", "1%00", "%00", "%FF", "1%0A", "%31%", "%zz", "[1]", "*", "1'--", "first"]


def encode(text):
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def operations_with(contract, parameter):
    return [(method, template) for method, template, _ in contract.operations() if "{" + parameter + "}" in template]


def send(api, town, operation, values):
    body = {"json": REQUIRED[operation][0]} if operation in REQUIRED else {}
    return api.request(operation[0], fill(operation[1], values), town.mary, **body)


def test_ids_of_tweets(api, town, contract, nothing_stored):
    def check(name, operation, bad, status):
        is_problem(send(api, town, operation, {**values_of(town), "tweet_id": bad}), {status})
    cases = [(f"{bad[:60]!r} to {operation}", operation, encode(bad), status) for operation in operations_with(contract, "tweet_id")
             for status, names in ((400, NO_IDS), (404, ABSENT_IDS)) for bad in names]
    assert len(cases) > 400
    with nothing_stored():
        each(cases, check)


def test_ids_of_sessions(api, town, nothing_stored):
    def check(name, bad):
        is_problem(api.delete(f"/api/sessions/{encode(bad)}", town.mary), {400, 404})
    with nothing_stored():
        each([(bad[:60], bad) for bad in NO_IDS + ABSENT_IDS if bad != "current"], check)


def test_names_in_paths(api, town, contract, nothing_stored):
    """Names that nobody can have: 404, or 403 where only one's own would do. Near misses of an existing name are no match."""
    mary = town.mary.username
    names = [*NO_NAMES, f"{mary}\0", f"{mary} ", f" {mary}", f"{mary}\r\n", f"{mary}/", f"{mary}%00", f"{mary};x=1", f"{mary}?", f"{mary}#",
             f"{mary}.", f"./{mary}", f"{mary}\u0301", f"{mary}\ufeff", f"{mary},{mary}"]

    def check(name, operation, parameter, bad):
        is_problem(send(api, town, operation, {**values_of(town), parameter: bad}), {403, 404})
    with nothing_stored():
        each([(f"{bad[:60]!r} as {parameter} of {operation}", operation, parameter, encode(bad))
              for parameter in ("username", "follower", "favoriter")
              for operation in operations_with(contract, parameter) for bad in names], check)


def test_naughty_strings_in_targets(api, town, naughty_strings, nothing_stored):
    def valid(text):
        return text.isascii() and text.replace("_", "a").isalnum() and len(text) <= 15

    def check(text):
        segment = encode(text)
        user = api.get(f"/api/users/{segment}", town.mary, check=False)
        assert user.status == 200 and valid(text) or is_problem(user, {404})
        is_problem(api.get(f"{town.mary.path}/followers/{segment}", check=False), {404})
        for query in (f"cursor={segment}", f"page={segment}", f"per_page={segment}"):
            answer = api.get(f"{town.mary.path}/tweets?{query}", check=False)
            number = text.isascii() and text.isdigit() and "cursor" not in query and 1 <= int(text) <= 100
            assert answer.status == 200 if number else is_problem(answer, {400}), query
        assert api.get(f"{town.mary.path}/tweets?{segment}={segment}", check=False).status == 200 or text in ("page", "cursor", "per_page",
            "favorited")
        names = api.get(f"/api/users?usernames={segment}", check=False)
        assert names.status == 200 or is_problem(names, {400}) and (not text or "," in text), names
        if not text.isdigit():
            is_problem(api.get(f"/api/tweets?ids={segment}", check=False), {400})
    with nothing_stored():
        each([(text,) for text in naughty_strings], check)


def test_pages(api, town, nothing_stored):
    def check(name, target):
        is_problem(api.get(target, town.mary), {400})
    cases = []
    for name, (path, _) in town.lists().items():
        path += "&" if "?" in path else "?"
        cases += [(f"page={page} of {name}", f"{path}page={page}") for page in PAGES]
        cases += [(f"per_page={page} of {name}", f"{path}per_page={page}") for page in [*PAGES, "1000000"]]
        cases += [(f"{query} of {name}", path + query) for query in ("page=1&page=1", "page=1&page=2", "per_page=5&per_page=5", "page=1&p%61ge=1",
            "page", "page=1&page", "per_page=1&page=0", "page=1&per_page=0")]
    with nothing_stored():
        each([*cases, *[(f"sessions: {page}", f"/api/sessions?page={page}") for page in PAGES]], check)


def test_cursors(api, town, nothing_stored):
    """Every byte changed in every bit, cut, prolonged, encoded otherwise, of another list, of another owner, with a page."""
    lists = {name: path + ("&" if "?" in path else "?") + "per_page=1" for name, (path, _) in town.lists().items()}
    cursors = {name: api.get(path, town.mary).json["next_cursor"] for name, path in lists.items()}
    assert all(cursors.values())

    def check(name, path, cursor):
        is_problem(api.get(f"{path}&cursor={cursor}", town.mary), {400})
    cases = []
    for name, cursor in cursors.items():
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        changed = [raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1:] for at in range(len(raw)) for bit in range(8)]
        changed += [b"", bytes(len(raw)), b"\xff" * len(raw), raw[::-1], raw + raw, raw + b"\0", b"\0" + raw, bytes(4096)]
        texts = [base64.urlsafe_b64encode(bytes_).decode().rstrip("=") for bytes_ in changed] + [cursor[:n] for n in range(len(cursor))]
        texts += [cursor + "=", cursor + "==", cursor + "A", cursor + "%00", cursor + "%0A", "%20" + cursor, cursor + "+", cursor.swapcase(),
                  cursor + "," + cursor, f"{cursor}&cursor={cursor}", f"{cursor}&page=1", f"{cursor}&page=2",
                  cursor + "&page=", "A" * 7000, "%00", "%FF" * 30, "null", "eyJpZCI6MX0", raw.hex(), cursor[:-1] + "%2F", cursor[:-1] + "/"]
        cases += [(f"{text[:60]} of {name}", lists[name], text) for text in texts]
        cases += [(f"cursor of {other} for {name}", path, cursor) for other, path in lists.items() if other != name]
        cases += [(f"cursor of {name} with another owner", lists[name].replace(town.mary.path, town.people[0].path, 1),
                   cursor)] if "timeline" != name and "favorites of a tweet" != name else []
    cases += [("a cursor of another tweet", f"{tweet_path(town.tweets[0])}/favorites?per_page=1", cursors["favorites of a tweet"]),
              ("a cursor of tweets for sessions", "/api/sessions?per_page=1", cursors["tweets"])]
    with nothing_stored():
        each(cases, check)
        for name, path in lists.items():
            escaped = "".join(f"%{ord(letter):02X}" for letter in cursors[name])
            assert api.get(f"{path}&cursor={escaped}", town.mary).status == 200, f"{name}: escaped, it is the same"


LOOKUPS = ["?ids=", "?ids", "?", "", "?ids=,", "?ids=1,", "?ids=,1", "?ids=1,,2", "?ids=0", "?ids=-1", "?ids=1,x", "?ids=1%202", "?ids=1&ids=2",
           "?ids=9223372036854775808", "?ids=1.0", "?ids=%00", "?ids=%FF", "?ids=%zz", "?ids=01", "?ids=1e3",
           "?IDS=1", "?ids[]=1", "?ids=" + ",".join(str(n) for n in range(1, 102)), "?ids=" + "1," * 3000 + "x", "?ids=%D9%A1", "?ids=[1]"]


def test_lookups(api, town, nothing_stored):
    def check(name, target):
        is_problem(api.get(target, town.mary), {400})
    cases = [(query[:60], f"/api/tweets{query}") for query in LOOKUPS]
    cases += [(query[:60], f"/api/users{query}") for query in ("?usernames=", "?usernames", "", "?", "?usernames=a&usernames=b", "?usernames=,",
        "?usernames=a,,b", "?usernames=" + ",".join(f"u{n}" for n in range(101)), "?usernames=%zz", "?usernames=%")]
    with nothing_stored():
        each(cases, check)
    for query in ("%FF", "%00", "a%00b", "%F0%9F%98%80", "a%20b", "'", "%25", "a%0D%0AX-Evil:%201", "x" * 7000):
        assert api.get(f"/api/users?usernames={query}", town.mary).json == {"items": []}, query


def test_paths_that_try_to_be_another(stack, api, town):
    """What is percent-encoded is data, never a separator; dots climb nowhere; one spelling of a letter is as good as another."""
    mary = town.mary.path
    cases = [(path, path, {404}) for path in (
        "/api/users/..%2fusers", "/api/users/..%5c..%5cetc%5cpasswd", "/api/%2e%2e/healthz", "/..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd", "//healthz", "/healthz/", "/healthz%2f", "/healthz%00", "/healthz%00.json", "/healthz%0a", "/healthz;x=1",
        "/api%2fusers?usernames=a", f"{mary}%2ftweets", f"{mary}/tweets/", f"{mary}//tweets", f"{mary}/./tweets/..", "/%C0%AE%C0%AE/healthz",
        "/%c0%af", "/%ff", "/%ED%A0%80", "/%e2%80%ae", "/%00", "/%0d%0aX-Evil:%201", "/api/users/%0d%0aX-Evil:%201",
        "/API/users", "/api/Users/a", "/heаlthz".replace("а", "%D0%B0"), "/metrics/../healthz/x", "/.git/config", "/.env", "/index.php",
        "/wp-login.php", "/etc/passwd", "/api/users/a/b/c/d/e/f", "/" * 8000, "/a" * 4000, "/%2e" * 2000)]
    cases += [(path, path, {400}) for path in ("/%", "/%z", "/%zz", "/%4", "/healthz%", "/healthz%g0", "/healthz?%", "/healthz?%zz", "/healthz?a=%4",
                                               "/api/users/%u0041", "/<a>", "/a|b", "/a^b", "/a`b", "/{a}", '/"a"', "/a\\b", "/healthz?<a>",
                                               "/healthz?a=\"b\"")]
    cases += [(path, path, {400, 404}) for path in ("/healthz#x", "/#", "/healthz?a#b", "/[a]", f"{mary}/tweets/..%2f..")]

    def check(name, path, statuses):
        refused = is_problem(api.get(path, town.mary, check=False), statuses)
        assert "x-evil" not in refused.headers
    each(cases, check)
    for raw in ("/é".encode(), b"/\xff", b"/healthz\x80", b"/healthz?\xc3\xa9=1"):
        is_problem(answers(stack.url, b"GET " + raw + b" HTTP/1.1\r\nHost: x\r\n\r\n", 1)[0], {400, 404})
    for query in ("filter[lang]=en", "x=a|b", "x={a}", "x=^`\\", "[]=%5B", "a[b][c]=1&per_page[]=9"):
        assert api.get(f"{mary}/tweets?{query}").status == 200, query
    assert api.get(f"{mary}/tweets?x=[|]&per_page=0").status == 400
    for path in ("/%61pi/%75sers/" + town.mary.username, "/api/users/" + "".join(f"%{ord(letter):02x}" for letter in town.mary.username), mary + "?",
                 mary + "?&&=&a==b&&", mary + "?%00=%FF&\u007e=/?:@!$'()*+,;"):
        assert api.get(path, check=False).json["username"] == town.mary.username, path


def test_what_is_told_of_a_target_is_a_uri(stack, api, town):
    """`instance` and Link: the path as it was sent, without server and query."""
    def check(target, instance):
        response, = answers(stack.url, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 1)
        assert is_problem(response, {400, 404}).json["instance"] == instance
    each([("/api/users/a%20b", "/api/users/a%20b"), ("/api/users/a%20b?x=[y]", "/api/users/a%20b"), ("/nowhere/%C3%A9", "/nowhere/%C3%A9"),
          ("http://example.org/api/users/a%22b", "/api/users/a%22b"), ("http://example.org", "/"), ("/%ff", "/%ff"), ("/<", "/"),
          ("/api/users/a%2fb", "/api/users/a%2fb"), (f"{town.mary.path}/tweets?page=0", f"{town.mary.path}/tweets")], check)
    response, = answers(stack.url, f"GET http://evil.example{town.mary.path}/tweets?per_page=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 1)
    assert response.headers["link"].startswith(f"<{town.mary.path}/tweets?cursor="), response.headers["link"]
    assert api.get(response.headers["link"].split(">")[0][1:]).status == 200
