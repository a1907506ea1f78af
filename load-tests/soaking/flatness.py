"""Whether a curve is flat at its end: its last third beside the third before. What comes first is warming up."""
from statistics import mean

SHARE = 1.1   # the last third may be so much more than the one before
ALLOWED = {"MiB": 8, "descriptors": 8, "threads": 0, "connections": 4, "files": 20, "objects in memory": 100, "quota subjects": 50,
           "MiB of WAL": 64, "bytes of a row": 40, "bytes of its index entries": 40}   # or so much more, by the end of the name
GROW = ("tweets: rows", "tweet_counters: rows", "connections: rows", "favorites: rows", "users: rows", "user_counters: rows",
        "sessions: rows", "idempotency_keys: rows")   # clients add more of these than they take away
LEAST_SAMPLES = 6


def thirds(values):
    """The means of the second third and of the last."""
    size = len(values) // 3
    return mean(values[-2 * size:-size]), mean(values[-size:])


def allowed(name):
    endings = [ending for ending in ALLOWED if name.endswith(ending)]
    return ALLOWED[max(endings, key=len)] if endings else 0


def faults(samples):
    """What is not flat, in words. `samples`: of one kind, in order, as samples.sample() gives them."""
    if len(samples) < LEAST_SAMPLES:
        return [f"{len(samples)} samples are too few to judge"]
    found = []
    for name in samples[-1]:
        if name in GROW:
            continue
        before, after = thirds([one[name] for one in samples])
        if after > max(before * SHARE, before + allowed(name)):
            found.append(f"{name} grew from {before:.1f} to {after:.1f}")
    return found
