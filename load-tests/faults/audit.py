"""The end of a trial as PostgreSQL has it: no page and no index is damaged, and each replica equals the primary.

That counts equal rows and nothing refers to what is gone, the checker audits itself (checker/check.py).
"""
import functools
import os
import subprocess
import time
from contextlib import closing

import psycopg2
from psycopg2.extensions import parse_dsn
from support.process import wait_until
from support.postgres import PG_BIN

CATCHES_UP_WITHIN = 60
EQUAL_WITHIN = 15   # servers purge what has expired, also now: the two are compared until a moment without a difference

CONFLICT = "conflict with recovery"   # a replica ends what reads rows that it is to remove: it is asked again
TRIES = 10

TABLES = """SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"""


def audit(primary, replicas):
    """What is wrong, a line each. `primary` is the conninfo of a superuser, `replicas` {name: conninfo}."""
    wrong = damages("the primary", primary, "--install-missing")   # by which the replicas have amcheck as well
    for name, replica in replicas.items():
        try:
            wait_until(lambda: has_replayed(replica, position(primary)), CATCHES_UP_WITHIN, f"{name} has what the primary has")
            wrong += [*differences(name, primary, replica), *damages(name, replica)]
        except (AssertionError, psycopg2.Error) as error:
            wrong.append(str(error))
    return wrong


def damages(name, conninfo, *options):
    """What pg_amcheck finds in heaps and indexes."""
    where = parse_dsn(conninfo)
    for _ in range(TRIES):
        done = subprocess.run([PG_BIN / "pg_amcheck", "--heapallindexed", "--no-password", *options, "-h", where["host"],
                               "-p", where["port"], "-U", where["user"], where["dbname"]],
                              capture_output=True, text=True, env={**os.environ, "PGCONNECT_TIMEOUT": "10"})
        if CONFLICT not in done.stderr:
            break
    return [f"pg_amcheck of {name}: {done.stdout}{done.stderr}".strip()] if done.returncode or done.stdout else []


def differences(name, primary, replica):
    """The tables of the replica that aren't as on the primary."""
    deadline = time.monotonic() + EQUAL_WITHIN
    while True:
        there, here = contents(primary), contents(replica)
        different = [table for table in sorted({*there, *here}) if there.get(table) != here.get(table)]
        if not different or time.monotonic() > deadline:
            return [f"{table} is {here.get(table)} on {name}, {there.get(table)} on the primary" for table in different]
        time.sleep(0.5)


def asked_again(question):
    """Where a replica had to end it."""
    @functools.wraps(question)
    def ask_until_answered(*words):
        for left in reversed(range(TRIES)):
            try:
                return question(*words)
            except psycopg2.errors.SerializationFailure:
                if not left:
                    raise
                time.sleep(0.2)
    return ask_until_answered


@asked_again
def contents(conninfo):
    """{table: (rows, a sum of their hashes, whatever their order)}, all of one moment."""
    with closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cursor.execute(TABLES)
        found = {}
        for table, in cursor.fetchall():
            cursor.execute(f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t")
            found[table] = cursor.fetchone()
        return found


def position(primary):
    return ask(primary, "SELECT pg_current_wal_lsn()")


def has_replayed(replica, lsn):
    return ask(replica, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", lsn)


@asked_again
def ask(conninfo, query, *values):
    """The one value of its one row."""
    with closing(psycopg2.connect(conninfo, connect_timeout=10)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(query, values or None)
        return cursor.fetchone()[0]
