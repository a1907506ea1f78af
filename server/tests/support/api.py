"""A client of the HTTP API. Each answer is checked against api/openapi.yaml unless check=False.

    account = api.register("alice", first_name="Alice")         registered and logged in
    api.post("/api/users/alice/tweets", account, json={"content": "hi"})   -> Response
    api.get(path, token=None | account | "any string", headers={...})

Safe to share between threads: each thread keeps a connection of its own alive. Nothing is retried.
"""
import http.client
import itertools
import json as json_module
import secrets
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PASSWORD = "correct horse battery"
REUSE_WITHIN = 20   # seconds: below the server's idle timeout, so that a reused connection is a live one


class Headers(dict):
    """Names in lower case, whatever the case asked for. Equal fields are joined by commas."""

    def __init__(self, pairs=()):
        super().__init__()
        for name, value in pairs:
            name = name.lower()
            self[name] = f"{super().__getitem__(name)}, {value}" if name in self else value

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


@dataclass
class Response:
    status: int
    headers: Headers
    body: bytes

    @property
    def json(self):
        return json_module.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


@dataclass
class Account:
    username: str
    password: str
    id: str = None
    token: str = field(default=None, repr=False)
    user: dict = field(default=None, repr=False)    # as POST /api/users answered

    @property
    def path(self):
        return f"/api/users/{self.username}"

    @property
    def summary(self):
        return {name: self.user[name] for name in ("id", "username", "first_name", "last_name")}


class Api:
    def __init__(self, url, contract=None):
        self.url, self.contract = url, contract
        self.local = threading.local()
        self.run, self.numbers = secrets.token_hex(3), itertools.count()

    def unique_name(self, prefix="t"):
        """Of at most 15 characters; no two are equal, in this run or another on the same data."""
        return f"{prefix[:5]}_{self.run}{next(self.numbers):03x}"

    def register(self, name=None, password=PASSWORD, **fields):
        """A new account, logged in. Without a name it gets a unique one."""
        account = Account(name or self.unique_name(), password)
        created = self.post("/api/users", json={"username": account.username, "password": password, **fields})
        assert created.status == 201, created
        account.user, account.id = created.json, created.json["id"]
        account.token = self.login(account)
        return account

    def login(self, account):
        """One more session of the account: its token."""
        created = self.post("/api/sessions", json={"username": account.username, "password": account.password})
        assert created.status == 201, created
        return created.json["token"]

    def tweet(self, account, content="hello"):
        """The tweet as POST answered it."""
        created = self.post(f"{account.path}/tweets", account, json={"content": content})
        assert created.status == 201, created
        return created.json

    def follow(self, follower, followee):
        followed = self.post(f"{followee.path}/followers", follower)
        assert followed.status in (200, 201), followed

    def favorite(self, account, tweet):
        favorited = self.post(f"{tweet_path(tweet)}/favorites", account)
        assert favorited.status in (200, 201), favorited

    def get(self, path, token=None, **more):
        return self.request("GET", path, token, **more)

    def post(self, path, token=None, **more):
        return self.request("POST", path, token, **more)

    def put(self, path, token=None, **more):
        return self.request("PUT", path, token, **more)

    def patch(self, path, token=None, **more):
        return self.request("PATCH", path, token, **more)

    def delete(self, path, token=None, **more):
        return self.request("DELETE", path, token, **more)

    def request(self, method, path, token=None, json=None, data=None, headers=None, check=True, timeout=30):
        """`path` goes out as it is: percent-encoding is the caller's. `token` may be an Account."""
        sent = dict(headers or {})
        if json is not None:
            data = json_module.dumps(json, ensure_ascii=False).encode("utf-8", "surrogatepass")
            sent.setdefault("Content-Type", "application/json")
        if isinstance(token, Account):
            token = token.token
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        response = self.send(method, path, data, sent, timeout)
        if check and self.contract:
            self.contract.check(method, path, json, response)
        return response

    def send(self, method, path, data, headers, timeout):
        connection = self.connection(timeout)
        try:
            connection.request(method, path, data, headers)
            reply = connection.getresponse()
            response = Response(reply.status, Headers(reply.getheaders()), reply.read())
        except BaseException:
            self.disconnect()
            raise
        self.local.used = time.monotonic()
        if reply.will_close:
            self.disconnect()
        return response

    def connection(self, timeout):
        if time.monotonic() - getattr(self.local, "used", 0) > REUSE_WITHIN:
            self.disconnect()
        if getattr(self.local, "connection", None) is None:
            address = urlsplit(self.url)
            self.local.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
            self.local.used = time.monotonic()
        return self.local.connection

    def disconnect(self):
        """Closes this thread's connection; the next request opens a new one."""
        if getattr(self.local, "connection", None) is not None:
            self.local.connection.close()
            self.local.connection = None


def tweet_path(tweet):
    return f"/api/users/{tweet['user']['username']}/tweets/{tweet['id']}"


def walk(api, path, token=None, **parameters):
    """All items of a list, page after page by cursor; fails when it does not end."""
    items, cursor = [], None
    for _ in range(1000):
        query = {**parameters, **({"cursor": cursor} if cursor else {})}
        target = path + ("&" if "?" in path else "?") + "&".join(f"{k}={v}" for k, v in query.items())
        page = api.get(target, token)
        assert page.status == 200, page
        items += page.json["items"]
        cursor = page.json["next_cursor"]
        if cursor is None:
            return items
    raise AssertionError(f"{path}: 1000 pages and no end")
