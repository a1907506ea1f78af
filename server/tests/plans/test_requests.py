"""The worst request of every route that reads, in each town: the buffers that a server which remembers nothing has PostgreSQL touch."""
import hashlib
import os

import psycopg2
import pytest

from plans.document import compare
from plans.town import BIG, READER
from support.api import Api
from support.contract import Contract
from support.server import Server

READS = {operation["operationId"] for method, _, operation in Contract().operations() if method == "GET"}
ASK_NO_DATABASE = {"healthz", "readyz", "metrics"}
DEEPEST, DEEPEST_OF_TIMELINE = "page=100&per_page=100", "page=10&per_page=100"
TOWNS = ["linnet", "sparse", "skewed"]
PAGE = "a cold page of 20 tweets"
MOST = 50   # times that page
MAX_FOLLOWEES = 2500
OURS = 10**15   # ids of sessions that no town has are beyond it
POLLS = "cache_changes|server_nodes"   # what a server asks without being asked
SPENT = f"""SELECT sum(shared_blks_hit + shared_blks_read + temp_blks_read + temp_blks_written) FROM pg_stat_statements
    WHERE userid = 'linnet_app'::regrole AND query !~ '{POLLS}'"""


class Database:
    def __init__(self, conninfo):
        self.connection = psycopg2.connect(conninfo)
        self.connection.autocommit = True

    def ask(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else None


class Reader:
    """A server on one of the towns, and whoever signs in there."""

    def __init__(self, town, database, folder):
        self.statistics, self.town = Database(town.conninfo("postgres", "postgres")), Database(town.conninfo("postgres", database))
        flags = ["--database", town.conninfo("linnet_app", database), "--memory-ttl-ms", "0", "--recent-tweets-mib", "0"]
        self.server = Server(os.environ["LINNET_SERVER"], folder / f"{database}.log", flags).start()
        self.api = Api(self.server.url)

    def close(self):
        faults = self.server.finish()
        self.town.ask("DELETE FROM sessions WHERE id > %s", OURS)
        assert faults == []

    def sign_in(self, user):
        """A token."""
        token = f"worst-{user:037}"
        digest = hashlib.blake2b(token.encode(), digest_size=32).digest()
        self.town.ask("INSERT INTO sessions (id, user_id, token_hash, expires_at) VALUES (%s, %s, %s, '2126-06-01')", OURS + user, user, digest)
        return token

    def buffers(self, target, token):
        """Of the second request: the first one fills the backends' caches of the catalog."""
        for _ in range(2):
            self.statistics.ask("SELECT pg_stat_statements_reset()")
            answer = self.api.get(target, token)
            assert answer.status == 200, f"{target}: {answer}"
        (spent,), = self.statistics.ask(SPENT)
        return int(spent)


class Longest:
    """Whose lists are the longest in a town."""

    def __init__(self, town):
        self.ask = town.ask
        self.author, self.followed, self.follower, self.favoriter = map(self.most, ("tweets", "followers", "followees", "favorites"))
        self.tweet, self.fan, author, self.favorites = self.ask(
            "SELECT c.tweet_id, min(f.user_id), c.user_id, count(*) FROM (SELECT * FROM tweet_counters ORDER BY favorites_count DESC, tweet_id LIMIT 1) c"
            " JOIN favorites f USING (tweet_id) GROUP BY 1, 3")[0]
        self.tweet_path = f"{self.path(author)}/tweets/{self.tweet}"

    def most(self, counted, at_most=10**9):
        return self.ask(f"SELECT user_id FROM user_counters WHERE {counted}_count <= %s ORDER BY {counted}_count DESC, user_id LIMIT 1", at_most)[0][0]

    def agree_with(self, big, reader):
        """The counters, by which these are found, tell the truth: otherwise short lists would be measured."""
        return {self.author, self.followed, self.follower, self.favoriter} == {big} and self.favorites > 19_000 and self.most("followees", MAX_FOLLOWEES) == reader

    def name(self, user):
        return self.ask("SELECT lower(username) FROM users WHERE id = %s", user)[0][0]

    def path(self, user):
        return f"/api/users/{self.name(user)}"

    def hundred(self, column, table):
        return ",".join(str(value) for value, in self.ask(f"SELECT {column} FROM {table} ORDER BY id % 1009, id LIMIT 100"))

    def requests(self):
        """{operationId, with more behind a comma where a route has several: target}"""
        of = self.path
        (follower,), = self.ask("SELECT min(follower_id) FROM connections WHERE followee_id = %s", self.followed)
        return {
            "get_user": of(self.author), "get_users": f"/api/users?usernames={self.hundred('lower(username)', 'users')}",
            "get_user_tweets": f"{of(self.author)}/tweets?{DEEPEST}",
            "get_user_tweets, favorited": f"{of(self.author)}/tweets?favorited=true&{DEEPEST}",
            "get_tweet": self.tweet_path, "get_tweets": f"/api/tweets?ids={self.hundred('id', 'tweets')}",
            "get_tweet_favorites": f"{self.tweet_path}/favorites?{DEEPEST}", "get_favorite": f"{self.tweet_path}/favorites/{self.name(self.fan)}",
            "get_followers": f"{of(self.followed)}/followers?{DEEPEST}", "get_follower": f"{of(self.followed)}/followers/{self.name(follower)}",
            "get_followees": f"{of(self.follower)}/followees?{DEEPEST}", "get_user_favorites": f"{of(self.favoriter)}/favorites?{DEEPEST}",
            "get_activity": f"{of(self.favoriter)}/activity?{DEEPEST}", "get_sessions": f"/api/sessions?{DEEPEST}",
        }


@pytest.fixture(scope="module")
def measured(town, tmp_path_factory):
    """{town: {request: buffers}}"""
    found = {}
    for database in TOWNS:
        reader = Reader(town, database, tmp_path_factory.mktemp("servers"))
        try:
            longest = Longest(reader.town)
            assert database != "skewed" or longest.agree_with(BIG, READER)
            viewer, reads_home = longest.favoriter, longest.most("followees", MAX_FOLLOWEES)
            tokens = {user: reader.sign_in(user) for user in {viewer, reads_home}}
            spent = {name: reader.buffers(target, tokens[viewer]) for name, target in longest.requests().items()}
            spent["get_timeline"] = reader.buffers(f"{longest.path(reads_home)}/timeline?{DEEPEST_OF_TIMELINE}", tokens[reads_home])
            spent[PAGE] = reader.buffers(f"{longest.path(longest.author)}/tweets", tokens[viewer])
            found[database] = spent
        finally:
            reader.close()
    return found


def test_every_read_of_the_contract_is_here(measured):
    for spent in measured.values():
        assert {name.partition(",")[0] for name in spent} == (READS - ASK_NO_DATABASE) | {PAGE}


@pytest.mark.parametrize("database", TOWNS)
def test_no_request_costs_more_than_fifty_cold_pages(measured, database):
    spent = measured[database]
    assert {name: buffers for name, buffers in spent.items() if buffers > MOST * spent[PAGE]} == {}


def test_document_shows_what_was_measured(measured):
    compare("requests", ["| request | dense | sparse | skewed |", "|---|---|---|---|",
                         *(f"| {name} | {' | '.join(str(measured[database][name]) for database in TOWNS)} |" for name in measured["linnet"])])
