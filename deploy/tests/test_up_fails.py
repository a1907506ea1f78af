"""deploy/up on a system that serves, when a step of it fails or is interrupted: it stops what it started and nothing else, and no
request fails. Also: no command changes anything before it has checked what it was told.

One system for the whole file, with clients on it all the time. A server, a replica and a memcached of it are down, so that `up`
has something to start in its steps, and to stop again.
"""
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from processes import is_alive
from system import DEPLOY
from topology import Load, Topology

DOWN = {"server-2", "postgres-3", "memcached-2"}
STEPS = [step for step in re.findall(r"\bstep (\w+) [a-z]+_", (DEPLOY / "up").read_text()) if step != "server"]   # of a single server

# A copy of deploy/ has this behind its functions: one step ends badly after all that it does.
ONE_STEP_MORE = """
eval "whole_$(declare -f step)"
step() { if [[ $1 == STEP ]]; then whole_step "$1" and_then "${@:2}"; else whole_step "$@"; fi; }
"""
FAILS = 'and_then() { "$@"; echo no such luck; return 1; }\n'
WAITS = 'and_then() { "$@"; touch "$state/waits"; sleep 60; }\n'


@pytest.fixture(scope="module")
def system():
    system = Topology()
    try:
        system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--servers", "2", "--replicas", "2", "--caches", "2",
                    "--synchronous", "1")
        for name in DOWN:
            subprocess.run(["s6-svc", "-wD", "-T", "60000", "-d", f"{system.folder}/services/{name}"], check=True)
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)


@pytest.fixture(scope="module")
def clients(system):
    with Load(system, "steady") as load:
        yield load


def living(system):
    """{name: pid} of the components that live. deploy/status asks each how it is, which takes longer."""
    pids = {file.parent.name: int(file.read_text()) for file in Path(system.folder, "services").glob("*/pid")}
    return {name: pid for name, pid in pids.items() if is_alive(pid)}


@pytest.fixture
def unharmed(system, clients):
    """After the test all runs on that ran, nothing else does, and no request has failed."""
    before = living(system)
    assert set(before) == {"haproxy", "server-1", "memcached-1", "postgres-1", "postgres-2"}
    yield
    assert living(system) == before
    clients.went_on()
    assert clients.failures == []


def changed_copy(tmp_path, step, end):
    copy = tmp_path / "deploy"
    shutil.copytree(DEPLOY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "schema").symlink_to(DEPLOY.parent / "schema")
    with open(copy / "lib" / "common.sh", "a") as functions:
        functions.write(ONE_STEP_MORE.replace("STEP", step) + end)
    return copy / "up"


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_ends_nothing_that_served(system, unharmed, tmp_path, step):
    up = changed_copy(tmp_path, step, FAILS)
    done = subprocess.run([up, "--state", system.folder, "--no-demo", "--detach"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and f"failed: {step}" in done.stderr and "no such luck" in done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_step_ends_nothing_that_served(system, unharmed, tmp_path, step):
    up = changed_copy(tmp_path, step, WAITS)
    waits = os.path.join(system.folder, "waits")
    with subprocess.Popen([up, "--state", system.folder, "--no-demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        deadline = time.monotonic() + 120
        while not os.path.exists(waits) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)   # as a terminal does for Ctrl-C
        output = process.communicate(timeout=120)[0]
    assert process.returncode == 130 and f"interrupted: {step}" in output, output
    os.remove(waits)


def test_a_server_that_cannot_start_ends_no_other(system, unharmed, tmp_path):
    broken = tmp_path / "server"
    broken.write_text("#!/bin/sh\necho no such luck\nexit 7\n")
    broken.chmod(0o755)
    done = subprocess.run([DEPLOY / "up", "--state", system.folder, "--no-demo", "--detach"], capture_output=True, text=True,
                          env={**os.environ, "LINNET_SERVER": str(broken)}, timeout=300)
    assert done.returncode == 1 and "failed: servers" in done.stderr and "no such luck" in done.stderr, done.stdout + done.stderr


def test_a_replica_that_cannot_start_ends_nothing_that_served(system, unharmed):
    version = os.path.join(os.path.realpath(f"{system.folder}/postgres-3"), "data", "PG_VERSION")
    with open(version, "r+") as file:
        file.write("14")
    try:
        done = system.run("up", "--no-demo", "--detach", timeout=300)
    finally:
        with open(version, "r+") as file:
            file.write("15")
    assert done.returncode == 1 and "failed: replicas" in done.stderr and "incompatible with server" in done.stderr, \
        done.stdout + done.stderr


WRONG = [("up", "--servers", "0"), ("up", "--servers", "33"), ("up", "--replicas", "9"), ("up", "--caches", "many"),
         ("up", "--synchronous", "5"), ("up", "--port", "0"), ("up", "--people", "0"), ("up", "--tls-certificate", "/nowhere.pem"),
         ("up", "--tls-certificate", "/etc/passwd"), ("up", "--nonsense"), ("up", "word"),
         ("scale", "servers=0"), ("scale", "servers=33"), ("scale", "replicas=9"), ("scale", "replicas=0"), ("scale", "caches=3"),
         ("scale", "servers=2", "replicas=9"), ("scale", "servers=0", "replicas=1"), ("scale",),
         ("restart", "word"), ("promote", "postgres-9"), ("promote", "--nonsense"), ("promote", "postgres-2", "postgres-3"),
         ("backup",), ("backup", "--keep", "0", "/tmp/nowhere"), ("backup", "/tmp/nowhere", "/tmp/elsewhere"),
         ("migrate", "word"), ("down", "word"), ("status", "word")]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_told_wrongly_changes_nothing(system, clients, words):
    def seen():
        kept = [f"{system.folder}/{name}" for name in ("topology", "primary", "components", "services", "demo", "pgpass", "tls.pem")]
        found = subprocess.run(["find", *kept, "(", "-name", "supervise", "-prune", ")", "-o", "-printf", "%p %i %s %T@\n"],
                               capture_output=True, text=True).stdout
        return sorted(found.splitlines())
    before = seen()
    done = system.run(*words)
    assert done.returncode != 0 and done.stderr, done.stdout
    assert not re.search("deploy/up first|it runs already", done.stderr), "the command looked at the system before it looked at its arguments: " + done.stderr
    assert seen() == before
    assert clients.failures == []


@pytest.mark.parametrize("words", [words for words in WRONG if words[0] == "up"], ids=" ".join)
def test_a_wrong_up_makes_no_folder(tmp_path, words):
    done = subprocess.run([DEPLOY / "up", "--state", tmp_path / "new", *words[1:]], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("restart",), ("scale", "servers=3"), ("promote",)], ids=" ".join)
def test_a_wrong_setting_is_told_before_a_server_ends(system, clients, command):
    system.done("up", "--no-demo", "--detach")   # scale wants all of it
    before = living(system)
    done = subprocess.run([DEPLOY / command[0], "--state", system.folder, *command[1:]], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LINNET_READ_BATCH": "none"})
    assert done.returncode != 0 and "--read-batch" in done.stderr, done.stderr
    assert living(system) == before
    assert clients.failures == []
