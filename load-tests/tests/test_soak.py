"""load-tests/soak: what it takes for flat, and a run too short to be judged."""
import json
import os
import subprocess
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest
from soaking.flatness import GROW, faults

SOAK = Path(__file__).resolve().parents[1] / "soak"


def curve(name, values):
    return [{name: value} for value in values]


@pytest.mark.parametrize("name, values", [
    ("server: MiB", [20, 50, 60, 61, 60, 61, 62, 61, 62]),                # warm after the first third
    ("server: MiB", [50, 50, 50, 50, 50, 50, 58, 57, 56]),                # within what is allowed
    ("server: threads", [13] * 9),
    ("tweets: rows", [1, 2, 3, 4, 5, 6, 7, 8, 9]),                        # more and more of them, as there should be
    ("tweets: bytes of a row", [300, 200, 150, 140, 139, 138, 138, 138, 137]),
    ("cache_changes: rows", [0, 500, 900, 1000, 1100, 900, 1000, 950, 1050]),
], ids=str)
def test_flat(name, values):
    assert faults(curve(name, values)) == []


@pytest.mark.parametrize("name, values", [
    ("server: MiB", [50, 60, 70, 80, 90, 100, 110, 120, 130]),
    ("server: descriptors", [30, 30, 30, 30, 35, 40, 45, 50, 55]),
    ("server: threads", [13, 13, 13, 13, 13, 13, 16, 16, 16]),
    ("cache_changes: rows", [0, 500, 900, 1000, 1100, 1200, 1300, 1400, 1500]),
    ("users: bytes of a row", [60, 60, 60, 80, 100, 120, 140, 160, 180]),   # bloat
    ("database: files", [1300, 1300, 1300, 1400, 1500, 1600, 1700, 1800, 1900]),
], ids=str)
def test_not_flat(name, values):
    fault, = faults(curve(name, values))
    assert fault.startswith(f"{name} grew from ")


def test_few_samples_prove_nothing():
    assert faults(curve("server: threads", [13] * 5)) == ["5 samples are too few to judge"]


def test_a_short_run_looks_at_all_of_it(tmp_path):
    written, drawn = tmp_path / "samples.json", tmp_path / "curves.svg"
    done = subprocess.run([SOAK, "--minutes", "0.3", "--every", "3", "--fault-every", "2", "--clients", "4", "--json", written,
                           "--curves", drawn],
                          env={**os.environ}, capture_output=True, text=True, timeout=300)
    assert "no rule was violated" in done.stdout and "primary_killed" in done.stdout, done.stdout + done.stderr
    samples = json.loads(written.read_text())["samples"]
    assert len(samples) >= 4   # a fault may last longer than until the next look
    assert {"server: MiB", "server: descriptors", "database: connections", "database: files", "favorites: rows"} <= samples[-1].keys()
    names = [text.text.rpartition(": ")[0] for text in tree.parse(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert names == [name for name in samples[-1] if name not in GROW]
    assert all(sample["server: threads"] > 2 and sample["users: rows"] >= 4 for sample in samples)
