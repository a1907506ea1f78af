"""Cases of somebody else's transaction that stays open: the feed of changes must not cost more for it.

One case holds a transaction that wrote, as a migration may. The other holds a snapshot, as pg_dump does.
"""
import time
from contextlib import closing
from statistics import median

import psycopg2
from benchmark.stack import metric

from . import felt
from .case import case
from .writers import Writers

READ = """SELECT s.n_tup_ins, i.idx_tup_read, io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read
FROM pg_stat_user_tables s JOIN pg_stat_user_indexes i USING (relid) JOIN pg_statio_user_tables io USING (relid)
WHERE s.relname = 'cache_changes'"""
WRITES_PER_SECOND = 200, 2000   # in the short form and the long one
KEPT = 80   # seconds for which a row is kept at most: a minute, and until the next clearing
LEASE = 0.3   # seconds without news after which memory is not believed (linnet_changes_lag_seconds)


@case(felt.by_what_it_told, quick=True)
def transaction_open(system, length):
    """A transaction that wrote something stays open."""
    return held_open(system, length, "BEGIN", "SELECT pg_current_xact_id()")


@case(felt.by_what_it_told)
def snapshot_open(system, length):
    """A transaction that reads only, as pg_dump does, stays open: vacuum keeps what is deleted meanwhile."""
    return held_open(system, length, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM users")


def held_open(system, length, *begin):
    with Writers(system.server_urls[0], length.choose(*WRITES_PER_SECOND)) as writers:
        told = compare(system, length, *begin)
    return [*told, str(writers.told)]


def compare(system, length, *begin):
    with closing(psycopg2.connect(system.postgres.conninfo("postgres"))) as watching, closing(psycopg2.connect(system.dsn)) as held:
        watching.autocommit = held.autocommit = True
        without = Interval(watching, system.server_urls, length, 3, 60)
        for statement in begin:
            held.cursor().execute(statement)
        length.last(4, 540)
        during = Interval(watching, system.server_urls, length, 3, 60)
        kept = system.ask(watching, "SELECT count(*) FROM cache_changes")
    assert during.read_for_each < 1.5 * without.read_for_each + 1, f"{during} instead of {without}"
    assert during.buffers_for_each < 1.5 * without.buffers_for_each + 1, f"{during} instead of {without}"
    assert during.lag < LEASE, f"{during}"
    assert length.short or kept < KEPT * during.rows_per_second * 1.2, f"{kept} rows are kept, with {during}"
    return [f"without: {without}; at the end: {during}; {kept} rows kept"]


class Interval:
    """What the outbox cost for some seconds: entries of its index that were read and buffers that were touched, for each row that was written."""

    def __init__(self, watching, urls, length, short, long):
        time.sleep(1)   # backends report what they did once a second
        begin, before, lags = time.monotonic(), counted(watching), []
        while time.monotonic() - begin < length.choose(short, long):
            length.last(0.2, 0.2)
            lags += [metric(url, "linnet_changes_lag_seconds") for url in urls]
        (written, read, buffers), seconds = map(int.__sub__, counted(watching), before), time.monotonic() - begin
        self.lag, self.rows_per_second = median(lags), written / seconds
        self.read_for_each, self.buffers_for_each = read / max(1, written), buffers / max(1, written)

    def __str__(self):
        return (f"{self.rows_per_second:.0f} rows/s, each read {self.read_for_each:.1f} times, {self.buffers_for_each:.1f} buffers for each, "
                f"lag {1000 * self.lag:.0f} ms")


def counted(watching):
    with watching.cursor() as cursor:
        cursor.execute(READ)
        return cursor.fetchone()
