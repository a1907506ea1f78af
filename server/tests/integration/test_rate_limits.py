"""Quotas: what is left is told, what is beyond is refused with 429, others and reads are not touched."""
import re
import time

import pytest

from support.api import PASSWORD, Account, Api
from support.raw import Connection
from support.shapes import problem

POLICY = re.compile(r'"(?P<name>[a-z-]+)";q=(?P<q>\d+);w=(?P<w>\d+)')
LEFT = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<r>\d+);t=(?P<t>\d+)')


def quota(answer):
    """(limit, window, remaining, seconds until it renews)"""
    policy, left = POLICY.match(answer.headers["RateLimit-Policy"]), LEFT.match(answer.headers["RateLimit"])
    assert policy["name"] == left["name"]
    return int(policy["q"]), int(policy["w"]), int(left["r"]), int(left["t"])


def away_from_the_end_of_a_window(call):
    """Windows may be fixed minutes: a test that counts must not straddle two of them."""
    answer = call()
    if quota(answer)[3] < 5:
        time.sleep(quota(answer)[3] + 0.2)


@pytest.fixture
def limited(start_server, contract):
    """limited(flag, limit, more flags) -> a client of a server with that limit, which counts alone."""
    return lambda flag, limit, *flags: Api(start_server(flag, str(limit), *flags, memcached=False).url, contract)


def refused_properly(answer):
    assert answer.status == 429 and problem(answer, "rate-limited"), answer
    limit, window, remaining, renews = quota(answer)
    assert remaining == 0 and 1 <= int(answer.headers["Retry-After"]) <= window and abs(renews - int(answer.headers["Retry-After"])) <= 1


def test_writes_are_limited_for_each_account(api, limited, alice, bob, carol):
    server = limited("--rate-limit-writes", 5)
    away_from_the_end_of_a_window(lambda: server.post(f"{carol.path}/tweets", carol, json={"content": "which second is it"}))
    answers = [server.post(f"{alice.path}/tweets", alice, json={"content": f"number {n}"}) for n in range(8)]
    assert [answer.status for answer in answers] == [201] * 5 + [429] * 3
    assert [quota(answer)[:3] for answer in answers[:5]] == [(5, 60, left) for left in (4, 3, 2, 1, 0)]
    for answer in answers[5:]:
        refused_properly(answer)
    refused_properly(server.put(f"{bob.path}/followers/{alice.username}", alice))
    assert server.post(f"{bob.path}/tweets", bob, json={"content": "another account"}).status == 201
    assert server.get(alice.path, alice).json["tweets_count"] == 5


def test_refused_and_failed_writes_count_too(api, limited, alice, bob):
    server = limited("--rate-limit-writes", 3)
    away_from_the_end_of_a_window(lambda: server.post(f"{bob.path}/tweets", bob, json={"content": "x"}))
    statuses = [server.post(f"{alice.path}/tweets", alice, json={"content": ""}).status for _ in range(5)]
    assert statuses == [422] * 3 + [429] * 2


def test_reads_and_probes_are_not_limited(limited, alice):
    server = limited("--rate-limit-writes", 1)
    for path in (alice.path, f"{alice.path}/timeline", "/healthz", "/readyz", "/metrics"):
        for _ in range(5):
            answer = server.get(path, alice)
            assert answer.status == 200 and "RateLimit" not in answer.headers


def test_logins_are_limited_for_each_address(limited, alice, bob):
    server = limited("--rate-limit-logins", 4, "--trusted-proxy", "127.0.0.1")

    def log_in(account, address):
        return server.post("/api/sessions", json={"username": account.username, "password": PASSWORD}, headers={"X-Forwarded-For": address})
    away_from_the_end_of_a_window(lambda: log_in(bob, "203.0.113.1"))
    assert [log_in(Account(f"nobody_{n}", PASSWORD), "203.0.113.2").status for n in range(4)] == [401] * 4
    refused_properly(log_in(alice, "203.0.113.2"))
    assert log_in(alice, "203.0.113.3").status == 201


def test_a_name_that_many_addresses_guess_at_is_slowed_down_and_its_owner_gets_in(limited, alice, bob):
    server = limited("--rate-limit-logins", 4, "--trusted-proxy", "127.0.0.1")

    def guess(address, username=alice.username, password="a guess"):
        return server.post("/api/sessions", json={"username": username, "password": password}, headers={"X-Forwarded-For": address})
    away_from_the_end_of_a_window(lambda: guess("203.0.113.200", bob.username))
    statuses = [guess(f"203.0.113.{n % 10}", alice.username.upper() if n % 2 else alice.username).status for n in range(40)]
    assert statuses == [401] * 40, "ten times the quota"
    for n in range(50, 55):
        assert guess(f"203.0.113.{n}").status == 401
        refused_properly(guess(f"203.0.113.{n}"))
    assert guess("203.0.113.60", password=PASSWORD).status == 201
    refused_properly(guess("203.0.113.60", password=PASSWORD))
    assert [guess("203.0.113.61", "nobody_at_all").status for _ in range(4)] == [401] * 4


def test_an_ipv6_network_counts_as_one_address(limited):
    server = limited("--rate-limit-registrations", 2, "--trusted-proxy", "127.0.0.1")
    register = lambda address: server.post("/api/users", json={"username": server.unique_name(), "password": PASSWORD},
                                           headers={"X-Forwarded-For": address})
    away_from_the_end_of_a_window(lambda: register("2001:db8::1"))
    assert [register(f"2001:db8:0:1::{n}").status for n in range(1, 4)] == [201, 201, 429]
    assert register("2001:db8:0:2::1").status == 201


def test_addresses_in_headers_count_only_from_a_trusted_proxy(limited):
    server = limited("--rate-limit-registrations", 3)
    register = lambda n: server.post("/api/users", json={"username": server.unique_name(), "password": PASSWORD},
                                     headers={"X-Forwarded-For": f"203.0.113.{n}"})
    away_from_the_end_of_a_window(lambda: register(0))
    statuses = [register(n).status for n in range(1, 6)]
    assert statuses[-2:] == [429] * 2 and set(statuses) <= {201, 429}
    refused_properly(register(9))


def test_registrations_are_limited_for_each_address_behind_a_trusted_proxy(limited):
    server = limited("--rate-limit-registrations", 2, "--trusted-proxy", "127.0.0.1")
    register = lambda address: server.post("/api/users", json={"username": server.unique_name(), "password": PASSWORD},
                                           headers={"X-Forwarded-For": address})
    away_from_the_end_of_a_window(lambda: register("203.0.113.1"))
    assert [register("203.0.113.2").status for _ in range(3)] == [201, 201, 429]
    assert register("203.0.113.3").status == 201
    # What a client claims stands left of what the proxy added.
    assert [register(f"198.51.100.{n}, 203.0.113.2").status for n in range(2)] == [429, 429]


@pytest.mark.parametrize("address, peer", [("::", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1")])
def test_addresses_come_through_proxies_in_every_notation(stack, address, peer):
    """Of networks, over IPv4 and IPv6 sockets, with ports, in several lines, by Forwarded: the log names the client, as quotas count it."""
    server = stack.start_server("--address", address, "--access-log", "all", "--trusted-proxy", "127.0.0.0/8,::1,192.0.2.0/24")
    host = f"[{peer}]" if ":" in peer else peer
    fields = {
        "one": b"X-Forwarded-For: 203.0.113.1", "port": b"X-Forwarded-For: 203.0.113.1:51008", "mapped": b"X-Forwarded-For: ::ffff:203.0.113.1",
        "behind-another": b"X-Forwarded-For: 198.51.100.1, 203.0.113.1, 192.0.2.7",
        "lines": b"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 192.0.2.7, 192.0.2.8",
        "rfc": b'Forwarded: for="203.0.113.1:80";proto=https', "rfc-lines": b'Forwarded: for=198.51.100.1, for=203.0.113.1\r\nForwarded: for=192.0.2.7',
        "both": b"Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 203.0.113.1",
    }
    with Connection(f"http://{host}:{server.port}") as connection:
        for name, lines in fields.items():
            connection.send(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nX-Request-Id: %s\r\n%s\r\n\r\n" % (name.encode(), lines))
            assert connection.read_response().status == 404, name
        connection.send(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nX-Request-Id: nothing\r\n\r\n")
        assert connection.read_response().status == 404
    server.terminate()
    clients = {line["request_id"]: line["client"] for line in server.log_lines() if "client" in line}
    assert {name: clients[name] for name in (*fields, "nothing")} == {**dict.fromkeys(fields, "203.0.113.1"), "nothing": peer}


def test_0_means_no_limit_and_no_headers(limited, alice):
    server = limited("--rate-limit-writes", 0)
    answers = [server.post(f"{alice.path}/tweets", alice, json={"content": "x"}) for _ in range(20)]
    assert {answer.status for answer in answers} == {201}
    assert not [answer for answer in answers if "RateLimit" in answer.headers or "RateLimit-Policy" in answer.headers]
