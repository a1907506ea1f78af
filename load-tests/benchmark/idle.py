"""Keep-alive connections that have been used once and then say nothing."""

import resource
import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

AT_ONCE = 200


def open_files_allowed():
    """To this process, and to the server that it starts."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@contextmanager
def idle_connections(url, path, account, count, source):
    """Holds `count` of them, from the address 127.0.0.`source`: closed ones keep their ports for a minute."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files_allowed(),) * 2)
    server = urlsplit(url)
    request = f"GET {path} HTTP/1.1\r\nHost: {server.netloc}\r\nAuthorization: Bearer {account[1]}\r\n\r\n".encode()
    connections = []
    try:
        while len(connections) < count:
            batch = [socket.create_connection((server.hostname, server.port), 10, (f"127.0.0.{source}", 0)) for _ in range(AT_ONCE)]
            connections += batch
            for connection in batch:
                connection.sendall(request)
            for connection in batch:
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise ConnectionError("a connection that is to be idle was refused")
        yield
    finally:
        for connection in connections:
            connection.close()
