"""What clients write. Many writes are read back at once, on any server."""
import time

from . import reads
from .knowledge import LATE
from .operation import ACKNOWLEDGED, REFUSED
from .sight import content, description
from .town import Tweet

DOOMED = 0.3       # share of the tweets that their authors delete later; others don't favorite these
REPLAYED = 0.15    # share of the tweets that are posted once more with their key
READ_BACK = 0.5


async def patch(client, account):
    account.sequence += 1
    await client.act(account, "patch profile", "PATCH", account.path, {"description": description(account.sequence)},
                     see=client.sight(account).user, writes=[(f"profile:{account.name}", account.sequence)], repeat=client.dice.random() < 0.5)
    if client.dice.random() < READ_BACK:
        await reads.profile(client, account, account.name)


async def post(client, account, shared=True):
    """Returns the Tweet, or None where the outcome isn't known."""
    number = account.posted = account.posted + 1
    name, doomed = f"{account.name}/{number}", client.dice.random() < DOOMED
    request = {"method": "POST", "target": f"{account.path}/tweets", "body": {"content": content(name)}, "repeat": True,
               "expected": (201, 409), "headers": {"Idempotency-Key": name}}

    def see(shown):
        return [(f"identity:{name}", shown["id"])]   # a repetition is answered as the first time, whatever happened since
    operation, shown = await client.act(account, "post tweet", **request, see=see, writes=[(f"tweet:{name}", True)])
    if operation.outcome != ACKNOWLEDGED or not shown:
        return None
    tweet, account.used_key = Tweet(account.name, number, shown["id"]), name
    client.town.add(tweet, shared and not doomed)
    if doomed:
        account.own[number] = tweet
    if client.dice.random() < REPLAYED:
        await client.act(account, "repeat tweet", **request, see=see)
    if client.dice.random() < READ_BACK:
        await reads.tweets(client, account, account.name)
    return tweet


async def delete(client, account):
    """One of the doomed, which its author may have favorited."""
    if account.own:
        tweet = account.own.pop(client.dice.choice(list(account.own)))
        if client.dice.random() < 0.3:
            await favorite(client, account, tweet, True)
        tweet.gone = time.monotonic()
        account.favorites.pop(tweet.name, None)
        writes = [(f"tweet:{tweet.name}", False), (f"favorite:{account.name}>{tweet.name}", False)]
        await client.act(account, "delete tweet", "DELETE", tweet.path, expected=(204, 404), repeat=True, writes=writes,
                         gone=[(f"tweet:{tweet.name}", False)])   # an earlier attempt worked
        if client.dice.random() < READ_BACK:
            await reads.tweets(client, account, account.name)


async def follow(client, account, name=None, wanted=None):
    name = name or client.dice.choice([other for other in client.town.people if other != account.name])
    wanted = not account.follows.get(name) if wanted is None else wanted
    path = f"/api/users/{name}/followers"
    operation = await toggle(client, account, "follow", path, f"follow:{account.name}>{name}", wanted)
    if operation.outcome != REFUSED:
        account.follows[name] = wanted if operation.outcome == ACKNOWLEDGED else None
    if any(attempt.may_have_worked for attempt in operation.attempts):
        account.unsure[name] = time.monotonic() + LATE
    if client.dice.random() < READ_BACK:
        await client.dice.choice([reads.timeline, reads.profile])(client, account)


async def favorite(client, account, tweet=None, wanted=None):
    if tweet is None and not client.town.popular:
        return
    tweet = tweet or client.dice.choice(client.town.popular)
    wanted = not account.favorites.get(tweet.name) if wanted is None else wanted
    operation = await toggle(client, account, "favorite", f"{tweet.path}/favorites", f"favorite:{account.name}>{tweet.name}", wanted)
    account.favorites[tweet.name] = wanted if operation.outcome == ACKNOWLEDGED else None
    if client.dice.random() < READ_BACK:
        await client.read(account, "read tweet", tweet.path, client.sight(account).tweet, gone=[(f"tweet:{tweet.name}", False)])


async def toggle(client, account, verb, path, name, wanted):
    """Makes the pair there or not there, in one of the ways that there are."""
    mine = f"{path}/{account.name}"
    method, target = ("DELETE", mine) if not wanted else client.dice.choice([("PUT", mine), ("POST", path)])
    expected = (200, 201) if wanted else (204,)
    operation, _ = await client.act(account, verb if wanted else f"un{verb}", method, target, expected=expected,
                                    writes=[(name, wanted)], repeat=client.dice.random() < 0.5)
    return operation
