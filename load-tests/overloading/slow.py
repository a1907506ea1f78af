"""Slow connections, by slowhttptest, beside a client who reads one hot profile."""
import subprocess
import threading
import time
import urllib.request

import open_loop

from . import cores, verdicts

MODES = {"headers": ["-H"], "body": ["-B", "-s", "8192"], "reading": ["-X", "-w", "16", "-y", "64", "-n", "2", "-z", "8"]}
RATE = 1000       # requests a second of the other client
READY = 4         # seconds in which the slow ones come
STAY = 6          # seconds more, after which the server begins to let go of them


def measure(run, town, mode, connections, of_server):
    """`of_server`: cores. slowhttptest has them while the server leaves them, and none of the other client's: it asks its kernel for
    2,000 sockets at a time, and its neighbours wait for that."""
    hot = town.by_popularity()[0]
    world = town.world(town.accounts(1), hot=[hot])
    read = lambda seconds: {**open_loop.run("hot_profile", run.load(town.url, world, seconds=seconds), RATE), "asked_s": seconds}
    seconds = min(run.seconds, STAY)
    read(2)
    before = read(seconds)
    slow = subprocess.Popen([*cores.left_over(of_server), "slowhttptest", *MODES[mode], "-c", str(connections), "-r", str(connections // READY), "-i", "5",
                             "-l", str(READY + seconds + 2), "-p", "5", "-u", f"{town.url}/api/users/{hot}"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(READY)
        with Watch(town.url) as watch:
            during = read(seconds)
    finally:
        slow.kill()
        slow.wait()
    found = verdicts.of_slow(before, during, watch.most - run.load(town.url, world).connections, connections)
    return {"mode": mode, "before": before, "during": during, "verdicts": found,
            "lines": verdicts.lines(f"slow {mode}, {connections:,} connections", found)}


class Watch:
    """How many connections the server had at most, by its own metric."""

    def __init__(self, url):
        self.url, self.most, self.over = url, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def look(self):
        while not self.over.wait(0.5):
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
                self.most = max(self.most, connections_in(answer.read().decode()))


def connections_in(metrics):
    return sum(int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith("linnet_http_connections"))
