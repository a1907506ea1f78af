"""A PostgreSQL cluster with 100 k users and 1 M tweets, generated once and kept between runs.

It lies in $LINNET_PLANS_CACHE, by default /var/tmp/linnet-plans-<uid>: not in the repository, since as root it
belongs to the user postgres, who may be unable to look in there. The folder's name is a hash of all that the data
depend on, so that a change of schema or generator makes a new one and removes the old. Delete it at any time.
Tests read it, or roll back: autovacuum is off, and so the same query reads the same buffers in each run.
"""
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2

from support.process import Process, free_port
from support.stack import PG_BIN, REPOSITORY, ROLES

GENERATE = [REPOSITORY / "load-tests/data/generate", "--quiet", "--seed", "1", "--until", "2026-06-01T00:00:00+00:00",
            "--users", "100000", "--tweets", "1000000", "--connections", "2000000", "--favorites", "2000000"]

# What the generator leaves empty: three sessions and three kept keys for each user.
SESSIONS = """
INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)
SELECT i, 1 + i % 100000, sha256(int8send(i)), timestamptz '2026-06-01 00:00:00+00' + i * interval '1 s', '2126-06-01 00:00:00+00'
FROM generate_series(1, 300000::bigint) i;
INSERT INTO idempotency_keys (user_id, key, request_hash, response, created_at)
SELECT 1 + i % 100000, 'key-' || i, sha256(int8send(i)), '{}', timestamptz '2126-06-01 00:00:00+00' + i * interval '1 s'
FROM generate_series(1, 300000::bigint) i;
"""


class Town(Process):
    def __init__(self):
        cache = Path(os.environ.get("LINNET_PLANS_CACHE") or f"/var/tmp/linnet-plans-{os.geteuid()}")
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        assert cache.lstat().st_uid == os.geteuid(), f"{cache} is somebody else's: set LINNET_PLANS_CACHE"
        self.lock = open(cache / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)  # one run at a time starts this cluster
        self.folder = cache / contents_hash()
        self.port, self.data, self.complete = free_port(), self.folder / "data", self.folder / "complete"
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
                    "shared_buffers": "256MB", "autovacuum": "off", "fsync": "off", "wal_level": "minimal",
                    "max_wal_senders": "0", "max_wal_size": "256MB", "timezone": "UTC"}
        super().__init__("postgres", [PG_BIN / "postgres", "-D", self.data] + [f"--{k}={v}" for k, v in settings.items()],
                         self.folder / "postgres.log", "postgres" if os.geteuid() == 0 else None)

    def start(self):
        complete = self.complete.exists()
        if not complete:
            self.create_cluster()
        super().start()
        self.ready_when(self.accepts_queries, 60)
        if not complete:
            self.deploy("linnet")
            self.generate("linnet")
            self.execute("linnet", SESSIONS, "VACUUM (ANALYZE) sessions, idempotency_keys", "CHECKPOINT")
            self.complete.touch()
        self.execute("linnet", "VACUUM")  # what a test rolled back
        return self

    def stop(self):
        return super().stop(signal.SIGINT)

    def create_cluster(self):
        for old in self.folder.parent.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        self.folder.mkdir()
        if self.identity:
            shutil.chown(self.folder, self.identity["user"], self.identity["group"])
        subprocess.run([PG_BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
                        "--locale=C.UTF-8"], check=True, cwd="/", stdout=subprocess.DEVNULL, **self.identity)

    def deploy(self, database):
        if database == "linnet":
            self.execute("postgres", *ROLES)
        else:
            self.execute("postgres", f"CREATE DATABASE {database} OWNER linnet_owner")
        subprocess.run(["sqitch", "--quiet", "deploy", f"db:pg://linnet_owner@127.0.0.1:{self.port}/{database}"],
                       cwd=REPOSITORY / "schema", check=True)

    def generate(self, database, *arguments):
        subprocess.run([*GENERATE, "--dsn", self.conninfo("linnet_owner", database), *arguments], check=True)

    def conninfo(self, role, database="linnet"):
        return f"host=127.0.0.1 port={self.port} dbname={database} user={role}"

    def execute(self, database, *statements):
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


def contents_hash():
    files = [Path(__file__), REPOSITORY / "schema/sqitch.plan", *(REPOSITORY / "schema/deploy").iterdir(),
             *(REPOSITORY / "load-tests/data").glob("[a-z]*")]
    digest = hashlib.sha256()
    for file in sorted(f for f in files if f.is_file()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
