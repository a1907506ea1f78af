"""The requests whose cost is counted. Each is the last of a few, the others bring about its circumstances.

Whom they ask for nobody asked before, each time anew: what isn't warmed is in no cache.
"""
import time
from dataclasses import dataclass

from support.api import Account, tweet_path

PAGE = 20

# What is asked for is kept from the second time on, what a page is made of is first asked for when the page is kept, and an
# answer the second time that it is made out of memory.
UNTIL_HOT = 5


@dataclass
class Request:
    method: str
    path: str
    account: Account
    json: dict = None


class World:
    """Makes users and tweets through another server, which shares the database only."""

    def __init__(self, api):
        self.api = api
        self.reader = api.register()

    def author(self, tweets=1):
        """An account, and its tweets."""
        account = self.api.register()
        return account, [self.api.tweet(account, f"number {n}") for n in range(tweets)]

    def get(self, path, account=None):
        return Request("GET", path, account or self.reader)


def profile(w):
    return w.get(w.api.register().path)


def tweet(w):
    _, (posted,) = w.author()
    return w.get(tweet_path(posted))


def tweets_page(w):
    author, _ = w.author(PAGE)
    return w.get(f"{author.path}/tweets")


def tweets_by_id(w):
    _, tweets = w.author(PAGE)
    return w.get("/api/tweets?ids=" + ",".join(t["id"] for t in tweets))


def followers_page(w):
    followee = w.api.register()
    for _ in range(PAGE):
        w.api.follow(w.api.register(), followee)
    return w.get(f"{followee.path}/followers")


def timeline(w):
    reader = w.api.register()
    for _ in range(PAGE):
        author, _ = w.author()
        w.api.follow(reader, author)
    time.sleep(0.5)   # until the tweets, posted through another server, are in memory
    return w.get(f"{reader.path}/timeline", reader)


def cold(request):
    """Who asks is known already."""
    def requests(w):
        asked = request(w)
        return [w.get(w.reader.path, asked.account)] * UNTIL_HOT + [asked]
    return requests


def hot(request):
    return lambda w: [request(w)] * (UNTIL_HOT + 1)


def post_tweet(w):
    account = w.api.register()
    return [Request("POST", f"{account.path}/tweets", account, {"content": f"number {n}"}) for n in range(UNTIL_HOT)]


def favorite(w):
    account, (_, (first, second)) = w.api.register(), w.author(2)
    return [*[w.get(tweet_path(second), account)] * UNTIL_HOT, *(Request("POST", f"{tweet_path(t)}/favorites", account) for t in (first, second))]


def unfavorite(w):
    *_, last = before = favorite(w)
    return [*before, Request("DELETE", f"{last.path}/{last.account.username}", last.account)]


def follow(w):
    account, first, second = (w.api.register() for _ in range(3))
    return [*[w.get(second.path, account)] * UNTIL_HOT, *(Request("POST", f"{u.path}/followers", account) for u in (first, second))]


def unfollow(w):
    *_, last = before = follow(w)
    return [*before, Request("DELETE", f"{last.path}/{last.account.username}", last.account)]


HOT = {
    "GET /users/{u}, hot": profile,
    "GET .../tweets/{id}, hot": tweet,
    "GET /users/{u}/tweets, hot": tweets_page,
    "GET /users/{u}/followers, hot": followers_page,
    "GET /users/{u}/timeline, hot": timeline,
}

REQUESTS = {
    **{name: hot(request) for name, request in HOT.items()},
    "GET /users/{u}, cold": cold(profile),
    "GET .../tweets/{id}, cold": cold(tweet),
    "GET /users/{u}/tweets, cold": cold(tweets_page),
    "GET /tweets?ids=, 20 cold": cold(tweets_by_id),
    "GET /users/{u}/followers, cold": cold(followers_page),
    "GET /users/{u}/timeline, cold": cold(timeline),
    "POST /users/{u}/tweets": post_tweet,
    "POST .../favorites": favorite,
    "DELETE .../favorites/{u}": unfavorite,
    "POST /users/{u}/followers": follow,
    "DELETE /users/{u}/followers/{u}": unfollow,
}
