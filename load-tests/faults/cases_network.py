"""Cases of the network between one of two servers and all of PostgreSQL. Clients ask both servers themselves: the other is well."""
from . import felt
from .case import case
from .cases import WITHOUT_THE_DATABASE

REROUTED = {"cluster": True, "rerouted": "server-2"}


def one_servers_case(fault, words, settings, how_felt):
    def cause(system, length):
        for proxy in system.proxies:
            proxy.set(**settings)
        try:
            length.last(3, 10)
        finally:
            for proxy in system.proxies:
                proxy.clear()
            system.note_return()
    cause.__name__ = f"one_servers_database_{fault}"
    cause.__doc__ = f"The network between one of two servers and PostgreSQL {words}."
    case(how_felt, WITHOUT_THE_DATABASE, system=REROUTED)(cause)


for each in [("slow", "takes 100 ms more each way", {"latency_ms": 100, "jitter_ms": 30}, felt.by_delay),
             ("stalled", "is accepted and passes nothing", {"stall": True}, felt.by_a_wait),
             ("reset", "is reset", {"reset": True}, felt.by_errors)]:
    one_servers_case(*each)
