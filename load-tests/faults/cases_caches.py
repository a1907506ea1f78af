"""Cases of one memcached of two with two servers, which may not notice it alike: clients see nothing of it."""
from . import felt
from .case import case

CLUSTER = {"cluster": True}


@case(felt.by_memcached_errors, system=CLUSTER)
def memcached_of_two_servers_killed(system, length):
    """One memcached of two servers is killed, and started again by deploy/up, several times."""
    for number in range(length.choose(1, 5)):
        system.kill(system.names("cache")[number % 2])
        length.last(2, 4)
        system.up()


@case(felt.by_memcached_errors, system=CLUSTER)
def memcached_of_two_servers_stopped(system, length):
    """One memcached of two servers hangs (SIGSTOP) and goes on."""
    system.suspend(system.names("cache")[0])
    try:
        length.last(3, 20)
    finally:
        system.resume()


@case(felt.by_memcached_errors, system={"servers": 2, "memcacheds": 1, "apart": True, "settings": {"memory-told-ttl-s": 1}}, quick=True)
def memcached_cut_off_from_one_server(system, length):
    """One of two servers can't reach the memcached, which the other one goes on reading."""
    for proxy in system.proxies:
        proxy.set(reset=True)
    try:
        length.last(9, 20)   # longer than the other one passes by what it heard of
    finally:
        for proxy in system.proxies:
            proxy.clear()
