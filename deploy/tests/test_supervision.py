"""Whatever dies comes back by itself, and status and metrics tell of it; what shall stay dead or down does.

One system for the whole file, started by `deploy/up --detach`: nobody waits for its processes, and PID 1 is whatever it is.
"""
import http.client
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from processes import is_alive, kill
from system import free_port
from topology import Topology, named, not_running

NAMES = ["server-1", "memcached-1", "postgres-1", "postgres-2", "haproxy"]


@pytest.fixture(scope="module")
def system():
    system = Topology()
    try:
        system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--servers", "1", "--proxy", "--replicas", "1",
                    "--synchronous", "1")
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)


def until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, condition
        time.sleep(0.2)
    return value


def pid_of(system, name):
    return int(Path(system.folder, "services", name, "pid").read_text())


def test_each_that_dies_comes_back_and_is_told_of(system):
    authorization = system.register("survivor")
    for name in NAMES:
        before = pid_of(system, name)
        kill(before)
        until(lambda: pid_of(system, name) != before and is_alive(pid_of(system, name)))
        until(lambda: reachable(system, "POST", "/api/users/survivor/tweets", {"content": "still here"}, authorization))
    seen = until(lambda: (look := system.look()) and not not_running(look) and look)
    for name in NAMES:
        assert "died 1x" in seen[name].detail and "SIGKILL" in seen[name].detail, seen[name]
        metric = f'linnet_component_restarts_total{{component="{name}"}} 1'
        assert metric in Path(system.folder, "metrics", f"{name}.prom").read_text()


def reachable(system, *request):
    try:
        return system.send(*request)[0] in (200, 201)
    except (OSError, http.client.HTTPException):
        return False


def test_the_node_exporter_tells_of_it(system):
    address = f"127.0.0.1:{free_port()}"
    exporter = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                f"--collector.textfile.directory={system.folder}/metrics", f"--web.listen-address={address}"]
    with subprocess.Popen(exporter, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        def told():
            try:
                with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
                    return answer.read().decode()
            except OSError:
                return None
        try:
            text = until(told)
        finally:
            process.kill()
    assert {name for name in NAMES if re.search(rf'^linnet_component_restarts_total{{component="{name}"}} \d', text, re.MULTILINE)} == set(NAMES)
    assert "node_textfile_scrape_error 0" in text


def test_haproxy_tells_its_figures_where_status_says_and_nowhere_else(system):
    where = re.search(r"figures at ([^\s;]+)", system.look()["haproxy"].detail)[1]
    with urllib.request.urlopen(f"http://{where}", timeout=10) as answer:
        assert b"haproxy_process_start_time_seconds" in answer.read()
    assert system.send("GET", "/metrics")[0] == 404


def test_what_is_told_to_stay_dead_does_until_the_next_up(system):
    system.let_die("memcached-1")
    kill(pid_of(system, "memcached-1"))
    time.sleep(3)   # three times what a supervisor waits
    seen = system.look()["memcached-1"]
    assert seen.state == "stopped" and "stays dead" in seen.detail
    system.done("up", "--no-demo", "--detach")
    assert not_running(system.look()) == set()
    before = pid_of(system, "memcached-1")
    kill(before)
    until(lambda: is_alive(pid_of(system, "memcached-1")))   # it is watched again


def exported(address, metric):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return float(re.search(rf"^{metric} (\S+)$", answer.read().decode(), re.MULTILINE)[1])


def test_writes_that_wait_for_replicas_are_told_of(system):
    """And the server's figures are those of which the alert LinnetWritesWait is made."""
    authorization = system.register("patient")
    post = "/api/users/patient/tweets", {"content": "when?"}, authorization
    seen = system.look()
    address = seen["server-1"].address
    assert "WRITES WAIT" not in seen["postgres-1"].detail
    system.let_die("postgres-2")
    kill(pid_of(system, "postgres-2"))
    try:
        detail = until(lambda: (it := system.look()["postgres-1"].detail) and "WRITES WAIT" in it and it)
        assert "0 of 1 synchronous replicas" in detail
        committed = exported(address, "linnet_database_commits_total")
        assert system.send("POST", *post)[0] == 503
        assert exported(address, "linnet_database_commits_total") == committed
        for _ in range(12):   # what the feed itself writes, every five seconds, waits for nobody
            assert exported(address, "linnet_changes_lag_seconds") < 1
            time.sleep(0.5)
    finally:
        system.done("up", "--no-demo", "--detach")
    assert "WRITES WAIT" not in system.look()["postgres-1"].detail


def test_after_a_promotion_the_old_primary_is_a_replica_whatever_dies(system):
    old = named(system.look(), "primary").pop()
    system.done("promote")
    new = named(system.look(), "primary").pop()
    assert new != old
    for name in (old, new):
        before = pid_of(system, name)
        kill(before)
        until(lambda: pid_of(system, name) != before and is_alive(pid_of(system, name)))

    def writable():
        def asks(name):
            port = system.look()[name].address.split(":")[1]
            done = subprocess.run(["psql", "-X", "-A", "-t", "-w", "-c", "SELECT pg_is_in_recovery()",
                                   f"host=127.0.0.1 port={port} dbname=linnet user=linnet_app"], capture_output=True, text=True,
                                  env={**os.environ, "PGPASSFILE": f"{system.folder}/pgpass"})
            return done.stdout.strip()
        return asks(old) == "t" and asks(new) == "f"
    until(writable)


def test_a_wrong_setting_is_not_tried_again_and_again(system, tmp_path):
    """The server says by its exit code that to start it again would not help."""
    system.let_die("server-1")
    kill(pid_of(system, "server-1"))
    done = subprocess.run([Path(__file__).parents[1] / "up", "--state", system.folder, "--no-demo", "--detach"], capture_output=True,
                          text=True, timeout=120, env={**os.environ, "LINNET_READ_BATCH": "none"})
    assert done.returncode != 0 and "read-batch" in done.stderr
    assert (Path(system.folder) / "server-1.log").read_text().count("--read-batch") == 1
    system.done("up", "--no-demo", "--detach")
    assert not_running(system.look()) == set()


def test_down_ends_the_supervisors_too(system):
    def supervisors():
        return subprocess.run(["pgrep", "-f", f"s6-supervise {system.folder}/"], capture_output=True, text=True).stdout.split()
    assert len(supervisors()) == len(NAMES)
    pids = [pid_of(system, name) for name in NAMES]
    system.down()
    assert supervisors() == [] and not any(map(is_alive, pids))
