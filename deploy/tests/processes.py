"""What the tests do to processes that are not their children."""
import contextlib
import os
import signal
import time
from pathlib import Path


def state_of(task):
    """A letter, as proc(5) has it, for a process or one of its threads."""
    return Path(task, "stat").read_text().rpartition(")")[2].split()[0]


def is_alive(pid):
    try:
        return state_of(f"/proc/{pid}") not in "ZX"   # an orphan may stay a zombie where PID 1 doesn't reap
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid):
    """SIGKILL. Returns once it is dead, which takes a moment."""
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        time.sleep(0.01)


@contextlib.contextmanager
def suspended(pids):
    """SIGSTOP until the end of the block, which begins once no thread of them runs any more: till then they go on answering."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        while any(state_of(task) != "T" for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()):
            time.sleep(0.01)
        yield
    finally:
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGCONT)
