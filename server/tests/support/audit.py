"""audit(dsn): every counter equals the rows it counts, and no row refers to nothing, but for what is being cleaned.

Each query returns the rows that are wrong. They lean on no constraint: a schema without foreign keys
(shards, mirrored tables) must pass them as well.
"""
import psycopg2

from .process import wait_until

COUNTERS = """
    SELECT c.user_id, c.{counter} AS counted, coalesce(r.n, 0) AS rows
    FROM user_counters c LEFT JOIN (SELECT {key} AS user_id, count(*) AS n FROM {table} GROUP BY 1) r USING (user_id)
    WHERE c.{counter} <> coalesce(r.n, 0)"""

QUERIES = {
    "tweets_count": COUNTERS.format(counter="tweets_count", key="user_id", table="tweets"),
    "followers_count": COUNTERS.format(counter="followers_count", key="followee_id", table="connections"),
    "followees_count": COUNTERS.format(counter="followees_count", key="follower_id", table="connections"),
    "favorites_count of users": COUNTERS.format(counter="favorites_count", key="user_id", table="favorites"),
    "favorites_count of tweets": """
        SELECT user_id, tweet_id, c.favorites_count AS counted, r.n AS rows
        FROM (SELECT * FROM tweet_counters WHERE favorites_count > 0) c
        FULL JOIN (SELECT tweet_user_id AS user_id, tweet_id, count(*) AS n FROM favorites GROUP BY 1, 2) r
        USING (user_id, tweet_id)
        WHERE c.favorites_count IS DISTINCT FROM r.n""",
    "users without counters, or counters without a user": """
        SELECT u.id, c.user_id FROM users u FULL JOIN user_counters c ON c.user_id = u.id
        WHERE u.id IS NULL OR c.user_id IS NULL""",
    "counters of no tweet": """
        SELECT user_id, tweet_id FROM tweet_counters c
        WHERE NOT EXISTS (SELECT FROM tweets t WHERE t.user_id = c.user_id AND t.id = c.tweet_id)
        AND NOT EXISTS (SELECT FROM deleted_tweets d WHERE d.user_id = c.user_id AND d.tweet_id = c.tweet_id)""",
    "favorites of no tweet": """
        SELECT user_id, tweet_user_id, tweet_id FROM favorites f
        WHERE NOT EXISTS (SELECT FROM tweets t WHERE t.user_id = f.tweet_user_id AND t.id = f.tweet_id)
        AND NOT EXISTS (SELECT FROM deleted_tweets d WHERE d.user_id = f.tweet_user_id AND d.tweet_id = f.tweet_id)""",
    "deleted users and tweets that are there": """
        SELECT d.user_id FROM deleted_users d JOIN users u ON u.id = d.user_id
        UNION ALL SELECT d.user_id FROM deleted_tweets d JOIN tweets t ON t.user_id = d.user_id AND t.id = d.tweet_id""",
    "tweets with one id": "SELECT id, count(*) FROM tweets GROUP BY id HAVING count(*) > 1",
    "users with one name": "SELECT lower(username), count(*) FROM users GROUP BY 1 HAVING count(*) > 1",
    **{f"{table}.{column} of no user":
       f"SELECT {column} FROM {table} r WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = r.{column})"
       f" AND NOT EXISTS (SELECT FROM deleted_users d WHERE d.user_id = r.{column})"
       for table, column in (("sessions", "user_id"), ("tweets", "user_id"), ("favorites", "user_id"),
                             ("connections", "follower_id"), ("connections", "followee_id"),
                             ("idempotency_keys", "user_id"))},
}


def faults(cursor):
    """What is wrong in the snapshot of the cursor's transaction: a line for each rule that does not hold."""
    wrong = []
    for name, query in QUERIES.items():
        cursor.execute(query)
        rows = cursor.fetchall()
        if rows:
            wrong.append(f"{name}: {len(rows)} rows, such as {rows[:5]}")
    return wrong


def audit(dsn):
    """Raises AssertionError that names each rule that does not hold, with some of its rows."""
    connection = psycopg2.connect(dsn)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)   # one snapshot for all
        wrong = faults(connection.cursor())
        assert not wrong, "audit of the database:\n" + "\n".join(wrong)
    finally:
        connection.close()


def cleaned(dsn, within=30):
    """Waits until no row is left of a deleted user or tweet."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        def left():
            cursor = connection.cursor()
            cursor.execute("SELECT (SELECT count(*) FROM deleted_users) + (SELECT count(*) FROM deleted_tweets)")
            return cursor.fetchone()[0]
        wait_until(lambda: left() == 0, within, "deleted_users and deleted_tweets are empty")
    finally:
        connection.close()
