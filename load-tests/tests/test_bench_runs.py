"""load-tests/bench from end to end, on a data set of its smallest scale: that it works, not how fast."""
import json
import os
import subprocess
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1] / "bench"


def test_a_read_and_a_write_bar(tmp_path):
    done = subprocess.run([BENCH, "--scale", "tiny", "--runs", "1", "--seconds", "1", "--only", "P3b,P6,P8", "--port", "8391", "--out", tmp_path],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report = json.loads((tmp_path / "bench.json").read_text())
    assert [line["bar"] for line in report["lines"]] == ["P3b", "P6", "P6", "P8"]
    for line in report["lines"]:
        assert line["figure"] > 0 and line["errors"] == 0, line
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    again = subprocess.run([BENCH, "--from", tmp_path / "bench.json", "--out", tmp_path / "again"], capture_output=True, text=True)
    assert again.returncode == done.returncode
    assert (tmp_path / "again/report.html").read_text() == (tmp_path / "report.html").read_text()


def test_what_it_can_not_run_is_said():
    done = subprocess.run([BENCH, "--only", "P99"], capture_output=True, text=True, env=dict(os.environ, LINNET_SERVER="/bin/true"))
    assert done.returncode == 1 and "--only takes P1," in done.stderr
