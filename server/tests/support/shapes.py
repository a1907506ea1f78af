"""What the API is expected to answer, as whole JSON bodies."""
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ZERO = {"tweets_count": 0, "followers_count": 0, "followees_count": 0, "favorites_count": 0}


class Anything:
    """Equal to any value that matches: for what a test can't know beforehand."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern)

    def __eq__(self, other):
        return isinstance(other, str) and bool(self.pattern.fullmatch(other))

    def __repr__(self):
        return f"<like {self.pattern.pattern}>"


ANY_TIME = Anything(TIME.pattern)
ANY_ID = Anything(r"[1-9]\d{0,18}")


def user(account, viewer=None, **changes):
    """The User of an account as registered, with changes. viewer: (following, followed_by), None without a token."""
    body = {**account.user, **changes}
    if viewer is not None:
        body["viewer"] = {"following": viewer[0], "followed_by": viewer[1]}
    return body


def tweet(posted, favorited=None, **changes):
    """A Tweet as posted, with changes. favorited: of the viewer, None without a token."""
    body = {**posted, **changes}
    body.pop("viewer", None)
    if favorited is not None:
        body["viewer"] = {"favorited": favorited}
    return body


def problem(response, slug):
    """True for a problem of this type. The rest of it is checked against openapi.yaml."""
    return response.json["type"] == f"/problems/{slug}"


def pointers(response):
    """Which members a 422 complains about."""
    assert response.status == 422, response
    return sorted(error["pointer"] for error in response.json["errors"])


def ids(response):
    """The ids of a list, in its order."""
    assert response.status == 200, response
    return [item["id"] for item in response.json["items"]]
