"""Runs a scenario with wrk: each connection sends its next request when it has the last answer."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from command import CommandFailed

SCRIPTS = Path(__file__).resolve().parent / "wrk"


@dataclass
class Load:
    """What is sent where. `world` is a folder as world_folder.py writes it."""
    url: str
    world: str
    connections: int = 64
    threads: int = 2
    seconds: int = 10
    seed: int = 1
    first_pair: int = 0
    statuses: bool = False


def run(scenario, load):
    """The figures of one run as a dict."""
    result_file = Path(load.world, f"{scenario}.result")
    wrk(f"{scenario}.lua", load, LINNET_RESULT=str(result_file))
    result = json.loads(result_file.read_text())
    result["requests_per_second"] = round(result["requests"] / result["seconds"], 1)
    result["errors"] = result["bad_statuses"] + sum(result["socket_errors"].values())
    return result


def wrk(script, load, **environment):
    """Runs one script of wrk/ with what common.lua wants to know."""
    threads = min(load.threads, load.connections)
    environment = dict(
        os.environ,
        LUA_PATH=f"{SCRIPTS}/?.lua;;",
        LINNET_WORLD=load.world,
        LINNET_SEED=str(load.seed),
        LINNET_FIRST=str(load.first_pair),
        LINNET_STATUSES="1" if load.statuses else "0",
        LINNET_THREADS=str(threads),
        **environment,
    )
    command = ["wrk", f"-t{threads}", f"-c{load.connections}", f"-d{load.seconds}s", "--latency",
               "-s", str(SCRIPTS / script), load.url]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    # wrk goes on without a script that it can't run, and says so on stderr only.
    if finished.returncode or finished.stderr:
        raise CommandFailed(f"{' '.join(command)}: {finished.stderr or finished.stdout}")
