"""Measures all that the estimate needs, on a stack of its own."""

import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import sql
from benchmark.stack import Stack

from . import caches, database, wal
from .client import Client

LOAD_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LOAD_TESTS / "data"))
import sessions

GROWING = ["connections", "tweets", "tweet_counters", "favorites"]  # and loaded in bulk, with their indexes packed
OBJECTS = 3000    # users to read, for the memory of cached objects
READS = 3         # of each: nothing is cached when it is read for the first time


def tables_of(dsn):
    """The sizes of any database's tables, as they are."""
    query = partial(sql.rows, dsn)
    return {"rows": database.rows(query), "packed": {}, "content": database.content(query)}


def everything(folder, options):
    stack = Stack(folder, options.port)
    try:
        stack.start()
        sizes = {name: getattr(options, name) for name in ["users", "tweets", "connections", "favorites", "seed"]}
        words = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
        subprocess.run([LOAD_TESTS / "data/generate", "--dsn", stack.conninfo("postgres")[0], *words,
                        "--sessions", str(options.users)], check=True)
        query = stack.query
        tokens = [(f"u{user:07}", sessions.token(options.seed, user)) for user in range(1, options.users + 1)]
        random.Random(options.seed).shuffle(tokens)
        client = Client(stack.url)
        measured = {"wal": write_ahead_log(query, client, tokens), **memory(stack, client, tokens)}
        measured.update(rows_and_indexes(query))
        return measured
    finally:
        stack.stop()


def rows_and_indexes(query):
    query("VACUUM (ANALYZE)")
    rows = database.rows(query)
    packed = {table: rows[table]["indexes"] for table in GROWING}
    for table in GROWING:
        rows[table]["indexes"] = database.grown_indexes(query, table)
    return {"rows": rows, "packed": packed, "content": database.content(query)}


def write_ahead_log(query, client, tokens):
    """Of each kind of write, by users who have not done so before in this run."""
    tweets = query("SELECT u.username, t.id FROM tweets t JOIN users u ON u.id = t.user_id"
                   " LEFT JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id"
                   " WHERE c.tweet_id IS NULL ORDER BY hashint8(t.id) LIMIT %s", len(tokens))
    names = [name for name, _ in tokens]
    strangers = query("SELECT f.username, e.username FROM unnest(%s, %s) AS k(follower, followee)"
                      " JOIN users f ON lower(f.username) = k.follower JOIN users e ON lower(e.username) = k.followee"
                      " LEFT JOIN connections c ON c.follower_id = f.id AND c.followee_id = e.id"
                      " WHERE c.follower_id IS NULL", names, names[1:] + names[:1])
    token_of = dict(tokens)
    def posts(key):
        for number, (name, token) in enumerate(tokens):
            yield "POST", f"/api/users/{name}/tweets", token, {"content": f"The river is at {number} cm, and rising. 🌊"}, key and f"{key}-{number}"

    kinds = {
        "post_tweet": posts(None),
        "post_tweet with a key": posts("0d9f2c1e-7a44-4b0e-9c53"),  # as long as a UUID
        "favorite_tweet": (("POST", f"/api/users/{author}/tweets/{tweet}/favorites", token)
                           for (name, token), (author, tweet) in zip(tokens, tweets)),
        "follow_user": (("POST", f"/api/users/{other}/followers", token_of[name]) for name, other in strangers),
    }
    return {kind: wal.measure(query, client, writes) for kind, writes in kinds.items()}


def memory(stack, client, tokens):
    """Bytes of cached objects: in memcached by kind; in the server, on average."""
    reader, token = tokens[0]
    paths = [path for name, _ in tokens[1:OBJECTS + 1] for path in (f"/api/users/{name}", f"/api/users/{name}/tweets")]
    stack.restart()
    begin, before = stack.server_memory(), held(client, token)
    for _ in range(READS):
        client.send_all([("GET", path, token) for path in paths], 32)
    client.send_all([("GET", f"/api/users/{name}/timeline", own) for name, own in tokens[1:OBJECTS + 1] for _ in range(READS)], 32)
    added = held(client, token) - before
    time.sleep(0.5)  # what is put into memcached is put there behind the answer
    address = (stack.folder / "components/memcached-1").read_text().split()[1]
    return {"memcached": caches.items(address), "server_entry": (stack.server_memory() - begin) / added}


def held(client, token):
    return caches.entries(client.send("GET", "/metrics", token)[1].decode())
