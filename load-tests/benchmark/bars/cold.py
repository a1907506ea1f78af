"""What no cache holds at the start, each Linnet run on a server and a memcached that were just started: P3, P3b."""

from ..figures import Line, errors, rates
from ..pgbench import PgBench

CLIENTS = [1, 2, 4, 8, 16, 32]
VIEWERS = 64


def p3(run):
    town = run.town("wide")
    town.prewarm("users", "users_username", "users_pkey", "user_counters", "user_counters_pkey")
    return beside_pgbench(run, town, "P3", "random profile GET, cold", "random_profile", "select_user", 1.5)


def p3b(run):
    town = run.town("dense")
    town.prewarm("users", "users_username", "users_pkey", "tweets_pkey", "tweet_counters", "tweet_counters_pkey")
    return beside_pgbench(run, town, "P3b", "random page of 20 tweets GET, cold", "random_tweets_page", "select_tweets", 1.2)


def beside_pgbench(run, town, bar, what, scenario, script, bound):
    world = town.world(town.accounts(VIEWERS), users=town.by_popularity())
    reference = PgBench(town.stack, script, users=town.data.users).best(run, CLIENTS)

    def cold(number, **settings):
        town.stack.restart(**settings)
        return run.closed(scenario, town.url, world, seed=number)

    results = run.alternate(bar, linnet=cold, reference=lambda _: reference.run(run.seconds))
    unbatched = run.unbatched(bar, town, lambda number: cold(number, **town.stack.settings))
    return [Line(bar, what, "requests/s", rates(results["linnet"]), rates(results["reference"]), str(reference), bound=bound,
                 unbatched=rates(unbatched), errors=errors(results["linnet"], unbatched))]
