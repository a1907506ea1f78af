"""The quota of reads: what an account, or an address without one, has read from the database. What memory holds is free."""
import re
import time

import pytest

from support.api import Api
from support.followees import follows
from support.shapes import problem

QUOTA = 60


@pytest.fixture
def reader(start_server, contract):
    """A server with little quota, on which nobody has read anything, at the begin of a window."""
    def start(*flags):
        while time.time() % 60 > 40:
            time.sleep(0.5)
        return Api(start_server("--rate-limit-reads", str(QUOTA), "--memory-told-ttl-s", "300", *flags, memcached=False).url, contract)
    return start


@pytest.fixture
def strangers(api):
    return [api.register() for _ in range(QUOTA + 10)]


def read_from_the_database(api):
    return sum(map(int, re.findall(r"^linnet_database_read_keys_total(?:\{.*\})? (\d+)$", api.get("/metrics").body.decode(), re.M)))


def spend(api, strangers, token, **more):
    """The answers to reads of what nobody has read before, until one is refused."""
    answers = []
    for stranger in strangers:
        answers.append(api.get(stranger.path, token, **more))
        if answers[-1].status != 200:
            break
    return answers


def is_refused(answer):
    assert answer.status == 429 and problem(answer, "rate-limited"), answer
    assert answer.headers["RateLimit-Policy"] == f'"reads";q={QUOTA};w=60' and 1 <= int(answer.headers["Retry-After"]) <= 60
    return True


def test_what_is_read_from_the_database_counts(reader, strangers, alice, bob):
    api = reader()
    before = read_from_the_database(api)
    *fine, refused = spend(api, strangers, alice)
    assert is_refused(refused) and {answer.status for answer in fine} == {200}
    spent = read_from_the_database(api) - before
    assert QUOTA <= spent <= QUOTA + 5, "the last request may go beyond"

    assert is_refused(api.get(f"{bob.path}/tweets", alice)), "whatever she reads"
    assert api.get(bob.path, bob).status == 200, "others"
    assert api.get(bob.path).status == 200, "her address without her token"
    assert api.post(f"{alice.path}/tweets", alice, json={"content": "writing has a quota of its own"}).status == 201
    assert api.get("/readyz").status == 200
    assert read_from_the_database(api) - before < spent + 20


def test_what_memory_holds_is_free(reader, strangers, alice):
    """But while a server gets no processor, it hears of no changes, and doesn't believe its memory."""
    api = reader()
    before = read_from_the_database(api)
    statuses = {api.get(alice.path, alice).status for _ in range(4 * QUOTA)}
    assert statuses == {200} or read_from_the_database(api) - before >= QUOTA
    assert is_refused(spend(api, strangers, alice)[-1])


def test_a_write_with_a_precondition_reads_too(reader, strangers, alice, bob):
    api = reader()
    spend(api, strangers, alice)
    for fields in ({"If-Match": '"x"'}, {"If-None-Match": "*"}):
        assert is_refused(api.post(f"{bob.path}/followers", alice, headers=fields))
    assert api.post(f"{bob.path}/followers", alice).status == 201


def test_what_others_do_at_an_address_is_not_charged_to_it(reader, alice):
    api = reader()
    for n in range(QUOTA + 10):
        assert api.get(alice.path, f"{n:043}").status == 401
        assert api.post("/api/sessions", json={"username": f"nobody{n}", "password": "a guess of it"}).status == 401
    assert api.get(alice.path).status == 200


def test_a_deep_page_counts_as_what_it_passes_over(reader, alice):
    api = reader()
    deep = f"{alice.path}/followers?page=50&per_page=100"   # 50 units, and few more
    assert [api.get(deep, alice).status for _ in range(2)] == [200, 200]
    assert is_refused(api.get(deep, alice))


def test_a_page_of_whole_tweets_counts_each_of_them(reader, alice):
    api = reader()
    assert api.get(f"{alice.path}/tweets?per_page=100", alice).status == 200
    assert is_refused(api.get(f"{alice.path}/tweets?per_page=99", alice))


def test_a_timeline_that_the_database_merges_counts_its_followees(reader, query, alice):
    follows(query, alice, 2 * QUOTA)
    api = reader("--recent-tweets-mib", "0")
    assert api.get(f"{alice.path}/timeline?per_page=1", alice).status == 200
    assert is_refused(api.get(f"{alice.path}/timeline?per_page=2", alice))


def test_addresses_without_a_token_have_quotas_of_their_own(reader, strangers):
    api = reader("--trusted-proxy", "127.0.0.1")
    assert is_refused(spend(api, strangers, None, headers={"X-Forwarded-For": "203.0.113.7"})[-1])
    assert api.get(strangers[-1].path, headers={"X-Forwarded-For": "203.0.113.8"}).status == 200
    assert is_refused(api.get(strangers[-1].path + "/tweets", headers={"X-Forwarded-For": "203.0.113.7"}))
