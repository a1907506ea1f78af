"""Writes that meet: each write route of the contract as something that clients do at once to one account, its tweet, its
follower and its favorite; and what no answer may say, whatever the others did meanwhile: a state that never was.

`me` is whose account and tweet it is; `other` follows me and favorites the tweet, or doesn't.
"""
import itertools
from concurrent.futures import ThreadPoolExecutor

from .api import PASSWORD, tweet_path
from .shapes import TIME

SAME_PASSWORD = {"current_password": PASSWORD, "new_password": PASSWORD}


class Scene:
    """Accounts and their things, made anew for each round, and what was known to be so at any time of it."""

    def __init__(self, api):
        self.api, self.numbers = api, itertools.count()
        self.me, self.other = api.register(first_name="0"), api.register()
        self.tweet = api.tweet(self.me)
        self.path = tweet_path(self.tweet)
        self.spare = api.post("/api/sessions", json={"username": self.me.username, "password": PASSWORD}).json
        self.first_names = {"0"}      # of mine: told to the server, before it can show
        self.since = {"follow": set(), "favorite": set()}    # times that an answer of 201 told
        self.victim = self.me

    def summary(self, account, said):
        """As `said`, if the name is one that the account had."""
        assert said["first_name"] in (self.first_names if account is self.me else {""}), said
        return {**account.summary, "first_name": said["first_name"]}

    # One for each write route, by its operationId: what a client does.

    def register_user(self):
        return self.api.post("/api/users", json={"username": self.victim.username, "password": PASSWORD})

    def create_session(self):
        return self.api.post("/api/sessions", json={"username": self.me.username, "password": PASSWORD})

    def update_user(self):
        name = str(next(self.numbers))
        self.first_names.add(name)
        return self.api.patch(self.me.path, self.me, json={"first_name": name})

    def change_password(self):
        return self.api.put(f"{self.me.path}/password", self.me, json=SAME_PASSWORD)

    def delete_user(self):
        return self.api.delete(self.victim.path, self.victim)

    def delete_session(self):
        return self.api.delete(f"/api/sessions/{self.spare['id']}", self.me)

    def delete_current_session(self):
        return self.api.delete("/api/sessions/current", self.spare["token"])

    def post_tweet(self):
        return self.api.post(f"{self.me.path}/tweets", self.me, json={"content": "more"})

    def delete_tweet(self):
        return self.api.delete(self.path, self.me)

    def follow_user(self):
        return self.api.post(f"{self.me.path}/followers", self.other)

    def put_follower(self):
        return self.api.put(f"{self.me.path}/followers/{self.other.username}", self.other)

    def unfollow_user(self):
        by = (self.me, self.other)[next(self.numbers) % 2]
        return self.api.delete(f"{self.me.path}/followers/{self.other.username}", by)

    def favorite_tweet(self):
        return self.api.post(f"{self.path}/favorites", self.other)

    def put_favorite(self):
        return self.api.put(f"{self.path}/favorites/{self.other.username}", self.other)

    def unfavorite_tweet(self):
        return self.api.delete(f"{self.path}/favorites/{self.other.username}", self.other)

    # What the whole body of an answer that went well must be.

    def check(self, name, body):
        {"register_user": lambda body: self.check_user(body, self.victim), "update_user": self.check_user, "create_session": self.check_session, "post_tweet": self.check_tweet,
         "follow_user": self.check_connection, "put_follower": self.check_connection,
         "favorite_tweet": self.check_favorite, "put_favorite": self.check_favorite}[name](body)

    def check_user(self, body, account=None):
        assert body["first_name"] in {"", *self.first_names}, body
        counts = [body[member] for member in ("followers_count", "followees_count", "favorites_count")]
        assert counts[0] in (0, 1) and counts[1:] == [0, 0] and body["tweets_count"] >= 0, body
        assert body["username"] == (account or self.me).username and TIME.fullmatch(body["updated_at"]), body
        assert body["updated_at"] >= body["created_at"] >= self.me.user["created_at"], body

    def check_session(self, body):
        self.check_user(body["user"])
        assert body["user"]["id"] == self.me.id and body["expires_at"] > self.me.user["created_at"], body

    def check_tweet(self, body):
        want = {"id": body["id"], "content": "more", "created_at": body["created_at"], "user": self.summary(self.me, body["user"]),
                "favorites_count": 0, "viewer": {"favorited": False}}
        assert body == want and int(body["id"]) > int(self.tweet["id"]) and body["created_at"] >= self.tweet["created_at"], body

    def check_connection(self, body):
        assert body == {"follower": self.other.summary, "followee": self.summary(self.me, body["followee"]), "followed_at": body["followed_at"]}, body

    def check_favorite(self, body):
        """Its only favoriter is the one who asks."""
        tweet = {**self.tweet, "user": self.summary(self.me, body["tweet"]["user"]), "favorites_count": 1, "viewer": {"favorited": True}}
        assert body == {"user": self.other.summary, "tweet": tweet, "favorited_at": body["favorited_at"]}, body

    def check_times(self, answers):
        """201 tells a time that is new, 200 one that a 201 has told: since then it was so."""
        for kind, names, member in (("follow", ("follow_user", "put_follower"), "followed_at"),
                                    ("favorite", ("favorite_tweet", "put_favorite"), "favorited_at")):
            told = [(answer.status, answer.json[member]) for name, answer in answers if name in names and answer.status in (200, 201)]
            new = [time for status, time in told if status == 201]
            assert len(set(new)) == len(new) and not set(new) & self.since[kind], f"{kind}: began twice at one time: {sorted(new)}"
            self.since[kind] |= set(new)
            unknown = {time for _, time in told} - self.since[kind]
            assert not unknown, f"{kind}: since {unknown}, which nobody was told when it began: {sorted(self.since[kind])}"


def at_once(calls):
    """The answers of all, each by a client of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))
