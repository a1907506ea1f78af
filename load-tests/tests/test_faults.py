"""The quick cases of load-tests/faults/run, in their short form, and the runner's own judgement."""
import asyncio
import os
import time
from collections import Counter
from contextlib import closing, nullcontext
from types import SimpleNamespace

import psycopg2
import pytest
from checker.figures import Figures
from faults import audit, every_case  # noqa: F401, the latter fills CASES
from faults.audit import contents, damages, differences
from faults.case import CASES, DEADLINE, Length
from faults.cluster import Cluster
from faults.system import System
from faults.trial import RECOVERED_WITHIN, Trial, system_for

QUICK = [case for case in CASES.values() if case.quick]


@pytest.fixture(scope="module")
def system():
    with System(os.environ["LINNET_SERVER"]) as system:
        yield system


@pytest.fixture(scope="module")
def cluster():
    with Cluster(os.environ["LINNET_SERVER"]) as system:
        yield system


def system_of(case, request):
    """To be entered: one that all quick cases share, where the case wants nothing else."""
    shared = {"": "system", "cluster": "cluster"}.get(" ".join(case.system))
    return nullcontext(request.getfixturevalue(shared)) if shared else system_for(case, os.environ["LINNET_SERVER"])


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_nothing_promised_is_broken_while(case, request):
    with system_of(case, request) as system:
        trial = Trial(case, system, Length(short=True), clients=8)
        asyncio.run(trial.run())
    assert not trial.faults, "\n".join(map(str, [*trial.faults, *trial.check.judge.violations[:3]]))
    assert trial.as_dict()["operations"] > 300


def judged(**changes):
    """The faults of a trial that went well but for the changes: `errors` {kind: how many}, `slow_after`: seconds for which
    answers took long after the end, `writes_after`: when the first write succeeded, `counts`: violations, `slowest`: 503;
    `beside`: errors {(server, kind): how many}, `slow_beside`: ms that the other server took, which is called B."""
    given = {"errors": {}, "slow_after": 0, "writes_after": 0.1, "counts": {}, "slowest": 0, "beside": {}, "slow_beside": 10, **changes}
    trial, now = object.__new__(Trial), time.monotonic()
    trial.case, trial.begin, trial.end, trial.limit, trial.faults = SimpleNamespace(errors={"503"}, deadline=DEADLINE), now - 13, now - 10, 200, []
    trial.system, trial.passed_over = SimpleNamespace(returns=[trial.end], untouched=["B"]), ["etags"]
    figures = Figures()
    figures.errors_by_server = Counter(given["beside"])
    figures.errors, figures.slowest_503 = Counter(given["errors"]), given["slowest"]
    figures.successes["writes"] = [trial.end - 1, trial.end + given["writes_after"], trial.end + 9]
    for second in range(int(trial.begin), int(trial.end)):
        figures.by_server["B"][second] = [given["slow_beside"]] * 50
    for second in range(int(trial.end), int(now) + 1):
        figures.by_second[second] = [1000 if second <= trial.end + given["slow_after"] else 10] * 50
    trial.check = SimpleNamespace(figures=figures, judge=SimpleNamespace(counts=given["counts"]))
    trial.judge()
    return trial.faults


@pytest.mark.parametrize("changes", [{}, {"errors": {"503": 9}}, {"slow_after": 2}, {"writes_after": 4}, {"slowest": 5.5}, {"counts": {"etags": 1}},
                                     {"beside": {("A", "503"): 9}}], ids=str)
def test_what_passes(changes):
    assert judged(**changes) == []


@pytest.mark.parametrize("changes, text", [
    ({"counts": {"lost_writes": 1}}, "lost_writes: 1"), ({"errors": {"broken": 1}}, "kind broken"), ({"slowest": 8}, "a 503 took 8.0 s"),
    ({"errors": {"502": 1}}, "kind 502"), ({"beside": {("B", "503"): 1}}, "doesn't concern"), ({"slow_beside": 300}, "p99 of 300 ms of B"),
    ({"slow_after": RECOVERED_WITHIN + 1}, "p99 not below"), ({"writes_after": RECOVERED_WITHIN + 1}, "no write for")], ids=str)
def test_what_fails(changes, text):
    fault, = judged(**changes)
    assert text in fault


def test_each_case_says_what_it_does_and_how_it_is_felt():
    assert len(CASES) >= 36
    for case in CASES.values():
        assert case.about.endswith(".") and callable(case.felt), case.name


AUDITED = """CREATE TABLE audited (n integer PRIMARY KEY, words text); INSERT INTO audited VALUES (1, 'one'), (2, NULL);
             CREATE FUNCTION changed(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT n';
             CREATE INDEX ON audited (changed(n))"""


@pytest.fixture(scope="module")
def two_databases(system):
    """Conninfos of two databases that have the same rows, written in another order."""
    names = ["audited_1", "audited_2"]
    for name in names:
        run(system.postgres.conninfo("postgres"), f"CREATE DATABASE {name}")
        run(system.postgres.conninfo("postgres", name), AUDITED)
    run(system.postgres.conninfo("postgres", names[1]), "DELETE FROM audited WHERE n = 1; INSERT INTO audited VALUES (1, 'one')")
    return [system.postgres.conninfo("postgres", name) for name in names]


def run(conninfo, statements):
    with closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statements)


@pytest.mark.parametrize("change, back", [
    ("UPDATE audited SET words = '' WHERE n = 2", "UPDATE audited SET words = NULL WHERE n = 2"),
    ("DELETE FROM audited WHERE n = 2", "INSERT INTO audited VALUES (2, NULL)"),
    ("INSERT INTO audited VALUES (3)", "DELETE FROM audited WHERE n = 3"),
    ("CREATE TABLE further ()", "DROP TABLE further")], ids=lambda words: words[:6])
def test_an_audit_finds_what_differs(two_databases, change, back, monkeypatch):
    monkeypatch.setattr(audit, "EQUAL_WITHIN", 0)
    assert differences("the copy", *two_databases) == []
    assert contents(two_databases[0])["public.audited"][0] == 2
    run(two_databases[1], change)
    found, = differences("the copy", *two_databases)
    assert found.startswith(("public.audited is (", "public.further is ("))
    run(two_databases[1], back)


def test_an_audit_finds_an_index_without_its_rows(two_databases):
    assert damages("it", two_databases[0], "--install-missing") == []
    run(two_databases[0], "CREATE OR REPLACE FUNCTION changed(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT n + 10'")
    found, = damages("it", two_databases[0])
    assert "audited_changed_idx" in found
