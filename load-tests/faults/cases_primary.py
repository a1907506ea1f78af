"""Cases of the primary that dies or hands over, in a cluster of two servers behind haproxy, each write on a replica as well."""
import time

import psycopg2

from . import felt
from .case import case
from .cases import WITHOUT_THE_DATABASE

CLUSTER = {"cluster": True}


@case(felt.by_errors, WITHOUT_THE_DATABASE, system=CLUSTER)
def primary_of_two_servers_killed(system, length):
    """The primary of two servers is killed, all of its processes, and started again by deploy/up, many times."""
    for _ in range(length.choose(2, 20)):
        system.kill(system.primary)
        time.sleep(0.3)
        system.bring_back_primary()
        length.last(1, 2)


@case(felt.by_what_it_told, WITHOUT_THE_DATABASE, system=CLUSTER)
def promoted(system, length):
    """deploy/promote hands over to a replica, and the old primary becomes one, several times."""
    told = []
    for _ in range(length.choose(1, 3)):
        old = system.primary
        told += promote(system)
        check_is_replica(system, old)
        length.last(1, 3)
    return told


@case(felt.by_what_it_told, WITHOUT_THE_DATABASE, system=CLUSTER)
def primary_replaced(system, length):
    """The primary is killed, deploy/promote makes a replica the primary, and deploy/up brings back the dead one as a replica."""
    told = []
    for _ in range(length.choose(1, 3)):
        old = system.primary
        system.kill(old)
        time.sleep(0.3)
        told += promote(system)
        length.last(1, 3)
        system.up()
        check_is_replica(system, old)
    return told


def promote(system):
    """Without --force: nothing that was acknowledged may be lost. Returns what the command says of how long it took."""
    said = system.deploy("promote").splitlines()
    system.note_return()
    return [line for line in said if "writes were away" in line]


def check_is_replica(system, old):
    assert system.primary != old and old in system.replicas, f"{old} is still the primary"
    assert system.lacks(old) < float("inf"), f"{old} does not follow {system.primary}"
    try:
        system.ask(old, "CREATE TABLE written_by_two (n integer)")
    except psycopg2.errors.ReadOnlySqlTransaction:
        return
    raise AssertionError(f"{old} takes writes, and so does {system.primary}")
