"""Runs a scenario with wrk: each connection sends its next request when it has the last answer."""

import json
import os
import subprocess
from pathlib import Path

from client import Unexpected

SCRIPTS = Path(__file__).resolve().parent / "wrk"


def run(scenario, options, folder):
    """The figures of one run as a dict."""
    result_file = Path(folder, f"{scenario}.json")
    wrk(f"{scenario}.lua", options, folder, threads=options.threads, connections=options.connections,
        seconds=options.duration, LINNET_RESULT=str(result_file))
    result = json.loads(result_file.read_text())
    result["requests_per_second"] = round(result["requests"] / result["seconds"], 1)
    result["errors"] = result["bad_statuses"] + sum(result["socket_errors"].values())
    return result


def wrk(script, options, folder, *, threads, connections, seconds, **environment):
    """Runs one script of wrk/ with what common.lua wants to know."""
    environment = dict(
        os.environ,
        LUA_PATH=f"{SCRIPTS}/?.lua;;",
        LINNET_WORLD=f"{folder}/world.lua",
        LINNET_STATUSES="0" if options.no_statuses else "1",
        LINNET_THREADS=str(threads),
        **environment,
    )
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(SCRIPTS / script), options.url]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    # wrk goes on without a script that it can't run, and says so on stderr only.
    if finished.returncode or finished.stderr:
        raise Unexpected(f"{' '.join(command)}: {finished.stderr or finished.stdout}")
