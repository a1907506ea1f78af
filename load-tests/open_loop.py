"""Runs a scenario at a constant rate, with the client in open-loop/ and the requests of the same wrk script."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from client import Unexpected
from closed_loop import wrk


def run(scenario, options, folder):
    """The figures of one run as a dict, with the keys of closed_loop.run and p999_us, due, unfinished."""
    if not Path(options.open_loop_client).exists():
        raise Unexpected(f"no {options.open_loop_client}: build it with -DLINNET_BUILD_REFERENCES=ON")
    requests_file = Path(folder, f"{scenario}.requests")
    wrk("dump.lua", options, folder, threads=1, connections=1, seconds=1, LINNET_RESULT="/dev/null",
        LINNET_SCENARIO=scenario, LINNET_REQUESTS=str(requests_file), LINNET_COUNT=str(options.rate * options.duration))

    server = urlsplit(options.url)
    command = [str(options.open_loop_client), "--address", server.hostname, "--port", str(server.port or 80),
               "--requests", str(requests_file), "--rate", str(options.rate), "--duration", str(options.duration),
               "--connections", str(options.connections)]
    finished = subprocess.run(command, capture_output=True, text=True)
    requests_file.unlink()
    if finished.returncode:
        raise Unexpected(f"{' '.join(command)}: {finished.stderr}")
    result = json.loads(finished.stdout)
    result["requests"] = result["answered"]
    result["requests_per_second"] = round(result["answered"] / result["seconds"], 1)
    result["bad_statuses"] = sum(count for status, count in result["statuses"].items() if int(status) >= 400)
    result["errors"] += result["unfinished"]
    return result
