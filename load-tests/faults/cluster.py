"""A whole topology to break, as `deploy/up` has it: haproxy, servers, a primary with replicas, memcacheds.

    with Cluster(binary, servers=2) as system: ...

It is started, healed and changed by the commands in deploy/, as an operator would; what is broken is the processes that its state
folder names. Components are called as `deploy/status` calls them: server-1, postgres-2, haproxy.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn
from support.process import free_port, wait_until
from support.server import SANITIZER_REPORT

from .audit import ask, audit
from .controlled_proxy import ControlledProxy
from .processes import family, probe, READY_WITHIN, signal_all, Started

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"
SETTINGS = {"LINNET_PASSWORD_MEMORY_KIB": "8", "LINNET_PASSWORD_ITERATIONS": "1"}   # what hashes cost is not what is tested


class Component(NamedTuple):
    role: str
    address: str
    pid: int | None

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])


class Cluster(Started):
    """`rerouted`: a server that gets to the PostgreSQL clusters by way of proxies; clients then ask each server itself, else haproxy;
    `settings`: of the servers, such as {"memory-ttl-ms": 0}."""

    def __init__(self, binary, *, servers=2, replicas=2, memcacheds=2, synchronous=1, rerouted=None, settings=None):
        self.binary, self.rerouted = Path(binary).resolve(), rerouted
        self.settings = {**SETTINGS, **{f"LINNET_{name.replace('-', '_').upper()}": str(value) for name, value in (settings or {}).items()}}
        self.numbers = {"servers": servers, "replicas": replicas, "caches": memcacheds, "synchronous": synchronous}
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="linnet-faults-")), free_port()
        self.reroute_file = self.folder / "reroute.json"
        self.proxies, self.suspended, self.conninfos = [], [], {}
        self.returns = []   # when what writes need came back: writes shall work soon after

    def __exit__(self, kind, *_):
        try:
            self.resume()
            self.deploy("down")
            faults = self.what_logs_say()
        finally:
            self.remove()
        assert kind or not faults, "\n\n".join(faults)

    def start(self):
        self.route({})
        self.up("--port", str(self.port), *(word for name, number in self.numbers.items() for word in (f"--{name}", str(number))))
        if self.rerouted:
            ports = [self.component(name).port for name in [self.primary, *self.replicas]]
            self.proxies = [ControlledProxy("127.0.0.1", port, self.folder).start() for port in ports]
            self.route(dict(zip(ports, (proxy.port for proxy in self.proxies))))
            self.deploy("restart")

    def route(self, ports):
        """For `rerouted-server`, which stands in for the binary."""
        self.reroute_file.write_text(json.dumps({"binary": str(self.binary), "server": self.rerouted, "ports": ports,
                                                 "passfile": str(self.folder / "pgpass")}))

    def deploy(self, command, *words):
        """What the command printed. Raises AssertionError where it fails."""
        self.conninfos.clear()   # they may be others afterwards
        environment = {**os.environ, **self.settings, "LINNET_SERVER": str(self.binary)}
        if self.rerouted:
            environment.update(LINNET_SERVER=str(HERE / "rerouted-server"), REROUTE=str(self.reroute_file))
        done = subprocess.run([DEPLOY / command, "--state", self.folder, *words], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"deploy/{command} {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def up(self, *words):
        return self.deploy("up", "--no-demo", "--detach", *words)

    def component(self, name):
        """With the pid that it has or, if it died, had."""
        role, address = (self.folder / "components" / name).read_text().split()
        pid = self.folder / "services" / name / "pid"
        return Component(role, address, int(pid.read_text()) if pid.exists() else None)

    def names(self, role):
        return sorted(file.name for file in (self.folder / "components").glob("[!.]*") if self.component(file.name).role == role)

    @property
    def primary(self):
        return self.names("primary")[0]

    @property
    def replicas(self):
        return self.names("replica")

    @property
    def server_urls(self):
        return [f"http://{self.component(name).address}" for name in self.names("server")]

    @property
    def urls(self):
        return self.server_urls if self.rerouted else [f"http://127.0.0.1:{self.port}"]

    @property
    def untouched(self):
        """Servers that must not notice the fault."""
        return [f"http://{self.component(name).address}" for name in self.names("server") if name != self.rerouted] if self.rerouted else []

    def conninfo(self, name, role="postgres"):
        if (name, role) not in self.conninfos:
            done = subprocess.run([HERE / "conninfo", name, role, "--state", self.folder], capture_output=True, text=True, check=True)
            self.conninfos[name, role] = done.stdout.strip()
        return self.conninfos[name, role]

    @property
    def dsn(self):
        """Of whichever cluster takes writes by then."""
        each = [parse_dsn(self.conninfo(name, "linnet_owner")) for name in [self.primary, *self.replicas]]
        return make_dsn(**{**each[0], "host": ",".join(one["host"] for one in each), "port": ",".join(one["port"] for one in each)},
                        target_session_attrs="read-write", connect_timeout=10)

    def ask(self, name, query, *values):
        return ask(self.conninfo(name), query, *values)

    def lacks(self, replica):
        """Bytes that the primary has and the replica has not replayed, as the primary knows; infinity of one that is gone."""
        return float(self.ask(self.primary, """SELECT coalesce((SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8
            FROM pg_stat_replication WHERE application_name = %s), 'Infinity')""", replica))

    def kill(self, name):
        """SIGKILL to all of its processes. It stays dead till the next `up`: its supervisor is told so."""
        subprocess.run(["s6-svc", "-O", self.folder / "services" / name], check=True)
        signal_all(family(self.component(name).pid), signal.SIGKILL)

    def suspend(self, name):
        """SIGSTOP to all of its processes."""
        self.suspended += family(self.component(name).pid)
        signal_all(self.suspended, signal.SIGSTOP)

    def resume(self):
        signal_all(self.suspended, signal.SIGCONT)
        self.suspended.clear()

    def kill_suspended(self):
        signal_all(self.suspended, signal.SIGKILL)
        self.suspended.clear()

    def bring_back_primary(self):
        """deploy/up; notes since when the primary takes queries, which is when it takes writes."""
        primary = self.conninfo(self.primary, "linnet_owner")
        with ThreadPoolExecutor(1) as pool:
            up = pool.submit(self.up)
            while not up.done() and not takes_queries(primary):
                time.sleep(0.1)   # each try costs PostgreSQL a process
            self.note_return()
            up.result()

    def note_return(self):
        self.returns.append(time.monotonic())

    def heal(self):
        """Starts what doesn't run, and resumes what hangs or replays nothing."""
        for proxy in self.proxies:
            proxy.clear()
        self.resume()
        self.up()
        for replica in self.replicas:
            self.ask(replica, "SELECT pg_wal_replay_resume()")
        wait_until(lambda: all(probe(f"{url}/readyz") == 200 for url in self.server_urls), READY_WITHIN, "all servers ready")

    def audit(self):
        return audit(self.conninfo(self.primary), {name: self.conninfo(name) for name in self.replicas})

    def what_logs_say(self):
        """Of the servers how they ended, and of all what may not happen whatever is broken around them."""
        faults = []
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_text("utf-8", "replace")
            if SANITIZER_REPORT.search(text) or "PANIC: " in text:
                faults.append(f"{log.name}: {text[-6000:]}")
            elif log.name.startswith("server-") and json.loads(text.splitlines()[-1]).get("event") != "stopped":
                faults.append(f"{log.name} does not end in order: {text[-1000:]}")
        return faults

    def remove(self):
        self.resume()
        if (self.folder / "components").exists():
            subprocess.run([DEPLOY / "down", "--state", self.folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=300)
        for proxy in self.proxies:
            proxy.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def takes_queries(conninfo):
    try:
        psycopg2.connect(conninfo).close()
        return True
    except psycopg2.OperationalError:
        return False
