"""Several servers, replicas and caches in one state folder, and the commands that change them while clients are served.

One system for the whole file: each test leaves it as it found it, but for which cluster is the primary.
"""
import json
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from processes import kill, suspended
from system import DEPLOY
from topology import Load, NextRelease, Topology, changed, exchange, named, not_running

from support.process import wait_until   # which system finds

SETTINGS = {"LINNET_ACCESS_LOG": "all"}


@pytest.fixture(scope="module")
def system():
    os.environ.update(SETTINGS)
    system = Topology()
    try:
        system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--servers", "2", "--replicas", "2",
                    "--caches", "2", "--synchronous", "1")
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)
        for name in SETTINGS:
            del os.environ[name]


def test_all_of_it_comes_up_and_says_so(system):
    seen = system.look()
    assert {name: component.role for name, component in seen.items()} == {
        "haproxy": "proxy", "server-1": "server", "server-2": "server", "memcached-1": "cache", "memcached-2": "cache",
        "postgres-1": "primary", "postgres-2": "replica", "postgres-3": "replica"}
    assert not_running(seen) == set()
    assert seen["postgres-2"].detail.startswith("streaming") and seen["postgres-3"].detail.startswith("streaming")
    assert seen["server-1"].detail.startswith("in haproxy: up") and seen["server-2"].detail.startswith("in haproxy: up")
    assert seen["haproxy"].address == f"127.0.0.1:{system.port}"

    again = system.done("up", "--no-demo", "--detach")
    assert again.splitlines() == ["already running", f"ready {system.url}"]
    other = system.run("up", "--servers", "3", "--detach")
    assert other.returncode != 0 and "deploy/scale" in other.stderr
    assert changed(seen, system.look()) == set()


def test_what_the_front_refuses_and_adds(system):
    for path in ("/metrics", "/metrics?x=1", "/%6Detrics", "/METRICS"):
        status, headers, body = system.send("GET", path)
        assert (status, headers["Content-Type"]) == (404, "application/problem+json"), path
        assert json.loads(body)["status"] == 404
    assert system.send("GET", "/readyz")[0] == 200

    # The servers log the client that they believe in.
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "who-am-i"}
    assert system.send("GET", "/api/users/nobody", headers=headers, source="127.0.0.9")[0] == 404
    logs = [json.loads(line) for log in Path(system.folder).glob("server-*.log") for line in log.read_text().splitlines()]
    assert [line["client"] for line in logs if line.get("request_id") == "who-am-i"] == ["127.0.0.9"]


def servers_of(system, request_ids):
    """For each request the name of the log that has its id."""
    logs = {log.name: log.read_text() for log in Path(system.folder).glob("server-*.log")}
    return [name for wanted in request_ids for name, log in logs.items() if f'"request_id":"{wanted}"' in log]


def test_who_writes_reads_it_without_linnet_seen(system):
    who = system.register("steadfast")
    used = []
    for number in range(60):
        used += [f"writes-{number}", f"reads-{number}"]
        assert system.send("PATCH", "/api/users/steadfast", {"first_name": f"n{number}"}, {**who, "X-Request-Id": used[-2]})[0] == 200
        profile = system.send("GET", "/api/users/steadfast", headers={**who, "X-Request-Id": used[-1]})[2]
        assert json.loads(profile)["first_name"] == f"n{number}"
    answered_by = servers_of(system, used)
    assert len(answered_by) == len(used) and len(set(answered_by)) == 1


def test_tokens_are_spread_over_the_servers(system):
    used = [f"token-{number}" for number in range(60)]
    for token in used:
        assert system.send("GET", "/api/users/nobody", headers={"Authorization": f"Bearer {token}", "X-Request-Id": token})[0] == 401
    answered_by = servers_of(system, used)
    assert len(answered_by) == len(used) and all(12 <= answered_by.count(name) <= 48 for name in ("server-1.log", "server-2.log"))


@pytest.fixture
def next_release(system, tmp_path):
    """A checkout of a version that adds a column to the busiest table, and its commands."""
    return NextRelease(system, tmp_path)


def test_servers_come_go_and_are_upgraded_without_a_failed_request(system, next_release):
    before = system.look()
    with Load(system, "steady") as load:
        system.done("scale", "servers=3")
        assert changed(before, system.look()) == {"server-3"}
        load.went_on()
        system.done("scale", "servers=2")
        next_release.done("migrate")   # the old servers run on
        load.went_on()
        next_release.done("restart")
        load.went_on()
    next_release.revert()   # the other tests have the schema of this checkout
    assert load.failures == []
    assert load.reads > 20 and len(load.acknowledged) > 20
    assert sorted(load.stored()) == sorted(load.acknowledged)
    after = system.look()
    assert changed(before, after) == {"server-1", "server-2"}
    assert not_running(after) == set()


def test_killed_servers_cost_no_read_while_one_is_left_then_503(system):
    system.register("survivor")
    before = system.look()
    system.let_die("server-1", "server-2")
    os.kill(before["server-2"].pid, signal.SIGKILL)
    answers = [system.send("GET", "/api/users/survivor")[0] for _ in range(60)]
    assert answers == [200] * 60

    os.kill(before["server-1"].pid, signal.SIGKILL)
    unavailable(system.send("GET", "/api/users/survivor"), "/api/users/survivor")

    system.done("up", "--no-demo", "--detach")
    assert system.send("GET", "/api/users/survivor")[0] == 200
    assert changed(before, system.look()) == {"server-1", "server-2"}


def test_reads_that_are_under_way_when_all_servers_die_are_503(system):
    """On any connection: haproxy would rather end it without a word if it had sent the read on one that it had kept."""
    system.register("witness")
    before = system.look()
    dead = threading.Event()

    def read_on(keep):
        connection, seen = system.connect(), []
        while len(seen) < 5 or not dead.is_set() or seen[-1] == 200:
            seen.append(exchange(connection, "GET", "/api/users/witness")[0])
            if not keep:
                connection.close()   # and is opened again
        return seen

    for _ in range(4):
        dead.clear()
        with ThreadPoolExecutor(16) as clients:
            reads = [clients.submit(read_on, keep) for keep in (True, False) for _ in range(8)]
            time.sleep(0.3)
            system.let_die("server-1", "server-2")
            for name in ("server-1", "server-2"):
                os.kill(before[name].pid, signal.SIGKILL)
            dead.set()
        assert {status for read in reads for status in read.result()} == {200, 503}
        system.done("up", "--no-demo", "--detach")
        before = system.look()


def unavailable(answer, path):
    """Asserts that it is a 503 as the contract has it, and returns what it says."""
    status, headers, body = answer
    assert (status, headers["Content-Type"], headers["Retry-After"]) == (503, "application/problem+json", "1")
    problem = json.loads(body)
    assert (problem["status"], problem["instance"]) == (503, path)
    assert problem["request_id"] == headers["X-Request-Id"]
    return problem["detail"]


def home_of(system, name, bearer):
    """The server to which haproxy sends the requests with that token."""
    assert system.send("POST", f"/api/users/{name}/tweets", body={"content": "who takes it?"}, headers=bearer)[0] == 201
    logs = {server: Path(system.folder, f"{server}.log") for server in ("server-1", "server-2")}
    wait_until(lambda: any(f"/api/users/{name}/tweets" in log.read_text() for log in logs.values()), 10, "the access log tells of it")
    return next(server for server, log in logs.items() if f"/api/users/{name}/tweets" in log.read_text())


def test_what_a_server_takes_along_when_it_dies_is_503_unless_it_can_be_read_elsewhere(system):
    """Also on connections that have had answers before, which haproxy would rather end without a word."""
    bearer = system.register("orphan")
    home = home_of(system, "orphan", bearer)
    fresh, kept = ([system.connect() for _ in range(8)] for _ in range(2))
    for connection in kept:
        assert exchange(connection, "GET", "/readyz")[0] == 200
    before = system.look()
    with suspended([before[home].pid]), ThreadPoolExecutor(24) as clients:   # it takes requests, and keeps them
        reads = [clients.submit(system.send, "GET", "/api/users/orphan") for _ in range(8)]
        posts = {connection: clients.submit(exchange, connection, "POST", "/api/users/orphan/tweets", {"content": "twit"}, bearer)
                 for connection in kept + fresh}
        time.sleep(1)
        system.let_die(home)
        os.kill(before[home].pid, signal.SIGKILL)
    assert [read.result()[0] for read in reads] == [200] * 8
    for connections in (fresh, kept):
        lost = [posts[c].result() for c in connections if posts[c].result()[0] != 201]
        assert lost and all("went away" in unavailable(answer, "/api/users/orphan/tweets") for answer in lost)
    system.done("up", "--no-demo", "--detach")


def test_a_server_that_hangs_is_503_within_seconds(system):
    before = system.look()
    with suspended([before[name].pid for name in ("server-1", "server-2")]):
        begin = time.monotonic()
        assert "did not answer in time" in unavailable(system.send("GET", "/api/users/nobody"), "/api/users/nobody")
        assert time.monotonic() - begin < 10
    system.done("up", "--no-demo", "--detach")   # which waits until haproxy has them again


def test_writes_that_find_no_place_inside_haproxy_are_503(system):
    """It opens a connection to itself for each, so it may have as many as its files allow: 14 of 600."""
    before = system.look()
    system.let_die("haproxy")
    kill(before["haproxy"].pid)
    few = ["prlimit", "--nofile=600", DEPLOY / "up", "--state", system.folder, "--no-demo", "--detach"]
    subprocess.run(few, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300)
    log = Path(system.folder) / "haproxy.log"
    begin = log.stat().st_size
    bearer = system.register("crowd")
    post = ("POST", "/api/users/crowd/tweets", {"content": "me too"})

    with ThreadPoolExecutor(20) as clients:
        waited = [clients.submit(system.send, *post, headers=bearer) for _ in range(100)]
        assert [answer.result()[0] for answer in waited] == [201] * 100
        with suspended([before[name].pid for name in ("server-1", "server-2")]):
            refused = [clients.submit(system.send, *post, headers=bearer) for _ in range(20)]
            assert all(unavailable(answer.result(), post[1]) for answer in refused)
    assert log.read_bytes()[begin:].count(b" sQ-- ") == 6   # whose wait for a place was over

    system.let_die("haproxy")
    kill(system.look()["haproxy"].pid)
    system.done("up", "--no-demo", "--detach")   # with as many places as before
    assert changed(before, system.look()) == {"haproxy"}


def test_a_handover_under_load_loses_nothing(system):
    old = named(system.look(), "primary").pop()
    with Load(system, "mover", patient=True) as load:
        load.went_on()
        said = system.done("promote")
        load.went_on()
    assert "writes were away for" in said
    seen = system.look()
    assert not_running(seen) == set()
    new = named(seen, "primary").pop()
    assert new != old and named(seen, "replica") == {"postgres-1", "postgres-2", "postgres-3"} - {new}
    stored = load.stored()
    assert set(load.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))   # sent again, stored once
    assert refuses_writes(system, seen[old])


def refuses_writes(system, cluster):
    passwords = {**os.environ, "PGPASSFILE": str(Path(system.folder) / "pgpass")}
    port = cluster.address.split(":")[1]
    done = subprocess.run(["psql", "-X", "-w", "-c", "DELETE FROM tweets",
                           f"host=127.0.0.1 port={port} dbname=linnet user=linnet_app"],
                          env=passwords, capture_output=True, text=True)
    return done.returncode != 0 and "read-only transaction" in done.stderr


def test_a_dead_primary_is_replaced_and_comes_back_as_a_replica(system):
    before = system.look()
    old = named(before, "primary").pop()
    with Load(system, "mourner", patient=True) as load:
        load.went_on()
        system.let_die(old)
        os.kill(before[old].pid, signal.SIGKILL)
        system.done("promote")   # needs no --force: a synchronous replica has all that was acknowledged
        load.went_on()
    assert set(load.acknowledged) <= set(load.stored())
    meanwhile = system.look()
    assert not_running(meanwhile) == {old}
    assert meanwhile[old].role == "replica" and len(named(meanwhile, "primary")) == 1

    system.done("up", "--no-demo", "--detach")
    after = system.look()
    assert changed(meanwhile, after) == {old}
    assert (after[old].role, after[old].state) == ("replica", "running")
    assert refuses_writes(system, after[old])
    assert system.send("POST", "/api/users", {"username": "after", "password": "long enough"})[0] == 201
