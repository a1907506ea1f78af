"""Health, readiness, metrics, and logs without secrets."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.api import Api
from support.process import eventually

SAMPLE = re.compile(r'^(?P<name>[a-zA-Z_:][\w:]*)(\{(?P<labels>[^}]*)\})? (?P<value>[-+]?[\d.eE+-]+|NaN|[+-]?Inf)$')


def metrics(api):
    """{(name, frozenset of labels): value}, after a check of the text format."""
    text = api.get("/metrics").body.decode()
    samples, typed = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        if not line or line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        labels = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match["labels"] or ""))
        assert (match["name"], labels) not in samples, f"twice: {line}"
        samples[match["name"], labels] = float(match["value"])
        assert re.sub(r"_(bucket|sum|count)$", "", match["name"]) in typed or match["name"] in typed, f"no TYPE: {line}"
    return samples


def requests(samples, route, status):
    return sum(value for (name, labels), value in samples.items()
               if name == "linnet_http_requests_total" and {("route", route), ("status", str(status))} <= labels)


def test_health_and_readiness(api):
    assert (api.get("/healthz").status, api.get("/healthz").json) == (200, {"status": "up"})
    assert (api.get("/readyz").status, api.get("/readyz").json) == (200, {"status": "ready"})


def test_requests_are_counted_by_route_and_status(api, alice):
    before = metrics(api)
    for _ in range(3):
        api.get(alice.path)
    api.get("/api/users/nobody_at_all")
    api.post(f"{alice.path}/tweets", alice, json={"content": ""})
    after = metrics(api)
    grown = lambda route, status: requests(after, route, status) - requests(before, route, status)
    assert (grown("get_user", 200), grown("get_user", 404), grown("post_tweet", 422)) == (3, 1, 1)


def test_latencies_are_histograms(api, alice):
    api.get(alice.path)
    samples = metrics(api)
    buckets = sorted((float(dict(labels)["le"].replace("+Inf", "inf")), value) for (name, labels), value in samples.items()
                     if name == "linnet_http_request_seconds_bucket" and ("route", "get_user") in labels)
    count = samples["linnet_http_request_seconds_count", frozenset({("route", "get_user")})]
    assert buckets[-1] == (float("inf"), count) and count >= 1
    assert [value for _, value in buckets] == sorted(value for _, value in buckets)


def test_every_route_is_in_the_metrics(api, contract):
    routes = {dict(labels).get("route") for _, labels in metrics(api)}
    assert {operation["operationId"] for *_, operation in contract.operations()} <= routes


NEEDED = {
    "linnet_queue_depth": {"database_read", "database_write", "memcached", "passwords", "requests"},
    "linnet_queue_limit": {"database_read", "database_write", "memcached", "passwords"},
    "linnet_database_connections_busy": {"read", "write"},
    "linnet_database_connections": {"read", "write"},
    "linnet_batch_size_count": {"database_read", "database_write", "memcached"},
    "linnet_backend_seconds_count": {"database_read", "database_write"},
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_an_operator_needs_is_there(api, name):
    assert {value for series, labels in metrics(api) if series == name for _, value in labels} == NEEDED[name]


def test_lookups_are_counted_by_cache_level(api, alice):
    def hits():
        return metrics(api)["linnet_cache_lookups_total", frozenset({("level", "memory"), ("outcome", "hit")})]
    api.get(alice.path)
    before = hits()
    api.get(alice.path)
    assert hits() > before


def test_a_connection_that_waits_is_busy(api, alice, query):
    busy = lambda: metrics(api)["linnet_database_connections_busy", frozenset({("pool", "write")})]
    assert busy() == 0
    query("BEGIN")
    query("SELECT FROM users WHERE id = %s FOR UPDATE", alice.id)
    with ThreadPoolExecutor(1) as pool:
        write = pool.submit(api.patch, alice.path, alice, json={"first_name": "Later"})
        eventually(busy, 1)
        query("ROLLBACK")
        assert write.result().status == 200
    eventually(busy, 0)


def test_logs_are_json_and_hold_no_secret(start_server, contract, api):
    server = start_server("--access-log", "all", "--log-level", "debug")
    there = Api(server.url, contract)
    account = there.register(password="extremely secret password")
    there.put(f"{account.path}/password", account, json={"current_password": account.password, "new_password": "another secret password"})
    there.tweet(account, "content that is nobody's business")
    there.get(account.path, account)
    there.get(account.path, "an-invalid-token-that-is-secret")
    there.post("/api/users", data=b'{"password": "secret in broken json', headers={"Content-Type": "application/json"})
    server.terminate()
    text = server.log.read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(server.log_lines()) == len(lines), "a line that is not JSON"
    for secret in ("secret", account.token, "nobody's business", "argon2id"):
        assert secret not in text
    assert any(line.get("route") == "post_tweet" and line.get("status") in (201, "201") for line in server.log_lines())
