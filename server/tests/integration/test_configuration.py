"""Options: flags, environment, TOML; wrong values are refused at start with a line that names them."""
import json
import os
import re
import resource
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.api import Api
from support.raw import Connection

REPOSITORY = Path(__file__).resolve().parents[3]


def run(stack, *flags, env=None):
    return subprocess.run([stack.binary, *flags], capture_output=True, text=True, timeout=20, env={**os.environ, **(env or {})})


@pytest.mark.parametrize("flags", [
    ("--port", "80x"), ("--port", "65536"), ("--port", "-1"), ("--loops", "-1"), ("--reads", "some"), ("--rate-limit-writes", "-1"),
    ("--rate-limit-logins", "many"), ("--max-body-bytes", "0"), ("--header-timeout-ms", "-5"), ("--drain-timeout-ms", "1e99"),
    ("--memcached", "no-port"), ("--address", "not an address"), ("--access-log", "some"), ("--log-level", "loud"),
    ("--trusted-proxy", "somewhere"), ("--trusted-proxy", "10.0.0.1/8"),
    ("--cors-origin", "https://a.example/"), ("--cors-origin", "*"), ("--replica", "no conninfo"), ("--database", "nonsense"), ("--config", "/nowhere/linnet.toml"), ("--no-such-option", "1"), ("surplus",),
], ids=" ".join)
def test_wrong_values_are_refused_at_start(stack, flags):
    done = run(stack, *flags)
    said = (done.stdout + done.stderr).strip()
    assert done.returncode == os.EX_CONFIG, said   # who supervises it knows by that not to start it again
    assert flags[0].lstrip("-") in said or flags[-1] in said, said
    assert len(said.splitlines()) <= 3, said


def test_a_wrong_environment_is_refused_too(stack):
    done = run(stack, env={"LINNET_RATE_LIMIT_WRITES": "many"})
    assert done.returncode == os.EX_CONFIG and "many" in done.stdout + done.stderr


def test_it_says_its_version(stack):
    done = run(stack, "--version")
    built_as = re.search(r"^project\(linnet VERSION (\S+)", (REPOSITORY / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    assert (done.returncode, done.stdout) == (0, f"linnet-server {built_as}\n")
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert built_as == released[0], "the newest release of the CHANGELOG"


@pytest.mark.parametrize("variable, value, write", [
    ("LINNET_CORS_ORIGIN", "https://a.example;https://b.example", "https://app.example"), ("LINNET_MEMCACHED", "h1:1;h2:2", "cache-1:11211"),
    ("LINNET_TRUSTED_PROXY", "10.0.0.0/8 10.1.0.0/8", "10.0.0.0/8"), ("LINNET_REPLICA", "host=a,b", "host=db-1")])
def test_what_could_never_match_is_refused_with_a_line_that_says_how_to_write_it(stack, variable, value, write):
    done = run(stack, env={variable: value})
    said = (done.stdout + done.stderr).strip()
    assert done.returncode > 0 and write in said and "commas" in said and len(said.splitlines()) <= 3, said


def test_a_list_in_the_environment_has_commas(stack, start_server, api, alice, monkeypatch):
    memories = f"{stack.memcached},{stack.start_memcached().address}"
    monkeypatch.setenv("LINNET_CORS_ORIGIN", "https://a.example, https://b.example")
    monkeypatch.setenv("LINNET_MEMCACHED", memories)
    server = Api(start_server(memcached=False).url, api.contract)
    for origin in ("https://a.example", "https://b.example"):
        assert server.get(alice.path, headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin
    assert "linnet_memcached_nodes 2" in server.get("/metrics").body.decode()


def test_help_has_every_option_with_its_default(stack):
    done = run(stack, "--help")
    assert done.returncode == 0
    for option in ("--address", "--port", "--loops", "--reads", "--database", "--memcached", "--rate-limit-reads", "--rate-limit-writes", "--rate-limit-logins",
                   "--rate-limit-registrations", "--max-body-bytes", "--max-header-bytes", "--max-target-bytes", "--header-timeout-ms",
                   "--body-timeout-ms", "--idle-timeout-ms", "--request-timeout-ms", "--drain-timeout-ms", "--log-level", "--access-log",
                   "--trusted-proxy", "--cors-origin", "--password-memory-kib", "--password-iterations", "--config"):
        assert option in done.stdout, option
    assert "8080" in done.stdout and "16384" in done.stdout


def limited(stack, files, *flags):
    """With so many descriptors at most."""
    return subprocess.run(["prlimit", f"--nofile={files}:{files}", stack.binary, "--database", stack.postgres.conninfo("linnet_app"), *flags],
                          capture_output=True, text=True, timeout=20)


def test_a_start_that_cannot_keep_its_promises_is_refused(stack):
    refused = limited(stack, 400, "--max-connections", "500", "--loops", "2")
    said = json.loads(refused.stdout)
    assert refused.returncode == os.EX_CONFIG and said["event"] == "server failed"
    assert "--max-connections 500 needs" in said["error"] and "may have 400" in said["error"] and "LimitNOFILE" in said["error"]
    least = int(re.search(r"lower --max-connections to (\d+)", said["error"])[1])
    assert 0 < least < 400
    refused = limited(stack, 4000, "--max-connections", "3", "--loops", "4")
    assert refused.returncode == os.EX_CONFIG and "--max-connections 3 leaves" in refused.stdout


def test_the_limit_of_descriptors_is_raised_to_what_was_promised(start_server):
    server = start_server("--max-connections", "1200", "--loops", "1", under=("prlimit", "--nofile=64:2048"))
    limits = re.search(r"^Max open files +(\d+)", open(f"/proc/{server.pid}/limits").read(), re.M)
    assert 1200 < int(limits[1]) <= 2048
    with ExitStack() as stack:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1199):
            connection = stack.enter_context(Connection(server.url))
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.read_response().status == 200
        assert server.probe("/readyz") == 200   # the last one


def policies(server):
    threads = [int(thread) for thread in os.listdir(f"/proc/{server.pid}/task")]
    return {os.sched_getscheduler(thread) for thread in threads}


def test_a_thread_that_wakes_up_lets_others_finish_unless_another_policy_was_chosen(start_server):
    assert policies(start_server()) == {os.SCHED_BATCH}
    assert policies(start_server(under=("chrt", "--idle", "0"))) == {os.SCHED_IDLE}


def quota_of(api, account):
    return api.post(f"{account.path}/tweets", account, json={"content": "x"}).headers["RateLimit-Policy"]


def test_flags_win_over_the_environment_and_the_file(stack, start_server, api, alice, monkeypatch):
    config = stack.folder / "linnet.toml"
    config.write_text('rate-limit-writes = 111\nrate-limit-logins = 222\nreads = "authenticated"\ncors-origin = ["https://a.example", "https://b.example"]\n')
    log_in = {"username": alice.username, "password": alice.password}

    def start(*flags):
        server = start_server(*flags, without=("--rate-limit-writes", "--rate-limit-logins", "--reads"))
        return Api(server.url, api.contract)
    by_file = start("--config", str(config))
    assert ";q=111;" in quota_of(by_file, alice)
    assert by_file.get(alice.path).status == 401
    assert ";q=222;" in by_file.post("/api/sessions", json=log_in).headers["RateLimit-Policy"]
    assert by_file.get(alice.path, alice, headers={"Origin": "https://b.example"}).headers["Access-Control-Allow-Origin"] == "https://b.example"
    monkeypatch.setenv("LINNET_RATE_LIMIT_WRITES", "333")
    assert ";q=333;" in quota_of(start(), alice)
    for flags in ((), ("--config", str(config))):
        assert ";q=444;" in quota_of(start("--rate-limit-writes", "444", *flags), alice)
