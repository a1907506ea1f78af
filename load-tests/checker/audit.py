"""The end: when all is quiet, everything is read on every server, and each count must be that of the rows."""
import asyncio
import time

from .accounts import log_in
from .figures import AUDITING
from .sight import listed

PAGE = 100
SORT_KEYS = {"tweets": None, "followers": "followed_at", "followees": "followed_at", "favorites": "favorited_at"}
RETRIES = 20


async def audit(client, account, final, until):
    """`final`: so long was it quiet that everything must be seen by all. Else counts may differ from the rows until then."""
    while not await log_in(client, account):
        await asyncio.sleep(1)
    for server in client.servers:
        wrong = await differences(client, account, server, final)
        while wrong and time.monotonic() < until:
            await asyncio.sleep(1)
            wrong = await differences(client, account, server, final)
        for text in wrong:
            client.record.judge.report("audit", f"{account.name} on {server}: {text}")


async def differences(client, account, server, final):
    """What the profile counts otherwise than the lists have it."""
    rows = {kind: await walk(client, account, kind, server, final) for kind in SORT_KEYS}
    shown = await page(client, account, account.path, lambda body: list(client.sight(account).user(body)), None, server, final)
    if shown is None or None in rows.values():
        return []   # reported already
    return [f"{kind}_count is {shown[f'{kind}_count']}, but the list has {len(items)}"
            for kind, items in rows.items() if shown[f"{kind}_count"] != len(items)]


async def walk(client, account, kind, server, final):
    """All items of the list. What is not on its last page nor before it is not there."""
    items, cursor = [], ""
    while True:
        def see(shown):
            present = seen(client, account, kind, shown["items"])
            return present if shown["next_cursor"] else present + absent(client, account, kind, items + shown["items"])
        shown = await page(client, account, f"{account.path}/{kind}?per_page={PAGE}{cursor}", see,
                           lambda items: listed(items, SORT_KEYS[kind]), server, final)
        if shown is None:
            return None
        items += shown["items"]
        if not shown["next_cursor"]:
            return items
        cursor = f"&cursor={shown['next_cursor']}"


async def page(client, account, target, see, order, server, final):
    for _ in range(RETRIES):
        operation, shown = await client.read(account, AUDITING, target, see, listed=order, final=final, server=server)
        if operation.attempts[-1].answered:
            return shown
        await asyncio.sleep(0.5)
    client.record.judge.report("audit", f"{target} on {server} can't be read", operation)
    return None


def seen(client, account, kind, items):
    sight = client.sight(account)
    if kind in ("followers", "followees"):
        return [(pair(account, kind, item["username"]), True) for item in items if sight.is_ours(item["username"])]
    found = [fact for item in items for fact in sight.tweet(item)]
    if kind == "favorites":
        found += [(f"favorite:{account.name}>{sight.tweet_of(item)}", True) for item in items if sight.tweet_of(item)]
    return found


def absent(client, account, kind, items):
    sight = client.sight(account)
    if kind in ("followers", "followees"):
        there = {item["username"] for item in items}
        return [(pair(account, kind, name), False) for name in client.town.people if name not in there and name != account.name]
    there = {sight.tweet_of(item) for item in items}
    if kind == "tweets":
        return [(f"tweet:{account.name}/{number}", False) for number in range(1, account.posted + 1) if f"{account.name}/{number}" not in there]
    return [(f"favorite:{account.name}>{name}", False) for name in account.favorites if name not in there]


def pair(account, kind, other):
    return f"follow:{other}>{account.name}" if kind == "followers" else f"follow:{account.name}>{other}"
