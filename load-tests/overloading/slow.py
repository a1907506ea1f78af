"""Slow connections, by slowhttptest, beside a client who reads one hot profile."""
import subprocess
import time
import urllib.request

import open_loop

from . import cores, verdicts

MODES = {"headers": ["-H"], "body": ["-B", "-s", "8192"], "reading": ["-X", "-w", "16", "-y", "64", "-n", "2", "-z", "8"]}
RATE = 1000       # requests a second of the other client
READY = 4         # seconds after which the slow ones are there; they come in half of that
STAY = 5          # seconds more, after which the server begins to let go of them
ROUNDS = 3        # whose median counts


def measure(run, town, mode, connections, of_server):
    """`of_server`: cores. slowhttptest has them while the server leaves them, and none of the other client's: it asks its kernel for
    2,000 sockets at a time, and its neighbours wait for that."""
    hot = town.by_popularity()[0]
    world = town.world(town.accounts(1), hot=[hot])
    seconds = min(run.seconds, STAY)
    attack = [*cores.left_over(of_server), "slowhttptest", *MODES[mode], "-c", str(connections), "-r", str(2 * connections // READY), "-i", "5",
              "-l", str(READY + seconds + 2), "-p", "5", "-u", f"{town.url}/api/users/{hot}"]
    read = lambda seconds: {**open_loop.run("hot_profile", run.load(town.url, world, seconds=seconds), RATE), "asked_s": seconds}
    read(2)
    rounds = [{"before": read(seconds), **beside(attack, town.url, lambda: read(seconds))} for _ in range(ROUNDS)]
    found = verdicts.of_slow(rounds, connections)
    return {"mode": mode, "rounds": rounds, "verdicts": found, "lines": verdicts.lines(f"slow {mode}, {connections:,} connections", found)}


def beside(attack, url, read):
    """What was read `during` it, and how many connections the server `held` of it at least."""
    slow = subprocess.Popen(attack, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(READY)
        held = connections_of(url)
        return {"during": read(), "held": min(held, connections_of(url))}
    finally:
        slow.kill()
        slow.wait()


def connections_of(url):
    """How many the server has, by its own metric, but for the one that asks."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        return connections_in(answer.read().decode()) - 1


def connections_in(metrics):
    return sum(int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith("linnet_http_connections"))
