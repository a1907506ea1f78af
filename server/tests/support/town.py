"""A small town: enough of everything for every list to have several pages.

Mary is its centre. COUNT people follow her and are followed by her; she wrote COUNT tweets, all of them
favorited by somebody; she favorited COUNT tweets of others; COUNT people favorited her newest tweet.
"""
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .api import Account, tweet_path

COUNT = 45


@dataclass
class Town:
    mary: Account
    people: list
    tweets: list        # of mary, oldest first
    others: list        # of the people, oldest first; mary favorited each

    @property
    def newest(self):
        return self.tweets[-1]

    def lists(self):
        """name -> (path, ids of all items, newest first where the order is known to the town, else None)"""
        mary, newest = self.mary.path, tweet_path(self.newest)
        own, others = [t["id"] for t in self.tweets[::-1]], [t["id"] for t in self.others[::-1]]
        people = [person.id for person in self.people[::-1]]
        return {
            "tweets": (f"{mary}/tweets", own),
            "favorited tweets": (f"{mary}/tweets?favorited=true", own),
            "followers": (f"{mary}/followers", people),
            "followees": (f"{mary}/followees", people),
            "favorites of a tweet": (f"{newest}/favorites", people),
            "favorites of a user": (f"{mary}/favorites", others),
            "activity": (f"{mary}/activity", others + own),
            "timeline": (f"{mary}/timeline", others),
        }


def build(api, count=COUNT):
    mary = api.register(api.unique_name("mary"), first_name="Mary", description="Knows everybody.")
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: api.register(), range(count)))
    tweets = [api.tweet(mary, f"of mary, number {n}") for n in range(count)]
    others = []
    for person, posted in zip(people, tweets):     # one after the other: the order is what lists are tested for
        api.follow(person, mary)
        api.follow(mary, person)
        others.append(api.tweet(person, f"of {person.username}"))
        api.favorite(mary, others[-1])
        api.favorite(person, tweets[-1])
        if posted is not tweets[-1]:
            api.favorite(person, posted)
    return Town(mary, people, tweets, others)
