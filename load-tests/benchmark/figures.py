"""Figures and verdicts: what a bar says, from what was measured."""

import statistics
from dataclasses import asdict, dataclass, field

SENSES = {">=": lambda figure, bound: figure >= bound, "<=": lambda figure, bound: figure <= bound,
          "<": lambda figure, bound: figure < bound}


@dataclass
class Line:
    """One line of the table. With a reference, the figure is the ratio of the medians; without, Linnet's median."""
    bar: str
    what: str
    unit: str
    linnet: list
    reference: list = field(default_factory=list)
    reference_name: str = ""
    sense: str = ">="
    bound: float = None          # None: for information
    unbatched: list = field(default_factory=list)  # Linnet with batches of one
    errors: int = 0              # failed requests of Linnet; one is enough to fall short
    note: str = ""

    @property
    def figure(self):
        return self.ratio_of(self.linnet)

    @property
    def unbatched_figure(self):
        return self.ratio_of(self.unbatched)

    def ratio_of(self, values):
        if not values or (self.reference_name and not self.reference):
            return None
        return statistics.median(values) / (statistics.median(self.reference) if self.reference else 1)

    @property
    def verdict(self):
        if self.figure is None:
            return "not run"
        if self.errors:
            return "short"
        if self.bound is None:
            return ""
        return "pass" if SENSES[self.sense](self.figure, self.bound) else "short"

    def as_dict(self):
        return dict(asdict(self), figure=self.figure, unbatched_figure=self.unbatched_figure, verdict=self.verdict)


def spread(values):
    """Median, least and greatest."""
    return (statistics.median(values), min(values), max(values)) if values else None


def from_dict(line):
    return Line(**{name: line[name] for name in Line.__dataclass_fields__})


def rates(samples):
    return [sample["requests_per_second"] for sample in samples]


def percentile(samples, share):
    """Of each run, in milliseconds."""
    return [sample["latency_us"][share] / 1000 for sample in samples]


def errors(*runs):
    return sum(sample["errors"] for samples in runs for sample in samples)
