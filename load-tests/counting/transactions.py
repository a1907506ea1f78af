"""pgbench on a system that is counted: so many transactions, on connections of its own."""

import subprocess
from contextlib import contextmanager

from benchmark.bars.writes import unused_ids
from benchmark.pgbench import PROGRAM, SCRIPTS
from command import CommandFailed

CLIENTS = 8


@contextmanager
def running(system, script, count):
    """Yields the process; has ended at the end. `count` of each client."""
    values = {"users": system.data.users, "n": 0, "first": unused_ids() if script == "insert_tweet" else system.unused_pairs()}
    defined = [word for name, value in values.items() for word in ("-D", f"{name}={value}")]
    command = [PROGRAM, "-n", "-M", "prepared", "-f", SCRIPTS / f"{script}.sql", "-c", str(CLIENTS), "-j", "2", "-t", str(count), *defined,
               system.postgres.conninfo("linnet_app")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as pgbench:
        yield pgbench
        error = pgbench.stderr.read()
    if pgbench.returncode:
        raise CommandFailed(f"{' '.join(map(str, command))}: {error}")
