"""What all clients know of each other: who there is, and which tweets, with the ids that the servers gave them."""
import time
from collections import defaultdict, deque
from dataclasses import dataclass

POPULAR = 150        # tweets that others read and favorite: the newest
FORGET_AFTER = 60    # seconds for which it is watched that a deleted tweet stays away


@dataclass
class Tweet:
    author: str
    number: int
    id: str
    gone: float = None   # since when its author began to delete it

    @property
    def name(self):
        return f"{self.author}/{self.number}"

    @property
    def path(self):
        return f"/api/users/{self.author}/tweets/{self.id}"


class Town:
    def __init__(self, prefix):
        self.prefix = prefix
        self.people = []                    # names of those who stay
        self.star = None                    # the one of them at whom all look, where objects are to be hot
        self.tweets = defaultdict(dict)     # author -> {number: Tweet}, of those whose id is known
        self.popular = deque(maxlen=POPULAR)

    def add(self, tweet, shared):
        self.tweets[tweet.author][tweet.number] = tweet
        if shared:
            self.popular.append(tweet)

    def watched(self, author):
        """The author's tweets, those that went a while ago left out."""
        mine = self.tweets[author]
        for number in [number for number, tweet in mine.items() if tweet.gone and tweet.gone < time.monotonic() - FORGET_AFTER]:
            del mine[number]
        return mine.values()

    def missing(self, authors, page):
        """The names of the authors' tweets that belong on a page of the newest, and are not there."""
        there = {item["id"] for item in page["items"]}
        last = int(page["items"][-1]["id"]) if page["items"] and page["next_cursor"] else 0
        return [tweet.name for author in authors for tweet in self.watched(author) if int(tweet.id) > last and tweet.id not in there]
