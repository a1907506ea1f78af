"""Where a request's time on the processors goes: to the server, PostgreSQL, memcached, or the client that sends it."""

import os
import resource
from contextlib import contextmanager
from pathlib import Path

PROCESSES = {"server": "server", "primary": "PostgreSQL", "cache": "memcached"}   # by role in the state folder
CLIENT = "client"
TICK = 1 / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(stack):
    """Yields a function of the number of requests and the client's seconds: microseconds of each request, by process."""
    before = seconds(stack)

    def each(requests, client):
        spent = {name: after - before[name] for name, after in seconds(stack).items()} | {CLIENT: client}
        return {name: each_spent / max(requests, 1) * 1e6 for name, each_spent in spent.items()}

    yield each


def seconds(stack):
    """What each has spent since it was started."""
    spent = dict.fromkeys(PROCESSES.values(), 0)
    children = children_of_all()
    for component in Path(stack.folder, "components").iterdir():
        role, _ = component.read_text().split()
        pid = Path(stack.folder, "services", component.name, "pid")
        if role in PROCESSES and pid.exists():
            spent[PROCESSES[role]] += of_tree(int(pid.read_text()), children)
    return spent


def of_children():
    """Of this process: those that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def of_tree(pid, children):
    """With the children that ended: PostgreSQL has a process for each connection."""
    return of_process(pid) + sum(of_tree(child, children) for child in children.get(pid, []))


def of_process(pid):
    fields = fields_of(pid)
    return sum(map(int, fields[11:15])) * TICK if fields else 0


def children_of_all():
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := fields_of(entry.name)):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    return children


def fields_of(pid):
    """Those of /proc/PID/stat from the state on; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
