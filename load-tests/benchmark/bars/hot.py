"""What is in the server's memory: P1, P2."""

from ..figures import Line, errors, rates
from ..references import constant_server
from ..town import username

CONNECTIONS = [1, 4, 16, 64, 256, 1024]


def p1(run):
    return [beside_constant(run, "P1", "hot profile GET", "hot_profile", "", 1.0, by_connections)]


def p2(run):
    return [beside_constant(run, "P2", "hot page of 20 tweets GET", "tweets_page", "/tweets", 0.95)]


def beside_constant(run, bar, what, scenario, path, bound, more=lambda *_: None):
    town = run.town("dense")
    account, = town.accounts(1)
    world = town.world([account], hot=[username(1)])
    body = len(town.get(f"/api/users/{username(1)}{path}", account))
    with constant_server(run.reference_port, body) as constant:
        results = run.alternate(
            bar,
            linnet=lambda _: run.closed(scenario, town.url, world),
            reference=lambda _: run.closed(scenario, constant, world))
        more(run, {"linnet": town.url, "reference": constant}, world)
    return Line(bar, what, "requests/s", rates(results["linnet"]), rates(results["reference"]),
                f"bare Beast, a constant of {body} bytes", bound=bound, errors=errors(results["linnet"]))


def by_connections(run, urls, world):
    """Throughput against connections, once each, for the report's plot."""
    tried = CONNECTIONS if run.scale == "full" else CONNECTIONS[::2]

    def measure(url, connections):
        return dict(run.closed("hot_profile", url, world, connections=connections), connections=connections)

    run.alternate("P1 connections", runs=len(tried), **{
        name: lambda number, url=url: measure(url, tried[number]) for name, url in urls.items()})
