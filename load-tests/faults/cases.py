"""The cases, one function each: causes its fault in the system, and ends it. What must hold is judged by trial.py.

Errors that a case lists are all that clients may see: none without memcached, 503 without the database.
"""
import errno
import os
import time
from contextlib import ExitStack

from . import felt
from .case import case

WITHOUT_THE_DATABASE = ("503",)
WHILE_A_SERVER_IS_GONE = ("503", "refused", "broken", "timeout")
HOUR = 3600
HANGS = 8   # seconds that the only server does: longer than a request has


@case(felt.by_memcached_errors, quick=True)
def memcached_killed(system, length):
    """All memcacheds are killed and stay away."""
    for memory in system.memories:
        memory.kill()
    length.last(2, 10)


@case(felt.by_memcached_errors)
def one_memcached_killed(system, length):
    """One of several memcacheds is killed and stays away."""
    system.memories[0].kill()
    length.last(2, 10)


@case(felt.by_memcached_errors, quick=True)
def memcached_stopped(system, length):
    """All memcacheds hang (SIGSTOP) and go on."""
    with ExitStack() as hang:
        for memory in system.memories:
            hang.enter_context(memory.suspended())
        length.last(3, 20)


@case(felt.by_memcached_errors)
def memcached_restarted(system, length):
    """All memcacheds are killed and come back empty, several times."""
    for _ in range(length.choose(2, 10)):
        for memory in system.memories:
            memory.kill()
        time.sleep(0.5)
        for memory in system.memories:
            memory.start()
        length.last(1, 2)


@case(felt.by_errors, WITHOUT_THE_DATABASE, quick=True)
def primary_killed(system, length):
    """PostgreSQL is killed, all of its processes, and started again, several times."""
    for _ in range(length.choose(2, 20)):
        system.kill_primary()
        time.sleep(0.3)
        system.start_primary()
        length.last(1, 3)


@case(felt.by_silence, WITHOUT_THE_DATABASE)
def primary_stopped(system, length):
    """PostgreSQL hangs, all of its processes (SIGSTOP), and goes on."""
    system.stop_primary()
    try:
        length.last(3, 10)
    finally:
        system.continue_primary()


@case(felt.by_errors, WHILE_A_SERVER_IS_GONE)
def server_killed(system, length):
    """A server is killed and started again, several times."""
    for number in range(length.choose(1, 5)):
        server = system.servers[number % len(system.servers)]
        server.kill()
        time.sleep(0.3)
        system.restart_server(server)
        length.last(1, 3)


@case(felt.by_silence, WHILE_A_SERVER_IS_GONE, deadline=HANGS + 1)
def server_stopped(system, length):
    """A server hangs (SIGSTOP), the only one, and goes on; what it was asked before is answered then."""
    try:
        with system.servers[0].suspended():
            length.last(3, HANGS)
    finally:
        system.returns.append(time.monotonic())


def fill_up(file):
    """To the last page of the disk, whatever others write there meanwhile."""
    with open(file, "wb") as ballast:
        size = 0
        for piece in [1 << 20, 1 << 12]:
            try:
                while True:
                    os.posix_fallocate(ballast.fileno(), size, piece)
                    size += piece
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


@case(felt.by_errors, WITHOUT_THE_DATABASE, system={"small_disk": 320})
def disk_full(system, length):
    """PostgreSQL's disk is full, and then it is not; should PostgreSQL end over it, it is started again."""
    ballast = system.disk / "ballast"
    try:
        fill_up(ballast)
        length.last(3, 15)
    finally:
        ballast.unlink()
        if not system.postgres.running:
            system.start_primary()
        system.returns.append(time.monotonic())


@case(felt.by_errors, WITHOUT_THE_DATABASE)
def connections_exhausted(system, length):
    """Others hold all of PostgreSQL's connections, those of the servers too."""
    taken = system.take_all_connections()
    try:
        length.last(3, 10)
    finally:
        for connection in taken:
            connection.close()
        system.returns.append(time.monotonic())


def network_case(name, about, proxies, faults, how_felt, errors):
    """A case for one kind of fault on the paths to PostgreSQL or to the memcacheds."""
    def cause(system, length):
        chosen = proxies(system)
        for proxy in chosen:
            proxy.set(**faults)
        try:
            length.last(3, 10)
        finally:
            for proxy in chosen:
                proxy.clear()
            system.returns.append(time.monotonic())
    cause.__name__, cause.__doc__ = name, about
    case(how_felt, errors, system={"proxied": True})(cause)


for fault, words, settings, how_felt in [
        ("slow", "takes 100 ms more each way", {"latency_ms": 100, "jitter_ms": 30}, felt.by_delay),
        ("stalled", "is accepted and passes nothing", {"stall": True}, felt.by_silence),
        ("reset", "is reset", {"reset": True}, felt.by_errors),
        ("half_closed", "ends in the direction of the server", {"half_close": "client"}, felt.by_errors)]:
    network_case(f"database_{fault}", f"The network to PostgreSQL {words}.", lambda system: [system.database_proxy], settings, how_felt,
                 WITHOUT_THE_DATABASE)
    network_case(f"memcached_{fault}", f"The network to the memcacheds {words}.", lambda system: system.memcached_proxies, settings,
                 felt.by_memcached_errors, ())


@case(felt.by_ids, system={"fake_clock": True})
def clock_jumps(system, length):
    """The server's clock jumps an hour ahead, and back."""
    system.set_clock(f"+{HOUR}")
    length.last(3, 10)
    system.set_clock("+0")
