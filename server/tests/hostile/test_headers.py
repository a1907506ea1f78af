"""Header fields with bad, odd and hostile values: refused where they matter, ignored where they do not, echoed nowhere."""
import itertools

from hostile.tables import answers, each, is_problem

EVIL = [b"\r\nX-Evil: 1", b"a\r\nX-Evil: 1", b"a%0d%0aX-Evil:%201", b"a\\r\\nX-Evil: 1", "a\u560d\u560aX-Evil: 1".encode(),
        b"a\xe5\x98\x8d\xe5\x98\x8aX-Evil: 1", b"a\xc4\x8d\xc4\x8aX-Evil: 1"]
TOKENS = [b"", b" ", b"x", b"Bearer", b"Bearer ", b"Bearer  ", b"Bearer x", b"Bearer x y", b"Bearer x, Bearer y", b"Bearer=x", b"Bearer:x",
          b"bearer x", b"Basic dXNlcjpwYXNz", b"Digest username=x", b"Token x", b"Bearer \xff\xfe", b"Bearer null",
          b"Bearer undefined", b"Bearer ' OR ''='", b"Bearer %00", b"Bearer ../../x", b"Bearer " + b"A" * 43, b"Bearer " + b"A" * 64,
          b"Bearer " + b"=" * 44, b"Bearer " + b"x" * 14000, b"Bearer " + b"0" * 64, b"Bearer *", b'Bearer "x"', b", ", b"\xff"]
KEYS = [b"", b" ", b"a b", b"a\tb", b"x" * 256, b"x" * 10000, b"\xc3\xa9", b"\xff", "😀".encode(), b"a\xa0"]
CONDITIONS = [b"*", b'"x"', b"x", b'"', b'""', b"W/", b'W/"x"', b'w/"x"', b",", b",,,", b'"a", "b"', b'"a",', b'"' + b"x" * 10000 + b'"',
              b'"x",' * 2500, b"\xff", b'"\xff"', b"W/" * 1000, b"'x'", b"\\", b'"a"b"', b"* , *"]


def get(path, *fields):
    return b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(path, body, *fields):
    return get(path, b"Content-Type: application/json", b"Content-Length: %d" % len(body), *fields).replace(b"GET", b"POST", 1) + body


def bearer(account):
    return b"Authorization: Bearer " + account.token.encode()


def test_credentials_that_are_none(stack, town, nothing_stored):
    """401 invalid_token, wherever a token counts, also for what is public without one."""
    def check(value, path):
        response = is_problem(answers(stack.url, get(path, b"Authorization: " + value), 1)[0], {401})
        assert response.headers["www-authenticate"].startswith("Bearer"), dict(response.headers)
        assert 'error="invalid_token"' in response.headers["www-authenticate"] and response.json["type"].endswith("/invalid-token")
    near = [bearer(town.mary)[len(b"Authorization: "):][:-1], bearer(town.mary)[len(b"Authorization: "):] + b"A",
            bearer(town.mary)[len(b"Authorization: "):].swapcase()]
    with nothing_stored():
        each(itertools.product([*TOKENS, *near], [town.mary.path, f"{town.mary.path}/timeline", "/api/sessions"]), check)
        is_problem(answers(stack.url, get(town.mary.path, bearer(town.mary), bearer(town.people[0])), 1)[0], {400, 401})
        is_problem(answers(stack.url, get(town.mary.path, bearer(town.mary), bearer(town.mary)), 1)[0], {400, 401})
    for path in ("/healthz", "/readyz", "/metrics"):        # need no token and look at none
        assert answers(stack.url, get(path, b"Authorization: \xff"), 1)[0].status == 200


def test_idempotency_keys_that_are_none(stack, town, nothing_stored):
    def check(value):
        is_problem(answers(stack.url, post(f"{town.mary.path}/tweets", b'{"content": "x"}', bearer(town.mary), b"Idempotency-Key: " + value), 1)[0],
                   {400})
    with nothing_stored():
        each([(value,) for value in KEYS], check)
        twice = post(f"{town.mary.path}/tweets", b'{"content": "x"}', bearer(town.mary), b"Idempotency-Key: a", b"Idempotency-Key: b")
        is_problem(answers(stack.url, twice, 1)[0], {400})


def test_naughty_idempotency_keys(api, town, naughty_strings):
    """Visible ASCII is a key like any other: the tweet comes once; all else is refused."""
    def check(text):
        value = text.encode("utf-8")
        valid = 1 <= len(value) <= 255 and all(0x21 <= byte <= 0x7e for byte in value)
        body = b'{"content": "once"}'
        headers = {"Idempotency-Key": value, "Content-Type": "application/json"}
        first = api.post(f"{town.mary.path}/tweets", town.mary, data=body, headers=headers, check=False)
        if valid:
            again = api.post(f"{town.mary.path}/tweets", town.mary, data=body, headers=headers, check=False)
            assert (first.status, again.status, again.body) == (201, 201, first.body), (first, again)
        else:
            is_problem(first, {400})
    each([(text,) for text in naughty_strings if text == text.strip(" \t") and not set(text) & set("\r\n\0")
          and not any(ord(c) < 32 or ord(c) == 127 for c in text)], check)


def test_naughty_strings_in_fields(api, town, naughty_strings, nothing_stored):
    """In fields that no one needs, or that must not be believed: the same answer as without them."""
    plain = api.get(town.mary.path, town.mary)
    fields = ("X-Request-Id", "X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Original-URL",
              "User-Agent", "Referer", "Cookie", "Accept", "Accept-Encoding", "Accept-Language", "Range", "If-Range",
              "If-Modified-Since", "Origin", "Via", "TE", "Date", "From", "Max-Forwards", "Cache-Control", "Content-Encoding", "Traceparent")

    def check(text):
        headers = {field: text.encode("utf-8") for field in fields}
        answer = api.get(town.mary.path, town.mary, headers=headers, check=False)
        if any(ord(c) < 32 and c != "\t" or ord(c) == 127 for c in text):
            is_problem(answer, {400})
        else:
            assert answer.status == 200 and answer.body == plain.body, answer
            own = text.isascii() and text.replace("-", "a").replace("_", "a").replace(".", "a").isalnum() and len(text) <= 64
            assert not text or own or answer.headers["x-request-id"] != text
    with nothing_stored():
        each([(text,) for text in naughty_strings if not set(text) & set("\r\n")], check)


def test_conditions(stack, api, town, nothing_stored):
    """If-None-Match and If-Match of any shape: they match, or they do not."""
    tag = api.get(town.mary.path, town.mary).headers["etag"].encode()

    def check(value):
        for path in (town.mary.path, f"{town.mary.path}/tweets"):
            response, = answers(stack.url, get(path, bearer(town.mary), b"If-None-Match: " + value), 1)
            assert response.status == (304 if value.startswith(b"*") else 200), response
        response, = answers(stack.url, get(town.mary.path, bearer(town.mary), b"If-None-Match: " + value + b", W/" + tag), 1)
        assert response.status in ((304,) if value.count(b'"') % 2 == 0 else (200, 304)), response
        patch = post(town.mary.path, b'{"last_name": 1}', bearer(town.mary), b"If-Match: " + value).replace(b"POST", b"PATCH", 1)
        is_problem(answers(stack.url, patch, 1)[0], {400, 412, 422})
    with nothing_stored():
        each([(value,) for value in CONDITIONS], check)


def test_nothing_sent_becomes_a_header_of_ours(stack, town):
    """Line ends, plain and disguised, in every place that is echoed: X-Request-Id, Location, Link, Allow, WWW-Authenticate, CORS."""
    mary, other = town.mary.path.encode(), town.people[0].path.encode()

    def check(name, data):
        for response in answers(stack.url, data):
            assert not any("evil" in field for field in response.headers), dict(response.headers)
            assert not any("evil" in value.lower() for field, value in response.headers.items()
                           if field not in ("link", "location")), dict(response.headers)
            assert response.status < 500, response
    cases = []
    for evil in EVIL:
        query = evil.replace(b"\r\n", b"%0d%0a").replace(b" ", b"%20")
        target = mary + b"/" + query
        cases += [(f"{field} {evil}", get(town.mary.path, field + b": " + evil))
                  for field in (b"X-Request-Id", b"Origin", b"Authorization", b"Idempotency-Key", b"X-Forwarded-For", b"Host", b"Connection")]
        cases += [(f"{name} {evil}", b"%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % (method, path, bearer(town.mary))) for name, method, path in (
            ("path", b"GET", target), ("path of OPTIONS", b"OPTIONS", target), ("query", b"GET", mary + b"/tweets?per_page=1&x=" + query),
            ("followers", b"POST", other + query + b"/followers"), ("follower", b"PUT", other + b"/followers/" + query),
            ("favorites", b"POST", mary + b"/tweets/" + query + b"/favorites"),
            ("absolute form", b"GET", b"http://evil" + query + mary + b"/tweets?per_page=1"), ("method", query, mary))]
    each(cases, check)


def test_request_ids(stack):
    """A sane one is taken over, any other replaced; there is always exactly one."""
    def check(value, kept):
        response, = answers(stack.url, get("/nowhere", b"X-Request-Id: " + value), 1)
        is_problem(response, {404})
        assert (response.headers["x-request-id"] == value.decode("latin-1")) == kept, response.headers["x-request-id"]
    sane = [b"a", b"0", b"a-b_c.d", b"x" * 64, b"4f1c2a7b-e0d9-4c11-8a00-000000000001"]
    others = [b"", b"x" * 65, b"x" * 10000, b"a b", b"a,b", b"<script>", b'"a"', b"\xc3\xa9", b"\xff", b"a%0d%0ab", b"${jndi:ldap://x}", b"a;b",
              b"../a"]
    each([*((value, True) for value in sane), *((value, False) for value in others)], check)
    response, = answers(stack.url, get("/nowhere", b"X-Request-Id: a", b"X-Request-Id: b"), 1)
    assert "," not in response.headers["x-request-id"]
