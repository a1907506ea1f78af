"""What deploy/up starts a server with, by its own functions, and nothing started."""
import os
import subprocess
from pathlib import Path

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


def started(mib=8 * GIB, servers=1, **environment):
    """The variables and the words of the command."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINNET_")}
    script = (f"source {DEPLOY}/lib/common.sh\n{NOTHING_STARTED}\nmemory_mib() {{ echo {mib}; }}\nservers={servers}\n"
              "start_server server-1")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True,
                          env={**clean, "LINNET_SERVER": "/the/server", **environment})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "env"
    at = lines.index("/the/server")
    return dict(line.split("=", 1) for line in lines[1:at]), lines[at:]


def test_it_has_the_environment_of_the_systemd_unit():
    unit = (DEPLOY / "systemd/linnet-server.service").read_text()
    lines = [line.removeprefix("Environment=") for line in unit.splitlines() if line.startswith("Environment=")]
    assert lines == ["GLIBC_TUNABLES=glibc.malloc.hugetlb=1"]   # a second one, or quotes, would need more than sed
    variables, _ = started()
    del variables["LINNET_MEMORY_ENTRIES"]
    assert [f"{name}={value}" for name, value in variables.items()] == lines
