"""A flood of logins from one address leaves others time for theirs, by the address that a proxy vouches for."""
import threading
import time

import pytest

from support.api import Api
from support.process import eventually

PASSWORD = "correct horse"


class Flood:
    """Clients that do nothing but fail to log in, from addresses that the same network of IPv6 or one address has."""

    def __init__(self, api, username, addresses):
        self.api, self.username, self.addresses = api, username, addresses
        self.going, self.statuses = True, []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(40)]

    def run(self, n):
        while self.going:
            headers = {"X-Forwarded-For": self.addresses(n)}
            answer = self.api.post("/api/sessions", json={"username": self.username, "password": "wrong " + PASSWORD}, headers=headers)
            self.statuses.append(answer.status)
            time.sleep(0.1)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("addresses, honest", [(lambda n: "192.0.2.1", "192.0.2.2"),
                                               (lambda n: f"2001:db8:0:1::{n + 1:x}", "2001:db8:0:2::1")], ids=["IPv4", "IPv6"])
def test_a_flood_from_one_address_costs_others_two_turns(start_server, contract, addresses, honest):
    """Without turns it would be all that the flood has in the queue."""
    server = start_server("--trusted-proxy", "127.0.0.1", "--password-memory-kib", "16384", "--password-iterations", "2",
                          "--password-queue", "64", "--request-timeout-ms", "20000", "--loops", "1")
    api = Api(server.url, contract)
    account = api.register(password=PASSWORD)
    with Flood(api, account.username, addresses) as flood:
        eventually(lambda: len(flood.statuses) > 8, True, timeout=60)
        for _ in range(3):
            before = flood.statuses.count(401)
            answer = api.post("/api/sessions", json={"username": account.username, "password": PASSWORD},
                              headers={"X-Forwarded-For": honest})
            assert answer.status == 201
            assert flood.statuses.count(401) - before <= 10   # what runs, one more, and what passed before it was in the queue
    assert 401 in flood.statuses and 503 in flood.statuses
