"""What the requests of a run cost, by process, as a table for docs/performance.md."""

import statistics

from .processor_time import CLIENT, PROCESSES

WHO = [*PROCESSES.values(), CLIENT]
ROWS = {  # by label of the samples
    "P1 linnet": "hot profile", "P2 linnet": "hot page of 20 tweets",
    "P3 linnet": "random profile, cold", "P3 reference": "pgbench select_user",
    "P3b linnet": "random page of 20 tweets, cold", "P3b reference": "pgbench select_tweets",
    "P4 linnet": "tweet posted, 256 connections", "P4 reference": "pgbench insert_tweet",
    "P5 favorite linnet": "favorite of one tweet", "P5 favorite spread": "favorite, spread", "P5 favorite reference": "pgbench upsert_favorite",
    "P5 follow linnet": "follow of one user", "P5 follow spread": "follow, spread", "P5 follow reference": "pgbench upsert_connection",
    "P6 hot_tweet linnet": "hot tweet beside 500 favorites/s, these included, their client not", "P6 hot_tweet reference": "hot tweet",
    "P7 linnet": "timeline", "P7 reference": "pgbench select_timeline",
    "P9 linnet": "mix", "P10 timeline wide": "timeline, 1 M users", "P10 timeline small": "timeline, 10 k users",
}


def medians(runs):
    """By process; none where it was not measured."""
    spent = [run["processor_us"] for run in runs if "processor_us" in run]
    return {who: statistics.median(each[who] for each in spent) for who in WHO} if spent else None


def markdown(report):
    table = [f"| | | {' | '.join(WHO)} | sum | elapsed |", "|" + "---|" * (len(WHO) + 4)]
    for label, what in ROWS.items():
        runs = report["samples"].get(label, [])
        spent = medians(runs)
        if spent:
            elapsed = report["about"]["cores"] * 1e6 / max(1, statistics.median(run["requests_per_second"] for run in runs))
            cells = [f"{value:.1f}" for value in (*spent.values(), sum(spent.values()), elapsed)]
            table.append(f"| {label.split()[0]} | {what} | {' | '.join(cells)} |")
    return "\n".join(table)
