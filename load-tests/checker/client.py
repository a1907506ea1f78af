"""One client: sends requests to any of the servers, repeats them where that is safe, and records what happened."""
import asyncio
import hashlib
import itertools
import json
import random
import time
from collections import OrderedDict

from .connection import Connection, Unreachable
from .figures import AUDITING
from .operation import IN_PROGRESS, UNSETTLED_FOR, Attempt, Operation
from .sight import Sight

REPEAT_FOR = 20      # seconds from the first attempt
REMEMBERED = 50      # answers of which the ETag is kept, to ask with If-None-Match
POSITION = "Linnet-Seen"   # up to where the data are that an account has seen: sent back, so that no answer is from before
JSON = {"Content-Type": "application/json"}


class Client:
    """`record` is a Record: it judges each operation, and keeps it. `town` is shared by all."""
    numbers = itertools.count()

    def __init__(self, index, servers, record, town, options):
        self.index, self.servers, self.record, self.town = index, servers, record, town
        self.dice = random.Random(f"{options.seed} {index}")
        self.connections = {server: Connection(server, options.timeout) for server in servers}
        self.answers = OrderedDict()   # (actor, target) -> (etag, JSON)
        self.positions = {} if options.session_position else None   # actor -> the last one received
        self.server_of, self.away_at = {}, {}   # token -> who answered last; actor -> when another server answered than before

    async def request(self, account, action, method, target, body=None, *, server=None, token=None, repeat=False,
                      anonymous=False, expected=(200,), writes=(), headers=None, final=False):
        """(operation, response) of a request by the account, `response` None where nobody answered. The caller adds what
        was seen and then calls `finish`. `repeat`: until it is answered, on whatever server."""
        session = None if anonymous else token or account.session
        operation = Operation(next(self.numbers), self.index, account.name, action, target, expected, final=final)
        operation.writes = list(writes)
        sent = {**(headers or {}), **({"Authorization": f"Bearer {session.token}"} if session else {}), **(JSON if body is not None else {})}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        response = await self.attempts(operation, server, (method, target, sent, data), repeat)
        if session and response and self.positions is None:
            self.note_server(operation, session.token, response.headers.get(POSITION.lower(), "").partition(".")[0])
        if session and response and operation.attempts[-1].answered:
            operation.seen.append((f"session:{session.name}", response.status != 401))
            if response.status == 401 and session is account.session:
                account.session = None
        return operation, response

    async def attempts(self, operation, server, request, repeat):
        begin = time.monotonic()
        while True:
            response = await self.attempt(operation, server or self.dice.choice(self.servers), request)
            last = operation.attempts[-1]
            open_still = not last.answered or last.status == IN_PROGRESS and IN_PROGRESS in operation.expected
            if not (repeat and open_still and time.monotonic() < begin + REPEAT_FOR):
                return response
            await asyncio.sleep(self.dice.uniform(0.05, 0.5))

    async def attempt(self, operation, server, request):
        attempt = Attempt(server, time.monotonic())
        operation.attempts.append(attempt)
        if len(operation.attempts) == 1:
            self.record.begin(operation)
        try:
            response = await self.send(operation.actor, server, *request)
            attempt.status, attempt.retry_after = response.status, response.headers.get("retry-after")
            return response
        except Unreachable as error:
            attempt.error = str(error)
            return None
        finally:
            attempt.end = time.monotonic()

    async def send(self, actor, server, method, target, headers, body):
        """Along with the actor's position, of which nothing is known but that it is to be sent back as it came."""
        if self.positions is None:
            return await self.connections[server].request(method, target, headers, body)
        known = self.positions.get(actor)
        response = await self.connections[server].request(method, target, {**headers, **({POSITION: known} if known else {})}, body)
        received = response.headers.get(POSITION.lower())
        if received:
            self.positions[actor] = received
        return response

    def note_server(self, operation, token, server):
        """Without positions, it is for the balancer to send the requests with one token to one server."""
        if server:
            operation.away = self.server_of.get(token, server) != server
            self.server_of[token] = server
        if operation.away:
            self.away_at[operation.actor] = operation.end
        operation.unsettled = operation.end - self.away_at.get(operation.actor, float("-inf")) < UNSETTLED_FOR

    def finish(self, operation):
        self.record.end(operation)

    async def act(self, account, action, method, target, body=None, *, see=None, gone=(), **more):
        """A request whose successful answer shows `see(JSON)`, and 404 `gone`. Returns (operation, JSON or None)."""
        operation, response = await self.request(account, action, method, target, body, **more)
        shown = None
        if response and response.status in (200, 201):
            shown = self.understand(operation, response.body, see or (lambda _: ()))
        elif response and response.status == 404:
            operation.seen += gone
        self.finish(operation)
        return operation, shown

    async def read(self, account, action, target, see, *, gone=(), listed=None, final=False, server=None):
        """A GET, sometimes with the ETag that was met before (never in an audit): 304 shows what that answer showed, 404 shows `gone`."""
        known = self.answers.get((account.name, target)) if action != AUDITING and self.dice.random() < 0.5 else None
        operation, response = await self.request(
            account, action, "GET", target, expected=(200, *((304,) if known else ()), *((404,) if gone else ())),
            headers={"If-None-Match": known[0]} if known else None, final=final, server=server)
        shown = None
        if response and response.status == 200:
            operation.etag, operation.digest = response.headers.get("etag"), hashlib.blake2b(response.body, digest_size=8).hexdigest()
            shown = self.understand(operation, response.body, see, listed)
            self.remember(operation, shown)
        elif response and response.status == 304 and known:
            operation.etag = known[0]
            shown = self.understand(operation, known[1], see, listed)
        elif response and response.status == 404:
            operation.seen += gone
        self.finish(operation)
        return operation, shown

    def understand(self, operation, body, see, listed=None):
        """The JSON, after noting in the operation what it shows; None, and a fault noted, where it is not what it should be."""
        try:
            shown = json.loads(body)
            operation.seen += see(shown)
            operation.listed = listed(shown["items"]) if listed else []
            return shown
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            operation.fault = f"{error!r} in {body[:300]!r}"
            return None

    def remember(self, operation, shown):
        if shown is not None:
            self.answers[operation.actor, operation.target] = (operation.etag, json.dumps(shown))
        if len(self.answers) > REMEMBERED:
            self.answers.popitem(last=False)

    def sight(self, account):
        return Sight(account.name, self.town.prefix)

    def close(self):
        for connection in self.connections.values():
            connection.close()
