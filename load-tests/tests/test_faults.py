"""The quick cases of load-tests/faults/run, in their short form, and the runner's own judgement."""
import asyncio
import os
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from checker.figures import Figures
from faults import cases  # noqa: F401, fills CASES
from faults.case import CASES, Length
from faults.system import System
from faults.trial import RECOVERED_WITHIN, Trial

QUICK = [case for case in CASES.values() if case.quick]


@pytest.fixture(scope="module")
def system():
    assert all(case.system == {} for case in QUICK), "the quick cases share a system"
    with System(os.environ["LINNET_SERVER"]) as system:
        yield system


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_nothing_promised_is_broken_while(case, system):
    trial = Trial(case, system, Length(short=True), clients=8)
    asyncio.run(trial.run())
    assert not trial.faults, "\n".join(map(str, [*trial.faults, *trial.check.judge.violations[:3]]))
    assert trial.as_dict()["operations"] > 300


def judged(**changes):
    """The faults of a trial that went well but for the changes: `errors` {kind: how many}, `slow_after`: seconds for which
    answers took long after the end, `writes_after`: when the first write succeeded, `counts`: violations, `slowest`: 503."""
    given = {"errors": {}, "slow_after": 0, "writes_after": 0.1, "counts": {}, "slowest": 0, **changes}
    trial, now = object.__new__(Trial), time.monotonic()
    trial.case, trial.end, trial.limit, trial.faults = SimpleNamespace(errors={"503"}), now - 10, 200, []
    trial.system = SimpleNamespace(returns=[trial.end])
    figures = Figures()
    figures.errors, figures.slowest_503 = Counter(given["errors"]), given["slowest"]
    figures.successes["writes"] = [trial.end - 1, trial.end + given["writes_after"], trial.end + 9]
    for second in range(int(trial.end), int(now) + 1):
        figures.by_second[second] = [1000 if second <= trial.end + given["slow_after"] else 10] * 50
    trial.check = SimpleNamespace(figures=figures, judge=SimpleNamespace(counts=given["counts"]))
    trial.judge()
    return trial.faults


@pytest.mark.parametrize("changes", [{}, {"errors": {"503": 9}}, {"slow_after": 2}, {"writes_after": 4}, {"slowest": 5.5}], ids=str)
def test_what_passes(changes):
    assert judged(**changes) == []


@pytest.mark.parametrize("changes, text", [
    ({"counts": {"lost_writes": 1}}, "lost_writes: 1"), ({"errors": {"broken": 1}}, "kind broken"), ({"slowest": 8}, "a 503 took 8.0 s"),
    ({"slow_after": RECOVERED_WITHIN + 1}, "p99 not below"), ({"writes_after": RECOVERED_WITHIN + 1}, "no write for")], ids=str)
def test_what_fails(changes, text):
    fault, = judged(**changes)
    assert text in fault


def test_each_case_says_what_it_does_and_how_it_is_felt():
    assert len(CASES) >= 19
    for case in CASES.values():
        assert case.about.endswith(".") and callable(case.felt), case.name
