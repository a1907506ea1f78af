"""Signing up, in and out, new passwords and the end of accounts. The end of a session is tried on every server at once."""
import json
import time
from dataclasses import dataclass, field

from .knowledge import LATE
from .operation import ACKNOWLEDGED, AMBIGUOUS
from .sight import description


@dataclass
class Session:
    name: str   # account/id
    token: str

    @property
    def id(self):
        return self.name.partition("/")[2]


@dataclass
class Account:
    """`passwords` are the numbers of those that may be the present one, the likeliest first. `follows` and `favorites` say
    what was written last, None where that is not certain."""
    name: str
    session: Session = None
    passwords: list = field(default_factory=lambda: [0])
    sequence: int = 0
    posted: int = 0
    used_key: str = None                            # the Idempotency-Key of an acknowledged tweet
    own: dict = field(default_factory=dict)         # number -> Tweet of those that may be deleted
    follows: dict = field(default_factory=dict)
    favorites: dict = field(default_factory=dict)   # name of the tweet -> True, False, None
    unsure: dict = field(default_factory=dict)      # followee -> until when a lost request may still change it
    no_login_before: float = 0                      # a lost change of password might end the session

    @property
    def path(self):
        return f"/api/users/{self.name}"


def password(account, number):
    return f"secret-{number}-{account.name}"


async def sign_up(client, account):
    body = {"username": account.name, "password": password(account, 0), "description": description(0)}
    writes = [(f"account:{account.name}", True), (f"profile:{account.name}", 0), (f"password:{account.name}", 0)]
    operation, _ = await client.act(account, "sign up", "POST", "/api/users", body, anonymous=True, repeat=True, expected=(201, 409), writes=writes)
    return operation.outcome in (ACKNOWLEDGED, AMBIGUOUS) and await log_in(client, account)


async def new_session(client, account, number=None):
    """Logs in with the likeliest password, or with the one of that number. The Session, or None."""
    chosen = account.passwords[0] if number is None else number
    expected = (201, 401) if len(account.passwords) > 1 or number is not None else (201,)
    body = {"username": account.name, "password": password(account, chosen)}
    operation, response = await client.request(account, "log in", "POST", "/api/sessions", body, anonymous=True, expected=expected)
    session = None
    if response and response.status == 201:
        created = json.loads(response.body)
        session = Session(f"{account.name}/{created['id']}", created["token"])
        client.record.add_write(operation, f"session:{session.name}", True)
        operation.seen.append((f"password:{account.name}", chosen))
    elif response and response.status == 401 and number is None:
        account.passwords.reverse()
    client.finish(operation)
    return session


async def log_in(client, account):
    """True when the account has a session."""
    if account.session is None and time.monotonic() > account.no_login_before:
        account.session = await new_session(client, account)
    return account.session is not None


async def try_everywhere(client, account, session):
    """The rule for sessions judges whether they may let it in."""
    for server in client.servers:
        await client.act(account, "try session", "GET", "/api/sessions", server=server, token=session, expected=(200, 401))


async def log_out(client, account):
    """Another session is opened, known to all servers, ended in one of two ways, and tried."""
    session = await new_session(client, account) if time.monotonic() > account.no_login_before else None
    if session is None:
        return
    await try_everywhere(client, account, session)
    ends = [(f"session:{session.name}", False)]
    if client.dice.random() < 0.5:
        await client.act(account, "log out", "DELETE", "/api/sessions/current", token=session, expected=(204,), writes=ends)
    else:
        await client.act(account, "end session", "DELETE", f"/api/sessions/{session.id}", expected=(204,), writes=ends)
    await try_everywhere(client, account, session)


async def change_password(client, account):
    if time.monotonic() < account.no_login_before:
        return
    other = await new_session(client, account)
    old, new = account.passwords[0], max(account.passwords) + 1
    body = {"current_password": password(account, old), "new_password": password(account, new)}
    writes = [(f"password:{account.name}", new), *([(f"session:{other.name}", False)] if other else [])]
    operation, _ = await client.act(account, "change password", "PUT", f"{account.path}/password", body, writes=writes,
                                    expected=(204, 403) if len(account.passwords) > 1 else (204,))
    if operation.outcome == ACKNOWLEDGED:
        account.passwords = [new]
        await new_session(client, account, number=old)   # must be refused
    elif operation.outcome == AMBIGUOUS:
        account.passwords = [new, *account.passwords]
        account.no_login_before = time.monotonic() + LATE
    if other:
        await try_everywhere(client, account, other)


async def delete_account(client, account, takes_along):
    """`takes_along`: what else shall be False afterwards."""
    session = account.session
    writes = [(f"account:{account.name}", False), (f"session:{session.name}", False), *((name, False) for name in takes_along)]
    await client.act(account, "delete account", "DELETE", account.path, repeat=True, expected=(204, 401), writes=writes)
    await try_everywhere(client, account, session)
