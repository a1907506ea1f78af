"""The world that a scenario acts in, as wrk's scripts read it: a folder of lists, one item a line.

accounts   those who send requests: username and token
users      usernames to read, most popular first
hot        one of them, who has a page of tweets
tweets     tweets to read, most popular first: "username/tweets/id"
hot_tweet  one of them
fresh      tweets that nobody favorited yet
followed   usernames to follow
"""

from pathlib import Path


def write(folder, accounts, **lists):
    """accounts are (username, token). The folder must exist; what it has under other names stays."""
    path = Path(folder, "accounts")
    path.touch(mode=0o600)  # it holds tokens
    path.write_text("".join(f"{username} {token}\n" for username, token in accounts))
    for name, items in lists.items():
        Path(folder, name).write_text("".join(f"{item}\n" for item in items))
