"""load-tests/check against a server: it passes, its record can be judged again, and what goes wrong behind its back is found."""
import json
import subprocess
import threading

import psycopg2
import pytest
from conftest import LOAD_TESTS


def check(*words):
    """The CompletedProcess."""
    return subprocess.run([LOAD_TESTS / "check", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def short(server, *words):
    return check("--url", server.url, "--seconds", 4, "--clients", 8, "--pause", 20, *words)


def test_a_server_keeps_its_promises(stack, tmp_path):
    history, verdict = tmp_path / "history", tmp_path / "verdict.json"
    done = short(stack, "--database", stack.dsn, "--history", history, "--json", verdict)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "consistent: no rule was violated" in done.stdout and "unavailable: never" in done.stdout
    found = json.loads(verdict.read_text())
    assert found["violations"] == [] and found["errors"] == {}
    assert {"patch profile", "post tweet", "delete tweet", "follow", "favorite", "read timeline", "audit"} <= set(found["operations"])
    assert sum(found["operations"].values()) == len(history.read_text().splitlines())
    again = check("--replay", history)
    assert again.returncode == 0, again.stdout + again.stderr


RECOUNT = """UPDATE user_counters c SET followers_count = (SELECT count(*) FROM connections WHERE followee_id = c.user_id),
                                       followees_count = (SELECT count(*) FROM connections WHERE follower_id = c.user_id)"""


@pytest.mark.parametrize("tampering, rule", [
    ("UPDATE user_counters SET followers_count = followers_count + 1 WHERE user_id IN (SELECT id FROM users WHERE username ~ '^ck.*_[0-9]+$')", "counters"),
    ("UPDATE users SET description = 'check 999999' WHERE username ~ '^ck.*_[0-9]+$'", "unwritten"),
    ("DELETE FROM connections", "read_your_writes"),
], ids=["counters", "profiles", "connections"])
def test_what_changes_behind_its_back_is_found(stack, tmp_path, tampering, rule):
    server = stack.start_server("--memory-ttl-ms", "0", memcached=False)   # what is changed by hand, no cache hears of
    connection = psycopg2.connect(stack.dsn)
    connection.autocommit = True
    tamperer = threading.Timer(2.5, lambda: connection.cursor().execute(tampering))
    tamperer.start()
    done = short(server, "--history", tmp_path / "history")
    tamperer.join()
    server.terminate()
    connection.cursor().execute(RECOUNT)   # the stack is audited at its end
    connection.close()
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{rule}: " in done.stdout and "VIOLATED" in done.stdout, done.stdout
    assert check("--replay", tmp_path / "history").returncode == 1
