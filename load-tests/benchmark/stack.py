"""A running Linnet with a PostgreSQL and a memcached of its own, on one state folder of deploy/up."""

import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import sql
from command import CommandFailed

HERE = Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}


class Stack:
    def __init__(self, folder, port):
        self.folder, self.port = Path(folder), port
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {}

    def start(self):
        """Waits until the server has read the recent tweets, which takes more than a processor for some seconds at ten
        millions."""
        self.command(DEPLOY / "up", "--port", str(self.port), "--no-demo", "--detach")
        wait_for_recent_tweets(self.url)

    def stop(self):
        if (self.folder / "components").exists():
            self.command(DEPLOY / "down")

    def restart(self, **settings):
        """With empty caches, and with LINNET_* settings such as READ_BATCH=1; without any: the defaults."""
        self.settings = settings
        self.command(HERE / "restart")
        wait_for_recent_tweets(self.url)

    def conninfo(self, role):
        """By unix socket, and by TCP."""
        return self.command(HERE / "conninfo", role).splitlines()

    def query(self, statement, *values):
        """Rows of one statement, run as the superuser."""
        return sql.rows(self.conninfo("postgres")[0], statement, *values)

    @property
    def memcached(self):
        """Its host:port."""
        return (self.folder / "components/memcached-1").read_text().split()[1]

    def flush_memcached(self):
        host, port = self.memcached.split(":")
        with socket.create_connection((host, int(port)), 5) as connection:
            connection.sendall(b"flush_all\r\n")
            connection.recv(64)

    def server_memory(self):
        """Resident bytes of the server."""
        pid = (self.folder / "services/server-1/pid").read_text().strip()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def command(self, *words):
        environment = dict(os.environ, **{f"LINNET_{name}": str(value) for name, value in self.settings.items()})
        done = subprocess.run([*words, "--state", self.folder], env=environment, **QUIET)
        if done.returncode:
            raise CommandFailed(f"{' '.join(map(str, words))}:\n{done.stdout}")
        return done.stdout


def wait_for_recent_tweets(url, seconds=300):
    deadline = time.monotonic() + seconds
    while metric(url, "linnet_recent_tweets_fill_seconds") == 0:
        if time.monotonic() > deadline:
            raise CommandFailed(f"{url} has not read the recent tweets within {seconds} s")
        time.sleep(0.1)


def metric(url, name):
    """Of a server: one without labels."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        return next(float(line.split()[1]) for line in answer.read().decode().splitlines() if line.startswith(f"{name} "))
