"""The system under test: a private PostgreSQL, one memcached and Linnet servers, in one temporary folder.

    stack = Stack(binary)     starts all three; stack.url, stack.dsn, stack.memcached say where
    stack.start_server(...)   one more server on the same data, with flags that override those of the tests
    stack.close()             stops everything and removes the folder
"""
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

from .postgres import Postgres
from .process import Process, accepts, free_port
from .server import Server


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
