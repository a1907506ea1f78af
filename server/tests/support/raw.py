"""Bytes over a socket, for what an HTTP client would never send.

    with Connection(url) as c:
        c.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        response = c.read_response()        None when the peer closed without one
        assert c.closed_by_peer()
"""
import socket
import time
from urllib.parse import urlsplit

from .api import Headers, Response


class Broken(Exception):
    """The peer closed in the middle of a response, or sent what is not HTTP."""


class Connection:
    def __init__(self, url, timeout=15):
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends all; a peer that closed meanwhile is no error here, its response may still be read."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def send_slowly(self, data, delay=0.05):
        return all(self.send(data[i:i + 1]) and time.sleep(delay) is None for i in range(len(data)))

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """More bytes into pending; False at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.pending += data
        return bool(data)

    def read_response(self, method="GET"):
        """The next response, framed by Content-Length. None at a clean end before its first byte."""
        while b"\r\n\r\n" not in self.pending:
            if not self.receive():
                if self.pending:
                    raise Broken(f"closed within a head: {self.pending[:200]!r}")
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        status_line, *fields = head.decode("latin-1").split("\r\n")
        version, status, *_ = status_line.split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0") or not status.isdigit():
            raise Broken(f"not a status line: {status_line!r}")
        headers = Headers((name, value.strip()) for name, _, value in (line.partition(":") for line in fields))
        bodiless = method == "HEAD" or int(status) in (204, 304) or int(status) < 200
        length = 0 if bodiless else int(headers["content-length"])
        while len(self.pending) < length:
            if not self.receive():
                raise Broken(f"closed within a body: {len(self.pending)} of {length} bytes")
        body, self.pending = self.pending[:length], self.pending[length:]
        return Response(int(status), headers, body)

    def closed_by_peer(self, within=5):
        """True when the stream ends, with no further byte, in that time."""
        self.socket.settimeout(within)
        try:
            return not self.pending and not self.receive()
        except socket.timeout:
            return False


def exchange(url, data, method="GET", limit=10):
    """Sends data on a connection of its own, reads up to `limit` responses until the peer closes or is silent 1 s."""
    responses = []
    with Connection(url) as connection:
        connection.send(data)
        while len(responses) < limit:
            response = connection.read_response(method)
            if response is None:
                break
            responses.append(response)
            connection.socket.settimeout(1)
            try:
                if not connection.pending and not connection.receive():
                    break
            except socket.timeout:
                break
    return responses
