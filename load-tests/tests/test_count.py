"""load-tests/count: that it reads callgrind's files right, and works from end to end on little data."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from counting.profile import OTHERS, by_file, by_function, total

COUNT = Path(__file__).resolve().parents[1] / "count"

WRITTEN = """\
events: Ir
summary: 162

ob=/opt/linnet-server
fl=/src/server/tweets/service.cpp
fn=post_tweet
10 5
fi=/usr/include/boost/asio/awaitable.hpp
+3 7
fe=/src/server/tweets/service.cpp
cob=/usr/lib/libpq.so.5
cfi=/build/fe-exec.c
cfn=PQexec
calls=2 40
12 100
ob=/usr/lib/libpq.so.5
fl=/build/fe-exec.c
fn=PQexec
40 90
cfn=escape
calls=3 1
41 10
fn=escape
* 60
totals: 162
"""


def test_instructions_count_once_where_they_are_written():
    parts = {"Linnet": r"/server/tweets/", "Asio": r"boost/", "libpq": r"libpq"}
    found = by_file(WRITTEN, {name: re.compile(pattern) for name, pattern in parts.items()})
    assert found == {"Linnet": 5, "Asio": 7, "libpq": 150, OTHERS: 0}
    assert sum(found.values()) == total(WRITTEN)


def test_functions_count_with_what_they_call():
    assert by_function(WRITTEN, {"query": ("PQexec",), "text": ("escape",), "never": ("PQfinish",)}) == {
        "query": 100, "text": 10, "never": 0, OTHERS: 52}


@pytest.mark.skipif("san/" in os.environ.get("LINNET_SERVER", ""), reason="valgrind can't run what a sanitizer watches")
def test_a_read_and_its_reference():
    done = subprocess.run([COUNT, "--only", "P3", "--seconds", "1", "--users", "4000"], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    totals = done.stdout.split("\n\n")[1].splitlines()
    _, _, linnet, reference = ([cell.strip() for cell in line.split("|")[1:-1]] for line in totals)
    assert linnet[0] == reference[0] == "P3"
    server, database, syscalls = map(float, linnet[2:5])
    assert 5 < server < 200
    # Counted alike, though in so short a time the polls of a server that a busy machine holds up weigh more than the requests.
    assert 0 < database < 5 * float(reference[3])
    assert 0 < syscalls < 10
