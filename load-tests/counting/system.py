"""PostgreSQL, memcached and a server as a deployment has them, each with a town's data, to be counted: as they are, or under callgrind."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sql
from benchmark.bars.viral import run_starts
from benchmark.stack import wait_for_recent_tweets
from benchmark.town import Town
from faults.processes import Started
from support.postgres import Postgres
from support.server import Server
from support.stack import Memcached

REPOSITORY = Path(__file__).resolve().parents[2]
CALLGRIND = ["valgrind", "--tool=callgrind", "--quiet", "--separate-threads=yes", "--compress-strings=no", "--compress-pos=no"]
# Nobody gives up on an answer, though all takes fifty times as long.
PATIENCE = ["--memcached-timeout-ms", "10000", "--request-timeout-ms", "60000"]
READY_WITHIN = 120   # seconds
TWEETS = 25   # of each user, on average


@dataclass
class Data:
    users: int
    seed: int = 1

    @property
    def sessions(self):
        return self.users


class System(Started):
    """memcached can't run under callgrind: it sets limits that valgrind keeps for itself."""

    def __init__(self, binary, users, counting=None):
        """`counting` is a folder for what callgrind writes."""
        self.binary, self.data, self.counting = binary, Data(users), counting
        self.started = []
        self.folder = Path(tempfile.mkdtemp(prefix="linnet-counting-"))
        self.folder.chmod(0o755)
        self.unused_pairs = run_starts(10**6)   # for pgbench

    def start(self):
        self.postgres = Postgres(self.folder)
        self.started.append(self.postgres)
        configure(self.postgres)
        self.postgres.start()
        self.generate()
        if self.counting:
            self.postgres.stop()
            # At this function, and that is when it is asked to log what it remembers, a backend writes what it did.
            self.postgres.command = [*self.under_callgrind(), "--dump-before=ProcessLogMemoryContextInterrupt", *self.postgres.command]
            self.postgres.start()
        self.memory = Memcached(self.folder)
        self.started.append(self.memory.start())
        flags = ["--database", f"{self.postgres.conninfo('linnet_app')} connect_timeout=60", "--memcached", self.memory.address, *PATIENCE]
        self.server = Server(self.binary, self.folder / "server.log", flags, without=["--recent-tweets-mib"],   # all of them
                             under=self.under_callgrind() if self.counting else ())
        self.started.append(self.server)
        self.server.launch()
        self.server.ready_when(lambda: self.server.probe("/readyz") == 200, READY_WITHIN)
        self.url = self.server.url
        wait_for_recent_tweets(self.url)
        self.town = Town(self, self.data)

    def under_callgrind(self):
        return [*CALLGRIND, f"--callgrind-out-file={self.counting}/%p"]

    def generate(self):
        sizes = {"users": self.data.users, "tweets": self.data.users * TWEETS, "connections": self.data.users**2 // 400,
                 "favorites": self.data.users * TWEETS, "sessions": self.data.sessions, "seed": self.data.seed}
        words = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
        subprocess.run([REPOSITORY / "load-tests/data/generate", "--quiet", "--dsn", self.postgres.conninfo("postgres"), *words], check=True)

    def query(self, statement, *values):
        """Rows of one statement, run as the superuser."""
        return sql.rows(self.postgres.conninfo("postgres"), statement, *values)

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for process in reversed(self.started):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def configure(postgres):
    """As deploy/ has it, but for where it is."""
    deployed = (REPOSITORY / "deploy/postgres/postgresql.conf").read_text()
    with open(postgres.data / "postgresql.conf", "a") as settings:
        settings.write(f"{deployed}\nlog_connections = on\n")   # says which backends are pgbench's
