#!/usr/bin/python3
"""Clients that write at a constant rate: each favorites a tweet of its own and takes that back, by turns.

    with Writers(url, 2000) as writers: ...
    writers.told    # how many writes a second were answered, and how many failed

They are a process of their own, so that the checker, which is one too, does not slow them down.
"""
import asyncio
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

CLIENTS = 64
PASSWORD = "correct horse battery"


class Writers:
    def __init__(self, url, rate):
        self.url, self.rate, self.told = url, rate, None

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, Path(__file__), self.url, str(self.rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "begun\n", "the writers could not begin"
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()
        told, _ = self.process.communicate()   # the end of its standard input ends it
        if not kind:
            self.told = json.loads(told)
            assert self.told["failed"] == 0 and self.told["writes_per_second"] > 0.9 * self.rate, f"{self.rate} writes/s wanted: {self.told}"


class Client:
    async def begin(self, url):
        address = urlsplit(url)
        self.reader, self.writer = await asyncio.open_connection(address.hostname, address.port)
        name = f"wr{secrets.token_hex(6)}"
        account = {"username": name, "password": PASSWORD}
        await self.ask("POST", "/api/users", account)
        self.token = (await self.ask("POST", "/api/sessions", account))["token"]
        tweet = await self.ask("POST", f"/api/users/{name}/tweets", {"content": "one to favorite"})
        self.path = f"/api/users/{name}/tweets/{tweet['id']}/favorites/{name}"
        return self

    token = None

    async def ask(self, method, path, body=None):
        """The body of the answer; raises ValueError unless it is a success."""
        sent = json.dumps(body) if body else ""
        self.writer.write((f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
                           + (f"Authorization: Bearer {self.token}\r\n" if self.token else "") + f"\r\n{sent}").encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        answer = await self.reader.readexactly(int(length or 0))
        if not head.startswith(b"http/1.1 2"):
            raise ValueError(f"{method} {path}: {head} {answer}")
        return json.loads(answer) if answer else None

    async def write(self, pause, until, counts):
        due = time.monotonic() + pause * secrets.randbelow(1000) / 1000
        for number in range(sys.maxsize):
            await asyncio.sleep(max(0, due - time.monotonic()))
            if until.is_set():
                return
            due += pause
            try:
                await self.ask("PUT" if number % 2 == 0 else "DELETE", self.path)
                counts["writes"] += 1
            except (ValueError, OSError, EOFError) as error:
                counts["failed"] += 1
                print(error, file=sys.stderr)


async def main(url, rate):
    counts, until = {"writes": 0, "failed": 0}, asyncio.Event()
    clients = [await Client().begin(url) for _ in range(CLIENTS)]
    print("begun", flush=True)
    begin = time.monotonic()
    lives = [asyncio.create_task(client.write(CLIENTS / rate, until, counts)) for client in clients]
    await asyncio.to_thread(sys.stdin.read)
    until.set()
    await asyncio.gather(*lives)
    print(json.dumps({"writes_per_second": round(counts["writes"] / (time.monotonic() - begin)), "failed": counts["failed"]}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
