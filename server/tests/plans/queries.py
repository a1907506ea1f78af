"""The cases of test_queries.py: each read of the server with real arguments, and what it may cost.

A case is a statement of the server, by its name, the request it serves, the indexes it goes through, the rows it
yields, the buffers it may touch (what was measured, and a tenth for other versions), and its arguments.
"""
from dataclasses import dataclass, field
from typing import Callable

LAST_ID = 2**63 - 1
LIMIT = 21  # a page of 20, and one more that tells whether there is another page
DEEP = 980  # what 49 pages of 20 skip


class Sample:
    """Arguments out of the town: those with the longest lists, which cost most, and 32 users out of all."""

    def __init__(self, session):
        self.run = session.run
        self.crowd = [1 + i * 3121 for i in range(32)]
        self.names = [f"u{user:07}" for user in self.crowd]
        self.author = self.most("tweets_count")
        self.followed = self.most("followers_count")
        self.follower = self.most("followees_count")
        self.favoriter = self.most("favorites_count")
        (self.viral,), = self.run("SELECT tweet_id FROM tweet_counters ORDER BY favorites_count DESC, tweet_id LIMIT 1")
        self.tweets = self.column("SELECT tweet_id FROM tweet_counters ORDER BY tweet_id % 1009, tweet_id LIMIT 32")
        self.fans = self.run("SELECT user_id, tweet_id FROM favorites ORDER BY tweet_id % 1009, tweet_id, user_id LIMIT 32")
        self.token_hashes = self.column("SELECT encode(token_hash, 'hex') FROM sessions ORDER BY id % 1009, id LIMIT 32")
        self.session = self.column("SELECT max(id) FROM sessions WHERE user_id = %s", self.author)[0]
        self.keys = self.run("SELECT user_id, key FROM idempotency_keys ORDER BY user_id % 1009, 1, 2 LIMIT 32")
        self.pairs = self.run("SELECT follower_id, followee_id FROM connections ORDER BY followee_id % 1009, 1, 2 LIMIT 32")

    def column(self, query, *values):
        return [value for value, in self.run(query, *values)]

    def most(self, counter):
        return self.column(f"SELECT user_id FROM user_counters ORDER BY {counter} DESC, user_id LIMIT 1")[0]

    def newest_but(self, count):
        return self.column("SELECT id FROM tweets ORDER BY id DESC OFFSET %s LIMIT 1", count)[0]

    def changes(self, count):
        """(the snapshot before that many transactions, each with its change; the first of them)."""
        self.run("DELETE FROM cache_changes")
        before, = self.column("SELECT pg_current_snapshot()")
        for _ in range(count):
            self.run("INSERT INTO cache_changes (node, keys) VALUES (1, '\\x750100')")
        return before, str(self.column("SELECT min(xact) FROM cache_changes")[0])

    def changes_since_one_that_is_open(self, count):
        """The snapshot before that many transactions, of which one has been open ever since the cluster was made."""
        _, end, _ = self.changes(count)[0].split(":")
        return f"3:{end}:3"

    def with_followees(self, count):
        return self.column("SELECT user_id FROM user_counters ORDER BY abs(followees_count - %s), user_id LIMIT 1", count)[0]


@dataclass(frozen=True)
class Case:
    request: str
    what: str
    statement: str
    indexes: tuple
    rows: int
    buffers: int
    arguments: Callable = field(compare=False)

    def __str__(self):
        return f"{self.request}, {self.what}"

    def check(self, plan):
        assert not plan.scanned, f"scans {plan.scanned}\n{plan.text}"
        assert plan.indexes == set(self.indexes), plan.text
        assert plan.rows == self.rows, plan.text
        assert plan.buffers <= self.buffers, f"{plan.buffers} buffers\n{plan.text}"


@dataclass(frozen=True)
class Alternative:
    """The same rows by the query that comes to mind first."""
    instead_of: str
    what: str
    types: list
    sql: str
    arguments: Callable


def by_id(owners, skip=0, before=LAST_ID):
    """Parameters of a list sorted by id."""
    n = len(owners)
    return [owners, [before] * n, [LIMIT] * n, [skip] * n]


def by_time(owners, skip=0, before=("infinity", LAST_ID)):
    """Parameters of a list sorted by time and id."""
    n = len(owners)
    at, id = before
    return [owners, [f'"{at}"'] * n, [id] * n, [LIMIT] * n, [skip] * n]


def id_list(request, statement, indexes, owner, others, sorted_by, rows_of_others, buffers):
    """The four ways to read a list sorted by id; `sorted_by` is the query of all its ids, for the place of the cursor."""
    def after(s):
        return s.column(f"{sorted_by} DESC OFFSET {DEEP - 1} LIMIT 1", owner(s))[0]
    first, fiftieth, by_cursor, crowd = buffers
    return [Case(request, "first page", statement, indexes, LIMIT, first, lambda s: by_id([owner(s)])),
            Case(request, "page 50", statement, indexes, LIMIT, fiftieth, lambda s: by_id([owner(s)], DEEP)),
            Case(request, "by cursor, as deep", statement, indexes, LIMIT, by_cursor, lambda s: by_id([owner(s)], before=after(s))),
            Case(request, "32 at once", statement, indexes, rows_of_others, crowd, lambda s: by_id(others(s)))]


def time_list(request, statement, index, owner, others, key, table, id, rows_of_others, buffers):
    """The four ways to read a list sorted by time."""
    def after(s):
        return s.run(f"SELECT created_at, {id} FROM {table} WHERE {key} = %s ORDER BY 1 DESC, 2 DESC OFFSET {DEEP - 1} LIMIT 1", owner(s))[0]
    first, fiftieth, by_cursor, crowd = buffers
    return [Case(request, "first page", statement, (index,), LIMIT, first, lambda s: by_time([owner(s)])),
            Case(request, "page 50", statement, (index,), LIMIT, fiftieth, lambda s: by_time([owner(s)], DEEP)),
            Case(request, "by cursor, as deep", statement, (index,), LIMIT, by_cursor, lambda s: by_time([owner(s)], before=after(s))),
            Case(request, "32 at once", statement, (index,), rows_of_others, crowd, lambda s: by_time(others(s)))]


def crowd(s):
    return s.crowd


def columns(rows):
    return [list(column) for column in zip(*rows)]


PROFILE = ("user_counters_pkey", "users_username")
USER = ("user_counters_pkey", "users_pkey")
TWEET = ("tweet_counters_pkey", "tweets_id")
TIMELINE = ("deleted_users_pkey", "connections_followees", "tweets_pkey")

CASES = [
    Case("GET /users/{u}", "one", "users_by_username", PROFILE, 1, 7, lambda s: [s.names[:1]]),
    Case("GET /users/{u}", "32 at once", "users_by_username", PROFILE, 32, 230, lambda s: [s.names]),
    Case("users of a list", "32 at once", "users_by_id", USER, 32, 200, lambda s: [s.crowd]),
    Case("viewer of users", "32 at once", "relations_by_pair", ("connections_pkey",), 32, 200, lambda s: columns(s.pairs)),
    Case("viewer of users", "5000 followees", "followee_ids_by_user", ("connections_pkey",), 1, 60, lambda s: [[s.with_followees(5000)]]),
    Case("viewer of users", "1001 followers", "follower_ids_by_user", ("connections_followers",), 1, 20, lambda s: [[s.followed]]),
    Case("viewer of tweets", "501 favorites", "favorite_ids_by_user", ("favorites_pkey",), 1, 20, lambda s: [[s.favoriter]]),
    Case("viewer of tweets", "501 favorites of a range", "favorite_ids_in_range", ("favorites_pkey",), 1, 20, lambda s: [[s.favoriter], [1], [LAST_ID]]),
    Case("GET /users/{u}/tweets", "whole, first page", "user_tweets_range", ("tweet_counters_pkey", "tweets_pkey"), LIMIT, 120,
         lambda s: [[s.author], [LAST_ID], [LIMIT]]),
    Case("GET /tweets?ids=", "one", "tweets_by_id", TWEET, 1, 9, lambda s: [s.tweets[:1]]),
    Case("tweets of a list", "32 at once", "tweets_by_id", TWEET, 32, 270, lambda s: [s.tweets]),
    Case("viewer of tweets", "32 at once", "favorites_by_key", ("favorites_pkey",), 32, 105, lambda s: columns(s.fans)),

    *id_list("GET /users/{u}/tweets", "user_tweets_page", ("tweets_pkey",), lambda s: s.author, crowd,
             "SELECT id FROM tweets WHERE user_id = %s ORDER BY 1", 282, (5, 9, 5, 110)),
    *time_list("GET /users/{u}/followers", "followers_page", "connections_followers", lambda s: s.followed, crowd,
               "followee_id", "connections", "follower_id", 498, (5, 9, 5, 110)),
    *time_list("GET /users/{u}/followees", "followees_page", "connections_followees", lambda s: s.follower, crowd,
               "follower_id", "connections", "followee_id", 524, (5, 9, 5, 110)),
    *time_list("GET /users/{u}/favorites", "user_favorites_page", "favorites_of_user", lambda s: s.favoriter, crowd,
               "user_id", "favorites", "tweet_id", 509, (5, 11, 5, 110)),
    *time_list("GET .../tweets/{id}/favorites", "tweet_favorites_page", "favorites_of_tweet", lambda s: s.viral,
               lambda s: s.tweets, "tweet_id", "favorites", "user_id", 133, (5, 9, 5, 110)),

    *id_list("GET .../tweets?favorited=true", "favorited_tweets_page", ("tweet_counters_pkey",), lambda s: s.author, crowd,
             "SELECT tweet_id FROM tweet_counters WHERE user_id = %s ORDER BY 1", 122, (8, 12, 8, 260)),
    *id_list("GET /users/{u}/activity", "activity_page", ("favorites_pkey", "tweets_pkey"), lambda s: s.author, crowd,
             "SELECT id FROM (SELECT %s AS u) k, LATERAL (SELECT id FROM tweets WHERE user_id = u UNION"
             " SELECT tweet_id FROM favorites WHERE user_id = u) a ORDER BY 1", 624, (10, 18, 10, 220)),
    Case("GET /users/{u}/timeline", "first page, 20 followees", "timeline_page", TIMELINE, LIMIT, 70, lambda s: by_id([s.with_followees(20)])),
    Case("GET /users/{u}/timeline", "first page, 200 followees", "timeline_page", TIMELINE, LIMIT, 660, lambda s: by_id([s.with_followees(200)])),
    Case("GET /users/{u}/timeline", "page 50, 200 followees", "timeline_page", TIMELINE, LIMIT, 680, lambda s: by_id([s.with_followees(200)], DEEP)),
    Case("GET /users/{u}/timeline", "first page, 2500 followees", "timeline_page", TIMELINE, LIMIT, 8500, lambda s: by_id([s.with_followees(2500)])),

    Case("recent tweets in memory", "1,000 that are new", "recent_tweets_since", ("deleted_users_pkey", "tweets_id"), 1000, 40, lambda s: [10**12, s.newest_but(1000), -1, 50_000]),
    Case("recent tweets in memory", "50,000 of the past", "recent_tweets_before", ("deleted_users_pkey", "tweets_id"), 50_000, 1000, lambda s: [LAST_ID, 50_000]),
    Case("recent tweets in memory", "32 that may be gone", "recent_tweets_present", ("deleted_users_pkey", "tweets_id"), 32, 140, lambda s: [s.tweets]),
    Case("recent tweets in memory", "32 authors who may be gone", "recent_tweets_authors_deleted", ("deleted_users_pkey",), 0, 70, lambda s: [s.crowd]),

    Case("every request with a token", "32 at once", "sessions_by_token_hash", ("sessions_pkey", "users_pkey"), 32, 230, lambda s: [s.token_hashes]),
    Case("GET /sessions", "first page", "sessions_page", ("sessions_of_user",), 3, 8, lambda s: by_time([s.author])),
    Case("DELETE /sessions/{id}", "one", "sessions_by_id", ("sessions_of_user",), 1, 8, lambda s: [[s.author], [s.session]]),
    Case("POST /sessions", "one", "credentials_by_username", ("users_username",), 1, 4, lambda s: [s.names[:1]]),

    Case("POST .../tweets", "keys, 32 at once", "post_tweet_known_keys", ("idempotency_keys_pkey",), 32, 140, lambda s: columns(s.keys)),
    Case("POST .../followers", "32 at once", "follow_user_since", ("connections_pkey",), 32, 105, lambda s: columns(s.pairs)),
    Case("POST .../favorites", "32 at once", "favorite_tweet_since", ("favorites_pkey", "tweet_counters_pkey"), 32, 240, lambda s: columns(s.fans)),
    Case("what other servers changed", "100 transactions", "cache_changes_since", ("cache_changes_xact",), 100, 8, lambda s: [s.changes(100)[0]]),
    Case("what other servers changed", "100, one open for days", "cache_changes_since", ("cache_changes_xact",), 100, 8, lambda s: [s.changes_since_one_that_is_open(100)]),
    Case("where a server begins", "once, at its start", "long_ago", (), 1, 0, lambda s: []),
    Case("where a server begins", "how long the next may take", "set_statement_timeout", (), 1, 0, lambda s: ["5000"]),
    Case("what replicas have of them", "100 transactions", "replica_cache_changes", ("cache_changes_xact",), 100, 8, lambda s: [[s.changes(100)[1]]]),
    Case("DELETE /users/{u}", "their sessions", "delete_user_sessions", ("sessions_of_user",), 3, 8, lambda s: [s.author]),
    Case("cleaning", "is anything left", "cleaning_lag", ("deleted_tweets_deleted_at", "deleted_users_deleted_at"), 1, 4, lambda s: [[0]]),
]

ALTERNATIVES = {
    "tweets_page_of_rows": Alternative(
        "GET /users/{u}/tweets, page 50", "whole tweets under the OFFSET instead of ids", ["int"],
        f"SELECT * FROM tweets WHERE user_id = $1 ORDER BY id DESC LIMIT {LIMIT} OFFSET {DEEP}", lambda s: [s.author]),
    "tweets_page_joined": Alternative(
        "GET /users/{u}/tweets, first page", "by name, with the tweets joined to users", ["text"],
        "SELECT t.id FROM users u JOIN tweets t ON t.user_id = u.id WHERE lower(u.username) = $1"
        f" ORDER BY t.created_at DESC LIMIT {LIMIT}", lambda s: [f"u{s.author:07}"]),
    "favorited_joined": Alternative(
        "GET .../tweets?favorited=true, first page", "the notes' join of tweets and favorites", ["int"],
        "SELECT t.id FROM tweets t WHERE t.user_id = $1 AND EXISTS (SELECT FROM favorites f WHERE f.tweet_id = t.id)"
        f" ORDER BY t.id DESC LIMIT {LIMIT}", lambda s: [s.author]),
    "activity_without_limits": Alternative(
        "GET /users/{u}/activity, first page", "the union of all, then the page", ["int"],
        "SELECT id FROM tweets WHERE user_id = $1 UNION SELECT tweet_id FROM favorites WHERE user_id = $1"
        f" ORDER BY 1 DESC LIMIT {LIMIT}", lambda s: [s.author]),
    "timeline_by_time": Alternative(
        "GET /users/{u}/timeline, first page, 200 followees", "a join, ordered by created_at", ["int"],
        "SELECT t.id FROM connections c JOIN tweets t ON t.user_id = c.followee_id WHERE c.follower_id = $1"
        f" ORDER BY t.created_at DESC, t.id DESC LIMIT {LIMIT}", lambda s: [s.with_followees(200)]),
}
