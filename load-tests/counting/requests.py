"""What is counted: the requests of the bars of load-tests/bench, and the transactions that they are compared with."""

from dataclasses import dataclass

import closed_loop
from benchmark.bars.viral import run_starts
from benchmark.town import username
from command import CommandFailed

READERS = 64             # as many ask for what is cold, or hot
TIMELINE_READERS = 200   # few, so that each came twice while it was warmed, and what they read is in memory


@dataclass
class Request:
    bar: str
    what: str
    scenario: str
    world: str = "everybody"
    warm: int = 1              # so many times as long as it is counted


@dataclass
class Transaction:
    bar: str
    script: str

    @property
    def what(self):
        return f"pgbench {self.script}"


ROWS = [
    Request("P1", "hot profile", "hot_profile", "readers"),
    Request("P3", "random profile, cold", "random_profile", "readers"),
    Transaction("P3", "select_user"),
    Request("P3b", "random page of 20 tweets, cold", "random_tweets_page", "readers"),
    Transaction("P3b", "select_tweets"),
    Request("P7", "timeline", "timeline", "timeline_readers", warm=3),
    Request("P4", "tweet posted", "post_tweet"),
    Transaction("P4", "insert_tweet"),
    Request("P5", "favorite of one tweet", "favorite_viral"),
    Request("P5", "favorite, spread", "favorite_spread"),
    Transaction("P5", "upsert_favorite"),
    Request("P5", "follow of one user", "follow_celebrity"),
    Request("P5", "follow, spread", "follow_spread"),
    Transaction("P5", "upsert_connection"),
]


class Sender:
    """Sends the requests of a row to a system, for so many seconds, over 64 connections."""

    def __init__(self, system, seconds):
        self.system, self.seconds = system, seconds
        town = system.town
        accounts = town.accounts()
        lists = {"hot": [username(1)], "users": town.by_popularity(), "fresh": town.fresh(), "followed": town.shuffled()}
        self.worlds = {"everybody": town.world(accounts, **lists), "readers": town.world(accounts[:READERS], **lists),
                       "timeline_readers": town.world(accounts[:TIMELINE_READERS], **lists)}
        self.seeds = iter(range(1, 10**6))
        self.pairs = run_starts(len(accounts))

    def warm(self, row):
        """Opens the connections to PostgreSQL as well."""
        self.send(row, self.seconds * row.warm)

    def send(self, row, seconds=None):
        load = closed_loop.Load(self.system.url, self.worlds[row.world], seconds=seconds or self.seconds, seed=next(self.seeds),
                                first_pair=self.pairs())
        result = closed_loop.run(row.scenario, load)
        if result["errors"]:
            raise CommandFailed(f"{row.scenario}: {result['errors']} of {result['requests']} requests failed")
        return result["requests"]
