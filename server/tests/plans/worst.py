"""The worst request of every route, and a server that tells how many buffers PostgreSQL touches for one."""
import hashlib
import os
from collections import namedtuple

import psycopg2

from support.api import PASSWORD, Api
from support.server import Server
from support.sessions import MAX_SESSIONS

DEEPEST = 100   # the last page with a number; of a home timeline, 10
MAX_FOLLOWEES = 2500
OURS = 10**15   # ids of sessions that no town has are beyond it
POLLS = "FROM cache_changes|server_nodes"   # what a server asks without being asked
SPENT = f"""SELECT sum(shared_blks_hit + shared_blks_read + temp_blks_read + temp_blks_written) FROM pg_stat_statements
    WHERE userid = 'linnet_app'::regrole AND query !~ '{POLLS}'"""
Request = namedtuple("Request", "name method path user body", defaults=(None, None))   # the user who sends it, by id


class Database:
    def __init__(self, conninfo):
        self.connection = psycopg2.connect(conninfo)
        self.connection.autocommit = True

    def ask(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else None


class MeasuredServer:
    """It remembers nothing, and serves one of the towns."""

    def __init__(self, town, database, folder):
        self.statistics, self.town = Database(town.conninfo("postgres", "postgres")), Database(town.conninfo("postgres", database))
        flags = ["--database", town.conninfo("linnet_app", database), "--memory-ttl-ms", "0", "--recent-tweets-mib", "0"]
        self.server = Server(os.environ["LINNET_SERVER"], folder / f"{database}.log", flags).start()
        self.api, self.sessions, self.tokens = Api(self.server.url), OURS, {}

    def close(self):
        faults = self.server.finish()
        self.town.ask("DELETE FROM sessions WHERE id > %s", OURS)
        self.town.connection.close()
        assert faults == []

    def sign_in(self, user):
        """One more session of the user: its token."""
        self.sessions += 1
        token = f"worst-{self.sessions:037}"
        digest = hashlib.blake2b(token.encode(), digest_size=32).digest()
        self.town.ask("INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at) VALUES (%s, %s, %s, now() - interval '1 hour', '2126-06-01')",
                      self.sessions, user, digest)
        return token

    def buffers(self, request):
        if request.user and request.user not in self.tokens:
            self.tokens[request.user] = self.sign_in(request.user)
        self.statistics.ask("SELECT pg_stat_statements_reset()")
        answer = self.api.request(request.method, request.path, self.tokens.get(request.user), json=request.body)
        assert answer.status < 300, f"{request}: {answer}"
        (spent,), = self.statistics.ask(SPENT)
        return int(spent)

    def measure(self, requests):
        """{name: buffers}. The first requests of a kind fill the backends' caches of the catalog: the last one of a name counts."""
        return {request.name: self.buffers(request) for request in requests}


class Longest:
    """Whose lists are the longest in a town."""

    def __init__(self, town):
        self.ask = town.ask
        self.author, self.followed, self.follower, self.favoriter = map(self.most, ("tweets", "followers", "followees", "favorites"))
        self.reader = self.most("followees", MAX_FOLLOWEES)
        self.tweet, self.tweet_author, self.favorites = self.ask("SELECT * FROM tweet_counters ORDER BY favorites_count DESC, tweet_id LIMIT 1")[0]
        self.fans = [user for user, in self.ask("SELECT user_id FROM favorites WHERE tweet_id = %s ORDER BY 1 LIMIT 2", self.tweet)]
        self.followers = [user for user, in self.ask("SELECT follower_id FROM connections WHERE followee_id = %s AND follower_id NOT IN"
                                                     " (SELECT user_id FROM user_counters WHERE followees_count > 2000) ORDER BY 1 LIMIT 2", self.followed)]
        self.tweet_path = f"{self.path(self.tweet_author)}/tweets/{self.tweet}"

    def most(self, counted, at_most=10**9):
        return self.ask(f"SELECT user_id FROM user_counters WHERE {counted}_count <= %s ORDER BY {counted}_count DESC, user_id LIMIT 1", at_most)[0][0]

    def agree_with(self, big, reader):
        """The counters, by which these are found, tell the truth: otherwise short lists would be measured."""
        return {self.author, self.followed, self.follower, self.favoriter} == {big} and self.favorites > 19_000 and self.reader == reader

    def name(self, user):
        return self.ask("SELECT lower(username) FROM users WHERE id = %s", user)[0][0]

    def path(self, user):
        return f"/api/users/{self.name(user)}"

    def hundred(self, column, table):
        return ",".join(str(value) for value, in self.ask(f"SELECT {column} FROM {table} ORDER BY id % 1009, id LIMIT 100"))

    def last_page(self, table, column, owner):
        """Of those that have a number, the deepest full one."""
        (entries,), = self.ask(f"SELECT count(*) FROM {table} WHERE {column} = %s", owner)
        return f"page={max(1, min(DEEPEST, entries // 100))}&per_page=100"

    def reads(self, page):
        """A Request for each operation, with more behind a comma where a route has several; and the cold page of 20 under the name `page`."""
        of, last = self.path, self.last_page
        targets = {
            "get_user": of(self.author), "get_users": f"/api/users?usernames={self.hundred('lower(username)', 'users')}",
            "get_user_tweets": f"{of(self.author)}/tweets?{last('tweets', 'user_id', self.author)}",
            "get_user_tweets, favorited": f"{of(self.author)}/tweets?favorited=true&{last('tweet_counters', 'user_id', self.author)}",
            "get_tweet": self.tweet_path, "get_tweets": f"/api/tweets?ids={self.hundred('id', 'tweets')}",
            "get_tweet_favorites": f"{self.tweet_path}/favorites?{last('favorites', 'tweet_id', self.tweet)}",
            "get_favorite": f"{self.tweet_path}/favorites/{self.name(self.fans[0])}",
            "get_followers": f"{of(self.followed)}/followers?{last('connections', 'followee_id', self.followed)}",
            "get_follower": f"{of(self.followed)}/followers/{self.name(self.followers[0])}",
            "get_followees": f"{of(self.follower)}/followees?{last('connections', 'follower_id', self.follower)}",
            "get_user_favorites": f"{of(self.favoriter)}/favorites?{last('favorites', 'user_id', self.favoriter)}",
            "get_activity": f"{of(self.favoriter)}/activity?{last('favorites', 'user_id', self.favoriter)}",
            "get_sessions": f"/api/sessions?{last('sessions', 'user_id', self.favoriter)}",
        }
        requests = [Request(name, "GET", target, self.favoriter) for name, target in targets.items()]
        requests.append(Request("get_timeline", "GET", f"{of(self.reader)}/timeline?page=10&per_page=100", self.reader))
        requests.append(Request(page, "GET", f"{of(self.author)}/tweets", self.favoriter))
        return [request for request in requests for _ in range(2)]

    def writes(self, server):
        """As reads(), one after the other: each finds what it changes, and what those before it made."""
        for some in (self.of_account(server), self.of_connections(), self.of_favorites(), self.of_content(), self.deletions()):
            yield from some

    def of_account(self, server):
        """Logging in and changing the password with as many sessions as an account may have."""
        of, names = self.path, ["worst_first", "worst_second"]
        yield from (Request("register_user", "POST", "/api/users", None, {"username": name, "password": PASSWORD, "description": "d" * 160}) for name in names)
        for name in names:
            (user,), = self.ask("SELECT id FROM users WHERE username = %s", name)
            server.tokens[user] = [server.sign_in(user) for _ in range(MAX_SESSIONS)][-1]
            yield Request("create_session", "POST", "/api/sessions", None, {"username": name, "password": PASSWORD})
            (ended,), = self.ask("SELECT id FROM sessions WHERE user_id = %s ORDER BY id LIMIT 1", user)
            yield Request("delete_session", "DELETE", f"/api/sessions/{ended}", user)
            yield Request("change_password", "PUT", f"{of(user)}/password", user, {"current_password": PASSWORD, "new_password": PASSWORD[::-1]})
            yield Request("delete_current_session", "DELETE", "/api/sessions/current", user)
        for user in (self.favoriter, self.author):
            yield Request("update_user", "PATCH", of(user), user, {"description": "e" * 160})

    def of_connections(self):
        return self.end_and_begin(f"{self.path(self.followed)}/followers", self.followers, "unfollow_user", {"follow_user": "POST", "put_follower": "PUT"})

    def of_favorites(self):
        return self.end_and_begin(f"{self.tweet_path}/favorites", self.fans, "unfavorite_tweet", {"favorite_tweet": "POST", "put_favorite": "PUT"})

    def end_and_begin(self, path, users, end, begin):
        """Each of the users leaves the list at the path, and comes back."""
        for name, method in begin.items():
            for user in users:
                yield Request(end, "DELETE", f"{path}/{self.name(user)}", user)
            for user in users:
                yield Request(name, method, path if method == "POST" else f"{path}/{self.name(user)}", user)

    def of_content(self):
        for user in (self.favoriter, self.author):
            yield Request("post_tweet", "POST", f"{self.path(user)}/tweets", user, {"content": "c" * 140})

    def deletions(self):
        (other, author), = self.ask("SELECT tweet_id, user_id FROM tweet_counters WHERE tweet_id <> %s ORDER BY favorites_count DESC, tweet_id LIMIT 1", self.tweet)
        yield Request("delete_tweet", "DELETE", f"{self.path(author)}/tweets/{other}", author)
        yield Request("delete_tweet", "DELETE", self.tweet_path, self.tweet_author)
        for user in (self.reader, self.followed):
            yield Request("delete_user", "DELETE", self.path(user), user)
