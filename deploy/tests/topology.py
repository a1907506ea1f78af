"""A system of several servers, replicas and caches, and clients that load it, for test_topology.py."""
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import threading
import time
import uuid
from typing import NamedTuple

from system import DEPLOY, System

JSON = {"Content-Type": "application/json"}


class Component(NamedTuple):
    role: str
    pid: int | None
    address: str
    state: str
    detail: str = ""


def exchange(connection, method, path, body=None, headers={}):
    """(status, headers, body)"""
    connection.request(method, path, None if body is None else json.dumps(body), {**JSON, **headers})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


class Topology(System):
    def done(self, command, *words):
        done = self.run(command, *words, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def look(self):
        """{name: Component}, from one call of deploy/status, which asks each of them how it is"""
        lines = [line.split(maxsplit=5) for line in self.done("status").splitlines()]
        return {name: Component(role, None if pid == "-" else int(pid), address, state, *detail)
                for name, role, pid, address, state, *detail in lines}

    def connect(self, source="127.0.0.1"):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(source, 0))

    def send(self, *request, source="127.0.0.1", **more):
        """exchange() with the front, on a connection of its own"""
        with contextlib.closing(self.connect(source)) as connection:
            return exchange(connection, *request, **more)

    def register(self, name):
        """The header that authorizes a new user."""
        who = {"username": name, "password": "long enough"}
        answer = self.send("POST", "/api/users", who)
        assert answer[0] == 201, answer[2]
        return {"Authorization": "Bearer " + json.loads(self.send("POST", "/api/sessions", who)[2])["token"]}


class NextRelease:
    """Another checkout, whose schema has an expanding change more, and its commands on a system that runs."""

    PLAN = "tweets_language [tweets] 2026-11-25T00:00:00Z Linnet <schema@linnet.example> # Adds the language of a tweet."
    SCRIPTS = {"deploy": "SET LOCAL lock_timeout = '2s'; ALTER TABLE tweets ADD COLUMN language text DEFAULT 'und'",
               "verify": "SELECT language FROM tweets WHERE false",
               "revert": "SET LOCAL lock_timeout = '2s'; ALTER TABLE tweets DROP COLUMN language"}

    def __init__(self, system, folder):
        self.system, self.folder = system, folder
        for part in ("deploy", "schema"):
            shutil.copytree(DEPLOY.parent / part, folder / part)
        with open(folder / "schema" / "sqitch.plan", "a") as plan:
            plan.write(self.PLAN + "\n")
        for kind, sql in self.SCRIPTS.items():
            (folder / "schema" / kind / "tweets_language.sql").write_text(f"BEGIN; {sql}; COMMIT;\n")

    def done(self, command):
        self.check([self.folder / "deploy" / command, "--state", self.system.folder])

    def revert(self):
        primary, = (c for c in self.system.look().values() if c.role == "primary")
        self.check(["sqitch", "--chdir", self.folder / "schema", "revert", "-y", "--to-change", "@HEAD^",
                    f"db:pg://linnet_owner@{primary.address}/linnet"])

    def check(self, command):
        done = subprocess.run(command, env={**os.environ, "PGPASSFILE": f"{self.system.folder}/pgpass"},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


class Load:
    """Two clients with a connection each that they keep: one reads, one posts. Each answer counts."""

    def __init__(self, system, name, patient=False):
        self.system, self.name, self.patient = system, name, patient
        self.authorization = system.register(name)
        self.acknowledged, self.failures, self.reads = [], [], 0
        self.going = True
        self.threads = [threading.Thread(target=self.loop, args=(once,)) for once in (self.read, self.post)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()

    def loop(self, once):
        connection = self.system.connect()
        while self.going:
            once(connection)
            time.sleep(0.02)

    def exchange(self, connection, *request):
        try:
            connection.request(*request)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)

    def read(self, connection):
        outcome = self.exchange(connection, "GET", f"/api/users/{self.name}")
        self.reads += outcome == 200
        if outcome != 200:
            self.failures.append(("GET", outcome))

    def post(self, connection):
        content = str(uuid.uuid4())
        request = ("POST", f"/api/users/{self.name}/tweets", json.dumps({"content": content}),
                   {**JSON, **self.authorization, "Idempotency-Key": content})
        while (outcome := self.exchange(connection, *request)) != 201:
            self.failures.append(("POST", outcome))
            if not (self.patient and self.going):   # a patient client sends it again: the key makes that safe
                return
            time.sleep(0.1)
        self.acknowledged.append(content)

    def went_on(self):
        """Returns when a few more tweets were acknowledged."""
        goal, deadline = len(self.acknowledged) + 5, time.monotonic() + 60
        while len(self.acknowledged) < goal:
            assert time.monotonic() < deadline, self.failures[-3:]
            time.sleep(0.05)

    def stored(self):
        answer = self.system.psql("-c", "SELECT content FROM tweets WHERE user_id = "
                                  f"(SELECT id FROM users WHERE username = '{self.name}')")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.split()


def named(seen, role):
    return {name for name, component in seen.items() if component.role == role}


def changed(before, after):
    """Which of them have another process, or came or went."""
    pids = [{name: component.pid for name, component in seen.items()} for seen in (before, after)]
    return {name for name in before.keys() | after.keys() if pids[0].get(name, 0) != pids[1].get(name, 0)}


def not_running(seen):
    return {name for name, component in seen.items() if component.state != "running"}
