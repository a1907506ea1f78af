"""How long generated tests go on. By default one round of a fixed seed, so that every run sends the same requests.

    LINNET_GENERATED_SEED=7         begins with another seed; a failing test prints which it had
    LINNET_GENERATED_SECONDS=3600   all tests together last for so long, round after round, each with the next seed
"""
import os
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, configuration, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

configuration.set_hypothesis_home_dir(Path(__file__).resolve().parents[3] / "build" / "hypothesis")
FIRST_SEED = int(os.environ.get("LINNET_GENERATED_SEED", "1"))
SECONDS = float(os.environ.get("LINNET_GENERATED_SECONDS", "0"))


def of_size(examples, **more):
    return settings(max_examples=examples, deadline=None, database=None, print_blob=False, report_multiple_bugs=False,
                    phases=(Phase.explicit, Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck), **more)


class Rounds:
    def __init__(self, tests):
        self.end = time.monotonic() + SECONDS / tests

    def seeds(self):
        number = FIRST_SEED
        while number == FIRST_SEED or time.monotonic() < self.end:
            print(f"LINNET_GENERATED_SEED={number}")
            yield number
            number += 1

    def of(self, check, examples, **strategies):
        """check(**values), each time with other values. A failure counts though it can't be repeated: requests change the world that
        values are drawn from. A round in which that alone is noticed ends there."""
        for number in self.seeds():
            failures = []

            def noted(failures=failures, **values):
                try:
                    check(**values)
                except AssertionError as error:
                    failures.append(error)
                    raise

            try:
                seed(number)(of_size(examples)(given(**strategies)(lambda **values: noted(**values))))()
            except Flaky:
                if failures:
                    raise failures[0] from None

    def of_machine(self, machine, examples, steps):
        for number in self.seeds():
            run_state_machine_as_test(seed(number)(machine), settings=of_size(examples, stateful_step_count=steps))
