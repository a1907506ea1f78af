"""deploy/backup, deploy/restore and the archive: what comes back is what there was, and nothing is overwritten."""
import os
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pytest

from topology import Topology
from system import DEPLOY

RECONCILE = str(DEPLOY.parent / "schema" / "reconcile.sql")
ARCHIVE_WAL = DEPLOY / "postgres" / "archive_wal"
EVERYTHING = """SELECT string_agg(format('SELECT %L, t::text FROM %I t', tablename, tablename), ' UNION ALL ')
    FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'cache_changes'"""   # servers tidy that one up


class Archived(Topology):
    """A system, the folder where it archives, and what a person with a shell does to it."""

    def __init__(self, place, new=False):
        super().__init__(new)
        self.archive, self.backups = place / "wal", place / "base"

    def sql(self, query):
        answer = self.psql("-U", "postgres", "-c", query)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def rows(self):
        return sorted(self.sql(self.sql(EVERYTHING)).splitlines())

    def post(self, name, authorization, content):
        """Once, however often it has to be sent: a slow disk is 503, and what is stored is counted here."""
        request = f"/api/users/{name}/tweets", {"content": content}, {**authorization, "Idempotency-Key": str(uuid.uuid4())}
        deadline = time.monotonic() + 30
        while (status := self.send("POST", *request)[0]) != 201:
            assert status == 503 and time.monotonic() < deadline, status
            time.sleep(0.2)

    def archive_all(self):
        segment = self.archive / self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        deadline = time.monotonic() + 20
        while not segment.exists():
            assert time.monotonic() < deadline, f"{segment} isn't archived"
            time.sleep(0.05)

    def segments(self):
        return {file.name for file in self.archive.iterdir() if len(file.name) == 24}


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="linnet-backup-") as folder:
        os.chmod(folder, 0o755)   # PostgreSQL's user has to get in
        yield Path(folder)


@pytest.fixture
def system(place):
    system = Archived(place)
    yield system
    system.down()
    subprocess.run(["rm", "-rf", system.folder], check=True)


@pytest.fixture
def restored(place):
    restored = Archived(place, new=True)
    yield restored
    restored.down()
    subprocess.run(["rm", "-rf", restored.folder, restored.folder + ".log"], check=True)


def test_a_restore_brings_back_what_there_was_at_a_moment_and_nothing_later(system, restored, place):
    system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--replicas", "1",
                "--archive", str(system.archive))
    ada, bob = system.register("ada"), system.register("bob")
    system.post("ada", ada, "before any backup")
    system.done("backup", str(system.backups))
    system.post("bob", bob, "between two backups")
    system.done("backup", "--keep", "1", str(system.backups))
    backup, = system.backups.glob("2*")
    started, = [line.split()[-1].rstrip(")") for line in (backup / "backup_label").read_text().splitlines()
                if line.startswith("START WAL")]
    assert min(system.segments()) >= started   # what the removed one needed is gone, too

    # On the timeline of the backup, and on that of the next primary.
    assert system.send("PUT", "/api/users/bob/followers/ada", headers=ada)[0] == 201
    system.post("bob", bob, "after the backup")
    system.let_die("postgres-1")
    os.kill(system.look()["postgres-1"].pid, signal.SIGKILL)
    system.done("promote")
    system.post("ada", ada, "on the new primary")
    there = system.rows()
    moment = system.sql("SELECT clock_timestamp()")

    # The mistake, and what went on after it.
    assert system.sql("DELETE FROM tweets") == "DELETE 4"
    system.register("late")
    system.archive_all()
    assert "archived: 00000002" in system.look()["postgres-2"].detail

    restore = ["--from", str(backup), "--archive", str(system.archive)]
    for words, message in [([*restore, "--state", system.folder], "is not empty"),
                           ([*restore, "--state", restored.folder, "--to", "1 hour"], "the archive ends at 2")]:
        refused = subprocess.run([DEPLOY / "restore", *words], capture_output=True, text=True)
        assert refused.returncode != 0 and message in refused.stderr, refused.stderr
    assert not Path(restored.folder).exists() and len(system.rows()) > 0

    restored.done("restore", *restore, "--to", moment)
    other = restored.run("up", "--port", str(restored.port), "--detach", "--archive", str(system.archive))
    assert other.returncode != 0 and "an archive of its own" in other.stderr
    restored.done("up", "--port", str(restored.port), "--detach")   # without --no-demo: it is no first run
    assert restored.rows() == there
    assert restored.run("psql", "-X", "-f", RECONCILE).returncode == 0
    assert b"before any backup" in restored.send("GET", "/api/users/ada/tweets")[2]
    restored.post("ada", ada, "after the restore")
    restored.register("late")
    assert restored.run("psql", "-X", "-f", RECONCILE).returncode == 0
    assert len(restored.rows()) > len(there)


def archive(source, target):
    return subprocess.run([ARCHIVE_WAL, source, target], capture_output=True, text=True)


def test_the_archive_takes_a_file_once_and_never_another_of_its_name(tmp_path):
    segment, other, kept = tmp_path / "segment", tmp_path / "other", tmp_path / "wal" / "000000010000000000000001"
    kept.parent.mkdir()
    segment.write_bytes(b"WAL" + bytes(1 << 20))
    other.write_bytes(b"WAR" + bytes(1 << 20))
    (kept.parent / (kept.name + ".new")).write_bytes(b"half of what a crash interru")

    assert archive(segment, kept).returncode == 0
    assert archive(segment, kept).returncode == 0   # asked again after a crash
    refused = archive(other, kept)
    assert refused.returncode != 0 and "differs" in refused.stderr
    assert archive(tmp_path / "none", kept.parent / "000000010000000000000002").returncode != 0
    assert kept.read_bytes() == segment.read_bytes()
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]
