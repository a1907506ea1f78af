"""Fixtures of all tests over HTTP. LINNET_SERVER names the binary under test.

With LINNET_URL (and, for the tests that look into the database, LINNET_DSN) the same tests run against a
server that already runs with --reads public and ample rate limits; those that need its processes are skipped.
"""
import os

import psycopg2
import pytest

from support.api import Api
from support.audit import audit
from support.contract import Contract
from support.process import eventually
from support.stack import Stack

stack_of_session = None
faults_at_end = []


class RunningServer:
    """Stands in for a Stack; whatever needs the processes skips the test."""

    def __init__(self, url, dsn):
        self.url = url.rstrip("/")
        if dsn:
            self.dsn = dsn

    def __getattr__(self, name):
        pytest.skip(f"needs {name}: not with LINNET_URL")

    def logs(self):
        return []


@pytest.fixture(scope="session")
def stack(request):
    global stack_of_session
    if "LINNET_URL" in os.environ:
        yield RunningServer(os.environ["LINNET_URL"], os.environ.get("LINNET_DSN"))
        return
    stack_of_session = Stack(os.environ.get("LINNET_SERVER") or pytest.exit("set LINNET_SERVER or LINNET_URL", 2))
    try:
        yield stack_of_session
        audit(stack_of_session.dsn)
    finally:
        faults_at_end[:] = stack_of_session.close()
        stack_of_session = None
    # Raised here they belong to the last test; a run that stopped early shows them in its summary.
    assert request.session.shouldstop or not faults_at_end, "\n\n".join(faults_at_end)


@pytest.fixture(scope="session")
def contract():
    return Contract()


@pytest.fixture(scope="session")
def api(stack, contract):
    return Api(stack.url, contract)


@pytest.fixture
def start_server(stack):
    """stack.start_server, for servers that end with the test."""
    started = []

    def start(*flags, **more):
        started.append(stack.start_server(*flags, **more))
        return started[-1]

    yield start
    for server in started:
        if server.running:
            server.terminate()


@pytest.fixture
def memory(stack):
    """A memcached of the test's own."""
    memory = stack.start_memcached()
    yield memory
    memory.kill()


@pytest.fixture
def alice(api):
    return api.register(api.unique_name("alice"), first_name="Alice", last_name="Archer", description="Writes.")


@pytest.fixture
def bob(api):
    return api.register(api.unique_name("bob"), first_name="Bob")


@pytest.fixture
def carol(api):
    return api.register(api.unique_name("carol"))


@pytest.fixture
def query(stack):
    """query("SELECT ... %s", value) -> rows, as the owner of the schema."""
    connection = psycopg2.connect(stack.dsn)
    connection.autocommit = True

    def run(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    yield run
    connection.close()


@pytest.fixture(autouse=True)
def places_given_back(request):
    """After each test that talks to the server, it has as many connections open as before."""
    stack = request.getfixturevalue("stack") if "stack" in request.fixturenames else None
    if not isinstance(stack, Stack):
        yield
        return
    api, server = request.getfixturevalue("api"), stack.server
    api.disconnect()
    before = server.connections()
    yield
    api.disconnect()
    if server.running and before is not None:
        eventually(lambda: held_by(server) <= before, True)


def held_by(server):
    """Connections of clients. A server that has no place left to tell has lost them all."""
    now = server.connections()
    return float("inf") if now is None else now


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what each process logged since the test began. Without its server the run ends."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and stack_of_session:
        begin = getattr(item, "log_sizes", {})
        for process in stack_of_session.logs():
            tail = process.tail(begin.get(process.name, 0))
            if tail:
                report.sections.append((f"log of {process.name}", tail))
        if not stack_of_session.server.running:
            item.session.shouldstop = "the server died"


def pytest_terminal_summary(terminalreporter):
    for fault in faults_at_end:
        terminalreporter.section("at the end")
        terminalreporter.write_line(fault)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if stack_of_session:
        item.log_sizes = {process.name: process.log.stat().st_size
                          for process in stack_of_session.logs() if process.log.exists()}
