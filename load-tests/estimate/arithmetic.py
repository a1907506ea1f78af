"""From what was measured for a row, a write or a request to what the notes' load needs. Nothing here measures."""

import math

from . import notes

DAY = 86_400
EULER = 0.5772156649

HEADROOM = 0.5                   # how much of what a server can do is planned for
NODE_STORAGE = 2e12              # bytes on one database server: a copy of it at 10 Gbit/s takes half an hour
CACHE_NODE = 16e9                # bytes of one memcached
HOT_DAYS = 30                    # tweets older than that are rarely read
TIMELINE_TWEET = 16              # bytes of a recent tweet in each server's memory: its id, its author, the next of the author
TIMELINE_USER = 24               # and of each user's place there
SPARE = 2                        # of what must not fail alone, at least


def a_second(a_day):
    return a_day / DAY


def row_bytes(table):
    """Of one row with its entries in all indexes."""
    return table["heap"] + sum(table["indexes"].values())


def row_counts(measured):
    """{table: rows} at the notes' scale. The share of tweets that are favorited at all is that of the measured data."""
    rows = measured["rows"]
    favorited = rows["tweet_counters"]["rows"] / rows["tweets"]["rows"]
    return {"users": notes.USERS, "user_counters": notes.USERS, "sessions": notes.USERS, "connections": notes.CONNECTIONS,
            "tweets": notes.TWEETS, "tweet_counters": round(notes.TWEETS * favorited), "favorites": notes.FAVORITES,
            "idempotency_keys": notes.TWEETS_A_DAY}


def storage(measured):
    """[(table, rows, bytes of its rows, bytes of its indexes)] at the notes' scale."""
    return [(table, count, count * measured["rows"][table]["heap"], count * sum(measured["rows"][table]["indexes"].values()))
            for table, count in row_counts(measured).items() if table in measured["rows"]]


def total_storage(measured):
    return sum(heap + indexes for _, _, heap, indexes in storage(measured))


def growth_a_day(measured):
    """Bytes that a day's tweets and favorites add to tables and indexes."""
    rows = measured["rows"]
    counters = rows["tweet_counters"]["rows"] / rows["tweets"]["rows"]
    tweet = row_bytes(rows["tweets"]) + counters * row_bytes(rows["tweet_counters"])
    return notes.TWEETS_A_DAY * tweet + notes.FAVORITES_A_DAY * row_bytes(rows["favorites"])


def wal_a_day(measured):
    """Bytes of (records alone, records and images) for a day's tweets and favorites."""
    kinds = [("post_tweet", notes.TWEETS_A_DAY), ("favorite_tweet", notes.FAVORITES_A_DAY)]
    records = sum(count * measured["wal"][kind]["batched"] for kind, count in kinds)
    return records, sum(count * (measured["wal"][kind]["alone"] + measured["wal"][kind]["images"]) for kind, count in kinds)


def harmonic(n):
    return math.log(n) + EULER + 1 / (2 * n)


def zipf_share(hot, n):
    """Of all reads, the share that the `hot` most popular of n items get, where the k-th gets 1/k of what the first gets."""
    return harmonic(hot) / harmonic(n)


def cache_lines(measured):
    """[(what, items, bytes)] that hold the hot set: of each kind of item of a user, one for each hot user; of tweets,
    those of the last days that are hot."""
    users = round(notes.USERS * notes.HOT_SHARE)
    tweets = round(notes.TWEETS_A_DAY * HOT_DAYS * notes.HOT_SHARE)
    return [(what, tweets if what.startswith("tweet ") else users, kind["bytes"] * (tweets if what.startswith("tweet ") else users))
            for what, kind in measured["memcached"].items()]


def cache_nodes(measured):
    return max(SPARE, math.ceil(sum(size for _, _, size in cache_lines(measured)) / CACHE_NODE))


def loads():
    """[(what, requests a second, of which reads)]: today's average and peak, and both with five times the reads."""
    average = a_second(notes.REQUESTS_A_DAY)
    reads, writes = average * notes.READ_SHARE, average * (1 - notes.READ_SHARE)
    more = notes.MORE_READS * reads
    return [("average", reads + writes, reads), (f"peak, {notes.PEAK} times that", notes.PEAK * (reads + writes), notes.PEAK * reads),
            (f"average with {notes.MORE_READS} times the reads", more + writes, more),
            (f"peak with {notes.MORE_READS} times the reads", notes.PEAK * (more + writes), notes.PEAK * more)]


def machines(needed, rate):
    """So many that each does `rate` at most to the planned share, and that one may fail."""
    return max(SPARE, math.ceil(needed / (rate * HEADROOM)))


def database_reads(reads):
    """Reads a second that the caches don't answer, when they hold the hot set."""
    return reads * (1 - zipf_share(notes.USERS * notes.HOT_SHARE, notes.USERS))


def shards(measured):
    return math.ceil(total_storage(measured) / NODE_STORAGE)
