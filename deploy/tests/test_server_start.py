"""What deploy/up starts a server with, by its own functions, and nothing started."""
import os
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[1]
GIB = 1024   # in MiB

# All that start_server needs, but for what is tested: it says what it would start, an argument a line.
NOTHING_STARTED = """
alive() { false; }
server_port() { echo 1; }
require_free() { :; }
server_flags() { flags=(--port "$2"); }
wait_for() { :; }
load() { address=; }
spawn() { shift 3; printf '%s\\n' "$@"; }
"""


def started(mib=8 * GIB, servers=1, files=20000, **environment):
    """The variables and the words of the command."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINNET_")}
    script = (f"source {DEPLOY}/lib/common.sh\n{NOTHING_STARTED}\nmemory_mib() {{ echo {mib}; }}\n"
              f"max_open_files() {{ echo {files}; }}\nservers={servers}\n"
              "start_server server-1")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True,
                          env={**clean, "LINNET_SERVER": "/the/server", **environment})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "env"
    at = lines.index("/the/server")
    return dict(line.split("=", 1) for line in lines[1:at]), lines[at:]


@pytest.mark.parametrize("mib, servers, entries", [
    (8 * GIB, 1, 1024 * 1024),         # 1 GiB of 8, at 1 KiB each
    (8 * GIB, 4, 256 * 1024),          # the same for all of them together
    (31 * GIB + 417, 3, 1372202),      # (31 * 1024 + 417) * 128 / 3, rounded down
    (782, 1, 100096), (781, 1, 100000), (256, 2, 100000),      # no fewer on small machines
    (78125, 1, 10000000), (78124, 1, 9999872), (2048 * GIB, 2, 10000000),   # no more on large ones
])
def test_servers_share_an_eighth_of_the_memory_for_objects(mib, servers, entries):
    variables, command = started(mib, servers)
    assert variables["LINNET_MEMORY_ENTRIES"] == str(entries)
    assert command == ["/the/server", "--port", "1"]


@pytest.mark.parametrize("files, connections", [(1 << 20, 16000), (17000, 16000), (4096, 3096), (600, 64)])
def test_connections_are_as_many_as_the_descriptors_allow(files, connections):
    variables, _ = started(files=files)
    assert variables["LINNET_MAX_CONNECTIONS"] == str(connections)
    assert started(files=files, LINNET_MAX_CONNECTIONS="7")[0]["LINNET_MAX_CONNECTIONS"] == "7"


def test_whoever_sets_the_entries_is_obeyed():
    variables, _ = started(LINNET_MEMORY_ENTRIES="77")
    assert variables["LINNET_MEMORY_ENTRIES"] == "77"
