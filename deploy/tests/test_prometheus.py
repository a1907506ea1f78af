"""A real Prometheus scrapes a server: every panel of the dashboard gets something to show, every rule can be evaluated."""
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from threading import Event, Thread

import pytest
import yaml

from test_observability import FOLDER, PANELS
from system import System, free_port

WITHIN = 40   # seconds: some scrapes and evaluations
EMPTY_IN_HEALTH = {"503 by route"}   # it shows only what there is too much of


class Prometheus:
    """Scrapes twice a second what the example in deploy/observability scrapes every five."""

    def __init__(self, target, folder):
        settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
        settings["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
        settings["rule_files"] = [str(FOLDER / file) for file in settings["rule_files"]]
        settings["scrape_configs"][0]["static_configs"][0]["targets"] = [target]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
        address = f"127.0.0.1:{free_port()}"
        self.api, self.log = f"http://{address}/api/v1", folder / "prometheus.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["prometheus", "--config.file", folder / "prometheus.yml", "--storage.tsdb.path", folder / "data",
                                             "--web.listen-address", address], stdout=log, stderr=log)

    def ask(self, what, **words):
        with urllib.request.urlopen(f"{self.api}/{what}?{urllib.parse.urlencode(words)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def series(self, expression):
        return self.ask("query", query=expression)["result"]

    def until(self, condition):
        """The first true value of the condition within the time, else its last."""
        over = Event()
        for _ in range(WITHIN * 2):
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            try:
                if value := condition():
                    return value
            except urllib.error.URLError:
                value = None   # it starts
            over.wait(0.5)
        return value


def use(system, over):
    """Somebody writes and reads."""
    account = {"username": "seen", "password": "long enough"}
    system.request("POST", "/api/users", account)
    while not over.wait(0.2):
        for path in ("/api/users/seen", "/api/users/seen/tweets", "/api/users/seen/timeline", "/api/users/nobody"):
            system.request("GET", path)
        system.request("POST", "/api/sessions", account)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    system, over = System(), Event()
    try:
        system.up("--replicas", "1")
        traffic = Thread(target=use, args=(system, over))
        traffic.start()
        watching = Prometheus(system.url.removeprefix("http://"), tmp_path_factory.mktemp("prometheus"))
        try:
            assert watching.until(lambda: watching.series("rate(linnet_backend_seconds_count[10s]) > 0"))
            yield watching
        finally:
            watching.process.kill()
            watching.process.wait()
            over.set()
            traffic.join()
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)


@pytest.mark.parametrize("panel", [panel for panel in PANELS if panel["title"] not in EMPTY_IN_HEALTH], ids=lambda panel: panel["title"])
def test_each_panel_shows_something(prometheus, panel):
    for target in panel["targets"]:
        expression = target["expr"].replace("$__rate_interval", "10s").replace("$instance", ".*")
        assert prometheus.until(lambda: prometheus.series(expression)), expression


def test_every_rule_is_evaluated_without_an_error(prometheus):
    def rules():
        return [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert prometheus.until(lambda: rules() and all(rule["health"] != "unknown" for rule in rules()))
    assert {rule["health"] for rule in rules()} == {"ok"}, [rule for rule in rules() if rule["health"] != "ok"]
