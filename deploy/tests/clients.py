"""Requests with a trailer, over HTTP/1.1 and HTTP/2, as no ordinary client sends them.

    answer = over_http_1(connect(port), "POST", "/api/users", {"content-type": "application/json"}, b"{}", [("x-a", "b")])
"""
import socket
import ssl
from typing import NamedTuple

import h2.config
import h2.connection
import h2.events


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes


def connect(port, protocol=None):
    """With a protocol, through TLS."""
    plain = socket.create_connection(("127.0.0.1", port), 20)
    if protocol is None:
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE   # it names this machine alone
    context.set_alpn_protocols([protocol])
    secure = context.wrap_socket(plain)
    assert secure.selected_alpn_protocol() == protocol
    return secure


def over_http_1(connection, method, path, headers, body, trailer):
    """On a connection that ends with it."""
    def lines(fields):
        return b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in fields)
    fields = [("host", "localhost"), ("transfer-encoding", "chunked"), ("connection", "close"), *headers.items()]
    with connection:
        connection.sendall(b"%s %s HTTP/1.1\r\n%s\r\n%x\r\n%s\r\n0\r\n%s\r\n" % (
            method.encode(), path.encode(), lines(fields), len(body), body, lines(trailer)))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = received.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    pairs = (field.partition(":") for field in fields)
    return Answer(int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, rest)


def over_http_2(connection, method, path, headers, body, trailer):
    client = h2.connection.H2Connection(h2.config.H2Configuration(validate_outbound_headers=False, header_encoding="utf-8"))
    client.initiate_connection()
    pseudo = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "localhost")]
    client.send_headers(1, [*pseudo, *headers.items()])
    client.send_data(1, body)
    client.send_headers(1, trailer, end_stream=True)
    answer, content = {}, b""
    with connection:
        while True:
            connection.sendall(client.data_to_send())
            data = connection.recv(65536)
            assert data, "closed without an answer"
            for event in client.receive_data(data):
                assert not isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)), event
                if isinstance(event, h2.events.ResponseReceived):
                    answer = dict(event.headers)
                if isinstance(event, h2.events.DataReceived):
                    content += event.data
                if isinstance(event, h2.events.StreamEnded):
                    return Answer(int(answer.pop(":status")), answer, content)
