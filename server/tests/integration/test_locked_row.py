"""Somebody holds a row locked for long, such as an analyst in psql: only those who need the row are refused."""
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg2

from support.api import Api, tweet_path

SECONDS = 8


def test_writes_beside_a_locked_row_go_on(contract, start_server, stack):
    api = Api(start_server().url, contract)   # of its own: it stays impatient for a while
    accounts = [api.register() for _ in range(8)]
    locked, *tweets = [api.tweet(account) for account in accounts]
    api.favorite(accounts[0], locked)

    def write(account, tweet, until):
        """The statuses of favorites that come and go."""
        path, found = f"{tweet_path(tweet)}/favorites/{account.username}", Counter()
        while time.monotonic() < until:
            found.update(api.request(method, path, account).status for method in ("PUT", "DELETE"))
        return found

    with psycopg2.connect(stack.dsn) as holder, holder.cursor() as cursor, ThreadPoolExecutor(len(accounts)) as pool:
        cursor.execute("SELECT FROM tweet_counters WHERE tweet_id = %s FOR UPDATE", (int(locked["id"]),))
        until = time.monotonic() + SECONDS
        refused = pool.submit(write, accounts[1], locked, until)
        others = [pool.submit(write, account, tweet, until) for account, tweet in zip(accounts[1:], tweets)]
        statuses = sum((each.result() for each in others), Counter())
        assert set(refused.result()) == {503, 204}   # to take back what is not there changes no row
        holder.rollback()
    assert set(statuses) <= {201, 200, 204}, statuses
    assert sum(statuses.values()) > 50, statuses
    assert api.put(f"{tweet_path(locked)}/favorites/{accounts[1].username}", accounts[1]).status == 201
