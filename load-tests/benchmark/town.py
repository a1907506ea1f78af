"""Who and what a data set holds, in the form that world_folder.py writes."""

import random
import sys
import urllib.request
from pathlib import Path

import world_folder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))
import sessions

# A tweet of each of the first users that nobody favorited yet; its id is the user's.
FRESH_TWEETS = """
INSERT INTO tweets (id, created_at, user_id, content)
SELECT i, '2026-01-01', i, 'Who will favorite this one? Number ' || i FROM generate_series(1, {0}) AS i;
UPDATE user_counters SET tweets_count = tweets_count + 1 WHERE user_id <= {0};
"""


def username(user):
    return f"u{user:07}"


class Town:
    """A data set on a running stack."""

    def __init__(self, stack, data):
        self.stack, self.data = stack, data
        self.with_sessions = sessions.users_with_sessions(data.users, data.sessions)
        self.worlds = 0
        self.fresh_tweets = []

    @property
    def url(self):
        return self.stack.url

    def accounts(self, count=None):
        """Random users that can send requests; all of them without a count, or where there are no more."""
        count = min(count or self.data.sessions, self.data.sessions)
        return self.accounts_of(random.Random(self.data.seed).sample(self.with_sessions, count))

    def accounts_of(self, users):
        return [(username(user), sessions.token(self.data.seed, user)) for user in users]

    def by_popularity(self):
        return [username(user) for user in range(1, self.data.users + 1)]

    def shuffled(self):
        users = self.by_popularity()
        random.Random(self.data.seed + 1).shuffle(users)
        return users

    def fresh(self):
        """Tweets without a favorite, their ids 1, 2, ...; made at the first call."""
        if not self.fresh_tweets:
            count = min(self.data.users, 100_000)
            self.stack.query(FRESH_TWEETS.format(count))
            self.fresh_tweets = [f"{username(number)}/tweets/{number}" for number in range(1, count + 1)]
            random.Random(self.data.seed + 2).shuffle(self.fresh_tweets)
        return self.fresh_tweets

    def favorited_tweets(self, count):
        """The most favorited ones."""
        rows = self.stack.query("SELECT user_id, tweet_id FROM tweet_counters ORDER BY favorites_count DESC, tweet_id LIMIT %s", count)
        return [f"{username(user)}/tweets/{tweet}" for user, tweet in rows]

    def with_followees(self, followees, count):
        """The users with sessions that follow about so many, and how many they follow on average."""
        rows = self.stack.query("SELECT c.user_id, c.followees_count FROM user_counters c WHERE c.user_id IN (SELECT user_id FROM sessions)"
                                " ORDER BY abs(c.followees_count - %s), c.user_id LIMIT %s", followees, count)
        return self.accounts_of(user for user, _ in rows), sum(number for _, number in rows) / len(rows)

    def world(self, accounts, **lists):
        """A folder for closed_loop.Load."""
        self.worlds += 1
        folder = self.stack.folder / f"world-{self.worlds}"
        folder.mkdir()
        world_folder.write(folder, accounts, **lists)
        return str(folder)

    def get(self, path, account):
        """Body of a GET, as bytes; it is in all caches then."""
        request = urllib.request.Request(self.stack.url + path, headers={"Authorization": f"Bearer {account[1]}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def prewarm(self, *relations):
        """Puts tables and indexes into PostgreSQL's buffers."""
        for relation in relations:
            self.stack.query("SELECT pg_prewarm(%s)", relation)
