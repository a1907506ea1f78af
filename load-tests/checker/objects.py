"""The names of what is written and seen, and which counters count what.

    account:ada            True while the account exists
    profile:ada            the sequence number in the description
    password:ada           the number of the password that logs in
    session:ada/17         True while the session with that id holds
    tweet:ada/7            True while the author's seventh tweet is there
    follow:ada>bob         True while ada follows bob
    favorite:ada>bob/7     True while ada has favorited bob's seventh tweet
    identity:bob/7         the id that the server gave to that tweet
    count:followers:bob    a counter as a profile or a tweet shows it
    either:follow:ada>bob|tweet:bob/7   False where one of the two must be: the tweet is missing from ada's timeline
"""

FROM_THE_FIRST_ANSWER_ON = ("session", "password")   # their changes hold on every server when they are answered
FINAL_WHEN_FALSE = ("tweet", "session", "account")   # what is gone doesn't come back under the same name


def kind_of(name):
    return name.partition(":")[0]


def at_first(name):
    """The value before anybody wrote."""
    return None if kind_of(name) in ("profile", "password") else False


def counters_of(name):
    """The counters that are one higher while `name` is True."""
    kind, _, key = name.partition(":")
    if kind == "tweet":
        return [f"count:tweets:{key.partition('/')[0]}"]
    who, _, what = key.partition(">")
    if kind == "follow":
        return [f"count:followees:{who}", f"count:followers:{what}"]
    if kind == "favorite":
        return [f"count:favorites:{who}", f"count:favorited:{what}"]
    return []
