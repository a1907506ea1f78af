"""What is counted: the requests of the bars of load-tests/bench, and the transactions that they are compared with."""

from dataclasses import dataclass

import closed_loop
from benchmark.bars.viral import run_starts
from benchmark.town import username
from command import CommandFailed

READERS = 64             # as many ask for what is cold, or hot
FEW = 200                # users whom nobody asks for afterwards, to warm what is cold
TIMELINE_READERS = 200   # few, so that each came twice while it was warmed, and what they read is in memory
FAILURES = 0.001         # of all requests: strace may hold one for longer than wrk waits


@dataclass
class Request:
    bar: str
    what: str
    scenario: str
    world: str = "everybody"
    warm: int = 1              # so many times as long as it is counted
    warming: str = ""          # another world, where what is asked for shall be cold


@dataclass
class Transaction:
    bar: str
    script: str

    @property
    def what(self):
        return f"pgbench {self.script}"


ROWS = [
    Request("P1", "hot profile", "hot_profile", "readers"),
    Request("P3", "random profile, cold", "random_profile", "readers", warming="few_users"),
    Transaction("P3", "select_user"),
    Request("P3b", "random page of 20 tweets, cold", "random_tweets_page", "other_readers", warming="few_users"),
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
        users = town.shuffled()
        few, half, other_half = users[:FEW], users[FEW::2], users[FEW + 1::2]   # what one reads is cold for the other
        self.worlds = {"everybody": town.world(accounts, fresh=town.fresh(), followed=users),
                       "readers": town.world(accounts[:READERS], hot=[username(1)], users=half),
                       "other_readers": town.world(accounts[:READERS], hot=[username(1)], users=other_half),
                       "few_users": town.world(accounts[:READERS], users=few),
                       "timeline_readers": town.world(accounts[:TIMELINE_READERS])}
        self.seeds = iter(range(1, 10**6))
        self.pairs = run_starts(len(accounts))

    def warm(self, row):
        """Opens the connections to PostgreSQL as well, and plans the statements."""
        self.send(row, self.seconds * row.warm, row.warming)

    def send(self, row, seconds=None, world=None):
        load = closed_loop.Load(self.system.url, self.worlds[world or row.world], seconds=seconds or self.seconds, seed=next(self.seeds),
                                first_pair=self.pairs())
        result = closed_loop.run(row.scenario, load)
        if result["errors"] > result["requests"] * FAILURES:
            raise CommandFailed(f"{row.scenario}: of {result['requests']} requests {result['bad_statuses']} failed, and {result['socket_errors']}")
        return result["requests"]
