"""Whatever a client sends: the server answers it, stores nothing of it, logs no failure and serves the next."""
from contextlib import contextmanager

import pytest

from hostile import corpora
from support.town import build

TABLES = ("users", "user_counters", "sessions", "connections", "tweets", "tweet_counters", "favorites", "idempotency_keys")
CONTENT = " UNION ALL ".join(
    f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) FROM {table} r" for table in TABLES)


@pytest.fixture(scope="session")
def json_texts():
    return corpora.json_texts()


@pytest.fixture(scope="session")
def naughty_strings():
    return corpora.naughty_strings()


@pytest.fixture(scope="session")
def town(api):
    """Mary, whose every list has several pages when a page has one item."""
    return build(api, 3)


@pytest.fixture
def nothing_stored(query):
    """with nothing_stored(): fails when a row of any table changed within."""
    @contextmanager
    def unchanged():
        before = query(CONTENT)
        yield
        assert query(CONTENT) == before, "rows changed"
    return unchanged


@pytest.fixture(autouse=True)
def stays_well(request, stack, api):
    """After each test the server still serves, and it has logged no error and no request answered by a 5xx."""
    servers = [process for process in stack.logs() if hasattr(process, "log_lines")]
    before = {server.name: len(server.log_lines()) for server in servers}
    yield
    assert api.get("/healthz", check=False).status == 200
    for server in servers:
        failed = [line for line in server.log_lines()[before[server.name]:]
                  if line["level"] == "error" or line.get("status", "").startswith("5")]
        assert not failed, f"{server.name} logged {failed[:3]}"
        assert server.running or server.popen.returncode == 0, f"{server.name} ended with {server.popen.returncode}"
