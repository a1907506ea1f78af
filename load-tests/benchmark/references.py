"""The servers that Linnet is compared with."""

import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from command import CommandFailed

REPOSITORY = Path(__file__).resolve().parents[2]
CONSTANT_SERVER = REPOSITORY / "build/release/load-tests/reference/constant-server"
PEER = REPOSITORY / "load-tests/peer/start"


@contextmanager
def constant_server(port, body_bytes):
    """Bare Beast that answers each request with so many bytes; yields its URL."""
    with running([CONSTANT_SERVER, "--port", str(port), "--body-bytes", str(body_bytes)], port) as url:
        yield url


@contextmanager
def peer(port, stack):
    """The peer, on the database and memcached of the stack."""
    with running([PEER, "--port", str(port), "--database", stack.conninfo("linnet_app")[0], "--memcached", stack.memcached], port, 60) as url:
        yield url


@contextmanager
def running(command, port, seconds=10):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + seconds
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise CommandFailed(f"{' '.join(map(str, command))}: {process.stderr.read()}")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
