"""Writes that must be refused, and of which nothing may ever show."""
from .sight import content, description

UNUSED = 10**9   # sequence numbers from here on are those of refused writes


async def bad_profile(client, account):
    account.sequence += 1
    body = {"description": description(account.sequence), "first_name": "x" * 51}
    await client.act(account, "patch badly", "PATCH", account.path, body, expected=(422,), writes=[(f"profile:{account.name}", account.sequence)])


async def outdated_profile(client, account):
    account.sequence += 1
    await client.act(account, "patch what was", "PATCH", account.path, {"description": description(account.sequence)}, expected=(412,),
                     headers={"If-Match": '"never"'}, writes=[(f"profile:{account.name}", account.sequence)])


async def profile_of_another(client, account):
    name, sequence = another(client, account), UNUSED + next(client.numbers)
    await client.act(account, "patch another", "PATCH", f"/api/users/{name}", {"description": description(sequence)}, expected=(403,),
                     writes=[(f"profile:{name}", sequence)])


async def bad_tweet(client, account):
    number = account.posted = account.posted + 1
    name = f"{account.name}/{number}"
    await client.act(account, "post badly", "POST", f"{account.path}/tweets", {"content": content(name), "colour": "red"},
                     expected=(400, 422), writes=[(f"tweet:{name}", True)])


async def used_key(client, account):
    """The key of an earlier tweet with another text."""
    if account.used_key:
        number = account.posted = account.posted + 1
        name = f"{account.name}/{number}"
        await client.act(account, "post with a used key", "POST", f"{account.path}/tweets", {"content": content(name)}, expected=(422,),
                         headers={"Idempotency-Key": account.used_key}, writes=[(f"tweet:{name}", True)])


async def tweet_of_another(client, account):
    await client.act(account, "post as another", "POST", f"/api/users/{another(client, account)}/tweets",
                     {"content": content(f"{account.name}/0")}, expected=(403,))


async def follow_for_another(client, account):
    one, other = client.dice.sample([name for name in client.town.people if name != account.name], 2)
    await client.act(account, "follow as another", "PUT", f"/api/users/{one}/followers/{other}", expected=(403,))


async def follow_oneself(client, account):
    await client.act(account, "follow oneself", "POST", f"{account.path}/followers", expected=(422,),
                     writes=[(f"follow:{account.name}>{account.name}", True)])


def another(client, account):
    return client.dice.choice([name for name in client.town.people if name != account.name])


ALL = [bad_profile, outdated_profile, profile_of_another, bad_tweet, used_key, tweet_of_another, follow_for_another, follow_oneself]


async def any_of_them(client, account):
    await client.dice.choice(ALL)(client, account)
