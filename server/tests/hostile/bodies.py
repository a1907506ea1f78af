"""The operations that take a JSON body, with a valid one for each. Paths are templates of openapi.yaml."""
from urllib.parse import quote

from support.api import PASSWORD

TWEET = "/api/users/{username}/tweets/{tweet_id}"
REQUIRED = {   # operations that need a body -> (members that it must have, members that it may have)
    ("POST", "/api/users"): ({"username": "never_stored", "password": PASSWORD}, {"first_name": "N", "last_name": "S", "description": "D"}),
    ("POST", "/api/sessions"): ({"username": "never_stored", "password": PASSWORD}, {}),
    ("PATCH", "/api/users/{username}"): ({}, {"first_name": "N", "last_name": "S", "description": "D"}),
    ("PUT", "/api/users/{username}/password"): ({"current_password": PASSWORD, "new_password": PASSWORD + "!"}, {}),
    ("POST", "/api/users/{username}/tweets"): ({"content": "never stored"}, {}),
}
OPTIONAL = [   # operations of which a body may be absent or {}
    ("POST", "/api/users/{username}/followers"), ("PUT", "/api/users/{username}/followers/{follower}"),
    ("POST", TWEET + "/favorites"), ("PUT", TWEET + "/favorites/{favoriter}"),
]
TEXT_LIMITS = {   # member -> (operation, least, most code points after NFC)
    "content": (("POST", "/api/users/{username}/tweets"), 1, 140),
    "first_name": (("PATCH", "/api/users/{username}"), 0, 50),
    "last_name": (("PATCH", "/api/users/{username}"), 0, 50),
    "description": (("PATCH", "/api/users/{username}"), 0, 160),
}


def values_of(town):
    """Values of path parameters, by which Mary acts on what is her own and on the last of her followers."""
    return {"username": town.mary.username, "tweet_id": town.newest["id"], "follower": town.mary.username,
            "favoriter": town.mary.username, "session_id": "1"}


def fill(template, values):
    return template.format(**{name: value if "%" in value else quote(value, safe="") for name, value in values.items()})


def target_of(operation, town):
    """The path by which Mary may use the operation."""
    values = values_of(town)
    if "followers" in operation[1]:
        values["username"] = town.people[0].username
    return fill(operation[1], values)
