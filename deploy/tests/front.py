"""haproxy seen from outside, for test_front.py: raw connections from any address of this machine, HTTP/2 by hand."""
import contextlib
import resource
import socket
import ssl
import struct
from pathlib import Path

from topology import Topology

HALF = b"POST /api/sessions HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, RST_STREAM, HEADERS = 4, 3, 1


class Front(Topology):
    @property
    def proxy_pid(self):
        return self.look()["haproxy"].pid

    def sockets(self):
        return Path(self.folder, "haproxy.private").resolve()

    def ask(self, command, sockets=None):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str((sockets or self.sockets()) / "control"))
            control.sendall(command.encode() + b"\n")
            return control.makefile().read()

    def held(self, table, sockets=None):
        """{address: how many} of a stick table"""
        lines = [line.split() for line in self.ask(f"show table {table}", sockets).splitlines() if "key=" in line]
        return {fields[1].removeprefix("key="): int(fields[-1].rpartition("=")[2]) for fields in lines}

    def open(self, source="127.0.0.1", data=b"", timeout=20):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout, (source, 0))
        if data:
            with contextlib.suppress(OSError):   # it was closed already
                connection.sendall(data)
        return connection

    def open_many(self, count, source, data):
        """Those that aren't refused at once."""
        connections = []
        for _ in range(count):
            with contextlib.suppress(ConnectionError):
                connections.append(self.open(source, data))
        return connections

    def secure(self, **settings):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(f"{self.folder}/tls.pem")
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def tls(self, context):
        return context.wrap_socket(self.open(), server_hostname="localhost")


def raise_file_limit():
    """How many files this process may have now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def received(connection):
    """All that comes until the peer closes."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65536):
            data += more
    return data


def answer(connection):
    """(status, head, body) of the next answer, framed by Content-Length; None where the peer closes without one."""
    stream = connection.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        try:
            line = stream.readline()
        except ConnectionResetError:
            line = b""
        if not line:
            assert not head, head
            return None
        head += line
    fields = dict(line.lower().split(": ", 1) for line in head.decode().splitlines()[1:-1])
    return int(head.split()[1]), fields, stream.read(int(fields.get("content-length", 0)))


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def half_post(stream):
    """HEADERS of a POST to / whose body is to follow: of HPACK's static table, and the authority x."""
    return frame(HEADERS, 4, stream, b"\x83\x87\x84\x41\x01x")


def frames(connection):
    """(kind, stream) of each frame that comes, until it is silent for a second."""
    connection.settimeout(1)
    stream = connection.makefile("rb")
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while len(head := stream.read(9)) == 9:
            stream.read(int.from_bytes(head[:3], "big"))
            yield head[3], int.from_bytes(head[5:], "big")
