"""The bars, by subject. Each is a function of a Run that returns its lines; docs/performance.md says what they mean."""

from dataclasses import dataclass
from typing import Callable

from . import cold, growth, hot, idle, mix, peer, timelines, viral, writes


@dataclass
class Bar:
    name: str
    measure: Callable
    steps: int  # measurements in each run, for the progress
    towns: tuple = ("dense",)


# In this order: reading comes before what writes to the same data.
BARS = [
    Bar("P1", hot.p1, 2),
    Bar("P2", hot.p2, 2),
    Bar("P3b", cold.p3b, 3),
    Bar("P7", timelines.p7, 3),
    Bar("P8", timelines.p8, 2),
    Bar("P11", idle.p11, 2),
    Bar("P6", viral.p6, 4),
    Bar("P4", writes.p4, 5),
    Bar("P5", viral.p5, 9),
    Bar("P12", peer.p12, 8),
    Bar("P3", cold.p3, 3, ("wide",)),
    Bar("P10", growth.p10, 9, tuple(growth.SIZES)),
    Bar("P9", mix.p9, 2, ("wide",)),
]
