"""Cases of servers that die, hang, come and go behind haproxy, and of haproxy itself.

haproxy says 503 of a request that was lost with its server and that it must not repeat, and of what a server has not answered
within 6 s.
"""
import time

from . import felt
from .case import case

CLUSTER = {"cluster": True}
WHILE_A_SERVER_IS_GONE = ("503",)
WHILE_HAPROXY_IS_GONE = ("refused", "broken", "503")   # 503: it starts without a server, and is told of them then


@case(felt.by_what_it_told, WHILE_A_SERVER_IS_GONE, system=CLUSTER)
def one_of_two_servers_killed(system, length):
    """One of two servers behind haproxy is killed, and started again by deploy/up, several times."""
    told = []
    for number in range(length.choose(1, 6)):
        server = system.names("server")[number % 2]
        before = system.component(server).pid
        system.kill(server)
        length.last(2, 3)
        system.up()
        system.note_return()
        told.append(f"{server}: {before}, then {system.component(server).pid}")
    return told


@case(felt.by_a_wait, WHILE_A_SERVER_IS_GONE, system=CLUSTER)
def one_of_two_servers_stopped(system, length):
    """One of two servers behind haproxy hangs (SIGSTOP), longer than haproxy waits for an answer, and goes on."""
    system.suspend("server-1")
    try:
        length.last(3, 20)
    finally:
        system.resume()
        system.note_return()


@case(felt.by_errors, WHILE_HAPROXY_IS_GONE, system=CLUSTER)
def haproxy_killed(system, length):
    """haproxy is killed, and started again by deploy/up, several times."""
    for _ in range(length.choose(1, 5)):
        system.kill("haproxy")
        time.sleep(0.3)
        system.up()
        system.note_return()
        length.last(1, 3)


@case(felt.by_what_it_told, system=CLUSTER)
def servers_restarted(system, length):
    """deploy/restart: a server after the other ends and starts again, and no request fails."""
    return [said for _ in range(length.choose(1, 3)) for said in system.deploy("restart").splitlines()]


@case(felt.by_what_it_told, system=CLUSTER)
def scaled(system, length):
    """deploy/scale: a third server comes and goes, then a replica (not in the short form), and no request fails."""
    told = system.deploy("scale", "servers=3").splitlines()
    length.last(1, 3)
    told += system.deploy("scale", "servers=2").splitlines()
    for number in length.choose((), (1, 2)):
        told += system.deploy("scale", f"replicas={number}").splitlines()
        length.last(1, 3)
    return told
