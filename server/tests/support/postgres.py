"""A PostgreSQL cluster of its own, with the database linnet and the schema as sqitch deploys it.

As root, PostgreSQL runs as the system's user `postgres`, since it refuses to run as root.
The schema is deployed once: each cluster is a copy of one that is kept in $LINNET_CLUSTER_CACHE, by default
/var/tmp/linnet-cluster-<uid>. Its folder's name is a hash of the schema. Delete it at any time.
"""
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from .process import Process, free_port

REPOSITORY = Path(__file__).resolve().parents[3]
PG_BIN = Path(os.environ.get("LINNET_PG_BIN", "/usr/lib/postgresql/15/bin"))
USER = "postgres" if os.geteuid() == 0 else None
SCHEMA = [REPOSITORY / "schema/sqitch.plan", *(REPOSITORY / "schema/deploy").iterdir()]


class Postgres(Process):
    """In `folder`, with fsync on: what it acknowledged must survive a crash in the tests as well."""

    def __init__(self, folder, settings=None, deployed=True):
        self.port, self.data = free_port(), folder / "pg"
        if USER:
            shutil.chown(folder, USER, USER)
        settings = settings or {"unix_socket_directories": folder, "max_connections": 200, "shared_buffers": "64MB"}
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "timezone": "UTC", **settings}
        super().__init__("postgres", [PG_BIN / "postgres", "-D", self.data]
                         + [f"--{name}={value}" for name, value in settings.items()],
                         folder / "postgres.log", USER)
        if deployed:
            copy_deployed(self.data)

    def start(self):
        super().start()
        self.ready_when(self.accepts_queries, 60)
        return self

    def stop(self):
        return super().stop(signal.SIGINT)   # fast: ends the sessions, then shuts down cleanly

    def conninfo(self, role, database="linnet"):
        return f"host=127.0.0.1 port={self.port} dbname={database} user={role}"

    def execute(self, database, *statements):
        """As the superuser, each in a transaction of its own."""
        connection = psycopg2.connect(self.conninfo("postgres", database))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def accepts_queries(self):
        try:
            self.execute("postgres")
            return True
        except psycopg2.OperationalError:
            return False

    def make(self):
        """The cluster that all others are copies of."""
        subprocess.run([PG_BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, cwd="/", stdout=subprocess.DEVNULL, **self.identity)
        self.start()
        try:
            self.execute("postgres", "CREATE ROLE linnet_owner LOGIN CREATEROLE", "CREATE DATABASE linnet OWNER linnet_owner")
            self.deploy_schema("linnet")
        finally:
            self.stop()

    def deploy_schema(self, database):
        done = subprocess.run(["sqitch", "deploy", "--verify", f"db:pg://linnet_owner@127.0.0.1:{self.port}/{database}"],
                              cwd=REPOSITORY / "schema", capture_output=True, text=True,
                              env={**os.environ, "SQITCH_FULLNAME": "Linnet tests", "SQITCH_EMAIL": "tests@linnet.example"})
        assert done.returncode == 0, f"sqitch deploy failed:\n{done.stdout}\n{done.stderr}"


@contextmanager
def cached(cache, sources):
    """(folder, whether it is complete) of what depends on the files `sources`, in the folder `cache`, to which others come afterwards.
    Whoever completes the folder writes a file `complete` into it. What depended on other contents goes."""
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    assert cache.lstat().st_uid == os.geteuid(), f"{cache} is somebody else's"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256()
        for file in sorted(sources):
            digest.update(file.read_bytes())
        folder = cache / digest.hexdigest()[:16]
        complete = (folder / "complete").exists()
        if not complete:
            for old in cache.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            folder.mkdir()
        yield folder, complete


def copy_deployed(data):
    """A new cluster in the folder `data`, which is empty or does not exist."""
    cache = Path(os.environ.get("LINNET_CLUSTER_CACHE") or f"/var/tmp/linnet-cluster-{os.geteuid()}")
    with cached(cache, [Path(__file__), *SCHEMA]) as (folder, complete):
        if not complete:
            Postgres(folder, deployed=False).make()
            (folder / "complete").touch()
        subprocess.run(["cp", "-aT", folder / "pg", data], check=True)
