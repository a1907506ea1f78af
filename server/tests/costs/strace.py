"""Counts the system calls of a running process, by strace."""
import signal
import subprocess
from pathlib import Path

from support.process import wait_until


def during(process, folder, act):
    """{name: calls} of all threads."""
    table = folder / "strace"
    command = ["strace", "-f", "-c", "-U", "calls,name", "-o", table, "-p", str(process.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            wait_until(lambda: tracer.poll() is not None or traced(process), 10, "strace attached")
            assert tracer.poll() is None, f"strace can't trace here (it needs ptrace): {tracer.stderr.read()}"
            act()
        finally:
            tracer.send_signal(signal.SIGINT)
    rows = [line.split() for line in table.read_text().splitlines()]
    return {row[1]: int(row[0]) for row in rows if row[0].isdigit() and row[1] != "total"}


def traced(process):
    return all("TracerPid:\t0" not in (thread / "status").read_text()
               for thread in Path(f"/proc/{process.pid}/task").iterdir())
