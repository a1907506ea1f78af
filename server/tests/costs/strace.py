"""Counts the system calls of running processes, by strace."""
import signal
import subprocess
from pathlib import Path

from support.process import wait_until


def during(pids, folder, act):
    """{name: calls} of all their threads together, and of the processes that they start meanwhile."""
    table = folder / "strace"
    command = ["strace", "-f", "-c", "-U", "calls,name", "-o", table, *(word for pid in pids for word in ("-p", str(pid)))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            wait_until(lambda: tracer.poll() is not None or all(map(traced, pids)), 60, "strace attached")
            assert tracer.poll() is None, f"strace can't trace here (it needs ptrace): {tracer.stderr.read()}"
            act()
        finally:
            tracer.send_signal(signal.SIGINT)
    rows = [line.split() for line in table.read_text().splitlines()]
    return {row[1]: int(row[0]) for row in rows if row[0].isdigit() and row[1] != "total"}


def traced(pid):
    """Or gone since it was listed, such as a worker of autovacuum."""
    try:
        return all("TracerPid:\t0" not in (thread / "status").read_text() for thread in Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return True
