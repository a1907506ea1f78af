"""The alert rules and the dashboard against a server that runs: every metric and every label that they ask for is there.

promtool checks and tests the rules; each alert leads to a page in docs/faults that exists.
"""
import json
import re
import subprocess
import urllib.request
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from system import System

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "deploy" / "observability"
FAULTS = REPOSITORY / "docs" / "faults"
SEVERITIES = {"page", "ticket"}

RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

# What Prometheus adds by itself to each server's metrics, and what the recording rules make of them.
ADDED_METRICS, ADDED_LABELS = {"up"}, {"job", "instance"}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
RECORDED_LABELS = {label for rule in RULES if "record" in rule for label in rule.get("labels", {})}

SELECTOR = re.compile(r"\b((?:linnet|process|job|job_class)[a-z0-9]*[_:][\w:]*|up)\b(?:{([^}]*)})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
ALERT_NAME = re.compile(r"\bLinnet[A-Z]\w+")
GROUPING = re.compile(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)")


def dashboard_expressions():
    return [target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*") for panel in PANELS for target in panel["targets"]]


EXPRESSIONS = sorted({rule["expr"] for rule in RULES} | set(dashboard_expressions()))


@pytest.fixture(scope="module")
def exported():
    """{metric: {label: values}}, of a server that has been asked for something, one name for each part of a histogram; and of
    what a node exporter reads in the state folder."""
    system = System()
    try:
        system.up("--replicas", "1")
        assert system.request("POST", "/api/users", {"username": "seen", "password": "long enough"}) == 201
        for _ in range(3):
            assert system.request("GET", "/api/users/seen") == 200
        with urllib.request.urlopen(f"{system.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        text += "".join(file.read_text() for file in Path(system.folder, "metrics").glob("*.prom"))   # the node exporter's
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)
    found = defaultdict(lambda: defaultdict(set))
    for name, labels in re.findall(r"^(\w+)(?:{(.*)})? \S+$", text, re.MULTILINE):
        values = found[name]
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            values[label].add(value)
    return found


def promtool(*words):
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_is_exported(exported, expression):
    without_strings = re.sub(r'"[^"]*"', '""', expression)
    grouped = {label.strip() for labels in GROUPING.findall(without_strings) for label in labels.split(",")}
    selectors = SELECTOR.findall(GROUPING.sub("", expression))
    assert selectors, "asks for no metric"
    known = set(ADDED_LABELS)
    for metric, matchers in selectors:
        if metric in RECORDED:
            known |= RECORDED_LABELS
            continue
        assert metric in ADDED_METRICS or metric in exported, f"{metric} is not exported"
        labels = exported[metric] if metric in exported else {}
        known |= set(labels)
        for label, _, pattern in MATCHER.findall(matchers):
            if label in ADDED_LABELS:
                continue
            assert label in labels, f"{metric} has no label {label}"
            for alternative in pattern.split("|"):
                assert any(re.fullmatch(alternative, value) for value in labels[label]), f"no {label} of {metric} is {alternative}"
    assert grouped <= known, f"grouped by what isn't there: {grouped - known}"


def test_the_rules_are_valid_and_fire_when_they_should():
    promtool("check", "config", FOLDER / "prometheus.yml")   # and the rules that it names
    promtool("test", "rules", FOLDER / "alerts_test.yml")


def test_the_dashboard_asks_valid_questions(tmp_path):
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(dashboard_expressions())]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)


def test_the_dashboard_can_be_laid_out_and_asks_the_chosen_prometheus():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert max(x for x, _ in cells) < 24 and not cells & taken, panel["title"]
        taken |= cells
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}
    assert "datasource" in {variable["name"] for variable in DASHBOARD["templating"]["list"]}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_each_alert_says_how_bad_it_is_and_what_to_do(alert):
    assert alert["labels"]["severity"] in SEVERITIES
    annotations = alert["annotations"]
    assert annotations["summary"] and annotations["description"]
    page = REPOSITORY / annotations["runbook"]
    assert page.parent == FAULTS and page.is_file()
    assert alert["alert"] in page.read_text(), f"{page.name} doesn't name it"


def test_each_page_is_found_and_what_it_names_exists():
    index, operations = (FAULTS / "README.md").read_text(), (REPOSITORY / "docs" / "operations.md").read_text()
    assert "(faults/README.md)" in operations
    alerts = {alert["alert"] for alert in ALERTS}
    assert set(ALERT_NAME.findall(json.dumps(DASHBOARD))) <= alerts
    sources = "".join(path.read_text() for path in (REPOSITORY / "server").rglob("*.cpp") if "tests" not in path.parts)
    cases = subprocess.run([REPOSITORY / "load-tests" / "faults" / "run", "--list"], check=True, capture_output=True, text=True).stdout
    cases = {line.split()[0] for line in cases.splitlines()}
    for page in FAULTS.glob("*.md"):
        text = page.read_text()
        if page.name != "README.md":
            assert f"({page.name})" in index, f"{page.name} is not in the index"
            assert f"(faults/{page.name})" in operations, f"{page.name} is not linked from operations.md"
        assert set(ALERT_NAME.findall(text)) <= alerts, page.name
        assert set(re.findall(r"--case (\w+)", text)) <= cases, page.name
        for event in re.findall(r'`"event":"([^"]+)"`', text):
            assert f'"{event}"' in sources, f"{page.name}: nothing logs {event}"
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (FAULTS / link).exists(), f"{page.name} links to {link}"
