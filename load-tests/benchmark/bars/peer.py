"""A server as a team would write it today, on the same database: P12."""

from ..figures import Line, errors, rates
from ..references import PEER, peer
from ..town import username
from .cold import VIEWERS
from .viral import run_starts

NAME = "Node 20, Fastify, 2 workers (load-tests/peer)"
WARM_UP = 3  # seconds, at most


def p12(run):
    town = run.town("dense")
    accounts = town.accounts()
    hot = town.world(accounts[:1], hot=[username(1)])
    cold = town.world(accounts[:VIEWERS], users=town.by_popularity())
    everybody = town.world(accounts, fresh=town.fresh())
    unused = run_starts(10 * len(accounts))
    return [
        beside_peer(run, town, "hot profile GET", "hot_profile", hot, 4),
        beside_peer(run, town, "random profile GET, cold", "random_profile", cold, 5),
        beside_peer(run, town, "tweets posted", "post_tweet", everybody, 5),
        beside_peer(run, town, "favorites spread over many tweets", "favorite_spread", everybody, 5, first_pair=unused),
    ]


def beside_peer(run, town, what, scenario, world, bound, first_pair=lambda: 0):
    """Both have run a while (Node compiles what is called often), and then begin each run with an empty memcached."""
    if not PEER.exists():
        return Line("P12", what, "requests/s", [], [], NAME, bound=bound, note="load-tests/peer is not there")

    def measure(url, number, **settings):
        town.stack.flush_memcached()
        return run.closed(scenario, url, world, seed=number, first_pair=first_pair(), **settings)

    with peer(run.reference_port, town.stack) as url:
        for warmed in (town.url, url):
            measure(warmed, run.runs, seconds=min(WARM_UP, run.seconds))
        results = run.alternate(f"P12 {scenario}", linnet=lambda number: measure(town.url, number), reference=lambda number: measure(url, number))
    return Line("P12", what, "requests/s", rates(results["linnet"]), rates(results["reference"]), NAME, bound=bound,
                errors=errors(results["linnet"]))
