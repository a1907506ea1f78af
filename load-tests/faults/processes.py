"""Processes and what they answer, for both kinds of system."""
import os
import urllib.error
import urllib.request
from pathlib import Path

READY_WITHIN = 30


class Started:
    """`with` starts it; what a failed start() leaves is removed."""

    def __enter__(self):
        try:
            self.start()
            return self
        except BaseException:
            self.remove()
            raise


def family(pid):
    """The process, and its children."""
    try:
        listed = [Path(task, "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []
    return [pid, *(int(child) for line in listed for child in line)]


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def probe(url):
    """The status of a GET, or None where nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
