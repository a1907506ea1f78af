"""The systems in which the mutants show, and what goes wrong there all of the time. The server as it is passes each of them.

A scene is a Case (faults/case.py) whose cause goes on until the hunt is over: it ends by the InterruptedError of `wait`.
"""
import random
from contextlib import closing

import psycopg2
from faults import felt
from faults.case import Case
from support.process import wait_until

SCENES = {}
MEMORY_OFF = {"memory-ttl-ms": 0}   # what memcached and the replica hold shows at each read, not only where memory lacks something
LATE = {"late_ms": 150, "late_share": 0.05}
VERY_LATE = {"late_ms": 300, "late_share": 0.05}
PROXIED = {"memcacheds": 1, "proxied": True, "settings": {**MEMORY_OFF, "loops": 4}}
CLUSTER = {"cluster": True, "replicas": 1, "memcacheds": 1, "synchronous": 0, "rerouted": "server-1", "settings": MEMORY_OFF}


def scene(how_felt, **more):
    def add(cause):
        SCENES[cause.__name__] = Case(cause.__name__, cause, how_felt, frozenset(), **more)
        return cause
    return add


def wait(length, seconds):
    length.last(seconds, seconds)


@scene(lambda hunt: True, system={"servers": 2, "memcacheds": 1}, staleness=2)
def two_servers(system, length):
    """Nothing goes wrong. Each client asks either server."""
    while True:
        wait(length, 0.2)


@scene(lambda hunt: hunt.check.figures.p99(hunt.begin, hunt.end) > VERY_LATE["late_ms"], system=PROXIED, staleness=5, session_position=False)
def slow_database(system, length):
    """Now and then one message to PostgreSQL or from it takes 0.3 s: reads and writes on other connections overtake it. The clients
    don't send Linnet-Seen, which one server alone has no need of: they would all wait for the one late message about changes."""
    system.database_proxy.set(**VERY_LATE)
    while True:
        wait(length, 0.2)


@scene(felt.by_memcached_errors, system=PROXIED)
def memcached_breaks(system, length):
    """The connections to memcached are reset, and none are had for a tenth of a second, again and again; its content stays."""
    while True:
        with system.memcached_proxies[0].fault(reset=True):
            wait(length, 0.1)
        wait(length, random.uniform(0.8, 1.6))


@scene(felt.by_errors, system=PROXIED)
def database_breaks(system, length):
    """The connections to PostgreSQL are slow, then reset, again and again: in the midst of transactions, too."""
    while True:
        system.database_proxy.set(latency_ms=10)
        wait(length, random.uniform(0.6, 1))
        with system.database_proxy.fault(reset=True):
            wait(length, 0.05)
        wait(length, 1)   # fast, or the connections would take seconds to come back, each with its statements


@scene(lambda hunt: hunt.system.lacked > 0, system=CLUSTER)
def replica_holds(system, length):
    """The replica stops replaying for a third of a second: now anywhere, now while a table is locked, so that what is read there waits.
    Between one of two servers and the primary a message takes 150 ms now and then."""
    system.proxies[0].set(**LATE)
    replica, = system.replicas
    system.lacked = 0   # bytes, at most, while it replayed nothing
    with closing(psycopg2.connect(system.conninfo(system.primary))) as primary:
        while True:
            pause(system, replica)
            wait(length, 0.3)
            system.lacked = max(system.lacked, system.lacks(replica))
            resume(system, replica)
            wait(length, random.uniform(0.1, 0.3))
            pause_locked(system, primary, replica, random.choice(LOCKED))
            wait(length, 0.3)
            resume(system, replica)
            wait(length, random.uniform(0.1, 0.3))


def pause(system, replica):
    system.ask(replica, "SELECT pg_wal_replay_pause()::text")


def resume(system, replica):
    system.ask(replica, "SELECT pg_wal_replay_resume()::text")


FLUSH = "SELECT lo_unlink(lo_create(0))"   # a transaction that is on disk and on its way to the replicas when it ends, and all before it
# Whoever reads it on the replica has a snapshot already, and waits for the end of the lock to be replayed. Not users, which all read
# all the time: each client would wait, and nobody write anything that the snapshot lacks.
LOCKED = ["tweets", "favorites", "connections"]


def pause_locked(system, primary, replica, table):
    """As DDL or a VACUUM that truncates would: the primary locks the table for a moment, and for the replica that doesn't end."""
    with primary, primary.cursor() as cursor:   # commits
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        system.ask(system.primary, FLUSH)
        wait_until(lambda: system.ask(replica, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = %s::regclass",
                                      table), 2, f"{table} is locked on {replica}")
        pause(system, replica)
        wait_until(lambda: system.ask(replica, "SELECT pg_get_wal_replay_pause_state()") == "paused", 2, f"{replica} is paused")
