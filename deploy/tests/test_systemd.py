"""The systemd unit lets the server do what it does, and starts it again only where that helps."""
import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest

from system import System

UNIT = Path(__file__).resolve().parents[1] / "systemd" / "linnet-server.service"
CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(?:<\.\.\. )?(\w+)(?:\(| resumed>)", re.MULTILINE)


def lines_of(setting):
    """An empty setting has no value; one that is there several times adds up."""
    return re.findall(rf"^{setting}=(.*)$", UNIT.read_text(), re.MULTILINE)


def group(name):
    """The system calls in one of systemd's groups, such as @resources."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in listed.splitlines() if line.startswith("    ") and "#" not in line]
    return {call for word in words for call in (group(word) if word.startswith("@") else {word})}


def allowed():
    calls = set()
    for line in lines_of("SystemCallFilter"):
        taken = line.startswith("~")
        for word in line.lstrip("~").split():
            its = group(word) if word.startswith("@") else {word}
            calls = calls - its if taken else calls | its
    return calls


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    """What the server calls from its start to its end, as strace saw it."""
    folder = tmp_path_factory.mktemp("strace")
    traced = folder / "server"
    traced.write_text(f'#!/bin/sh\nexec strace -D -f -qq -e signal=none -e abbrev=all -s 0 -o {folder}/calls '
                      f'{os.path.realpath(os.environ["LINNET_SERVER"])} "$@"\n')
    traced.chmod(0o755)
    system, binary = System(), os.environ["LINNET_SERVER"]
    os.environ["LINNET_SERVER"] = str(traced)
    try:
        system.up()
        assert system.request("POST", "/api/users", {"username": "seen", "password": "long enough"}) == 201
        assert system.request("GET", "/api/users/seen") == 200
    finally:
        os.environ["LINNET_SERVER"] = binary
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)
    return set(CALL.findall((folder / "calls").read_text(errors="replace")))


def test_every_system_call_of_the_server_is_allowed(called):
    assert {"sched_setscheduler", "listen", "exit_group"} <= called, "that is no whole life of a server"
    assert called - allowed() == set(), "the unit refuses them"


def test_it_gives_up_on_a_wrong_setting_and_on_nothing_else():
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    unit.optionxform = str
    unit.read(UNIT)
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    wrong = subprocess.run([os.environ["LINNET_SERVER"], "--port", "none"], capture_output=True, timeout=60).returncode
    assert unit["Service"]["RestartPreventExitStatus"].split() == [str(wrong)]


def test_systemd_knows_every_setting():
    done = subprocess.run(["systemd-analyze", "verify", UNIT], capture_output=True, text=True)
    assert "Unknown" not in done.stderr and "Failed to parse" not in done.stderr, done.stderr
