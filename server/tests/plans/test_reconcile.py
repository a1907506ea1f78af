"""schema/reconcile.sql finds each counter that is off, sets it right, and may run while servers write."""
import subprocess

import psycopg2
import pytest

from support.process import wait_until
from support.postgres import REPOSITORY


@pytest.fixture
def database(town):
    """A small town of its own; yields its name."""
    town.execute("postgres", "DROP DATABASE IF EXISTS reconcile")
    town.deploy("reconcile")
    town.generate("reconcile", "--users", "50", "--tweets", "400", "--connections", "200", "--favorites", "400")
    yield "reconcile"
    town.execute("postgres", "DROP DATABASE reconcile WITH (FORCE)")


def command(town, database, *options):
    return ["psql", "-X", *options, "-f", REPOSITORY / "schema/reconcile.sql", town.conninfo("linnet_owner", database)]


def reconcile(town, database, *options):
    return subprocess.run(command(town, database, *options), capture_output=True, text=True)


def test_agreement(town, database):
    done = reconcile(town, database)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all counters equal their rows"), done.stderr


@pytest.mark.parametrize("damage, counters", [
    ("UPDATE user_counters SET tweets_count = tweets_count + 1 WHERE user_id = 3", 1),
    ("UPDATE user_counters SET followers_count = 10000, followees_count = 10000 WHERE user_id <= 3", 6),
    ("UPDATE user_counters SET favorites_count = 10000", 50),
    ("DELETE FROM user_counters WHERE user_id = 3", 4),
    ("UPDATE tweet_counters SET favorites_count = 10000", 160),
    ("DELETE FROM tweet_counters", 160),
    ("INSERT INTO tweet_counters (user_id, tweet_id, favorites_count) SELECT user_id, id, 1 FROM tweets ON CONFLICT DO NOTHING", 240),
])
def test_damage_is_found_and_repaired(town, database, damage, counters):
    town.execute(database, damage)
    found = reconcile(town, database)
    assert found.returncode == 3 and f"({counters} rows)".replace("(1 rows)", "(1 row)") in found.stdout, found
    repaired = reconcile(town, database, "-v", "repair=on")
    assert (repaired.returncode, repaired.stdout.splitlines()[-1]) == (0, f"{counters} counters repaired"), repaired.stderr
    assert reconcile(town, database).returncode == 0


COUNT = ["INSERT INTO tweet_counters AS c SELECT id, user_id, 1 FROM favored ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + 1",
         "UPDATE user_counters SET favorites_count = favorites_count + 1 WHERE user_id = 3"]


@pytest.mark.parametrize("damage", ["UPDATE {} SET favorites_count = 10000", "DELETE FROM {}"])
@pytest.mark.parametrize("counted", [0, 1, 2])
def test_repair_during_a_favorite(town, database, damage, counted):
    """A server has stored a favorite and changed none, one or both of its counters when a repair begins."""
    town.execute(database, *(damage.format(table) for table in ("tweet_counters", "user_counters")),
                 "CREATE TABLE favored AS SELECT id, user_id FROM tweets WHERE (user_id, id) NOT IN"
                 " (SELECT tweet_user_id, tweet_id FROM favorites WHERE user_id = 3) ORDER BY user_id, id LIMIT 1")
    server = psycopg2.connect(town.conninfo("postgres", database))
    with server.cursor() as cursor:
        cursor.execute("INSERT INTO favorites (user_id, tweet_user_id, tweet_id) SELECT 3, user_id, id FROM favored")
        for statement in COUNT[:counted]:
            cursor.execute(statement)
        repair = Repair(town, database)
        wait_until(lambda: repair.ended or waits(town), 60, "the repair waits or ends")
        for statement in COUNT[counted:]:
            cursor.execute(statement)
        server.commit()
    server.close()
    assert repair.wait() == 0, repair.output
    assert reconcile(town, database).returncode == 0, reconcile(town, database).stdout


@pytest.mark.parametrize("damage", ["UPDATE tweet_counters SET favorites_count = 10000", "DELETE FROM tweet_counters"])
def test_a_repair_locks_in_the_order_of_the_servers(town, database, damage):
    """The older of two tweets has the author with the greater id. A server changes the older one's count, then the newer one's."""
    town.execute(database, "DELETE FROM favorites; DELETE FROM tweet_counters; UPDATE user_counters SET favorites_count = 0",
                 "CREATE TABLE two AS SELECT o.id, o.user_id FROM tweets o WHERE o.user_id > 1 ORDER BY o.id LIMIT 1",
                 "INSERT INTO two SELECT id, user_id FROM tweets WHERE user_id = 1 AND id > (SELECT id FROM two) ORDER BY id DESC LIMIT 1",
                 "INSERT INTO favorites (user_id, tweet_user_id, tweet_id) SELECT 3, user_id, id FROM two",
                 "INSERT INTO tweet_counters (tweet_id, user_id, favorites_count) SELECT id, user_id, 1 FROM two",
                 "UPDATE user_counters SET favorites_count = 2 WHERE user_id = 3", damage)
    server = psycopg2.connect(town.conninfo("postgres", database))
    count = ("INSERT INTO tweet_counters AS c SELECT id, user_id, 1 FROM two ORDER BY id LIMIT 1 OFFSET %s"
             " ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + 1")
    with server.cursor() as cursor:
        cursor.execute("INSERT INTO favorites (user_id, tweet_user_id, tweet_id) SELECT 4, user_id, id FROM two")
        cursor.execute(count, (0,))
        repair = Repair(town, database)
        wait_until(lambda: repair.ended or waits(town), 60, "the repair waits or ends")
        cursor.execute(count, (1,))   # a deadlock, if the repair has locked the newer one already
        cursor.execute("UPDATE user_counters SET favorites_count = favorites_count + 2 WHERE user_id = 4")
        server.commit()
    server.close()
    assert repair.wait() == 0, repair.output
    assert reconcile(town, database).returncode == 0, reconcile(town, database).stdout


class Repair:
    """A repair that runs beside the test."""

    def __init__(self, town, database):
        self.process = subprocess.Popen(command(town, database, "-v", "repair=on"), stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.output = None

    @property
    def ended(self):
        return self.process.poll() is not None

    def wait(self):
        self.output, _ = self.process.communicate(timeout=30)
        return self.process.returncode


def waits(town):
    """Whether any session waits for a lock."""
    with psycopg2.connect(town.conninfo("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return cursor.fetchone()[0] > 0
