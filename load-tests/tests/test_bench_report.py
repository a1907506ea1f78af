"""load-tests/bench: what it makes of the figures. Nothing is measured here."""
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest

LOAD_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(LOAD_TESTS)]

from benchmark import cost, figures, processor_time, publish, svg, table
from benchmark.figures import Line
from benchmark.page import page


def line(**changed):
    return Line(**{"bar": "P1", "what": "hot", "unit": "requests/s", "linnet": [90, 100, 300], "reference": [50, 40, 60],
                   "reference_name": "bare Beast", "bound": 1.5, **changed})


def sample(rate, **more):
    return {"requests_per_second": rate, "errors": 0, "latency_us": {"1": 90, "50": 1000, "99": 4000, "99.99": 9000}, **more}


REPORT = {
    "about": {"at": "2026-01-01T00:00:00Z", "commit": "abc", "processor": "<a processor>", "cores": 2, "quick": True, "scale": "tiny",
              "runs": 1, "seconds": 1, "seed": 1},
    "lines": [line().as_dict(), line(bar="P12", linnet=[], reference=[]).as_dict(),
              line(bar="P4", unit="ms", reference=[], reference_name="", sense="<=", bound=10, linnet=[12.5]).as_dict()],
    "samples": {
        "P1 linnet": [sample(100), sample(120)], "P1 reference": [sample(90)], "P3 reference": [{"requests_per_second": 1, "errors": 0}],
        "P1 connections linnet": [sample(10, connections=1), sample(50, connections=64)],
        "P1 connections reference": [sample(9, connections=1), sample(60, connections=64)],
        "P10 timeline small": [sample(1000, users=10_000)], "P10 timeline wide": [sample(900, users=1_000_000)],
    },
}


def test_a_ratio_is_the_median_of_those_of_neighbours():
    assert line().figure == 100 / 40
    assert line(linnet=[100, 50, 52], reference=[50, 25, 50]).figure == 2   # a machine that became half as fast
    assert line(unbatched=[25]).unbatched_figure == 0.5
    assert line(reference=[], reference_name="").figure == 100


@pytest.mark.parametrize("changed, verdict", [
    ({}, "pass"), ({"bound": 2.5}, "pass"), ({"bound": 2.6}, "short"), ({"bound": None}, ""),
    ({"errors": 1}, "short"), ({"errors": 1, "bound": None}, "short"),
    ({"linnet": []}, "not run"), ({"reference": []}, "not run"),
    ({"sense": "<", "bound": 2.5}, "short"), ({"sense": "<=", "bound": 2.5}, "pass"),
])
def test_the_verdict(changed, verdict):
    assert line(**changed).verdict == verdict


def test_a_line_survives_the_file():
    assert figures.from_dict(line(note="beside").as_dict()) == line(note="beside")


def test_the_table_shows_median_and_spread():
    shown = table.text([line()])
    assert "100 requests/s (90.0..300)" in shown and "2.50 (1.80..5.00)" in shown and "reference: bare Beast" in shown
    assert all(row.count("|") == len(table.HEADINGS) + 2 for row in table.markdown([line(), line(bound=None)]).splitlines())


def test_the_page_stands_alone_and_is_well_formed():
    shown = page(REPORT)
    assert "&lt;a processor&gt;" in shown and "Quick:" in shown
    assert not re.search(r"<script|<link|src=|href=|url\(", shown)
    drawn = re.findall(r"<svg.*?</svg>", shown, re.S)
    assert [tree.fromstring(one).get("aria-label") for one in drawn] == [
        "Throughput against connections, hot profile", "Cost against the size of the data", "Latency, P1"]


@pytest.mark.parametrize("values, log, ticks", [
    ([0, 97], False, [0, 20, 40, 60, 80]), ([3, 400], True, [5, 10, 20, 50, 100, 200]), ([0, 0], False, [0, 0.2, 0.4, 0.6, 0.8, 1]),
])
def test_ticks_are_round(values, log, ticks):
    axis = svg.Axis(values, 0, 100, log)
    assert axis.ticks() == pytest.approx(ticks)
    assert axis.at(axis.least) == 0 and axis.at(axis.greatest) == 100


def test_the_document_is_changed_between_its_markers_only(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("above\n<!-- bench -->\nold\n<!-- /bench -->\nbelow\n")
    for _ in range(2):
        publish.write_document(REPORT, document)
    text = document.read_text()
    assert text.startswith("above\n<!-- bench -->\n2026-01-01") and text.endswith("|\n<!-- /bench -->\nbelow\n") and "old" not in text


def test_what_a_request_costs_is_the_median_of_each_process():
    def spent(server):
        return {"server": server, "PostgreSQL": 20.0, "memcached": 0.0, "client": 5.0}

    report = REPORT | {"samples": {"P3 linnet": [sample(50_000, processor_us=spent(us)) for us in (9.0, 10.0, 30.0)], "P1 linnet": [sample(1)]}}
    rows = cost.markdown(report).splitlines()
    assert rows[2:] == ["| P3 | random profile, cold | 10.0 | 20.0 | 0.0 | 5.0 | 35.0 | 40.0 |"]


def test_processor_time_is_that_of_a_process_and_of_all_below_it(tmp_path):
    busy = subprocess.Popen(["sh", "-c", "sh -c 'while :; do :; done' & while :; do :; done"], start_new_session=True)
    try:
        (tmp_path / "components").mkdir()
        (tmp_path / "services/server-1").mkdir(parents=True)
        (tmp_path / "components/server-1").write_text("server 127.0.0.1:1\n")
        (tmp_path / "services/server-1/pid").write_text(f"{busy.pid}\n")
        (tmp_path / "components/haproxy").write_text("proxy 127.0.0.1:1\n")
        stack = type("Stack", (), {"folder": tmp_path})
        with processor_time.measured(stack) as each:
            deadline = time.monotonic() + 20
            while processor_time.of_process(busy.pid) < 0.2 or processor_time.seconds(stack)["server"] < 0.5:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            spent = each(10, 2.0)
        assert spent["server"] >= 20_000 and spent["client"] == 200_000 and spent["PostgreSQL"] == 0
    finally:
        os.killpg(busy.pid, 9)
        busy.wait()
