"""HTTP/1.1 on kept connections, one for each client and server, for asyncio."""
import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

REUSE_WITHIN = 8   # seconds: below the servers' idle timeout, so that what breaks was not just idle


class Unreachable(Exception):
    """No answer. The text is the kind: refused, broken or timeout."""


@dataclass
class Response:
    status: int
    headers: dict   # names in lower case
    body: bytes


class Connection:
    def __init__(self, url, timeout):
        address = urlsplit(url)
        self.host, self.port, self.timeout = address.hostname, address.port, timeout
        self.reader = self.writer = None
        self.used = 0

    async def request(self, method, path, headers, body):
        """The answer. Nothing is sent twice. Raises Unreachable."""
        try:
            return await asyncio.wait_for(self.exchange(method, path, headers, body), self.timeout)
        except asyncio.TimeoutError:
            self.close()
            raise Unreachable("timeout") from None
        except (OSError, EOFError, ValueError, IndexError) as error:   # also what isn't HTTP
            refused = self.writer is None and isinstance(error, ConnectionRefusedError)
            self.close()
            raise Unreachable("refused" if refused else "broken") from error

    async def exchange(self, method, path, headers, body):
        if time.monotonic() - self.used > REUSE_WITHIN:
            self.close()
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *(f"{name}: {value}" for name, value in headers.items())]
        if body is not None or method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(body or b'')}")
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        response = await self.read_response()
        self.used = time.monotonic()
        if response.headers.get("connection", "").lower() == "close":
            self.close()
        return response

    async def read_response(self):
        status_line, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in lines if line)
        headers = {name.lower(): value.strip() for name, value in pairs}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Response(int(status_line.split(" ", 2)[1]), headers, body)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
