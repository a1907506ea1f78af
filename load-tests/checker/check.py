"""The whole check as one object, so that a test can inject faults while it runs:

    check = Check(Options([url, ...], clients=20))
    await check.begin()      # accounts are made, the clients act from now on
    ...
    await check.end()        # the clients stop; after a quiet moment everything is read and audited
    check.judge.violations, check.figures
"""
import asyncio
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account, sign_up
from .audit import audit
from .client import Client
from .knowledge import LATE
from .record import Record
from .town import Town
from .workload import live

PREFIX = "ck"


@dataclass
class Options:
    """`staleness`: seconds after which everybody sees a write; `pause`: between two actions of a client, in the mean;
    `timeout`: of a request; `settle`: seconds of quiet before the audit, None: the staleness, so that lost writes are found too;
    `late`: seconds for which a write whose client was told of a failure may take effect;
    `session_position`: see Client; `hot`: the share of the actions that concern one account, which writes while all read it."""
    servers: list
    clients: int = 20
    seed: int = 1
    staleness: float = 2
    pause: float = 0.05
    timeout: float = 10
    settle: float = None
    late: float = LATE
    history: str = None
    database: str = None
    session_position: bool = True
    hot: float = 0


class NotReady(Exception):
    """The servers don't let the clients begin."""


class Check:
    def __init__(self, options):
        self.options = options
        self.record = Record(options.staleness, options.history, late=options.late)
        self.town = Town(f"{PREFIX}{secrets.token_hex(3)}_")   # of its own in each run on the same data
        self.clients = [Client(index, options.servers, self.record, self.town, options) for index in range(options.clients)]
        self.accounts = [Account(f"{self.town.prefix}{index}") for index in range(options.clients)]
        self.stopped, self.lives = asyncio.Event(), []

    @property
    def judge(self):
        return self.record.judge

    @property
    def figures(self):
        return self.record.figures

    async def begin(self):
        signed = await asyncio.gather(*(sign_up(*pair) for pair in zip(self.clients, self.accounts)))
        if not all(signed):
            raise NotReady(f"{signed.count(False)} of {len(signed)} accounts could not sign up")
        self.town.people = [account.name for account in self.accounts]
        self.town.star = self.town.people[0]
        self.lives = [asyncio.create_task(live(client, account, self.stopped, self.options.pause, self.options.hot))
                      for client, account in zip(self.clients, self.accounts)]

    async def end(self):
        self.stopped.set()
        await asyncio.gather(*self.lives)
        settle, until = self.options.settle, time.monotonic() + self.options.staleness
        await asyncio.sleep(self.options.staleness if settle is None else settle)
        await asyncio.gather(*(audit(*pair, final=settle is None, until=until) for pair in zip(self.clients, self.accounts)))
        if self.options.database:
            await asyncio.to_thread(self.audit_database)
        for client in self.clients:
            client.close()
        self.record.close()

    def audit_database(self):
        """The audit of the integration tests: counters equal rows, and nothing refers to what is gone."""
        sys.path.append(str(Path(__file__).resolve().parents[2] / "server" / "tests"))
        from support.audit import audit as audit_rows
        try:
            audit_rows(self.options.database)
        except AssertionError as error:
            self.judge.report("audit", str(error))
