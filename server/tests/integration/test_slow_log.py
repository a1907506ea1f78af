"""Whoever reads the log may stand still: that stops no request, and what is lost of the log is counted."""
import json
import os
import re

import pytest

from support.process import wait_until
from support.raw import Connection

LONG = b"x" * 8000   # a line of twice what a pipe takes whole
REQUESTS = 250       # 2 MB of lines: more than a pipe holds (64 KiB) and the server keeps (1 MiB)


@pytest.fixture
def pipe(tmp_path):
    """A path to write to, and what came there so far, as a function."""
    path = tmp_path / "log"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    came = bytearray()

    def read():
        try:
            while more := os.read(end, 65536):
                came.extend(more)
        except BlockingIOError:
            pass
        return bytes(came)

    yield path, read
    os.close(end)


def test_a_log_that_nobody_reads_stops_no_request(start_server, pipe):
    path, read = pipe
    to_pipe = ("sh", "-c", 'to=$1; shift; exec "$@" >"$to"', "sh", path)
    server = start_server("--access-log", "all", "--loops", "1", under=to_pipe)
    read()
    with Connection(server.url) as client:
        def get(target):
            client.send(b"GET " + target + b" HTTP/1.1\r\nHost: linnet.example\r\n\r\n")
            return client.read_response()

        for _ in range(REQUESTS):
            assert get(b"/" + LONG).status == 404
        # The server writes what it kept as soon as it is read, and without a further request.
        wait_until(lambda: read().count(LONG) > 64 and read().endswith(b"}\n"), 20, "the kept lines")
        dropped = int(re.search(rb"^linnet_log_lines_dropped_total (\d+)", get(b"/metrics").body, re.M)[1])
        wait_until(lambda: b'"/metrics"' in read(), 20, "the line of a request after that")
    lines = [json.loads(line) for line in read().splitlines()]
    assert dropped > 0
    assert sum(line.get("path", "").endswith("xxx") for line in lines) + dropped == REQUESTS
