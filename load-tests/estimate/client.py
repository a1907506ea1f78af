"""Requests over keep-alive connections, one after the other or many at once."""

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit


class Client:
    def __init__(self, url):
        self.address = urlsplit(url).netloc
        self.local = threading.local()

    def send(self, method, path, token, body=None, key=None):
        """The status and the body's bytes."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {"Authorization": f"Bearer {token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.local.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.local.connection.getresponse()
        return answer.status, answer.read()

    def send_all(self, requests, at_once):
        """The statuses, in the order of the requests; each is the arguments of send()."""
        with ThreadPoolExecutor(at_once) as pool:
            return [status for status, _ in pool.map(lambda request: self.send(*request), requests)]
