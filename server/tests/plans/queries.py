"""The cases of test_queries.py: each read of the server with real arguments, and what it may cost.

A case is a statement of the server (by its name), the request it serves, arguments out of the generated town, the
indexes it must go through, the rows it yields and the buffers it may touch: what was measured plus a fifth.
User 1 is the most followed, the busiest author and favorites most; `crowd` are 32 users all over the scale.
"""
from dataclasses import dataclass, field
from typing import Callable


class Sample:
    """Arguments out of the town."""

    def __init__(self, session):
        self.star = 1
        self.crowd = [1 + i * 3121 for i in range(32)]
        self.names = [f"u{user:07}" for user in self.crowd]


@dataclass(frozen=True)
class Case:
    request: str
    what: str
    statement: str
    indexes: tuple
    rows: int
    buffers: int
    arguments: Callable = field(compare=False)

    def __str__(self):
        return f"{self.request}, {self.what}"


@dataclass(frozen=True)
class Alternative:
    """The same rows by the query that comes to mind first."""
    instead_of: str
    what: str
    types: list
    sql: str
    arguments: Callable


CASES = [
    Case("GET /api/users/{u}", "one", "users_by_username", ("user_counters_pkey", "users_username"), 1, 8, lambda s: [s.names[:1]]),
    Case("GET /api/users/{u}", "32 at once", "users_by_username", ("user_counters_pkey", "users_username"), 32, 240, lambda s: [s.names]),
]
ALTERNATIVES = {}
