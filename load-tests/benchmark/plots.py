"""What the report draws: latency distributions, throughput against connections, cost against the size of the data."""

import statistics

from .svg import chart

PERCENTILES = {50: "p50", 90: "p90", 99: "p99", 99.9: "p99.9", 99.99: "p99.99"}


def plots(samples):
    """SVG by SVG; samples are those of a Run."""
    yield from by_connections(samples)
    yield from by_users(samples)
    yield from latencies(samples)


def by_connections(samples):
    series = {name: [(sample["connections"], sample["requests_per_second"]) for sample in samples.get(f"P1 connections {name}", [])]
              for name in ("linnet", "reference")}
    if all(series.values()):
        ticks = {connections: str(connections) for connections, _ in series["linnet"]}
        yield chart("Throughput against connections, hot profile", "connections", "requests/s",
                    {"Linnet": series["linnet"], "bare Beast": series["reference"]}, x_log=True, x_ticks=ticks)


def by_users(samples):
    """Time of the machine for each request."""
    series = {}
    for label, runs in samples.items():
        if label.startswith("P10 "):
            cost = 1e6 / max(1, statistics.median(run["requests_per_second"] for run in runs))
            series.setdefault(label.split()[1].replace("_", " "), []).append((runs[0]["users"], cost))
    if series:
        users = sorted({users for line in series.values() for users, _ in line})
        yield chart("Cost against the size of the data", "users (20 connections, 10 tweets each)", "µs a request",
                    {name: sorted(line) for name, line in series.items()}, x_log=True, y_log=True, x_ticks={n: f"{n:,}" for n in users})


def latencies(samples):
    """A chart for each thing measured, with a line for each of those compared."""
    charts = {}
    for label, runs in samples.items():
        if runs and runs[0].get("latency_us") and not label.startswith(("P10 ", "P1 connections")):
            what, who = label.rsplit(" ", 1)
            charts.setdefault(what, {})[who.replace("_", " ")] = distribution(runs)
    for what, series in charts.items():
        yield chart(f"Latency, {what.replace('_', ' ')}", "percentile", "ms", series, x_log=True, y_log=True,
                    x_ticks={rarity(share): label for share, label in PERCENTILES.items()})


def distribution(runs):
    """Medians of the runs, in milliseconds, over how rare it is."""
    shares = runs[0]["latency_us"]
    return [(rarity(float(share)), max(0.001, statistics.median(run["latency_us"][share] or 0 for run in runs) / 1000)) for share in shares]


def rarity(share):
    """One request in so many is slower: spreads out what is above the 99th percentile."""
    return 1 / (1 - share / 100)
