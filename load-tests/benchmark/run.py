"""One run of the benchmark: the stacks it uses, and how it measures."""

import fcntl
import os
import shutil

import closed_loop
import open_loop
from command import CommandFailed

from . import processor_time
from .dataset import CACHE, DataSet, discard
from .town import Town

WARMING = {"full": 60, "quick": 5, "tiny": 1}   # seconds
TOWNS = ["dense", "wide", "medium", "small"]


class Run:
    """Measures for the bars. Ports from `port` on are taken, and a folder in the cache, which goes at the end."""

    def __init__(self, scale, seed, runs, seconds, port, progress):
        self.scale, self.seed, self.runs, self.seconds, self.progress = scale, seed, runs, seconds, progress
        self.port = port
        self.reference_port = port + len(TOWNS)
        self.folder = CACHE / f"run-{port}"
        self.towns = {}
        self.samples = {}

    def __enter__(self):
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        if CACHE.lstat().st_uid != os.geteuid():
            raise CommandFailed(f"{CACHE} is somebody else's: set LINNET_BENCH_CACHE")
        self.lock = open(self.folder.with_suffix(".lock"), "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(f"another run has the ports from {self.port} on; choose others by --port") from None
        self.clear()  # of a run that was killed
        self.folder.mkdir(mode=0o755)
        return self

    def __exit__(self, *_):
        self.progress.clear()
        self.clear()

    def clear(self):
        for folder in self.folder.glob("*"):
            discard(folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def town(self, name):
        """A data set with a stack of its own, started when it is first asked for."""
        if name not in self.towns:
            data = DataSet(self.scale, name, self.seed)
            self.progress.say(f"data set {name}: {data.users:,} users, {data.tweets:,} tweets, {data.connections:,} connections")
            stack = data.restore(self.folder / name, self.port + TOWNS.index(name))
            self.towns[name] = Town(stack, data)
        return self.towns[name]

    def leave(self, names):
        """Stops the others: their vacuum would disturb what is measured."""
        for name in set(self.towns) - set(names):
            discard(self.towns.pop(name).stack.folder)

    def alternate(self, label, *, runs=None, **measures):
        """Runs each measure in turn, again and again; each is called with the number of its run, and gives a sample.
        Returns {name: samples}."""
        results = {name: [] for name in measures}
        for number in range(runs or self.runs):
            for name, measure in measures.items():
                self.progress.step(f"{label} {name.replace('_', ' ')}")
                results[name].append(measure(number))
        for name, samples in results.items():
            self.samples.setdefault(f"{label} {name}", []).extend(samples)
        return results

    def unbatched(self, label, town, measure):
        """The samples of Linnet with batches of one; fewer runs, since they are for information."""
        town.stack.restart(READ_BATCH=1, WRITE_BATCH=1)
        samples = self.alternate(label, runs=(self.runs + 1) // 2, unbatched=measure)["unbatched"]
        town.stack.restart()
        return samples

    def load(self, url, world, **settings):
        return closed_loop.Load(url, world, **{"seconds": self.seconds, "seed": self.seed, **settings})

    def closed(self, scenario, url, world, **settings):
        load = self.load(url, world, **settings)
        town = next((town for town in self.towns.values() if town.url == url), None)
        if not town:
            return closed_loop.run(scenario, load)   # a reference
        with processor_time.measured(town.stack) as each:
            sample = closed_loop.run(scenario, load)
            return dict(sample, processor_us=each(sample["requests"], sample["processor_seconds"]))

    def warm(self, scenario, town, world):
        """Till most of a hundred thousand readers came several times: from the second on, a server keeps what they need.
        No run has the same seed, which would ask for what was just read, and favorite what is a favorite."""
        self.progress.say(f"warming: {scenario}, {town.data.name}")
        return closed_loop.run(scenario, self.load(town.url, world, seconds=WARMING[self.scale], seed=10**6))

    def open(self, scenario, url, world, rate, **settings):
        return open_loop.run(scenario, self.load(url, world, **settings), rate)

    def writing(self, scenario, url, world, rate, **settings):
        """A context in which others write at that rate."""
        return open_loop.running(scenario, self.load(url, world, **settings), rate)
