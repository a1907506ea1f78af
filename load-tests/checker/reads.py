"""What clients read: profiles, tweets, lists, timelines and pairs, their own and others'."""
import time

from .sight import Sight, listed
from .town import Tweet


async def profile(client, account, name=None, server=None):
    name = name or someone(client, account)
    await client.read(account, "read profile", f"/api/users/{name}", client.sight(account).user,
                      gone=[(f"account:{name}", False)], server=server)


async def profiles(client, account):
    names = client.dice.sample(client.town.people, min(8, len(client.town.people)))
    await client.read(account, "read profiles", f"/api/users?usernames={','.join(names)}",
                      lambda shown: [pair for user in shown["items"] for pair in client.sight(account).user(user)])


async def tweet(client, account):
    if client.town.popular:
        chosen = client.dice.choice(client.town.popular)
        await client.read(account, "read tweet", chosen.path, client.sight(account).tweet, gone=[(f"tweet:{chosen.name}", False)])


async def own_tweet(client, account):
    """One that was deleted, or may be."""
    mine = list(client.town.watched(account.name))
    if mine:
        chosen = client.dice.choice(mine)
        await client.read(account, "read tweet", chosen.path, client.sight(account).tweet, gone=[(f"tweet:{chosen.name}", False)])


async def tweets_by_id(client, account):
    chosen = client.dice.sample(list(client.town.popular), min(10, len(client.town.popular)))
    if chosen:
        def see(shown):
            there = {item["id"] for item in shown["items"]}
            absent = [(f"tweet:{tweet.name}", False) for tweet in chosen if tweet.id not in there]
            return seen_tweets(client, account, shown) + absent
        await client.read(account, "read tweets by id", f"/api/tweets?ids={','.join(tweet.id for tweet in chosen)}", see)


def seen_tweets(client, account, shown):
    sight = client.sight(account)
    return [pair for item in shown["items"] for pair in sight.tweet(item)]


async def tweets(client, account, name=None, server=None):
    name = name or someone(client, account)

    def see(shown):
        learn(client, shown)
        absent = [(f"tweet:{missing}", False) for missing in client.town.missing([name], shown)]
        return seen_tweets(client, account, shown) + absent
    await client.read(account, "read tweets", f"/api/users/{name}/tweets", see, listed=lambda items: listed(items, None), server=server)


def learn(client, shown):
    """Ids of tweets whose author was not told that they are posted."""
    for item in shown["items"]:
        name = Sight(None, client.town.prefix).tweet_of(item)
        author, _, number = (name or "").partition("/")
        if number.isdigit() and author in client.town.people and int(number) not in client.town.tweets[author]:
            client.town.add(Tweet(author, int(number), item["id"]), shared=False)


async def timeline(client, account):
    followed = [name for name, follows in account.follows.items() if follows and account.unsure.get(name, 0) < time.monotonic()]

    def see(shown):
        authors = {item["user"]["username"] for item in shown["items"] if client.sight(account).is_ours(item["user"]["username"])}
        absent = [(f"either:follow:{account.name}>{missing.partition('/')[0]}|tweet:{missing}", False)
                  for missing in client.town.missing(followed, shown)]
        return [*seen_tweets(client, account, shown), *((f"follow:{account.name}>{author}", True) for author in authors), *absent]
    await client.read(account, "read timeline", f"{account.path}/timeline", see, listed=lambda items: listed(items, None))


async def connections(client, account, name=None, server=None):
    """A list of followers or followees. Who is not on a whole one does not follow."""
    name, kind = name or someone(client, account), client.dice.choice(["followers", "followees"])
    pair = (lambda other: f"follow:{other}>{name}") if kind == "followers" else (lambda other: f"follow:{name}>{other}")

    def see(shown):
        there = [item["username"] for item in shown["items"] if client.sight(account).is_ours(item["username"])]
        absent = [other for other in client.town.people if other not in there and other != name] if shown["next_cursor"] is None else []
        users = [pair for number, item in enumerate(shown["items"]) for pair in client.sight(account).user(item, counters=number < 3)]
        return [(pair(other), True) for other in there] + [(pair(other), False) for other in absent] + users
    await client.read(account, f"read {kind}", f"/api/users/{name}/{kind}?per_page=100", see,
                      listed=lambda items: listed(items, "followed_at"), server=server)


async def favorites(client, account, name=None, server=None):
    name = name or someone(client, account)

    def see(shown):
        items = [client.sight(account).tweet_of(item) for item in shown["items"]]
        return [(f"favorite:{name}>{item}", True) for item in items if item] + seen_tweets(client, account, shown)
    await client.read(account, "read favorites", f"/api/users/{name}/favorites", see, listed=lambda items: listed(items, "favorited_at"), server=server)


async def favoriters(client, account):
    if client.town.popular:
        chosen = client.dice.choice(client.town.popular)

        def see(shown):
            there = [item["username"] for item in shown["items"] if client.sight(account).is_ours(item["username"])]
            absent = [other for other in client.town.people if other not in there] if shown["next_cursor"] is None else []
            return [(f"favorite:{other}>{chosen.name}", other in there) for other in there + absent]
        await client.read(account, "read favoriters", f"{chosen.path}/favorites?per_page=100", see,
                          gone=[(f"tweet:{chosen.name}", False)], listed=lambda items: listed(items, "favorited_at"))


async def pair(client, account):
    follower, followee = client.dice.sample(client.town.people, 2)
    name = f"follow:{follower}>{followee}"
    await client.read(account, "read pair", f"/api/users/{followee}/followers/{follower}", lambda shown: [(name, True)], gone=[(name, False)])


async def sessions(client, account):
    def see(shown):
        return [(f"session:{account.name}/{item['id']}", True) for item in shown["items"] if item["current"]]
    await client.read(account, "read sessions", "/api/sessions", see)


def someone(client, account):
    """The reader themselves, rather often."""
    return account.name if client.dice.random() < 0.4 else client.dice.choice(client.town.people)
