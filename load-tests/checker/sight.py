"""What the JSON of an answer shows, as (object, value). Users and tweets that are not the checker's own are left out."""

DESCRIPTION = "check "   # + the sequence number
CONTENT = "check "       # + author/number


def description(sequence):
    return f"{DESCRIPTION}{sequence}"


def content(tweet):
    return f"{CONTENT}{tweet}"


class Sight:
    """How `actor` sees it. Names of the checker's users begin with `prefix`."""

    def __init__(self, actor, prefix):
        self.actor, self.prefix = actor, prefix

    def is_ours(self, name):
        return name.startswith(self.prefix)

    def tweet_of(self, item):
        """author/number, or None."""
        if not self.is_ours(item["user"]["username"]):
            return None
        begin, _, tweet = item["content"].partition(" ")
        return tweet if begin + " " == CONTENT and tweet.startswith(item["user"]["username"] + "/") else f"{item['user']['username']}/?{item['content']}"

    def user(self, body, counters=True):
        name = body["username"]
        if not self.is_ours(name):
            return
        yield f"account:{name}", True
        text = body["description"]
        number = text[len(DESCRIPTION):]
        yield f"profile:{name}", int(number) if text.startswith(DESCRIPTION) and number.isdigit() else text
        if counters:
            for counter in ("tweets", "followers", "followees", "favorites"):
                yield f"count:{counter}:{name}", body[f"{counter}_count"]
        if "viewer" in body and name != self.actor:
            yield f"follow:{self.actor}>{name}", body["viewer"]["following"]
            yield f"follow:{name}>{self.actor}", body["viewer"]["followed_by"]

    def tweet(self, body, counters=True):
        tweet = self.tweet_of(body)
        if tweet is None:
            return
        yield f"tweet:{tweet}", True
        yield f"identity:{tweet}", body["id"]
        if counters:
            yield f"count:favorited:{tweet}", body["favorites_count"]
        if "viewer" in body:
            yield f"favorite:{self.actor}>{tweet}", body["viewer"]["favorited"]


def listed(items, key):
    """(sort key, id) of a list's items."""
    return [(item[key] if key else int(item["id"]), item["id"]) for item in items]
