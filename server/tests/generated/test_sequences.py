"""Sequences of writes by a few people, of which every answer, and whatever is read afterwards, is what the model says."""
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from generated.model import Model
from generated.bodies import LETTERS
from support.api import PASSWORD, walk
from support.audit import cleaned
from support.contract import Contract

EXAMPLES, STEPS = 20, 30
people = some.integers(0, 3)
places = some.integers(0, 1000)
texts = some.text(LETTERS, max_size=40).map(lambda middle: f"x{middle}x")
API = DSN = None   # of the test that runs; the machine is made by hypothesis, without arguments


class People(RuleBasedStateMachine):
    """Up to four people. Each rule is an operation; whom it is about is drawn as a number, taken modulo those there are."""

    def __init__(self):
        super().__init__()
        self.model, self.api, self.passwords, self.tokens = Model(), API, {}, {}

    def person(self, n):
        names = list(self.model.users)
        return names[n % len(names)]

    def some_tweet(self, n):
        id = list(self.model.tweets)[n % len(self.model.tweets)]
        return id, f"/api/users/{self.model.tweets[id]['author']}/tweets/{id}"

    def call(self, status, method, path, name=None, **more):
        answer = self.api.request(method, path, name and self.tokens[name], **more)
        assert answer.status == status, f"{method} {path} by {name}: {answer}, not {status}"
        return answer.json if answer.body else None

    def same(self, got, want):
        assert got == want, f"got {got}, not {want}"

    @initialize(first=texts, second=texts)
    def two_people(self, first, second):
        self.register_user(first)
        self.register_user(second)

    @precondition(lambda self: len(self.model.users) < 4)
    @rule(name=texts)
    def register_user(self, name):
        username = self.api.unique_name("seq")
        user = self.call(201, "POST", "/api/users", json={"username": username, "password": PASSWORD, "first_name": name})
        self.model.users[username] = {"first_name": name, "last_name": "", "description": "", **{
            member: user[member] for member in ("id", "username", "created_at", "updated_at")}}
        self.passwords[username] = PASSWORD
        self.same(user, self.model.user(username))
        self.create_session_of(username)

    @rule(a=people)
    def create_session(self, a):
        self.create_session_of(self.person(a))

    def create_session_of(self, name):
        session = self.call(201, "POST", "/api/sessions", json={"username": name.upper(), "password": self.passwords[name]})
        self.same(session["user"], self.model.user(name))
        self.tokens[name] = session["token"]
        listed = self.call(200, "GET", "/api/sessions", name)["items"][0]
        self.same((listed["id"], listed["expires_at"]), (session["id"], session["expires_at"]))
        self.model.sessions[session["id"]] = {"user": name, "token": session["token"], **listed}

    @rule(a=people, place=places)
    def delete_session(self, a, place):
        """One of one's own that isn't in use, by its id; one of another is not found."""
        name = self.person(a)
        id = list(self.model.sessions)[place % len(self.model.sessions)]
        session = self.model.sessions[id]
        if session["token"] == self.tokens[name]:
            return
        self.call(204 if session["user"] == name else 404, "DELETE", f"/api/sessions/{id}", name)
        if session["user"] == name:
            del self.model.sessions[id]
            assert self.api.get("/api/sessions", session["token"]).status == 401

    @rule(a=people)
    def delete_current_session(self, a):
        name = self.person(a)
        self.call(204, "DELETE", "/api/sessions/current", name)
        self.model.sessions = {id: s for id, s in self.model.sessions.items() if s["token"] != self.tokens[name]}
        assert self.api.get("/api/sessions", self.tokens[name]).status == 401
        self.create_session_of(name)

    @rule(a=people, member=some.sampled_from(["first_name", "last_name", "description"]), value=some.one_of(some.none(), texts))
    def update_user(self, a, member, value):
        name = self.person(a)
        user = self.call(200, "PATCH", f"/api/users/{name}", name, json={member: value})
        assert user["updated_at"] >= self.model.users[name]["updated_at"]
        self.model.users[name].update({member: value or "", "updated_at": user["updated_at"]})
        self.same(user, self.model.user(name, viewer=name))

    @rule(a=people, right=some.booleans())
    def change_password(self, a, right):
        name = self.person(a)
        new = self.passwords[name] + "!"
        body = {"current_password": self.passwords[name] if right else "no such password", "new_password": new}
        self.call(204 if right else 403, "PUT", f"/api/users/{name}/password", name, json=body)
        if right:
            self.passwords[name] = new if len(new) < 100 else PASSWORD
            self.model.end_sessions(name, but=self.tokens[name])

    @precondition(lambda self: len(self.model.users) > 2)
    @rule(a=people)
    def delete_user(self, a):
        name = self.person(a)
        self.call(204, "DELETE", f"/api/users/{name}", name)
        self.model.delete_user(name)
        self.call(404, "GET", f"/api/users/{name}")
        self.call(401, "GET", "/api/sessions", name)
        cleaned(DSN)   # till then a count may include what is gone

    @rule(a=people, b=people, content=texts)
    def post_tweet(self, a, b, content):
        name, other = self.person(a), self.person(b)
        if name != other:
            self.call(403, "POST", f"/api/users/{other}/tweets", name, json={"content": content})
        tweet = self.call(201, "POST", f"/api/users/{name}/tweets", name, json={"content": content})
        self.model.tweets[tweet["id"]] = {"content": content, "created_at": tweet["created_at"], "author": name}
        self.same(tweet, self.model.tweet(tweet["id"], viewer=name))

    @precondition(lambda self: self.model.tweets)
    @rule(a=people, place=places)
    def delete_tweet(self, a, place):
        name, (id, path) = self.person(a), self.some_tweet(place)
        mine = self.model.tweets[id]["author"] == name
        self.call(204 if mine else 403, "DELETE", path, name)
        if mine:
            self.model.delete_tweet(id)
            self.call(404, "GET", path)
            self.call(404, "POST", f"{path}/favorites", name)
            cleaned(DSN)

    @rule(a=people, b=people, put=some.booleans())
    def follow_user(self, a, b, put):
        """put_follower and follow_user"""
        me, other = self.person(a), self.person(b)
        method, path = ("PUT", f"/api/users/{other}/followers/{me}") if put else ("POST", f"/api/users/{other}/followers")
        if me == other:
            self.call(422, method, path, me)
            return
        new = (me, other) not in self.model.follows
        answer = self.call(201 if new else 200, method, path, me)
        self.model.follows.setdefault((me, other), answer["followed_at"])
        self.same(answer, self.model.connection(me, other))

    @rule(a=people, b=people, removed=some.booleans())
    def unfollow_user(self, a, b, removed):
        me, other = self.person(a), self.person(b)
        self.call(204, "DELETE", f"/api/users/{other}/followers/{me}", other if removed else me)
        self.model.follows.pop((me, other), None)
        self.call(404, "GET", f"/api/users/{other}/followers/{me}")

    @precondition(lambda self: self.model.tweets)
    @rule(a=people, place=places, put=some.booleans())
    def favorite_tweet(self, a, place, put):
        """put_favorite and favorite_tweet"""
        name, (id, path) = self.person(a), self.some_tweet(place)
        new = (name, id) not in self.model.favorites
        answer = self.call(201 if new else 200, *(("PUT", f"{path}/favorites/{name}") if put else ("POST", f"{path}/favorites")), name)
        self.model.favorites.setdefault((name, id), answer["favorited_at"])
        self.same(answer, self.model.favorite(name, id, viewer=name))

    @precondition(lambda self: self.model.tweets)
    @rule(a=people, place=places)
    def unfavorite_tweet(self, a, place):
        name, (id, path) = self.person(a), self.some_tweet(place)
        self.call(204, "DELETE", f"{path}/favorites/{name}", name)
        self.model.favorites.pop((name, id), None)
        self.call(404, "GET", f"{path}/favorites/{name}")

    @rule(a=people, b=people)
    def read_some(self, a, b):
        self.read(self.person(a), self.person(b))

    def read(self, name, viewer):
        """All that there is to read about one, by another or by nobody."""
        for seen_by in (viewer, None):
            token = seen_by and self.tokens[seen_by]
            self.same(self.call(200, "GET", f"/api/users/{name}", seen_by), self.model.user(name, seen_by))
            for path, want in self.model.lists(name, seen_by).items():
                self.same(walk(self.api, f"/api/users/{name}/{path}", token, per_page=3), want)
            for other in self.model.users:
                follows = (name, other) in self.model.follows
                got = self.call(200 if follows else 404, "GET", f"/api/users/{other}/followers/{name}", seen_by)
                assert not follows or got == self.model.connection(name, other)

    def teardown(self):
        """All of it once more, and what read() leaves out."""
        if len(self.tokens) < 2:
            return   # what failed is the beginning
        for name in self.model.users:
            self.read(name, name)
            self.same(walk(self.api, "/api/sessions", self.tokens[name], per_page=2), self.model.sessions_of(name, self.tokens[name]))
        viewer = next(iter(self.model.users), None)
        for id in self.model.tweets:
            path = f"/api/users/{self.model.tweets[id]['author']}/tweets/{id}"
            self.same(self.call(200, "GET", path, viewer), self.model.tweet(id, viewer))
            self.same(walk(self.api, f"{path}/favorites", viewer and self.tokens[viewer], per_page=2), self.model.favoriting(id, viewer))
            for name in self.model.users:
                favored = (name, id) in self.model.favorites
                got = self.call(200 if favored else 404, "GET", f"{path}/favorites/{name}", viewer)
                assert not favored or got == self.model.favorite(name, id, viewer)


def test_what_people_do_is_what_the_model_says(api, stack, rounds):
    global API, DSN
    API, DSN = api, stack.dsn
    rounds.of_machine(People, EXAMPLES, STEPS)


def test_every_write_of_the_contract_is_a_rule():
    """By its name, or by the name in the documentation of the rule that does it, too."""
    rules = " ".join(f"{name} {getattr(People, name).__doc__ or ''}" for name in dir(People) if hasattr(getattr(People, name), "hypothesis_stateful_rule"))
    writes = {operation["operationId"] for method, _, operation in Contract().operations() if method != "GET"}
    assert {name for name in writes if name not in rules.split() and name not in rules.replace(",", " ").split()} == set()
