"""Every shell block of README and docs runs as it stands there, one after the other, or says why not.

In a copy of the checkout, with a network, mounts and processes of its own, so that the ports and folders that the blocks name are
free; `deploy/tests/newcomer` does the same in a fresh Debian, with the build. Needs to be root, for the namespaces.
"""
import os
import re
import subprocess
from pathlib import Path

import pytest

import blocks

MOST_SKIPPED = 10
OWN = """
ip link set lo up
mkdir -p /backup && mount -t tmpfs -o mode=755 tmpfs /backup
cd "$0"
code=0
bash "$1" || code=$?
deploy/status || true
deploy/down
umount /backup && rmdir /backup
exit "$code"
"""


def test_few_blocks_are_not_run_and_each_says_why():
    skipped = [block for block in blocks.blocks() if block.reason]
    assert len(skipped) <= MOST_SKIPPED, [f"{block.page}:{block.line}" for block in skipped]


def test_no_shell_block_hides_in_another_fence():
    """Fences are ```sh for what is run, a language, or nothing for what is no code: nothing that a shell would take."""
    for page in blocks.pages():
        for language, text in re.findall(r"^ *```(\w*)\n(.*?)^ *```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            if language not in ("sh", "cpp", "sql", "json", "yaml", "toml"):
                assert language == "" and not re.search(r"^ *(\$ |(\./)?deploy/\w+|curl |sudo )", text, re.MULTILINE), f"{page}: {text[:80]}"


@pytest.fixture
def checkout(tmp_path):
    """Without a build: LINNET_SERVER is the server."""
    os.chmod(tmp_path, 0o755)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=blocks.REPOSITORY, check=True, capture_output=True).stdout
    subprocess.run(["tar", "--null", "--ignore-failed-read", "-T", "-", "-cf", tmp_path / "checkout.tar"], cwd=blocks.REPOSITORY,
                   input=listed, check=True)
    copy = tmp_path / "linnet"
    copy.mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "checkout.tar", "-C", copy], check=True)
    return copy


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own takes root")
def test_every_block_runs(checkout, tmp_path):
    script = tmp_path / "blocks.sh"
    script.write_text(blocks.script())
    quick = {"LINNET_PASSWORD_MEMORY_KIB": "8", "LINNET_PASSWORD_ITERATIONS": "1", "TERM": "dumb"}
    environment = {**os.environ, **quick, "LINNET_SERVER": os.path.realpath(os.environ["LINNET_SERVER"])}
    own = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]   # nothing outlives it
    done = subprocess.run([*own, "bash", "-e", "-c", OWN, checkout, script], env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=3000)
    assert done.returncode == 0, done.stdout[-6000:]
    tour = done.stdout.split("== README.md:")[2].split("== ")[0]
    assert re.findall(r"^\d{3}$", tour, re.MULTILINE) == ["201", "200", "304", "204"], tour   # as the page says
    assert "Hello, 世界" in tour and "invalid-token" in tour
