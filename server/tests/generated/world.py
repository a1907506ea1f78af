"""Owners of lists of three sizes, and accounts to write with.

    empty   every list is empty
    full    every list has two pages of the default size, and nothing beyond
    huge    every list has HUGE items: many pages of any size

The lists are written into the database, since the API would take minutes; whoever serves them starts afterwards. Nobody
writes to these owners; `guest` and `other` are written with and written about, and may be gone at any time.
"""
import itertools
from datetime import datetime, timedelta, timezone

import psycopg2
from psycopg2.extras import execute_values

from support.api import Api, tweet_path
from support.town import Town

FULL, HUGE = 40, 2500
EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)   # of ids: see schema/deploy/tweets.sql
SEQUENCES = itertools.count(1)   # the low bits of ids: no two are equal


def id_at(time):
    return int((time - EPOCH).total_seconds() * 1000) << 22 | next(SEQUENCES)


class World:
    def __init__(self, stack, contract):
        """Registers and writes by the server of the stack, on whose database a new server then finds all of it."""
        self.api, self.dsn = Api(stack.url, contract), stack.dsn
        self.owners = {"empty": self.town("empty", 0), "full": self.town("full", FULL), "huge": self.town("huge", HUGE)}
        self.guest, self.other = self.api.register(), self.api.register()
        self.lists = {name: self.lists_of(town) for name, town in self.owners.items()}
        self.api.disconnect()

    def town(self, name, count):
        mary = self.api.register(self.api.unique_name(name))
        if count == 0:   # a list of who favorited a tweet needs a tweet, so that one list has one item
            return Town(mary, [], [self.api.tweet(mary)], [])
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            return write_town(cursor, mary, count)

    def lists_of(self, town):
        """template -> (path, ids of all items, newest first); sessions are those there are, which nobody adds to."""
        favorited = [tweet["id"] for tweet in town.tweets[::-1]] if town.people else []
        templates = {name: path.replace(town.mary.path, "/api/users/{username}").replace(town.newest["id"], "{tweet_id}")
                     for name, (path, _) in town.lists().items()}
        lists = {templates[name]: (path, favorited if name == "favorited tweets" else want) for name, (path, want) in town.lists().items()}
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM sessions WHERE user_id = %s ORDER BY created_at DESC, id DESC", (int(town.mary.id),))
            lists["/api/sessions"] = ("/api/sessions", [str(row[0]) for row in cursor])
        return lists

    def served_by(self, api):
        """From now on the accounts to write with are asked for, and made anew, there."""
        self.api = api

    def sessions_of_guest(self):
        return [item["id"] for item in self.api.get("/api/sessions", self.guest).json["items"]]

    def known(self, parameter):
        """What lookups find: names in lower case, or ids of tweets."""
        accounts = [self.guest, self.other, *(owner.mary for owner in self.owners.values())]
        tweets = [self.tweet, *(tweet for owner in self.owners.values() for tweet in owner.tweets)]
        return {account.username.lower() for account in accounts} if parameter == "usernames" else {tweet["id"] for tweet in tweets}

    def revive(self):
        """Both accounts to write with are there and logged in, whatever the last request did to them."""
        if self.api.get("/api/sessions?per_page=1", self.guest).status != 200:
            self.guest = self.api.register()
        if self.api.get("/api/sessions?per_page=1", self.other).status != 200:
            self.other = self.api.register()
        if not hasattr(self, "tweet") or self.api.get(tweet_path(self.tweet)).status != 200:
            self.tweet = self.api.tweet(self.guest)


def write_town(cursor, mary, count):
    """As support.town.build does it, with one difference: each of the people favorited one tweet, and all the newest."""
    begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=1)
    at = [begin + timedelta(milliseconds=10 * n) for n in range(count)]
    later = [time + timedelta(milliseconds=10 * count) for time in at]
    tweets, others = [str(id_at(time)) for time in at], [str(id_at(time)) for time in later]
    people = execute_values(cursor, "INSERT INTO users (username, password_hash) VALUES %s RETURNING id, username",
                            [(f"{mary.username[-9:]}_{n:x}", "$argon2id$nobody") for n in range(count)], fetch=True)
    ids, me = [row[0] for row in people], int(mary.id)

    def insert(table, columns, rows):
        execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", list(rows))
    last = count - 1
    insert("user_counters", "user_id, tweets_count, followers_count, followees_count, favorites_count",
           ((person, 1, 1, 1, 1 if n == last else 2) for n, person in enumerate(ids)))
    cursor.execute("UPDATE user_counters SET (tweets_count, followers_count, followees_count, favorites_count) ="
                   " (%s, %s, %s, %s) WHERE user_id = %s", (count, count, count, count, me))
    insert("tweets", "id, created_at, user_id, content", [*((tweets[n], at[n], me, f"of mary, {n}") for n in range(count)),
           *((others[n], later[n], ids[n], f"of {n}") for n in range(count))])
    insert("favorites", "tweet_id, created_at, user_id, tweet_user_id", [
        *((others[n], at[n], me, ids[n]) for n in range(count)), *((tweets[-1], at[n], ids[n], me) for n in range(count)),
        *((tweets[n], at[n], ids[n], me) for n in range(last))])
    insert("tweet_counters", "tweet_id, user_id, favorites_count", [
        *((others[n], ids[n], 1) for n in range(count)), *((tweets[n], me, count if n == last else 1) for n in range(count))])
    insert("connections", "follower_id, followee_id, created_at", [
        *((person, me, at[n]) for n, person in enumerate(ids)), *((me, person, at[n]) for n, person in enumerate(ids))])
    insert("sessions", "id, created_at, expires_at, user_id, token_hash", (
        (id_at(at[n]), at[n], at[n] + timedelta(days=300), me, psycopg2.Binary(me.to_bytes(16, "big") + n.to_bytes(16, "big")))
        for n in range(count - 1)))   # with the one that mary has: as many as there are of all else
    accounts = [PersonOfTown(str(person), username) for person, username in people]
    return Town(mary, accounts, [{"id": one, "user": {"username": mary.username}} for one in tweets],
                [{"id": one, "user": {"username": person.username}} for one, person in zip(others, accounts)])


class PersonOfTown:
    def __init__(self, id, username):
        self.id, self.username, self.path = id, username, f"/api/users/{username}"
