"""How a server ends: kill -9 loses nothing it acknowledged; SIGTERM fails no request."""
import http.client
import signal
import threading
import time

from support.api import Api, tweet_path
from support.audit import audit
from support.process import eventually, wait_until
from support.raw import Broken, Connection

WRITERS = 8


def until_disconnected(step):
    """Calls step() until the server is gone."""
    try:
        while True:
            step()
    except (ConnectionError, http.client.HTTPException):
        pass


def test_kill_9_amid_writes_loses_nothing_acknowledged(api, stack, start_server, query):
    server = start_server(without=("--drain-grace-ms",))
    there = Api(server.url)
    accounts = [api.register() for _ in range(WRITERS)]
    crowd = [api.register() for _ in range(40)]
    targets = [api.tweet(account) for account in crowd]
    tweets, follows, favorites, others = [], [], [], []

    def writer(account):
        turn = iter(range(1_000_000))

        def step():
            n = next(turn)
            posted = there.post(f"{account.path}/tweets", account, json={"content": f"number {n}"})
            (tweets.append((int(account.id), int(posted.json["id"]), f"number {n}")) if posted.status == 201 else others.append(posted))
            other, target = crowd[n % len(crowd)], targets[n % len(targets)]
            if n < len(crowd):
                for done, what, row in (
                        (there.post(f"{other.path}/followers", account), follows, (int(account.id), int(other.id))),
                        (there.post(f"{tweet_path(target)}/favorites", account), favorites, (int(account.id), int(target["id"])))):
                    (what.append(row) if done.status == 201 else others.append(done))
        until_disconnected(step)

    threads = [threading.Thread(target=writer, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(tweets) > 200 and len(favorites) > 100, 30, "a write load")
    server.kill()
    for thread in threads:
        thread.join()
    assert not others, others[:3]

    server.start()
    stored = set(query("SELECT user_id, id, content FROM tweets WHERE user_id = ANY(%s)", [int(a.id) for a in accounts]))
    assert set(tweets) <= stored
    assert set(follows) <= set(query("SELECT follower_id, followee_id FROM connections"))
    assert set(favorites) <= set(query("SELECT user_id, tweet_id FROM favorites"))
    audit(stack.dsn)
    user_id, tweet_id, content = tweets[-1]
    account = next(account for account in accounts if int(account.id) == user_id)
    assert Api(server.url).get(f"{account.path}/tweets/{tweet_id}", account).json["content"] == content
    assert Api(server.url).tweet(account, "life goes on")


class KeepAliveClient(threading.Thread):
    """Sends one request after the other on one connection until the server says Connection: close.

    A request that was sent and not fully answered is a failure, whatever the reason.
    """

    def __init__(self, server, request, method):
        super().__init__()
        self.server, self.request, self.method = server, request, method
        self.answered, self.failures, self.bad = 0, [], []

    def run(self):
        with Connection(self.server.url) as connection:
            while True:
                try:
                    sent = connection.send(self.request)
                    response = connection.read_response(self.method)
                except (Broken, OSError) as error:
                    self.failures.append(repr(error))
                    return
                if response is None:
                    self.failures.append(f"closed without an answer to request {self.answered + 1} (sent: {sent})")
                    return
                self.answered += 1
                if response.status >= 400:
                    self.bad.append(response)
                if response.headers.get("Connection", "").lower() == "close":
                    return


def raw_request(method, path, account, body=b""):
    return (f"{method} {path} HTTP/1.1\r\nHost: linnet\r\nAuthorization: Bearer {account.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_sigterm_under_load_fails_no_request_and_ends_in_time(api, start_server):
    server = start_server(without=("--drain-grace-ms",))
    account = api.register()
    requests = [("GET", raw_request("GET", account.path, account)),
                ("POST", raw_request("POST", f"{account.path}/tweets", account, b'{"content": "while it ends"}')),
                ("GET", raw_request("GET", f"{account.path}/timeline", account)),
                ("HEAD", raw_request("HEAD", f"{account.path}/tweets", account))]
    clients = [KeepAliveClient(server, request, method) for method, request in requests * 4]
    for client in clients:
        client.start()
    wait_until(lambda: all(client.answered > 20 for client in clients), 30, "a load")
    took = server.terminate()
    for client in clients:
        client.join()
    assert [failure for client in clients for failure in client.failures] == []
    assert [bad for client in clients for bad in client.bad] == []
    assert server.popen.returncode == 0 and took < 10


def test_sigterm_waits_for_a_request_that_is_being_sent(api, start_server):
    server = start_server(without=("--drain-grace-ms",))
    account = api.register()
    request = raw_request("POST", f"{account.path}/tweets", account, b'{"content": "slowly"}')
    with Connection(server.url) as connection:
        connection.send(request[:-5])
        time.sleep(0.2)
        ending = threading.Thread(target=server.terminate)
        ending.start()
        time.sleep(0.3)
        connection.send(request[-5:])
        response = connection.read_response()
    ending.join()
    assert response.status == 201 and response.headers["Connection"].lower() == "close"
    eventually(lambda: api.get(account.path, account).json["tweets_count"], 1)
    assert server.popen.returncode == 0


def test_idle_and_half_open_connections_do_not_hold_up_the_end(start_server):
    server = start_server(without=("--drain-grace-ms",))
    idle, silent, half = (Connection(server.url) for _ in range(3))
    idle.send(b"GET /healthz HTTP/1.1\r\nHost: linnet\r\n\r\n")
    assert idle.read_response().status == 200
    half.send(b"POST /api/users HTTP/1.1\r\nHost: linnet\r\nContent-Length: 100\r\n\r\n{")
    time.sleep(0.2)
    assert server.terminate() < 10
    assert server.popen.returncode == 0
    assert idle.closed_by_peer() and silent.closed_by_peer()
    for connection in (idle, silent, half):
        connection.close()


def test_two_signals_and_sigint_are_no_worse(start_server):
    server = start_server(without=("--drain-grace-ms",))
    server.popen.send_signal(signal.SIGTERM)
    server.terminate()
    assert server.popen.returncode == 0
    other = start_server(without=("--drain-grace-ms",))
    assert other.stop(signal.SIGINT) == 0
