"""Cases of the primary that dies or hands over, in a cluster of two servers behind haproxy, each write on a replica as well."""
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2

from . import felt
from .case import case
from .cases import WITHOUT_THE_DATABASE
from .processes import probe

CLUSTER = {"cluster": True}
FOUND_WITHIN = 10   # seconds: every server has a new primary


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


@case(felt.by_what_it_told, WITHOUT_THE_DATABASE, system=CLUSTER)
def primary_hangs_for_good(system, length):
    """The primary hangs (SIGSTOP) with all of its connections, and never goes on: deploy/promote --force makes a replica the primary."""
    old, others = system.primary, system.replicas
    system.suspend(old)
    length.last(1, 8)
    with ThreadPoolExecutor(1) as pool:
        promotion = pool.submit(promote, system, "--force")   # kills one process of it; the others hold the servers' connections open
        after = time_to_find_it(system, others, promotion)
        report = [*promotion.result(), f"every server found the new primary after {after:.1f} s"]
    assert after < FOUND_WITHIN, report
    length.last(3, 10)
    system.kill_suspended()
    system.up()
    check_is_replica(system, old)
    return report


def time_to_find_it(system, replicas, promotion):
    """Seconds from when one of them takes writes until every server does."""
    while not promotion.done() and not any(system.ask(name, "SELECT NOT pg_is_in_recovery()") for name in replicas):
        time.sleep(0.1)
    begin = time.monotonic()
    while not all(probe(url + "/readyz") == 200 for url in system.server_urls) and time.monotonic() < begin + 60:
        time.sleep(0.1)
    return time.monotonic() - begin


def promote(system, *options):
    """Nothing that was acknowledged may be lost, --force or not. Returns what the command says of how long it took."""
    said = system.deploy("promote", *options).splitlines()
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
