"""Prepares what the scenarios act on, through the API alone.

Writers are accounts of the load test's own. Readers look at whoever is there: on a server
with the demo data the town, found by following its graph from `ada`; on an empty one the
accounts themselves, who then tweet and follow each other first."""

import random
import time

from client import Unexpected, for_each

PASSWORD = "linnet-load-test"
CONCURRENCY = 12
DISCOVER = 1000   # users to read at most
FOLLOWEES = 50    # of each account, so that its timeline has something to merge
TWEETS = 25       # of each account on an empty server: a page and a bit
FRESH = 512       # tweets that nobody favorited yet, made anew for each run


def prepare(client, account_count, seed):
    """The lists of the world, see world_folder.py."""
    dice = random.Random(seed)
    names = [f"load_{number:03}" for number in range(account_count)]
    accounts = for_each("accounts", names, lambda name: sign_in(client, name), CONCURRENCY)
    reader = accounts[0]["token"]

    users = discover(client, reader)
    if not users:
        users = names
        jobs = [account for account in accounts if account["new"] for _ in range(TWEETS)]
        for_each("tweets", jobs, lambda account: post(client, account, dice.random()), CONCURRENCY)

    weights = [1 / rank for rank in range(1, len(users) + 1)]
    follows = [(account, name) for account in accounts if account["new"]
               for name in set(dice.choices(users, weights, k=FOLLOWEES)) - {account["username"]}]
    for_each("follows", follows, lambda pair: follow(client, *pair), CONCURRENCY)

    run = int(time.time())
    jobs = [(accounts[number % account_count], f"{run}.{number}") for number in range(FRESH)]
    fresh = for_each("fresh", jobs, lambda job: post(client, *job), CONCURRENCY)

    profiles = for_each("profiles", users, lambda name: client.request("GET", f"/api/users/{name}", token=reader)[1], CONCURRENCY)
    profiles.sort(key=lambda profile: -profile["followers_count"])
    users = [profile["username"] for profile in profiles]
    pages = for_each("pages", users[:100], lambda name: client.request("GET", f"/api/users/{name}/tweets", token=reader)[1], CONCURRENCY)
    return {
        "accounts": [(account["username"], account["token"]) for account in accounts],
        "users": users,
        "hot": [next((profile["username"] for profile in profiles if profile["tweets_count"] >= 20), users[0])],
        "tweets": [reference(tweet) for page in pages for tweet in page["items"]],
        "fresh": fresh,
    }


def sign_in(client, username):
    account = {"username": username, "password": PASSWORD}
    status, _ = client.request("POST", "/api/users", body=account, expect=(201, 409))
    _, session = client.request("POST", "/api/sessions", body=account)
    return {"username": username, "token": session["token"], "new": status == 201}


def discover(client, token):
    """Usernames reachable from the demo's ada, in the order of the walk; [] without the demo."""
    status, _ = client.request("GET", "/api/users/ada", token=token, expect=(200, 404))
    found = {"ada": True} if status == 200 else {}
    queue = list(found)
    while queue and len(found) < DISCOVER:
        name = queue.pop(0)
        for user in client.walk(f"/api/users/{name}/followers", token):
            if user["username"] not in found and not user["username"].startswith("load_"):
                found[user["username"]] = True
                queue.append(user["username"])
    return list(found)[:DISCOVER]


def post(client, account, words):
    _, tweet = client.request("POST", f"/api/users/{account['username']}/tweets", token=account["token"],
                              body={"content": f"Testing, testing: {words} 📏"})
    return reference(tweet)


def follow(client, account, name):
    client.request("PUT", f"/api/users/{name}/followers/{account['username']}", token=account["token"])


def reference(tweet):
    return f"{tweet['user']['username']}/tweets/{tweet['id']}"


def clean(client, world):
    """Deletes the accounts, and with them all that they tweeted, followed and favorited."""
    for_each("clean", world["accounts"], lambda account: client.request(
        "DELETE", f"/api/users/{account[0]}", token=account[1], expect=(204,)), 4)
