"""Runs a scenario at a constant rate, with the client in open-loop/ and the requests of the same wrk script."""

import json
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from closed_loop import wrk
from command import CommandFailed

CLIENT = Path(__file__).resolve().parents[1] / "build/release/load-tests/reference/open-loop"


MOST_REQUESTS = 200_000   # made beforehand; they are sent again from the first on


def run(scenario, load, rate, client=CLIENT, give_up=0):
    """The figures of one run as a dict, with the keys of closed_loop.run and rate, due, unfinished, accepted, unsent."""
    with running(scenario, load, rate, client, give_up) as finish:
        return finish()


@contextmanager
def running(scenario, load, rate, client=CLIENT, give_up=0):
    """Sends in the background. Yields a function that waits for the end and returns the figures."""
    if not Path(client).exists():
        raise CommandFailed(f"no {client}: build it with -DLINNET_BUILD_REFERENCES=ON")
    requests = Path(load.world, f"{scenario}.requests")
    wrk("dump.lua", replace(load, threads=1, connections=1, seconds=1), LINNET_RESULT="/dev/null",
        LINNET_SCENARIO=scenario, LINNET_REQUESTS=str(requests), LINNET_COUNT=str(min(int(rate * load.seconds), MOST_REQUESTS)))
    server = urlsplit(load.url)
    command = [str(client), "--address", server.hostname, "--port", str(server.port or 80), "--requests", str(requests),
               "--rate", str(rate), "--duration", str(load.seconds), "--connections", str(load.connections),
               "--give-up", str(give_up)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield lambda: figures(process, command)
    finally:
        process.kill()
        process.wait()
        requests.unlink()


def figures(process, command):
    output, errors = process.communicate()
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}: {errors}")
    result = json.loads(output)
    result["requests"] = result["answered"]
    result["requests_per_second"] = round(result["answered"] / result["seconds"], 1)
    result["bad_statuses"] = sum(count for status, count in result["statuses"].items() if int(status) >= 400)
    result["errors"] += result["unfinished"]
    return result
