"""load-tests/fault-proxy in front of a server that echoes."""
import asyncio
import resource
import socket
import threading
import time

import pytest
from faults.controlled_proxy import ControlledProxy

CONNECTIONS = 1500   # through the proxy at once


class EchoServer(threading.Thread):
    """Sends back what it gets, and at the end of the stream a last word."""

    def __init__(self):
        super().__init__(daemon=True)
        self.loop, self.ready = asyncio.new_event_loop(), threading.Event()

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write(b"bye")
            await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join()


@pytest.fixture(scope="module")
def echo():
    server = EchoServer()
    server.start()
    assert server.ready.wait(10)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared_proxy(echo, tmp_path_factory):
    with ControlledProxy("127.0.0.1", echo.port, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy
    assert proxy.popen.returncode == 0 and "Traceback" not in proxy.tail(), proxy.tail()


@pytest.fixture
def proxy(shared_proxy):
    yield shared_proxy
    shared_proxy.clear()


@pytest.fixture
def connect(proxy):
    """connect() -> a socket to the echo server, through the proxy."""
    opened = []

    def connect():
        opened.append(socket.create_connection(("127.0.0.1", proxy.port), 5))
        return opened[-1]
    yield connect
    for connection in opened:
        connection.close()


def receive(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
    return data


def echoed(connection, data=b"hello"):
    """Sends it, checks that it comes back, and returns the seconds that took."""
    begin = time.monotonic()
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    assert receive(connection, len(data)) == data
    sender.join()
    return time.monotonic() - begin


def test_without_faults_everything_passes(connect):
    data = bytes(range(256)) * 8000
    connection = connect()
    echoed(connection, data)
    connection.shutdown(socket.SHUT_WR)
    assert receive(connection, 99) == b"bye"


def test_latency_is_added_in_both_directions(proxy, connect):
    connection = connect()
    proxy.set(latency_ms=100, jitter_ms=20)
    assert 0.16 <= echoed(connection) < 1
    proxy.clear()
    assert echoed(connection) < 0.15


def test_a_share_of_the_chunks_is_late(proxy, connect):
    connection = connect()
    proxy.set(late_ms=80, late_share=0.5)
    took = [echoed(connection) for _ in range(40)]   # none late in 40 trips: once in 2 ** 80
    assert max(took) >= 0.08 > min(took)


def test_jitter_keeps_the_order(proxy, connect):
    connection = connect()
    proxy.set(latency_ms=20, jitter_ms=20)
    for number in range(50):
        connection.sendall(b"%04d" % number)
        time.sleep(0.002)
    assert receive(connection, 200) == b"".join(b"%04d" % number for number in range(50))


def test_a_stall_accepts_and_holds_back(proxy, connect):
    old = connect()
    echoed(old)
    with proxy.fault(stall=True):
        new = connect()
        for connection in (old, new):
            connection.sendall(b"held")
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(5)
    assert receive(old, 4) == receive(new, 4) == b"held"


def test_a_reset_ends_existing_and_new_connections(proxy, connect):
    old = connect()
    echoed(old)
    with proxy.fault(reset=True):
        for connection in (lambda: old, connect):
            with pytest.raises(ConnectionResetError):
                connection().recv(1)
    assert echoed(connect()) < 1


def test_a_half_close_towards_the_server(proxy, connect):
    connection = connect()
    echoed(connection)
    proxy.set(half_close="server")
    assert receive(connection, 99) == b"bye"   # the server heard the end, its last word still passes


def test_a_half_close_towards_the_client(proxy, connect):
    connection = connect()
    echoed(connection)
    proxy.set(half_close="client")
    assert connection.recv(1) == b""
    connection.sendall(b"still taken")
    assert proxy.set()["connections"] == 1


def test_bandwidth_is_limited(proxy, connect):
    connection = connect()
    proxy.set(bandwidth=200_000)
    assert 0.4 <= echoed(connection, bytes(100_000)) < 3


def test_it_refuses_and_takes_up_again(proxy, connect):
    old = connect()
    echoed(old)
    with proxy.fault(refuse=True):
        with pytest.raises(ConnectionRefusedError):
            connect()
        echoed(old)
    echoed(connect())


def test_a_target_that_is_away_resets(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with ControlledProxy("127.0.0.1", nobody.getsockname()[1], tmp_path) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port), 5) as connection, pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_unknown_faults_change_nothing(proxy):
    for wrong in ({"flood": True}, {"stall": "yes"}, {"half_close": "both"}, {"latency_ms": 5, "bandwidth": "1"}):
        with pytest.raises(ValueError):
            proxy.set(**wrong)
    assert proxy.set() == {"latency_ms": 0, "jitter_ms": 0, "late_ms": 0, "late_share": 0, "stall": False, "reset": False, "half_close": "", "bandwidth": 0,
                           "refuse": False, "connections": proxy.set()["connections"]}


def test_it_holds_thousands_of_connections(proxy):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))   # both ends are in this process
    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        return writer

    async def all_of_them():
        return await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    loop = asyncio.new_event_loop()
    writers = loop.run_until_complete(asyncio.wait_for(all_of_them(), 60))
    assert proxy.set()["connections"] >= CONNECTIONS
    proxy.set(reset=True)
    for writer in writers:
        writer.close()
    loop.close()
