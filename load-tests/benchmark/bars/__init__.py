"""The bars, by subject. Each is a function of a Run that returns its lines; docs/performance.md says what they mean."""

from dataclasses import dataclass
from typing import Callable

from . import cold, hot, writes


@dataclass
class Bar:
    name: str
    measure: Callable
    steps: int  # measurements in each run, for the progress


# In this order: reading comes before what writes to the same data.
BARS = [
    Bar("P1", hot.p1, 2),
    Bar("P2", hot.p2, 2),
    Bar("P3", cold.p3, 3),
    Bar("P3b", cold.p3b, 3),
    Bar("P4", writes.p4, 5),
]
