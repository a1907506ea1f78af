"""The system under test: a private PostgreSQL, one memcached and Linnet servers, in one temporary folder.

    stack = Stack(binary)     starts all three; stack.url, stack.dsn, stack.memcached say where
    stack.start_server(...)   one more server on the same data, with flags that override those of the tests
    stack.close()             stops everything and removes the folder

As root, PostgreSQL runs as the system's user `postgres`, since it refuses to run as root.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from .process import Process, accepts, free_port
from .server import Server

REPOSITORY = Path(__file__).resolve().parents[3]
PG_BIN = Path(os.environ.get("LINNET_PG_BIN", "/usr/lib/postgresql/15/bin"))
ROLES = ("CREATE ROLE linnet_owner LOGIN CREATEROLE",
         "CREATE DATABASE linnet OWNER linnet_owner")


class Postgres(Process):
    """A cluster with fsync on: what it acknowledged must survive a crash in the tests as well."""

    def __init__(self, folder):
        self.port, self.data = free_port(), folder / "pg"
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user, self.user)
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder,
                    "max_connections": 200, "shared_buffers": "64MB", "timezone": "UTC"}
        super().__init__("postgres", [PG_BIN / "postgres", "-D", self.data]
                         + [f"--{name}={value}" for name, value in settings.items()],
                         folder / "postgres.log", self.user)
        subprocess.run([PG_BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, cwd="/", stdout=subprocess.DEVNULL, **self.identity)

    def start(self):
        super().start()
        self.ready_when(self.accepts_queries, 30)
        return self

    def stop(self):
        return super().stop(signal.SIGINT)   # fast: ends the sessions, then shuts down cleanly

    def conninfo(self, role, database="linnet"):
        return f"host=127.0.0.1 port={self.port} dbname={database} user={role}"

    def accepts_queries(self):
        try:
            psycopg2.connect(self.conninfo("postgres", "postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def create_database(self):
        connection = psycopg2.connect(self.conninfo("postgres", "postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in ROLES:
                cursor.execute(statement)
        connection.close()
        target = f"db:pg://linnet_owner@127.0.0.1:{self.port}/linnet"
        who = {"SQITCH_FULLNAME": "Linnet tests", "SQITCH_EMAIL": "tests@linnet.example"}
        done = subprocess.run(["sqitch", "deploy", "--verify", target], cwd=REPOSITORY / "schema",
                              env={**os.environ, **who}, capture_output=True, text=True)
        assert done.returncode == 0, f"sqitch deploy failed:\n{done.stdout}\n{done.stderr}"


class Memcached(Process):
    def __init__(self, folder):
        self.port = free_port()
        as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
        super().__init__(f"memcached {self.port}", ["memcached", "-l", "127.0.0.1", "-p", self.port, "-U", "0", "-m", "64"]
                         + as_user, folder / f"memcached-{self.port}.log")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        super().start()
        self.ready_when(lambda: accepts(self.port), 10)
        return self

    def command_line(self, command):
        """One command of the text protocol; returns the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(command.encode() + b"\r\n")
            return connection.makefile(encoding="latin-1").readline().strip()   # a value may be any bytes

    def stats(self):
        """The numbers that `stats` tells, by name."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(b"stats\r\nquit\r\n")
            text = connection.makefile().read()
        return {name: int(value) for name, value in re.findall(r"^STAT (\w+) (\d+)$", text, re.M)}

    def flush(self):
        assert self.command_line("flush_all") == "OK"


class Stack:
    def __init__(self, binary):
        self.binary = Path(binary).resolve()
        assert os.access(self.binary, os.X_OK), f"LINNET_SERVER={binary} is not a program"
        self.folder = Path(tempfile.mkdtemp(prefix="linnet-test-"))
        self.folder.chmod(0o755)
        self.servers, self.memories = [], []
        try:
            self.postgres = Postgres(self.folder).start()
            self.postgres.create_database()
            self.dsn = self.postgres.conninfo("linnet_owner")
            self.memory = self.start_memcached()
            self.memcached = self.memory.address
            self.server = self.start_server()
            self.url = self.server.url
        except BaseException:
            self.remove()
            raise

    def start_memcached(self):
        """One more memcached, for tests that stop it."""
        self.memories.append(Memcached(self.folder))
        return self.memories[-1].start()

    def start_server(self, *flags, memcached=True, without=(), under=()):
        """Starts one more server and waits until it is ready. `flags` override those in server.TEST_FLAGS,
        of which those in `without` are left out. `under` is the command of a program that runs it."""
        backends = ["--database", self.postgres.conninfo("linnet_app")]
        if memcached and "--memcached" not in flags:
            backends += ["--memcached", self.memcached]
        log = self.folder / f"server-{len(self.servers)}.log"
        server = Server(self.binary, log, [*backends, *flags], without, under)
        self.servers.append(server)
        return server.start()

    def logs(self):
        """Every process with a log, the servers first: what a failing test shows."""
        return [*self.servers, *self.memories, self.postgres]

    def close(self):
        """Stops the servers and says what was wrong with their end: exit code, sanitizer reports."""
        try:
            return [fault for server in self.servers for fault in server.finish()]
        finally:
            self.remove()

    def remove(self):
        for process in [*self.servers, *self.memories]:
            process.kill()
        if hasattr(self, "postgres"):
            self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
