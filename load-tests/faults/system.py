"""A system of its own to break: PostgreSQL, memcacheds and servers as children, if wished with a proxy on each path between them.

    with System(binary, proxied=True) as system: ...

Everything that was broken is put right by `heal`.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
from support.postgres import Postgres
from support.process import wait_until
from support.server import Server
from support.stack import Memcached

from .audit import audit
from .controlled_proxy import ControlledProxy
from .processes import family, probe, READY_WITHIN, signal_all, Started

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
OTHER_ALLOCATOR = "libstdc++.so.6:libc.so.6"   # jemalloc asks for the time before libfaketime knows it


class Unsupported(Exception):
    """This machine can't have the fault. The text says why."""


class System(Started):
    """Clients ask each server itself. `apart`: the first server alone has a proxy on its path to the only memcached; `small_disk`: MiB of a file system of its own for PostgreSQL's data; `fake_clock`: the servers' clock can be set;
    `settings`: of the servers, such as {"memory-ttl-ms": 0}."""

    def __init__(self, binary, *, servers=1, memcacheds=2, proxied=False, apart=False, small_disk=0, fake_clock=False, settings=None):
        self.binary, self.wanted = Path(binary).resolve(), (servers, memcacheds)
        self.flags = [word for name, value in (settings or {}).items() for word in (f"--{name}", str(value))]
        self.proxied, self.apart, self.small_disk, self.fake_clock = proxied, apart, small_disk, fake_clock
        self.servers, self.memories, self.proxies = [], [], []
        self.postgres = self.database_proxy = self.disk = None
        self.returns = []   # when what writes need came back: writes shall work soon after
        self.folder = Path(tempfile.mkdtemp(prefix="linnet-faults-"))
        self.folder.chmod(0o755)

    def __exit__(self, kind, *_):
        try:
            faults = [fault for server in self.servers for fault in server.finish()]
        finally:
            self.remove()
        assert kind or not faults, "\n\n".join(faults)

    def start(self):
        if self.fake_clock:
            if FAKETIME is None:
                raise Unsupported("libfaketime is not installed")
            self.set_clock("+0")
        if self.small_disk:
            self.mount(self.small_disk)
        servers, memcacheds = self.wanted
        self.postgres = Postgres(self.folder).start()
        self.memories = [Memcached(self.folder).start() for _ in range(memcacheds)]
        database, memcached = self.backends()
        under = ("env", f"LD_PRELOAD={FAKETIME}:{OTHER_ALLOCATOR}", f"FAKETIME_TIMESTAMP_FILE={self.folder}/clock", "FAKETIME_NO_CACHE=1",
                 "FAKETIME_DONT_FAKE_MONOTONIC=1") if self.fake_clock else ()
        for number in range(servers):
            flags = [*self.flags, "--database", f"host=127.0.0.1 port={database} dbname=linnet user=linnet_app"]
            ports = [self.memcached_proxies[0].port] if self.apart and number == 0 else memcached
            flags += [word for port in ports for word in ("--memcached", f"127.0.0.1:{port}")]
            self.servers.append(Server(self.binary, self.folder / f"server-{number}.log", flags, under=under))
            self.servers[-1].start()

    def backends(self):
        """The ports at which the servers find the database and the memcacheds."""
        if self.apart:
            self.proxies = self.memcached_proxies = [ControlledProxy("127.0.0.1", self.memories[0].port, self.folder).start()]
        if not self.proxied:
            return self.postgres.port, [memory.port for memory in self.memories]
        self.proxies = [ControlledProxy("127.0.0.1", port, self.folder).start()
                        for port in [self.postgres.port, *(memory.port for memory in self.memories)]]
        self.database_proxy, self.memcached_proxies = self.proxies[0], self.proxies[1:]
        return self.database_proxy.port, [proxy.port for proxy in self.memcached_proxies]

    def mount(self, mebibytes):
        self.disk = self.folder / "pg"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", self.disk], capture_output=True, text=True)
        if done.returncode:
            self.disk = None
            raise Unsupported(f"mounting a small file system is not allowed here: {done.stderr.strip()}")
        if os.geteuid() == 0:
            shutil.chown(self.disk, "postgres", "postgres")
            self.disk.chmod(0o700)

    untouched = ()

    @property
    def urls(self):
        return [server.url for server in self.servers]

    server_urls = urls

    @property
    def dsn(self):
        return self.postgres.conninfo("linnet_owner")

    def kill_primary(self):
        """SIGKILL to all of its processes, as when the machine fails."""
        signal_all(family(self.postgres.pid), signal.SIGKILL)
        self.postgres.popen.wait()

    def start_primary(self):
        """Again, after it died; returns when it takes queries. Its processes may need a moment to be gone."""
        wait_until(self.primary_starts, READY_WITHIN, "PostgreSQL is back")
        self.returns.append(time.monotonic())

    def primary_starts(self):
        try:
            self.postgres.start()
            return True
        except AssertionError as error:
            if "pre-existing shared memory" in str(error) or "lock file" in str(error):
                return False
            raise

    def stop_primary(self):
        """SIGSTOP to all of its processes."""
        self.stopped = family(self.postgres.pid)
        signal_all(self.stopped, signal.SIGSTOP)

    def continue_primary(self):
        signal_all(self.stopped, signal.SIGCONT)
        self.returns.append(time.monotonic())

    def restart_server(self, server):
        server.start()
        self.returns.append(time.monotonic())

    def take_all_connections(self):
        """Takes those that the servers have, and what is left; returns connections to close."""
        taken = []
        superuser = psycopg2.connect(self.postgres.conninfo("postgres"))
        superuser.autocommit = True
        limit = int(self.ask(superuser, "SHOW max_connections"))
        while len(taken) < limit:
            try:
                taken.append(psycopg2.connect(self.dsn))
            except psycopg2.OperationalError:
                if not int(self.ask(superuser, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'linnet_app'")):
                    break
        return [*taken, superuser]

    @staticmethod
    def ask(connection, query):
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]

    def set_clock(self, offset):
        """Such as "+3600": of the servers, from now on."""
        (self.folder / "clock.new").write_text(f"{offset}\n")
        (self.folder / "clock.new").replace(self.folder / "clock")

    def heal(self):
        """Starts what doesn't run."""
        for proxy in self.proxies:
            proxy.clear()
        if not self.postgres.running:
            self.start_primary()
        for process in [*self.memories, *self.servers]:
            if not process.running:
                process.start()
        wait_until(lambda: all(probe(f"{url}/readyz") == 200 for url in self.urls), READY_WITHIN, "all servers ready")

    def audit(self):
        return audit(self.postgres.conninfo("postgres"), {})

    def remove(self):
        for process in [*self.servers, *self.proxies, *self.memories]:
            process.kill()
        if self.postgres:
            self.postgres.stop()
        if self.disk:
            subprocess.run(["umount", "--lazy", self.disk], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)
