"""pgbench on a system that is counted: so many transactions, on connections of its own."""

import subprocess

from benchmark.bars.writes import unused_ids
from benchmark.pgbench import PROGRAM, SCRIPTS
from command import CommandFailed

CLIENTS = 8


def run(system, script, count):
    """`count` of each client. One more connection is opened before theirs."""
    values = {"users": system.data.users, "n": 0, "first": unused_ids() if script == "insert_tweet" else system.unused_pairs()}
    defined = [word for name, value in values.items() for word in ("-D", f"{name}={value}")]
    command = [PROGRAM, "-n", "-M", "prepared", "-f", SCRIPTS / f"{script}.sql", "-c", str(CLIENTS), "-j", "2", "-t", str(count), *defined,
               system.postgres.conninfo("linnet_app")]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise CommandFailed(f"{' '.join(map(str, command))}: {done.stderr}")
