"""What a client does, how often, and the account that comes and goes.

To add an action: a coroutine of (client, account), and a line in ACTIONS.
"""
import asyncio
import time

from . import accounts, reads, refusals, writes
from .accounts import Account

STRANGERS_TWEETS = 2


async def stranger(client, account):
    """An account that lives for a moment, does a bit of everything with the client's main one, and is deleted with all of it."""
    client.strangers += 1
    guest = Account(f"{account.name}e{client.strangers}")
    if not await accounts.sign_up(client, guest):
        return
    posted = [await writes.post(client, guest, shared=False) for _ in range(STRANGERS_TWEETS)]
    await writes.follow(client, guest, account.name, True)
    await writes.follow(client, account, guest.name, True)
    for who, tweet in [(account, posted[0]), (guest, posted[1]), (guest, None)]:
        if who is guest or tweet:
            await writes.favorite(client, who, tweet, True)
    await reads.profile(client, account, guest.name)
    if guest.session:
        await accounts.delete_account(client, guest, taken_along(account, guest))
    account.follows.pop(guest.name, None)
    await reads.connections(client, account, account.name)
    await reads.profile(client, account, account.name)


def taken_along(account, guest):
    """The guest's tweets, and all pairs that the guest is part of."""
    tweets = [f"{guest.name}/{number}" for number in range(1, guest.posted + 1)]
    ours = [name for name in account.favorites if name.startswith(f"{guest.name}/")]
    return ([f"tweet:{name}" for name in tweets] + [f"follow:{guest.name}>{account.name}", f"follow:{account.name}>{guest.name}"]
            + [f"favorite:{guest.name}>{name}" for name in guest.favorites] + [f"favorite:{account.name}>{name}" for name in ours])


ACTIONS = [   # how often, of a hundred
    (16, reads.profile), (2, reads.profiles), (7, reads.tweet), (3, reads.own_tweet), (3, reads.tweets_by_id), (9, reads.tweets),
    (9, reads.timeline), (5, reads.connections), (3, reads.favorites), (3, reads.favoriters), (3, reads.pair), (1, reads.sessions),
    (7, writes.patch), (8, writes.post), (4, writes.delete), (6, writes.follow), (8, writes.favorite), (1.6, refusals.any_of_them),
    (0.6, accounts.log_out), (0.4, accounts.change_password), (0.4, stranger),
]
WEIGHTS, CHOICES = zip(*ACTIONS)
HURRY = 5   # times as fast acts the one whom all look at


async def live(client, account, until, pause, hot=0):
    """Acts until `until` is set, with a random pause of `pause` seconds in the mean between two actions, of which the share `hot` is
    about the town's star."""
    client.strangers = 0
    pause = pause / HURRY if hot and account.name == client.town.star else pause
    while not until.is_set():
        if await accounts.log_in(client, account):
            action = look_at_star if client.dice.random() < hot else client.dice.choices(CHOICES, WEIGHTS)[0]
            await action(client, account)
        await asyncio.sleep(client.dice.uniform(0, 2 * pause))


async def look_at_star(client, account):
    """What all read while it is written: the star's profile, whose counts all of them change, and tweets."""
    star = client.town.star
    if account.name == star:
        await client.dice.choice([writes.patch, writes.patch, writes.post])(client, account)
    else:
        await client.dice.choice([reads.profile, reads.profile, reads.tweets, writes.follow])(client, account, star)
