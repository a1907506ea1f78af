"""A small client of Linnet's HTTP API: keep-alive connections, one for each thread, and patience.

503 (a queue of the server is full) and 429 (a quota is spent) are waited out as Retry-After
says; a lost connection is opened again. Requests may hence arrive twice: callers use PUT,
Idempotency-Key, or take the second answer (409) for what it is."""

import http.client
import json
import random
import sys
import threading
import time
from urllib.parse import urlsplit

PATIENCE = 60  # seconds for which a server may be busy or away


class Unexpected(Exception):
    """An answer that the caller can't go on with."""


class Client:
    def __init__(self, url):
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.local = threading.local()
        self.met = False  # an address that never answered is taken for wrong at once

    def request(self, method, path, *, token=None, body=None, headers=(), expect=(200, 201)):
        """(status, JSON) of the answer; raises Unexpected for a status that isn't in `expect`."""
        headers = dict(headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body, ensure_ascii=False).encode()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                status, retry_after, data = self.exchange(method, path, body, headers)
                self.met = True
            except (OSError, http.client.HTTPException) as error:
                self.local.connection = None
                if not self.met or time.monotonic() > deadline:
                    raise Unexpected(f"{method} {path}: {error}") from error
                time.sleep(0.2)
                continue
            if status == 429:  # a quota comes back for certain
                deadline = time.monotonic() + PATIENCE
            if status not in (429, 503) or time.monotonic() > deadline:
                break
            time.sleep(float(retry_after or 1) * random.uniform(0.8, 1.2))
        if status not in expect:
            raise Unexpected(f"{method} {path}: {status} {data.decode(errors='replace')[:300]}")
        return status, json.loads(data) if data else None

    def exchange(self, method, path, body, headers):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
            self.local.connection = connection
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Retry-After"), response.read()

    def walk(self, path, token=None):
        """Every item of a list, page after page by cursor."""
        cursor = ""
        while cursor is not None:
            _, page = self.request("GET", f"{path}?per_page=100{cursor}", token=token)
            yield from page["items"]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"


class Progress:
    """A bar on a terminal; elsewhere a line for each quarter of a long job, or one for a short one."""

    def __init__(self, title, total):
        self.title, self.total, self.done, self.shown = title, total, 0, 0
        self.lock = threading.Lock()
        self.terminal = sys.stdout.isatty()
        self.steps = 40 if self.terminal else 4 if total >= 1000 else 1

    def advance(self):
        with self.lock:
            self.done += 1
            step = self.done * self.steps // self.total
            if step == self.shown:
                return
            self.shown = step
            if self.terminal:
                bar = "█" * step + "·" * (self.steps - step)
                end = "\n" if self.done == self.total else ""
                print(f"\r{self.title:<10} {bar} {self.done}/{self.total}", end=end, flush=True)
            else:
                print(f"{self.title:<10} {self.done}/{self.total}", flush=True)


def for_each(title, jobs, action, concurrency):
    """Runs action(job) for every job on `concurrency` threads, started in order. Returns the
    results in order; the first exception stops the rest and is raised here."""
    results = [None] * len(jobs)
    failures = []
    numbered = enumerate(jobs)
    lock = threading.Lock()
    progress = Progress(title, len(jobs))

    def work():
        while not failures:
            with lock:
                index, job = next(numbered, (None, None))
            if index is None:
                return
            try:
                results[index] = action(job)
            except Exception as error:
                failures.append(error)
                return
            progress.advance()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results
