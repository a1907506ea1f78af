"""The mix of reads and writes that the estimates expect: P9."""

import statistics

from ..figures import Line, errors, percentile, rates

VIEWERS, TWEETS = 5_000, 200_000


def p9(run):
    town = run.town("wide")
    world = town.world(town.accounts(VIEWERS), users=town.by_popularity(), tweets=town.favorited_tweets(TWEETS), fresh=town.fresh())
    warm = run.warm("mixed", town, world)
    closed = run.alternate("P9", linnet=lambda number: run.closed("mixed", town.url, world, seed=number))["linnet"]
    rate = round(statistics.median(rates(closed)) / 2)
    opened = run.alternate("P9 half", linnet=lambda number: run.open("mixed", town.url, world, rate, seed=number + run.runs + 1))["linnet"]
    return [
        Line("P9", f"mix of reads and writes, {town.data.users:,} users", "requests/s", rates(closed), bound=20_000, errors=errors([warm], closed)),
        Line("P9", f"the same at {rate:,}/s, open loop: p99", "ms", percentile(opened, "99"), sense="<=", bound=10, errors=errors(opened)),
    ]
