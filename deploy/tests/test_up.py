"""deploy/up, down, status and psql as scripts use them: each test on state folders of its own.

LINNET_SERVER names the server's binary, as for the other tests.
"""
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from processes import is_alive, kill
from system import DEPLOY, System

COMPONENTS = {"memcached-1": "cache", "postgres-1": "primary", "server-1": "server"}


@pytest.fixture
def system():
    with System() as system:
        yield system


@pytest.fixture
def new_system():
    with System(new=True) as system:
        yield system


@pytest.fixture(scope="module")
def shared_system():
    with System() as system:
        yield system


@pytest.fixture
def running(shared_system):
    """A system that runs, for tests that leave it running. They share it."""
    shared_system.up()
    return shared_system


def interrupted(process):
    """What it printed till its end, which an interrupt brings about, sent as a terminal does it: to the whole group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=60)[0]


ALL_RUNNING = dict.fromkeys(COMPONENTS, "running")
ALL_STOPPED = dict.fromkeys(COMPONENTS, "stopped")


def test_up_ends_in_ready_and_down_leaves_nothing_running(new_system):
    lines = new_system.up()
    assert lines[-1] == f"ready {new_system.url}"
    assert sum(line.lstrip().startswith("curl ") for line in lines) == 3
    assert new_system.request("GET", "/readyz") == 200
    status = new_system.status()
    assert {name: role for name, (role, *_) in status.items()} == COMPONENTS
    assert status["server-1"][2] == f"127.0.0.1:{new_system.port}"
    assert new_system.states() == ALL_RUNNING
    pids = new_system.pids().values()
    assert all(map(is_alive, pids))
    assert (Path(new_system.folder) / "server-1.log").stat().st_size > 0

    new_system.down()
    assert not any(map(is_alive, pids))
    assert new_system.states() == ALL_STOPPED
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", new_system.port)) != 0


def test_a_second_up_says_so_and_changes_nothing(running):
    before = running.pids()
    lines = running.up()
    assert lines[0] == "already running"
    assert lines[-1] == f"ready {running.url}"
    assert running.pids() == before


def test_data_and_ports_survive_down_and_up(system):
    system.up()
    addresses = {name: address for name, (_, _, address, _) in system.status().items()}
    assert system.request("POST", "/api/users", {"username": "keeper", "password": "long enough"}) == 201
    system.down()
    system.up()
    assert system.request("GET", "/api/users/keeper") == 200
    assert {name: address for name, (_, _, address, _) in system.status().items()} == addresses


@pytest.mark.parametrize("killed", [["server-1"], ["memcached-1"], ["postgres-1"], list(COMPONENTS)], ids="+".join)
def test_up_restarts_what_was_killed_and_only_that(running, killed):
    keeper = f"k{time.monotonic_ns() % 10**12}"
    assert running.request("POST", "/api/users", {"username": keeper, "password": "long enough"}) == 201
    before = running.pids()
    running.let_die(*killed)
    for name in killed:
        kill(before[name])
    states = running.states()
    assert {name for name in killed if states[name] != "stopped"} == set()
    running.up()
    after = running.pids()
    assert {name for name in COMPONENTS if after[name] != before[name]} == set(killed)
    assert running.states() == ALL_RUNNING
    assert running.request("GET", f"/api/users/{keeper}") == 200


def test_a_port_that_gets_free_late_is_kept(running):
    """As of a killed process that isn't dead yet; the servers that run look for PostgreSQL where it was."""
    _, pid, address, _ = running.status()["postgres-1"]
    running.let_die("postgres-1")
    kill(pid)
    with socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))) as dying:
        later = threading.Timer(2, dying.close)
        later.start()
        running.up()
        later.join()
    assert running.status()["postgres-1"][2] == address
    assert running.request("GET", "/readyz") == 200


def test_a_suspended_component_shows_and_still_stops(system):
    system.up()
    os.kill(system.pids()["memcached-1"], signal.SIGSTOP)
    assert system.states()["memcached-1"] == "unresponsive"
    system.down()
    assert system.states() == ALL_STOPPED


def test_two_run_side_by_side(system):
    with System() as second:
        system.up()
        second.up()
        assert system.states() == second.states() == ALL_RUNNING
        assert system.request("POST", "/api/users", {"username": "only_here", "password": "long enough"}) == 201
        assert second.request("GET", "/api/users/only_here") == 404
        system.down()
        assert second.states() == ALL_RUNNING


def test_a_taken_port_is_a_clear_error(new_system):
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", new_system.port))
        squatter.listen()
        done = new_system.run("up", "--port", str(new_system.port), "--no-demo", "--detach")
    assert done.returncode != 0
    assert f"port {new_system.port} is taken" in done.stderr
    assert new_system.status() == {}


def test_a_failing_step_is_named_with_its_log_and_nothing_stays(system, tmp_path):
    broken = tmp_path / "server"
    broken.write_text("#!/bin/sh\necho no such luck\nexit 7\n")
    broken.chmod(0o755)
    done = subprocess.run([DEPLOY / "up", "--state", system.folder, "--port", str(system.port), "--no-demo", "--detach"],
                          env={**os.environ, "LINNET_SERVER": str(broken)}, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "failed: server" in done.stderr
    assert "no such luck" in done.stderr
    assert system.states() == ALL_STOPPED


def test_in_front_it_stops_all_on_interrupt(system):
    process = system.up_in_front("--no-demo")
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("ready "):
            break
    else:
        pytest.fail("never ready:\n" + "".join(lines))
    assert system.states() == ALL_RUNNING
    interrupted(process)
    assert system.states() == ALL_STOPPED


def test_an_interrupted_demo_is_finished_by_the_next_up_and_loaded_once(system):
    process = system.up_in_front("--people", "150")
    deadline = time.monotonic() + 300
    # One psql, which sees the hundredth tweet as it comes: to begin another for each look may take longer than the demo.
    wait = "DO $$ BEGIN WHILE (SELECT count(*) < 100 FROM tweets) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$"
    while system.run("psql", "-X", "-c", wait, timeout=300).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail("no tweets:\n" + interrupted(process))
        time.sleep(0.2)
    assert "interrupted: demo" in interrupted(process)

    counts = "SELECT count(*), count(DISTINCT (user_id, content)) FROM tweets"
    system.up(demo=True)
    assert system.request("GET", "/api/users/ada") == 200
    loaded, distinct = system.psql("-c", counts).stdout.strip().split("|")
    assert loaded == distinct and 12 * 150 < int(loaded) <= 13 * 150, "of as many people as it was begun with"
    system.down()
    system.up(demo=True)
    assert system.psql("-c", counts).stdout.strip().split("|") == [loaded, distinct]


def test_a_town_of_no_number_is_refused_and_nothing_remembered(new_system):
    for people in ("many", "0", "-1", "1.5"):
        refused = new_system.run("up", "--port", str(new_system.port), "--detach", "--people", people)
        assert refused.returncode != 0 and f"--people wants a number, not {people}" in refused.stderr
    assert os.listdir(new_system.folder) == []


def test_down_signals_no_stranger_who_got_the_pid(system):
    system.up()
    system.down()
    with subprocess.Popen(["sleep", "60"]) as stranger:   # as after the machine was switched off
        (Path(system.folder) / "services" / "server-1" / "pid").write_text(f"{stranger.pid}\n")
        assert system.states()["server-1"] == "stopped"
        system.down()
        assert stranger.poll() is None
        stranger.kill()


def test_psql_opens_the_primary_as_owner_or_as_the_servers_role(running):
    assert running.psql("-c", "SELECT current_user").stdout.strip() == "linnet_owner"
    assert running.psql("-U", "postgres", "-c", "SHOW fsync").stdout.strip() == "on"
    refused = running.psql("-U", "linnet_app", "-c", "CREATE TABLE mine (n integer)")
    assert refused.returncode != 0
    assert "permission denied" in refused.stderr


def test_the_passwords_for_tcp_are_private_and_work(running):
    passwords = Path(running.folder) / "pgpass"
    assert passwords.stat().st_mode & 0o777 == 0o600
    port = running.status()["postgres-1"][2].split(":")[1]
    query = ["psql", "-X", "-A", "-t", "-w", "-c", "SELECT current_user",
             f"host=127.0.0.1 port={port} dbname=linnet user=linnet_app"]
    allowed = subprocess.run(query, env={**os.environ, "PGPASSFILE": str(passwords)}, capture_output=True, text=True)
    assert allowed.stdout.strip() == "linnet_app", allowed.stderr
    assert subprocess.run(query, env={**os.environ, "PGPASSFILE": "/dev/null"}, capture_output=True).returncode != 0
