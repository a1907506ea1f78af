"""The cases of test_writes.py: the statements of the writes that run as batches, 32 requests at once.
The tables they write have no foreign keys, whose look-ups would not be counted.
"""
from plans.queries import Case, columns

CROWD = 32
NEW_ID = 2**62   # behind all tweets, as a new one is


class Writers:
    """32 users out of all, and what they have not favorited and whom they don't follow yet; and what others have."""

    def __init__(self, session):
        run = session.run
        (self.viral, self.author_of_viral), = run(
            "SELECT tweet_id, user_id FROM tweet_counters ORDER BY favorites_count DESC, tweet_id LIMIT 1")
        (self.followed,), = run("SELECT user_id FROM user_counters ORDER BY followers_count DESC, user_id LIMIT 1")
        self.users, = columns(run(
            "SELECT id FROM users u"
            " WHERE NOT EXISTS (SELECT FROM favorites WHERE user_id = u.id AND tweet_id = %s)"
            " AND NOT EXISTS (SELECT FROM connections WHERE follower_id = u.id AND followee_id = %s)"
            f" ORDER BY id %% 1009, id LIMIT {CROWD}", self.viral, self.followed))
        self.others = self.users[1:] + self.users[:1]
        self.tweets, self.authors = columns(run(
            f"SELECT tweet_id, user_id FROM tweet_counters ORDER BY tweet_id % 1009, tweet_id LIMIT {CROWD}"))
        self.favorites = columns(run(f"SELECT user_id, tweet_id, tweet_user_id FROM favorites ORDER BY tweet_id % 1009, 2, 1 LIMIT {CROWD}"))
        run("INSERT INTO deleted_tweets (tweet_id, user_id) SELECT * FROM unnest(%s::bigint[], %s::int[])", self.tweets, self.authors)
        self.connections = columns(run(
            f"SELECT follower_id, followee_id FROM connections ORDER BY followee_id % 1009, 2, 1 LIMIT {CROWD}"))


def posts(w):
    return [[NEW_ID + n for n in range(CROWD)], w.users, ["hello"] * CROWD, ['"2026-06-02 00:00:00+00"'] * CROWD, w.users, of_one(1)]


def of_one(value):
    return [value] * CROWD


WRITES = [
    Case("each write", "who writes", "lock_users", ("users_pkey",), 32, 155, lambda w: [w.users]),
    Case("POST .../tweets", "turns of their keys", "post_tweet_lock_keys", (), 32, 0, lambda w: [w.users, of_one("key")]),
    Case("POST .../tweets", "of 32 users", "post_tweet", ("user_counters_pkey", "users_pkey"), 32, 640, posts),
    Case("POST .../tweets", "kept keys", "post_tweet_remember_keys", (), 0, 141,
         lambda w: [w.users, of_one("key"), of_one("00" * 32), of_one('"{}"')]),
    Case("POST .../favorites", "32 tweets", "favorite_tweet_lock", ("tweets_id",), 32, 210, lambda w: [w.authors, w.tweets]),
    Case("POST .../favorites", "32 tweets", "favorite_tweet", ("tweets_id", "user_counters_pkey", "users_pkey"), 96, 1100, lambda w: [w.users, w.tweets, w.authors]),
    Case("POST .../favorites", "one tweet", "favorite_tweet", ("tweets_id", "user_counters_pkey", "users_pkey"), 65, 940,
         lambda w: [w.users, of_one(w.viral), of_one(w.author_of_viral)]),
    Case("DELETE .../favorites/{u}", "32 tweets", "unfavorite_tweet", ("favorites_pkey", "tweet_counters_pkey", "user_counters_pkey"), 73, 640,
         lambda w: w.favorites),
    Case("DELETE .../tweets/{id}", "one that is favorited", "delete_tweet", ("tweet_counters_pkey", "tweets_id"), 0, 40, lambda w: [w.author_of_viral, [w.viral]]),
    Case("cleaning", "6 favorites each of 32 tweets", "clean_tweets_favorites", ("deleted_tweets_pkey", "favorites_of_tweet"), 133, 500, lambda w: [w.tweets, 6]),
    Case("cleaning", "32 tweets that are complete", "clean_tweets_end", ("deleted_tweets_pkey",), 0, 200, lambda w: [w.tweets]),
    Case("POST .../followers", "32 users", "follow_user", ("user_counters_pkey", "users_pkey"), 64, 890, lambda w: [w.users, w.others]),
    Case("POST .../followers", "one user", "follow_user", ("user_counters_pkey", "users_pkey"), 65, 890, lambda w: [w.users, of_one(w.followed)]),
    Case("DELETE .../followers/{u}", "32 users", "unfollow_user", ("connections_pkey", "user_counters_pkey"), 65, 605,
         lambda w: w.connections),
]
