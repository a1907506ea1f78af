"""All cases there are. To read this fills CASES."""
from . import cases, cases_caches, cases_network, cases_primary, cases_replicas, cases_servers, cases_transactions

__all__ = ["cases", "cases_caches", "cases_network", "cases_primary", "cases_replicas", "cases_servers", "cases_transactions"]
