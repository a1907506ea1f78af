"""Figures and verdicts: what a bar says, from what was measured."""

import statistics
from dataclasses import asdict, dataclass, field

SENSES = {">=": lambda figure, bound: figure >= bound, "<=": lambda figure, bound: figure <= bound,
          "<": lambda figure, bound: figure < bound}


@dataclass
class Line:
    """One line of the table. With a reference, whose runs were by turns with Linnet's, the figure is the median of the
    ratios of neighbours, which had the same machine; without, Linnet's median."""
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
    def ratios(self):
        return [ours / max(theirs, 1e-9) for ours, theirs in zip(self.linnet, self.reference, strict=True)] if self.reference else []

    @property
    def figure(self):
        if not self.linnet or (self.reference_name and not self.reference):
            return None
        return statistics.median(self.ratios or self.linnet)

    @property
    def unbatched_figure(self):
        """Of the medians: these runs have no neighbours."""
        if not self.unbatched or not self.reference:
            return None
        return statistics.median(self.unbatched) / statistics.median(self.reference)

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
