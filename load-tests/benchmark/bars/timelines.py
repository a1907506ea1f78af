"""Home timelines: P7, P8."""

from ..figures import Line, errors, rates
from ..pgbench import PgBench

CLIENTS = [1, 2, 4, 8, 16]
FOLLOWERS = 16   # how many users of about 5,000 and of about 200 followees


def p7(run):
    town = run.town("dense")
    town.prewarm("connections_followees", "tweets_pkey")
    world = town.world(town.accounts())
    reference = PgBench(town.stack, "select_timeline", users=town.data.users).best(run, CLIENTS)

    def timelines(number):
        return run.closed("timeline", town.url, world, seed=number)

    run.warm("timeline", town, world)  # as pgbench is by now
    results = run.alternate("P7", linnet=timelines, reference=lambda _: reference.run(run.seconds))
    unbatched = run.unbatched("P7", town, timelines)
    followees = town.data.connections / town.data.users
    return [Line("P7", f"home timeline GET, {followees:.0f} followees on average", "requests/s", rates(results["linnet"]),
                 rates(results["reference"]), str(reference), bound=10, unbatched=rates(unbatched), errors=errors(results["linnet"], unbatched))]


def p8(run):
    town = run.town("dense")
    many, of_many = town.with_followees(5000, FOLLOWERS)
    few, of_few = town.with_followees(200, FOLLOWERS)
    worlds = {"linnet": town.world(many), "reference": town.world(few)}
    results = run.alternate("P8", **{
        name: lambda _, world=world: run.closed("timeline", town.url, world) for name, world in worlds.items()})
    return [Line("P8", f"home timeline GET, {of_many:,.0f} followees: time of a request", "µs", microseconds(results["linnet"]),
                 microseconds(results["reference"]), f"the same for {of_few:,.0f} followees", "<", 4, errors=errors(*results.values()))]


def microseconds(samples):
    """Of the machine, for each request: the inverse of the rate. A run in which none was answered counts as one a second."""
    return [1e6 / max(rate, 1) for rate in rates(samples)]
