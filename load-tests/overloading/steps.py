"""One scenario under a load that rises beyond what the server can do."""
import statistics
import time

import closed_loop
import open_loop

from . import verdicts

VIEWERS = 5_000
CLOSED = [64, 256]      # connections with which the capacity is looked for
LIGHT = 0.2             # of the capacity: before and after
LIGHT_SECONDS = 5
CALM_AFTER = 5          # seconds
GIVE_UP = 1             # second: what the client could not send by then, it doesn't send


def measure(run, town, scenario, all_times, connections):
    world = town.world(town.accounts(min(VIEWERS, len(town.with_sessions))), users=town.by_popularity(),
                       tweets=town.favorited_tweets(10_000), fresh=town.fresh())
    capacity = lambda: max(closed(run, town, world, scenario, c) for c in CLOSED)
    capacity()   # warms up
    capacities, steps = [capacity()], []
    before = offer(run, town, world, scenario, LIGHT * capacities[0], LIGHT_SECONDS, 64)
    for times in all_times:
        if steps:
            capacities.append(capacity())
        run.progress.say(f"{scenario}: {times} times {capacities[0]:,.0f}/s")
        step = offer(run, town, world, scenario, times * capacities[0], run.seconds, connections)
        steps.append({**step, "times": times, "memory": town.stack.server_memory()})
    time.sleep(CALM_AFTER)
    after = offer(run, town, world, scenario, LIGHT * capacities[0], LIGHT_SECONDS, 64)
    capacities.append(capacity())
    for step, around in zip(steps, zip(capacities, capacities[1:])):
        step["capacity"] = statistics.mean(around)   # of these minutes: what the machine does varies by more than what is looked for
    found = verdicts.of_steps(before, steps, after)
    title = f"{scenario}: capacity {capacities[0]:,.0f}/s"
    return {"scenario": scenario, "capacities": capacities, "before": before, "steps": steps, "after": after, "verdicts": found,
            "lines": verdicts.lines(title, found) + [describe(step) for step in steps]}


def closed(run, town, world, scenario, connections):
    return closed_loop.run(scenario, run.load(town.url, world, connections=connections, seconds=min(run.seconds, 10)))["requests_per_second"]


def offer(run, town, world, scenario, rate, seconds, connections):
    load = run.load(town.url, world, connections=connections, seconds=seconds)
    return {**open_loop.run(scenario, load, round(rate), give_up=GIVE_UP), "asked_s": seconds}


def describe(step):
    sent = (step["answered"] + step["unfinished"]) / step["asked_s"]
    return (f"  {step['times']}x: due {step['rate']:,.0f}/s, sent {sent:,.0f}/s, accepted {verdicts.goodput(step):,.0f}/s"
            f" of {step['capacity']:,.0f}/s in closed loop, 503 {step['statuses'].get('503', 0):,}, p99 {verdicts.ms(step):,.0f} ms, memory {step['memory'] / 2**20:,.0f} MiB")
