"""One child process with a log file, of which the tests are the direct parent.

Direct, because a container's PID 1 may not reap: what we kill, we must wait() for ourselves.
"""
import os
import random
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path


def free_port():
    """Below those that the kernel gives to connections, one of which could have it by the time that a server wants it."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(condition, timeout, what):
    """Returns the first true value of condition(); fails with `what` after timeout seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.02)


def eventually(read, expected, timeout=20):
    """Waits until read() == expected: for what another client wrote, which may be seen a moment later."""
    deadline = time.monotonic() + timeout
    while True:
        value = read()
        if value == expected or time.monotonic() > deadline:
            assert value == expected
            return
        time.sleep(0.05)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A command that is started, stopped, killed and started again; its output is appended to one log."""

    def __init__(self, name, command, log, user=None, env=None):
        self.name, self.command, self.log = name, [str(word) for word in command], Path(log)
        self.identity = {"user": user, "group": user, "extra_groups": []} if user else {}
        self.env = env or {}
        self.popen = None

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen is not None and self.popen.poll() is None

    def start(self):
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT, env={**os.environ, **self.env}, cwd="/", **self.identity)
        return self

    def ready_when(self, condition, timeout):
        def ready_or_dead():
            if not self.running:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode} at start:\n{self.tail()}")
            return condition()
        try:
            wait_until(ready_or_dead, timeout, f"{self.name} ready")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.tail()}") from None

    def stop(self, how=signal.SIGTERM, timeout=30):
        """Signals, waits and returns the exit code. Falls back to SIGKILL, so that nothing outlives the tests."""
        if self.running:
            self.popen.send_signal(how)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode

    def kill(self):
        if self.running:
            self.popen.kill()
            self.popen.wait()

    @contextmanager
    def suspended(self):
        """SIGSTOP until the end of the block, which begins once no thread of it runs any more: that takes a moment."""
        self.popen.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)   # or ended before, which others will find
        try:
            yield
        finally:
            self.popen.send_signal(signal.SIGCONT)

    def tail(self, start=0, limit=6000):
        """The end of the log, from byte `start` on."""
        text = self.log.read_bytes()[start:] if self.log.exists() else b""
        return text[-limit:].decode("utf-8", "replace")
