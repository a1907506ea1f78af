"""Memory of cached objects: in memcached by kind, and in the server."""

import re
import socket
from pathlib import Path

KINDS = Path(__file__).resolve().parents[2] / "server/core/cache_key.hpp"


def kinds():
    """{first letter of a key: what such an item is}, as the server's source names them."""
    return dict(re.findall(r"= '(\w)', *// (.*)", KINDS.read_text()))


def command(address, line):
    """The lines of memcached's answer, up to END."""
    host, port = address.split(":")
    lines = []
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(line.encode() + b"\r\n")
        for answer in connection.makefile():
            if answer.strip() == "END":
                return lines
            lines.append(answer.strip())
    raise ConnectionError(f"memcached at {address} ended while it answered {line}")


def items(address):
    """{kind: {what, items, bytes}} of what memcached holds; bytes of an item are those of the chunk that it lies in."""
    chunks = {parts[1]: int(parts[3]) for parts in (re.split("[ :]", line) for line in command(address, "stats slabs"))
              if parts[2:3] == ["chunk_size"]}
    sizes = {}
    for line in command(address, "lru_crawler metadump all"):
        fields = dict(field.split("=", 1) for field in line.split())
        sizes.setdefault(fields["key"][0], []).append(chunks[fields["cls"]])
    names = kinds()
    return {names[kind]: {"items": len(found), "bytes": sum(found) / len(found)} for kind, found in sorted(sizes.items())}


def entries(metrics):
    """How many objects the server holds in its own memory."""
    return int(re.search(r"^linnet_memory_entries (\d+)", metrics, re.M)[1])
