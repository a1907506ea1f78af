"""What becomes of P1, P3 and P7 as the data grow: P10."""

from ..dataset import SCALES
from ..figures import Line, errors, rates
from ..town import username
from .cold import VIEWERS

SIZES = ["small", "medium", "wide"]


def p10(run):
    towns = {name: run.town(name) for name in SIZES if name in SCALES[run.scale]}
    return [compare(run, towns, what, scenario, cold) for what, scenario, cold in (
        ("hot profile GET", "hot_profile", False),
        ("random profile GET, cold", "random_profile", True),
        ("home timeline GET", "timeline", False))]


def compare(run, towns, what, scenario, cold):
    def measure(town, world):
        def one(number):
            if cold:
                town.stack.restart()
            return dict(run.closed(scenario, town.url, world, seed=number), users=town.data.users)
        return one

    worlds = {name: world_of(town, scenario) for name, town in towns.items()}
    if scenario == "timeline":
        for name, town in towns.items():
            run.warm(scenario, town, worlds[name])
    results = run.alternate(f"P10 {scenario}", **{name: measure(town, worlds[name]) for name, town in towns.items()})
    small, wide = towns["small"].data, towns["wide"].data
    return Line("P10", f"{what}, {wide.users:,} users and {wide.tweets:,} tweets", "requests/s", rates(results["wide"]), rates(results["small"]),
                f"the same with {small.users:,} users and {small.tweets:,} tweets", bound=0.8, errors=errors(*results.values()))


def world_of(town, scenario):
    accounts = town.accounts(town.data.users // 10 if scenario == "timeline" else VIEWERS)
    return town.world(accounts, hot=[username(1)], users=town.by_popularity())
