"""Who follows whom, and who favorites what: both with heavy tails, as in any town.

People follow the famous by fame, and otherwise those whom they know: neighbours,
speakers of their language and friends of friends. A tweet is seen by the followers
of its author; a few tweets are liked by many, most by hardly anybody."""

from people import CELEBRITY

ADA = "ada"  # signs newcomers in: follows enough for a lively timeline


def make_follows(random, people):
    """username -> list of the usernames that they follow."""
    everyone = {person.username: person for person in people}
    neighbours = group(people, lambda person: person.neighbourhood)
    speakers = group(people, lambda person: person.language)
    follows = {person.username: {} for person in people}  # dicts keep their order, sets do not

    for person in people:
        followed = follows[person.username]
        for other in people:
            if other is not person and random.random() < other.fame:
                followed[other.username] = True
        appetite = 60 if person.username == ADA else min(90, int(random.lognormvariate(2.4, 0.8)))
        for _ in range(appetite):
            circle = random.choices([neighbours[person.neighbourhood], speakers[person.language], people], [6, 4, 1])[0]
            other = random.choice(circle)
            if other is not person:
                followed[other.username] = True
                if random.random() < 0.4 and other.fame < CELEBRITY:
                    follows[other.username][person.username] = True

    for person in people:
        followed = follows[person.username]
        for friend in random.sample(list(followed), min(4, len(followed))):
            other = random.choice(list(follows[friend]) or [friend])
            if other != person.username and everyone[other].fame < CELEBRITY:
                followed[other] = True
    return {username: list(followed) for username, followed in follows.items()}


def make_favorites(random, people, follows, tweets):
    """List of (username, index of the tweet), no pair twice, in the order of the tweets."""
    usernames = [person.username for person in people]
    followers = {username: [] for username in usernames}
    for follower, followed in follows.items():
        for username in followed:
            followers[username].append(follower)

    favorites = []
    for index, tweet in enumerate(tweets):
        audience = followers[tweet.author]
        if tweet.viral:
            fans = random.sample(usernames, int(len(usernames) * 0.85))
        else:
            appeal = random.paretovariate(1.15) - 1  # most tweets move nobody
            share = min(0.55, appeal * (0.05 if tweet.scripted else 0.028))
            fans = random.sample(audience, round(len(audience) * share))
        favorites += [(fan, index) for fan in fans if fan != tweet.author]
    return favorites


def group(people, key):
    groups = {}
    for person in people:
        groups.setdefault(key(person), []).append(person)
    return groups
