"""Quotas with several servers: shared through memcached, without waiting for it; by each server alone while it is away."""
import re
import time

import pytest

from support.api import PASSWORD, Api
from support.process import wait_until

WINDOW = 60
ENOUGH = 30      # seconds of a window that a test may need
PAUSE = 0.2      # seconds in which an exchange with memcached ends
NEVER_MET = 4    # seconds: no request of these tests takes as long, unless it waits for memcached, and then 5 s
FLAGS = ("--rate-limit-writes", "20", "--rate-limit-logins", "6", "--trusted-proxy", "127.0.0.1",
         "--memcached-timeout-ms", "10000")


@pytest.fixture
def processes(start_server, memory):
    return [start_server("--memcached", memory.address, *FLAGS) for _ in range(2)]


@pytest.fixture
def servers(processes, contract):
    """Two of them, with most of a window before them."""
    left = WINDOW - time.time() % WINDOW
    if left < ENOUGH:
        time.sleep(left + 0.1)
    return [Api(process.url, contract) for process in processes]


def posted(server, account, most):
    """How many tweets a server takes before it refuses one; `most` are tried."""
    for count in range(most):
        begin = time.monotonic()
        answer = server.post(f"{account.path}/tweets", account, json={"content": f"number {count}"})
        assert time.monotonic() - begin < NEVER_MET
        if answer.status == 429:
            return count
        assert answer.status == 201, answer
        time.sleep(PAUSE if count < 3 else 0)
    return most


def log_in(server, address, username="nobody_at_all"):
    begin = time.monotonic()
    answer = server.post("/api/sessions", json={"username": username, "password": PASSWORD}, headers={"X-Forwarded-For": address})
    assert time.monotonic() - begin < NEVER_MET
    return answer.status


def metric(server, name):
    return float(re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").body.decode(), re.M)[1])


def all_is_told(servers):
    """Waits until no exchange ends any more."""
    def ended():
        return [metric(server, f'linnet_quota_reports_total{{outcome="{outcome}"}}') for server in servers for outcome in ("shared", "failed")]
    last = None
    while last != (last := ended()):
        time.sleep(PAUSE)


def shared_again(servers):
    for server in servers:
        wait_until(lambda: metric(server, "linnet_memcached_nodes_up") == 1, 20, "memcached is back")


def test_what_was_spent_on_one_server_is_refused_by_the_other(servers, alice, bob):
    first, second = servers
    assert posted(first, alice, 30) == 20
    all_is_told(servers)
    assert posted(second, alice, 30) <= 3, "it learns of the other's with its first report"
    assert second.post(f"{alice.path}/tweets", alice, json={"content": "x"}).headers["RateLimit"].startswith('"writes";r=0;')
    assert posted(second, bob, 1) == 1, "others have their own"


def test_by_turns_no_more_is_admitted_than_the_bound_says(servers, alice):
    statuses = []
    for turn in range(60):
        statuses.append(servers[turn % 2].post(f"{alice.path}/tweets", alice, json={"content": f"{turn}"}).status)
        time.sleep(0.02)
    assert 20 <= statuses.count(201) < 30, "20 + 2 * (1 + 2 * what is admitted during an exchange)"
    assert statuses[-1] == statuses[-2] == 429


def test_logins_of_one_address_are_shared(servers):
    first, second = servers
    assert [log_in(first, "203.0.113.1") for _ in range(7)] == [401] * 6 + [429]
    all_is_told(servers)
    log_in(second, "203.0.113.1")
    all_is_told(servers)
    assert log_in(second, "203.0.113.1") == 429
    assert log_in(second, "203.0.113.2", "somebody_else") == 401


def test_a_server_that_restarts_learns_what_it_counted_before(processes, servers, alice):
    assert posted(servers[0], alice, 20) == 20
    all_is_told(servers)
    processes[0].terminate()
    processes[0].start()
    servers[0].disconnect()
    assert posted(servers[0], alice, 20) <= 3


def test_without_memcached_each_server_holds_its_own_limit_and_shares_it_when_it_is_back(servers, memory, alice, bob):
    memory.kill()
    assert [posted(server, alice, 30) for server in servers] == [20, 20]
    memory.start()
    shared_again(servers)
    assert posted(servers[0], bob, 30) == 20
    all_is_told(servers)
    assert posted(servers[1], bob, 30) <= 3


def test_no_request_waits_for_a_memcached_that_hangs(servers, memory):
    first, second = servers
    with memory.suspended():
        # The rest of such a login is PostgreSQL's alone; each of these is to be told of.
        assert [log_in(first, "203.0.113.3") for _ in range(7)] == [401] * 6 + [429]
        assert [log_in(second, "203.0.113.3") for _ in range(3)] == [401] * 3
    for server in servers:
        wait_until(lambda: metric(server, 'linnet_quota_reports_total{outcome="shared"}') >= 2, 9, "told when it goes on")
    log_in(second, "203.0.113.3")
    all_is_told(servers)
    assert log_in(second, "203.0.113.3") == 429, "after 4 of its own at most, of 6"


def test_a_flushed_memcached_locks_nobody_out(servers, memory, alice):
    first, second = servers
    assert posted(first, alice, 8) == 8
    assert posted(second, alice, 4) == 4
    all_is_told(servers)
    memory.flush()
    admitted = posted(first, alice, 30) + posted(second, alice, 30)
    assert 8 <= admitted <= 15, "8 were left; the first may not have heard of the other's 4 before they were lost"
