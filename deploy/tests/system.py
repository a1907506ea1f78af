"""A system that deploy/up starts in a state folder of its own, and the commands on it."""
import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[1]
sys.path.append(str(DEPLOY.parent / "server" / "tests"))

from support.process import free_port

# Hashes that cost nothing: what they cost is not what is tested here.
os.environ.update(LINNET_PASSWORD_MEMORY_KIB="8", LINNET_PASSWORD_ITERATIONS="1")


@functools.cache
def first_cluster():
    """A state folder with the cluster and the passwords that a first `up` makes: half of the processor time that it takes."""
    system = System(new=True)
    atexit.register(subprocess.run, ["rm", "-rf", system.folder])
    system.up()
    system.down()
    return Path(system.folder)


class System:
    """A state folder with the mode that mktemp -d gives it, and the commands on it. `with` stops and removes it at the end.

    Its cluster is a copy of the first one, unless it is to be `new`: then the folder is empty."""

    def __init__(self, new=False):
        self.folder = tempfile.mkdtemp(prefix="linnet-up-")
        if not new:
            os.mkdir(f"{self.folder}/components")
            for part in ("postgres-1", "pgpass"):
                subprocess.run(["cp", "-a", first_cluster() / part, self.folder], check=True)
            for inherit in ("chgrp", "chmod"):   # PostgreSQL's user may enter it
                subprocess.run([inherit, f"--reference={first_cluster()}", self.folder], check=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()
        subprocess.run(["rm", "-rf", self.folder], check=True)

    def run(self, command, *words, timeout=120):
        return subprocess.run([DEPLOY / command, "--state", self.folder, *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout)

    def up(self, *words, demo=False):
        """The output's lines. Returning at all shows that nothing detached holds our pipes open."""
        words = words if demo else (*words, "--no-demo")
        done = self.run("up", "--port", str(self.port), "--detach", *words, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def up_in_front(self, *words):
        """A process in its own group, as a terminal would start it."""
        return subprocess.Popen([DEPLOY / "up", "--state", self.folder, "--port", str(self.port), *words],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def let_die(self, *names):
        """They stay dead when they die."""
        for name in names:
            subprocess.run(["s6-svc", "-O", f"{self.folder}/services/{name}"], check=True)

    def down(self):
        done = self.run("down")
        assert done.returncode == 0, done.stderr

    def status(self):
        """{name: (role, pid or None, host:port, state)}"""
        lines = [line.split() for line in self.run("status").stdout.splitlines()]
        return {name: (role, None if pid == "-" else int(pid), address, state)
                for name, role, pid, address, state, *_ in lines}

    def pids(self):
        return {name: pid for name, (_, pid, _, _) in self.status().items()}

    def states(self):
        return {name: state for name, (*_, state) in self.status().items()}

    def psql(self, *words):
        return self.run("psql", "-X", "-A", "-t", *words)

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
