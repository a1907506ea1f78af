"""The data sets: what they hold, made once, kept as stopped clusters, and copied for each run.

They are kept in $LINNET_BENCH_CACHE, by default /var/tmp/linnet-bench-<uid>, one folder for each size, seed and
schema. Delete it at any time; what no run used for a week goes by itself. Tweets are of the days before they were
made, and a server treats old ones differently, so a set is made anew when it is older than three days."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from command import CommandFailed

from .stack import Stack

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("LINNET_BENCH_CACHE") or f"/var/tmp/linnet-bench-{os.geteuid()}")
MAX_AGE, UNUSED = 3 * 86400, 7 * 86400

# users, tweets, connections, favorites. `wide` has the most users, `dense` 200 followees for each, `small` and
# `medium` are as `wide`, divided by 100 and by 10. `tiny` only shows that the benchmark works.
SCALES = {
    "full": {
        "wide": (1_000_000, 10_000_000, 20_000_000, 10_000_000),
        "dense": (100_000, 10_000_000, 20_000_000, 5_000_000),
        "medium": (100_000, 1_000_000, 2_000_000, 1_000_000),
        "small": (10_000, 100_000, 200_000, 100_000),
    },
    "quick": {
        "wide": (100_000, 1_000_000, 2_000_000, 1_000_000),
        "dense": (20_000, 500_000, 2_000_000, 500_000),
        "small": (10_000, 100_000, 200_000, 100_000),
    },
    "tiny": dict.fromkeys(["wide", "dense", "small"], (2_000, 20_000, 50_000, 20_000)),
}
SESSIONS = 100_000


class DataSet:
    def __init__(self, scale, name, seed):
        self.name, self.seed = name, seed
        self.users, self.tweets, self.connections, self.favorites = SCALES[scale][name]
        self.sessions = min(self.users, SESSIONS)
        sizes = f"{self.users}-{self.tweets}-{self.connections}-{self.favorites}"
        self.kept = CACHE / f"{sizes}-{seed}-{contents_hash()}"

    def restore(self, folder, port):
        """Copies the set to `folder`, and returns a stack that runs on it; makes the set first if need be."""
        with locked(self.kept.with_suffix(".lock")):
            if not self.kept.exists() or time.time() - (self.kept / "made").stat().st_mtime > MAX_AGE:
                self.make(port)
            os.utime(self.kept)
            subprocess.run(["cp", "-a", "--reflink=auto", self.kept, folder], check=True)
        subprocess.run(["sync", "--file-system", folder], check=True)  # not while something is measured
        stack = Stack(folder, port)
        stack.start()
        return stack

    def make(self, port):
        new = self.kept.with_suffix(".new")
        discard(new)
        stack = Stack(new, port)
        stack.start()
        try:
            subprocess.run([REPOSITORY / "load-tests/data/generate", "--dsn", stack.conninfo("postgres")[0],
                            "--users", str(self.users), "--tweets", str(self.tweets), "--connections", str(self.connections),
                            "--favorites", str(self.favorites), "--sessions", str(self.sessions), "--seed", str(self.seed)],
                           check=True)
            stack.query("CREATE EXTENSION pg_prewarm")
        finally:
            stack.stop()
        if (new / "postgres-1").is_symlink():
            raise CommandFailed(f"PostgreSQL's user can't enter {CACHE}: set LINNET_BENCH_CACHE to a folder where it can")
        (new / "made").touch()
        discard(self.kept)
        new.rename(self.kept)


def discard(folder):
    """Stops what runs there, and removes it."""
    if folder.exists():
        Stack(folder, 0).stop()
        shutil.rmtree(folder)


def discard_unused():
    for folder in CACHE.glob("*-*-*-*-*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > UNUSED:
            discard(folder)


@contextmanager
def locked(path):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def contents_hash():
    """Of everything that the rows and the tables depend on."""
    digest = hashlib.sha256()
    folders = [REPOSITORY / "schema/deploy", REPOSITORY / "load-tests/data"]
    for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
