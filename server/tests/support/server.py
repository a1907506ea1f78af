"""One linnet-server process: its flags in the tests, its readiness, and a strict look at how it ends."""
import json
import re
import signal
import time
import urllib.error
import urllib.request

from .process import Process, free_port

# Limits that no test meets by accident, and passwords that cost microseconds instead of 41 ms.
TEST_FLAGS = {
    "--address": "127.0.0.1", "--reads": "public", "--access-log": "errors",
    "--rate-limit-reads": "1000000000", "--rate-limit-writes": "1000000", "--rate-limit-logins": "1000000", "--rate-limit-registrations": "1000000",
    "--password-memory-kib": "8", "--password-iterations": "1",
    "--max-connections": "2000",   # so that it starts where few descriptors are allowed
    "--recent-tweets-mib": "8",   # instead of 256, which sanitizers look through whenever a server ends
    "--cleaning-interval-s": "600",   # so that it reads nothing of its own accord: tests count what is read
    "--drain-grace-ms": "50",   # the clients of the tests keep their connections: nobody waits for their next request
}
START_TIMEOUT = 30
STOP_TIMEOUT = 10   # the promise: SIGTERM to exit in under 10 s

SANITIZER_REPORT = re.compile(r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|SUMMARY: \w+Sanitizer|runtime error:)")


class Server(Process):
    def __init__(self, binary, log, flags, without=(), under=()):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.expected_exit = 0
        defaults = [word for name, value in TEST_FLAGS.items() if name not in (*flags, *without) for word in (name, value)]
        super().__init__(f"server {self.port}", [*under, binary, "--port", self.port, *defaults, *flags], log)

    def launch(self):
        """Starts and waits for nothing."""
        self.expected_exit = 0
        return super().start()

    def start(self):
        """Starts, or starts again on the same port; returns when /readyz says 200."""
        self.launch()
        self.ready_when(lambda: self.probe("/readyz") == 200, START_TIMEOUT)
        return self

    def probe(self, path):
        """The status of a GET, or None where nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def connections(self):
        """How many connections of clients are open, the one that asks among them. None where nothing answers."""
        try:
            with urllib.request.urlopen(self.url + "/metrics", timeout=5) as response:
                return int(re.search(rb"^linnet_http_connections (\d+)", response.read(), re.MULTILINE)[1])
        except OSError:
            return None

    def terminate(self):
        """SIGTERM; returns the seconds it took to end."""
        begin = time.monotonic()
        self.stop(signal.SIGTERM, timeout=STOP_TIMEOUT)
        return time.monotonic() - begin

    def kill(self):
        if self.running:
            self.expected_exit = -signal.SIGKILL
        super().kill()

    def finish(self):
        """Stops what still runs. Returns the faults: exit code (-9: too late), reports of a sanitizer."""
        if self.running:
            self.terminate()
        faults = []
        if self.popen is not None and self.popen.returncode != self.expected_exit:
            faults.append(f"{self.name} ended with {self.popen.returncode}, not {self.expected_exit}\n{self.tail()}")
        report = SANITIZER_REPORT.search(self.log.read_text("utf-8", "replace") if self.log.exists() else "")
        if report:
            faults.append(f"{self.name}: sanitizer report\n{self.tail(max(0, report.start() - 200), 20000)}")
        return faults

    def log_lines(self, start=0):
        """The log as the JSON objects it consists of, from byte `start` on."""
        return [json.loads(line) for line in self.log.read_bytes()[start:].decode("utf-8").splitlines() if line.startswith("{")]
