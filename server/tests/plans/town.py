"""A PostgreSQL cluster with three towns, generated once and kept between runs: the database linnet has 100 k users and
1 M tweets; in `sparse`, a user has half a tweet, follower and favorite on average; `skewed` is as sparse, but one user follows all of the
town, is followed by it, and favorited all of its tweets, and all of it favorited one tweet; another one follows as many as one may.

It lies in $LINNET_PLANS_CACHE, by default /var/tmp/linnet-plans-<uid>: not in the repository, since as root it
belongs to the user postgres, who may be unable to look in there. The folder's name is a hash of all that the data
depend on, so that a change of schema or generator makes a new one and removes the old. Delete it at any time.
Tests read it, or roll back: autovacuum is off, and so the same query reads the same buffers in each run.
"""
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from support.postgres import REPOSITORY, SCHEMA, Postgres, cached

GENERATE = [REPOSITORY / "load-tests/data/generate", "--quiet", "--seed", "1", "--until", "2026-06-01T00:00:00+00:00",
            "--users", "100000", "--tweets", "1000000", "--connections", "2000000", "--favorites", "2000000"]

# What the generator leaves empty: three sessions and three kept keys for each user.
SESSIONS = """
INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)
SELECT i, 1 + i % 100000, sha256(int8send(i)), timestamptz '2026-06-01 00:00:00+00' + i * interval '1 s', '2126-06-01 00:00:00+00'
FROM generate_series(1, 300000::bigint) i;
INSERT INTO idempotency_keys (user_id, key, request_hash, response, created_at)
SELECT 1 + i % 100000, 'key-' || i, sha256(int8send(i)), '{}', timestamptz '2126-06-01 00:00:00+00' + i * interval '1 s'
FROM generate_series(1, 300000::bigint) i;
"""


SPARSE = ["--users", "20000", "--tweets", "10000", "--connections", "10000", "--favorites", "10000", "--sessions", "10000"]
BIG = 1   # the user of the town `skewed` whose lists are long
READER = 2   # the one there who follows as many as one may
VIRAL = "(SELECT min(id) FROM tweets)"   # the tweet there that everybody favorited
SKEW = [
    f"INSERT INTO tweets (id, user_id, content) SELECT (SELECT max(id) FROM tweets) + i, {BIG}, 'one of many' FROM generate_series(1, 20000) i",
    f"INSERT INTO connections SELECT {BIG}, i, now() - i * interval '1 s' FROM generate_series(2, 20000) i ON CONFLICT DO NOTHING",
    f"INSERT INTO connections SELECT i, {BIG}, now() - i * interval '1 s' FROM generate_series(2, 20000) i ON CONFLICT DO NOTHING",
    f"DELETE FROM connections WHERE follower_id = {READER}",
    f"INSERT INTO connections SELECT {READER}, i, now() - i * interval '1 s' FROM generate_series({READER} + 1, {READER} + 2500) i ON CONFLICT DO NOTHING",
    f"INSERT INTO favorites (user_id, tweet_user_id, tweet_id, created_at) SELECT {BIG}, user_id, id, created_at FROM tweets ON CONFLICT DO NOTHING",
    f"INSERT INTO favorites (user_id, tweet_user_id, tweet_id) SELECT u.id, t.user_id, t.id FROM users u, tweets t WHERE t.id = {VIRAL} ON CONFLICT DO NOTHING",
    f"INSERT INTO tweet_counters (tweet_id, user_id, favorites_count) SELECT DISTINCT tweet_id, tweet_user_id, 1 FROM favorites ON CONFLICT DO NOTHING",
    "UPDATE tweet_counters c SET favorites_count = (SELECT count(*) FROM favorites f WHERE f.tweet_id = c.tweet_id)",
    """UPDATE user_counters c SET tweets_count = (SELECT count(*) FROM tweets WHERE user_id = c.user_id),
        followers_count = (SELECT count(*) FROM connections WHERE followee_id = c.user_id),
        followees_count = (SELECT count(*) FROM connections WHERE follower_id = c.user_id),
        favorites_count = (SELECT count(*) FROM favorites WHERE user_id = c.user_id)""",
]


SETTINGS_OF_THE_ROLE = """DO $$
DECLARE setting text;
BEGIN
    FOR setting IN SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = 'deployed' LOOP
        EXECUTE format('ALTER ROLE linnet_app IN DATABASE {0} SET %s', replace(setting, '=', ' = '));
    END LOOP;
END $$"""

SETTINGS = {"unix_socket_directories": "", "shared_buffers": "256MB", "autovacuum": "off", "fsync": "off", "wal_level": "minimal",
            "max_wal_senders": "0", "max_wal_size": "256MB", "shared_preload_libraries": "pg_stat_statements"}


class Town(Postgres):
    """One run at a time has it."""

    def __init__(self):
        cache = Path(os.environ.get("LINNET_PLANS_CACHE") or f"/var/tmp/linnet-plans-{os.geteuid()}")
        sources = [Path(__file__), *SCHEMA, *(file for file in (REPOSITORY / "load-tests/data").glob("[a-z]*") if file.is_file())]
        self.held = ExitStack()
        self.folder, self.complete = self.held.enter_context(cached(cache, sources))
        super().__init__(self.folder, SETTINGS, deployed=not self.complete)

    def start(self):
        super().start()
        if not self.complete:
            self.execute("postgres", "CREATE EXTENSION pg_stat_statements", "CREATE DATABASE deployed OWNER linnet_owner")
            self.deploy_schema("deployed")
            self.generate("linnet")
            self.execute("linnet", SESSIONS, "VACUUM (ANALYZE) sessions, idempotency_keys", "CHECKPOINT")
            for name, more in {"sparse": [], "skewed": SKEW}.items():
                self.deploy(name)
                self.generate(name, *SPARSE)
                self.execute(name, *more, "VACUUM (ANALYZE)", "CHECKPOINT")
            (self.folder / "complete").touch()
        self.execute("linnet", "VACUUM")  # what a test rolled back
        return self

    def stop(self):
        code = super().stop()
        self.held.close()
        return code

    def deploy(self, database):
        """One more database without rows."""
        self.copy(database, "deployed")

    def copy(self, database, origin):
        """A copy lacks what the schema sets in its origin for the servers' role, so this sets it."""
        self.execute("postgres", f"CREATE DATABASE {database} OWNER linnet_owner TEMPLATE {origin}", SETTINGS_OF_THE_ROLE.format(database))

    def generate(self, database, *arguments):
        subprocess.run([*GENERATE, "--dsn", self.conninfo("linnet_owner", database), *arguments], check=True)
