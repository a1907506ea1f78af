"""A request for any operation of the contract, made of a value for each of its parameters, and what may come of it.

    request = draw(request_for(contract, world, "GET", template, operation))
    request.send(api) -> Response;  request.allowed() -> the statuses that may answer it
"""
from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as some

from generated import values
from generated.bodies import Body, body_for
from generated.values import Value

UNAUTHENTICATED, FORBIDDEN = frozenset({401}), frozenset({403})
IGNORE_TOKENS = {"register_user", "create_session", "healthz", "readyz", "metrics"}
OWN = {   # operations of one's own account: the parameters of which one must name it
    "update_user": ["username"], "delete_user": ["username"], "change_password": ["username"], "post_tweet": ["username"],
    "delete_tweet": ["username"], "put_follower": ["follower"], "unfollow_user": ["username", "follower"], "put_favorite": ["favoriter"],
    "unfavorite_tweet": ["favoriter"], "get_timeline": ["username"],
}
PAIRS = {"get_follower", "get_favorite"}    # 404 where the one does not stand so to the other

LONGEST_TARGET = 8192   # --max-target-bytes


@dataclass
class Request:
    method: str
    template: str
    operation: dict
    path: dict
    query: dict
    headers: dict
    account: object     # whose token is sent; None: none; a text: that
    body: Body
    world: object

    @property
    def name(self):
        return self.operation["operationId"]

    @property
    def target(self):
        path = self.template.format(**{name: quote(value.text, safe="") for name, value in self.path.items()})
        query = "&".join(f"{name}={quote(value.text, safe='')}" for name, value in self.query.items() if value.text is not None)
        return f"{path}?{query}" if query else path

    def send(self, api):
        headers = {name: value.text for name, value in self.headers.items() if value.text is not None}
        if self.body.data is not None:
            headers["Content-Type"] = self.body.media
        return api.request(self.method, self.target, self.account, data=self.body.data, headers=headers)

    def faults(self):
        """What is wrong with it, as the statuses that say so; one of them must answer it. None: it must succeed."""
        headers = self.headers if self.takes_account else {name: value for name, value in self.headers.items() if name != "Linnet-Seen"}
        given = [*self.path.values(), *self.query.values(), *headers.values(), self.body]
        found = frozenset().union(*(value.faults for value in given)) | self.faults_of_caller() | self.faults_together()
        return found

    @property
    def takes_account(self):
        return self.account is not None and not isinstance(self.account, str) and self.name not in IGNORE_TOKENS

    def faults_of_caller(self):
        if self.name in IGNORE_TOKENS:
            return frozenset()
        if isinstance(self.account, str):
            return UNAUTHENTICATED
        if self.account is None:
            return frozenset() if {} in self.operation.get("security", []) else UNAUTHENTICATED
        own = OWN.get(self.name)
        if own and all(self.path[name].means != self.account.username for name in own):
            return FORBIDDEN
        return frozenset()

    def faults_together(self):
        found = frozenset()
        if self.query.get("page", Value(None)).text is not None and self.query.get("cursor", Value(None)).text is not None:
            found |= values.BAD
        author = self.path.get("tweet_id", Value(None)).means
        if author and author != self.path["username"].means:
            found |= values.NOBODY
        if self.name in ("follow_user", "put_follower") and self.takes_account and self.path["username"].means == self.account.username:
            found |= frozenset({422})
        return found

    def allowed(self):
        if len(self.target) > LONGEST_TARGET:
            return {414}
        faults = self.faults()
        conditional = {"If-Match", "If-None-Match"} & {name for name, value in self.headers.items() if value.text is not None}
        failed = {412} if conditional and (self.method != "GET" or "If-Match" in conditional) else set()
        if faults:
            return set(faults) | failed
        documented = {int(status) for status in self.operation["responses"]}
        fine = {status for status in documented if status < 300}
        fine |= {304} if self.headers.get("If-None-Match", Value(None)).text is not None and self.method == "GET" else set()
        fine |= failed
        fine |= {404} if self.name in PAIRS or self.name in ("delete_tweet", "delete_session") else set()
        fine |= {409, 422} if self.headers.get("Idempotency-Key", Value(None)).text is not None else set()
        stale = self.headers.get("If-Match", Value(None)).text not in (None, "", "*")   # values.etags knows no current one
        return {status for status in fine if status >= 400} if stale else fine


def value_for(parameter, schema, world, template, writes):
    """A strategy for the values of a parameter of the contract."""
    name = parameter["name"]
    names = [world.guest.username, world.other.username]
    names += [] if writes else [owner.mary.username for owner in world.owners.values()]
    tweets = [(world.tweet["id"], world.guest.username)]
    tweets += [] if writes else [(tweet["id"], tweet["user"]["username"]) for owner in world.owners.values() for tweet in owner.tweets[-2:]]
    if name in ("username", "follower", "favoriter"):
        return values.username(names)
    if schema.get("type") == "integer":
        return values.integer(schema)
    if schema.get("type") == "boolean":
        return values.boolean()
    return {
        "tweet_id": lambda: values.tweet_id(tweets),
        "session_id": lambda: values.session_id(world.sessions_of_guest()),
        "cursor": lambda: values.any_of([Value(None)], ["", "x", "A" * 40, "A" * 5000, "\xff", "\0"], values.BAD),
        "usernames": lambda: values.lookup(names, [*values.ABSENT_NAMES, *values.NO_NAMES[:6]], []),
        "ids": lambda: values.lookup([one for one, _ in tweets], values.ABSENT_IDS, values.NO_IDS),
        "If-None-Match": lambda: values.etags([]), "If-Match": lambda: values.etags([]),
        "Linnet-Seen": values.seen, "Idempotency-Key": values.idempotency_key,
    }[name]()


@some.composite
def request_for(draw, contract, world, method, template, operation):
    places = {"path": {}, "query": {}, "header": {}}
    item = contract.spec["paths"][template]
    for parameter in map(contract.resolve, [*item.get("parameters", []), *operation.get("parameters", [])]):
        schema = contract.resolve(parameter["schema"])
        places[parameter["in"]][parameter["name"]] = draw(value_for(parameter, schema, world, template, method != "GET"))
    account = draw(some.sampled_from([world.guest, world.guest, world.guest, world.other, None, "garbage", "x" * 3000]))
    body = draw(body_for(operation, world)) if method != "GET" else Body(None)
    return Request(method, template, operation, places["path"], places["query"], places["header"], account, body, world)
