"""Cases of replicas that fall behind, hang or die, in a cluster of two servers behind haproxy: clients see nothing of it."""
from . import felt
from .case import case

CLUSTER = {"cluster": True}


def told_lag(system, replica):
    """How far behind it is, so that the report shows that the fault was one; nothing of one that isn't."""
    lacks = system.lacks(replica)
    if lacks == float("inf"):
        return f"{replica} was gone"
    return f"{replica} lacked {lacks:.0f} bytes" if lacks > 0 else None


@case(felt.by_what_it_told, system=CLUSTER, quick=True)
def replica_paused(system, length):
    """A replica receives what the primary writes, and replays nothing of it; then it goes on."""
    replica = system.replicas[0]
    system.ask(replica, "SELECT pg_wal_replay_pause()")
    try:
        length.last(3, 30)
        return told_lag(system, replica)
    finally:
        system.ask(replica, "SELECT pg_wal_replay_resume()")


@case(felt.by_what_it_told, system=CLUSTER)
def replica_killed(system, length):
    """A replica is killed, all of its processes, and started again, several times."""
    for number in range(length.choose(1, 3)):
        replica = system.replicas[number % len(system.replicas)]
        system.kill(replica)
        length.last(2, 10)
        told = told_lag(system, replica)
        system.up()
    return told


@case(felt.by_what_it_told, system=CLUSTER)
def replica_stopped(system, length):
    """A replica hangs, all of its processes (SIGSTOP), and goes on."""
    replica = system.replicas[0]
    system.suspend(replica)
    try:
        length.last(3, 20)
        return told_lag(system, replica)
    finally:
        system.resume()


@case(felt.by_what_it_told, system=CLUSTER)
def both_replicas_paused(system, length):
    """All replicas replay nothing of what they receive."""
    replicas = system.replicas
    for replica in replicas:
        system.ask(replica, "SELECT pg_wal_replay_pause()")
    try:
        length.last(3, 30)
        return told_lag(system, replicas[0]) and told_lag(system, replicas[-1])
    finally:
        for replica in replicas:
            system.ask(replica, "SELECT pg_wal_replay_resume()")
