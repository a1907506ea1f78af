"""Many requests at once, pipelined over a few connections. Of an answer only its status and its length are read.

    statuses_of(url, requests)     [404, 404, 200]: of each, in their order; `requests` yields bytes, each one request
    flood(url, requests)           {200: 1, 404: 2}
"""
import asyncio
import itertools
import re
from collections import Counter
from urllib.parse import urlsplit

HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) .*?\r\nContent-Length: (\d+)\r\n", re.S | re.I)


async def answers_of(reader, count):
    """The statuses of that many answers to anything but HEAD, none of them a 204 or 304."""
    pending, statuses = b"", []
    while len(statuses) < count:
        end = pending.find(b"\r\n\r\n")
        head = HEAD.match(pending[:end + 2]) if end >= 0 else None
        assert head or end < 0, pending[:end]
        if head and len(pending) >= end + 4 + int(head[2]):
            pending = pending[end + 4 + int(head[2]):]
            statuses.append(int(head[1]))
            continue
        more = await reader.read(1 << 16)
        assert more, f"the connection ended after {len(statuses)} of {count} answers"
        pending += more
    return statuses


async def send_all(address, requests, depth, statuses):
    """One connection; those who share `requests` take them by turns, `depth` at a time."""
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while some := list(itertools.islice(requests, depth)):
        writer.write(b"".join(text for _, text in some))
        for (place, _), status in zip(some, await answers_of(reader, len(some))):
            statuses[place] = status
    writer.close()


def statuses_of(url, requests, connections=16, depth=32):
    statuses, shared = {}, iter(enumerate(requests))

    async def run():
        await asyncio.gather(*(send_all(urlsplit(url), shared, depth, statuses) for _ in range(connections)))
    asyncio.run(run())
    return [statuses[place] for place in range(len(statuses))]


def flood(url, requests):
    return dict(Counter(statuses_of(url, requests)))


def request_text(target, token=None, body=None, method=None):
    """The bytes of a request: a GET, or with a JSON body a POST, unless a method is named."""
    fields = ["Host: linnet.example"]
    if token:
        fields.append(f"Authorization: Bearer {token}")
    body = (body or "").encode()
    if body:
        fields += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines = [f"{method or ('POST' if body else 'GET')} {target} HTTP/1.1", *fields, "", ""]
    return "\r\n".join(lines).encode() + body
