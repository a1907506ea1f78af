"""Durable writes: P4, P5."""

import time

from ..figures import Line, errors, percentile, rates
from ..pgbench import PgBench

CLIENTS = [8, 16, 32, 64]


def unused_ids():
    """Where ids begin that nobody has: of tweets of this moment, as a server would make them."""
    return int((time.time() - 1767225600) * 1000) << 22


def p4(run):
    town = run.town("dense")
    world = town.world(town.accounts())
    reference = PgBench(town.stack, "insert_tweet", users=town.data.users, n=0, first=unused_ids)
    reference.best(run, CLIENTS)

    def post(scenario, connections):
        return lambda number: run.closed(scenario, town.url, world, connections=connections, seed=number)

    results = run.alternate(
        "P4",
        linnet=post("post_tweet", 256),
        with_key=post("post_tweet_with_key", 256),
        linnet_64=post("post_tweet", 64),
        reference=lambda _: reference.run(run.seconds))
    unbatched = run.unbatched("P4", town, post("post_tweet", 256))
    inserts, who = rates(results["reference"]), str(reference)
    return [
        Line("P4", "tweets posted, 256 connections", "requests/s", rates(results["linnet"]), inserts, who, bound=2.5,
             unbatched=rates(unbatched), errors=errors(results["linnet"], unbatched)),
        Line("P4", "the same, each with an Idempotency-Key", "requests/s", rates(results["with_key"]), inserts, who,
             errors=errors(results["with_key"])),
        Line("P4", "tweets posted, 64 connections: p99", "ms", percentile(results["linnet_64"], "99"), sense="<=", bound=10,
             errors=errors(results["linnet_64"])),
    ]
