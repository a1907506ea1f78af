"""Writes that all fall on one tweet or one user, and reads of it meanwhile: P5, P6."""

from ..figures import Line, errors, rates
from ..pgbench import PgBench
from ..town import username
from .writes import CLIENTS

WRITES_PER_SECOND = 500
QUIET_USER = 1000   # by popularity: has few followers yet, and a tweet without a favorite


def p5(run):
    town = run.town("dense")
    accounts = town.accounts()
    world = town.world(accounts, fresh=town.fresh(), followed=town.shuffled())
    counters = PgBench(town.stack, "upsert_counter", users=len(town.fresh())).best(run, CLIENTS)
    return [*beside_spread(run, town, world, "favorite", "viral", "favorites of one tweet", f"{len(town.fresh()):,} tweets", counters),
            *beside_spread(run, town, world, "follow", "celebrity", "follows of one user", f"{town.data.users:,} users")]


def beside_spread(run, town, world, verb, focus, what, spread, counters=None):
    """Each request changes a row: an account and a tweet (or user) never meet twice. `counters` is one more reference."""
    unused = run_starts(len(town.accounts()))
    table = {"favorite": "favorite", "follow": "connection"}[verb]
    reference = PgBench(town.stack, f"upsert_{table}", users=len(town.fresh()), n=0, first=run_starts(10**6))
    reference.best(run, CLIENTS)

    def focused(_):
        return run.closed(f"{verb}_{focus}", town.url, world, first_pair=unused())

    results = run.alternate(
        f"P5 {verb}",
        linnet=focused,
        spread=lambda _: run.closed(f"{verb}_spread", town.url, world, first_pair=unused()),
        reference=lambda _: reference.run(run.seconds),
        **({"counters": lambda _: counters.run(run.seconds)} if counters else {}))
    unbatched = run.unbatched(f"P5 {verb}", town, focused)
    one, many = rates(results["linnet"]), rates(results["spread"])
    counted = [Line("P5", f"{what}, beside counters", "requests/s", one, rates(results["counters"]), str(counters))] if counters else []
    return [
        Line("P5", what, "requests/s", one, many, f"spread over {spread}", bound=0.9, errors=errors(results["linnet"], results["spread"])),
        Line("P5", what, "requests/s", one, rates(results["reference"]), str(reference), bound=2.0, unbatched=rates(unbatched),
             errors=errors(unbatched)),
        *counted,
    ]


def run_starts(pairs):
    """A function that yields where each run's pairs begin, some ten times as far apart as a run can get."""
    starts = iter(range(0, 10**12, 10 * pairs))
    return lambda: next(starts)


def p6(run):
    town = run.town("dense")
    reader, = town.accounts(1)
    user = username(QUIET_USER)
    tweet = next(path for path in town.fresh() if path.startswith(user))
    world = town.world([reader], hot=[user], hot_tweet=[tweet])
    accounts = town.accounts()
    writers = town.world(accounts, followed=[user], fresh=[tweet])
    run.warm("random_profile", town, town.world(accounts, users=[user]))   # who writes has been here before
    return [beside_writes(run, town, world, writers, "hot_profile", "follow_celebrity", "hot profile GET while others follow"),
            beside_writes(run, town, world, writers, "hot_tweet", "favorite_viral", "hot tweet GET while others favorite it")]


def beside_writes(run, town, world, writers, reads, writes, what):
    def beside(number):
        seconds = run.seconds + 2
        first = number * seconds * WRITES_PER_SECOND
        with run.writing(writes, town.url, writers, WRITES_PER_SECOND, seconds=seconds, first_pair=first) as finish:
            sample = run.closed(reads, town.url, world)
            sample["errors"] += finish()["errors"]
            return sample

    results = run.alternate(f"P6 {reads}", linnet=beside, reference=lambda _: run.closed(reads, town.url, world))
    return Line("P6", f"{what}, {WRITES_PER_SECOND}/s", "requests/s", rates(results["linnet"]), rates(results["reference"]),
                "without writes", bound=0.8, errors=errors(*results.values()))
