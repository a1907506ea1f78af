"""Where secrets don't get, whatever happens to the statements that carry them, and who can read what is kept.

Everything is slow, fails or waits here, so that all that can be logged is logged.
"""
import json
import os
import stat
import subprocess
import threading
import time
import uuid
from pathlib import Path

import pytest

from processes import kill
from system import DEPLOY
from topology import Topology

SETTINGS = {"LINNET_ACCESS_LOG": "all",
            "LINNET_REQUEST_TIMEOUT_MS": "20000"}
TABLES = "users, user_counters, sessions, tweets, tweet_counters, favorites, connections, cache_changes"
# Longer than deadlock_timeout (1 s), with which PostgreSQL tells of waits, and shorter than the 2 s after which a server takes a primary
# that says nothing of cache_changes for gone; nearly all of the time.
IN_THE_WAY = f"""DO $$ BEGIN FOR i IN 1..200 LOOP
    LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE; PERFORM pg_sleep(1.3); COMMIT; PERFORM pg_sleep(0.05);
END LOOP; END $$"""
PLACES = [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]


class Watched(Topology):
    def sql(self, statement):
        answer = self.psql("-U", "postgres", "-c", statement)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.split()

    def call(self, *request, **more):
        status, _, body = self.send(*request, **more)
        return status, json.loads(body) if body else None


@pytest.fixture(scope="module")
def system():
    os.environ.update(SETTINGS)
    system = Watched()
    try:
        system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--proxy")
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)
        for name in SETTINGS:
            del os.environ[name]


class Background:
    """Runs beside the block, which ends when it has ended; `going` tells it when."""

    def __init__(self, work):
        self.going = True
        self.thread = threading.Thread(target=work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()


@pytest.fixture
def command_lines():
    """All that any process was started with, as it is now and then."""
    seen = set()

    def look():
        while background.going:
            look_once()
            time.sleep(0.02)

    def look_once():
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(process.read_bytes())
            except OSError:
                pass   # it ended

    background = Background(look)
    with background:
        yield seen


def logs(system, since):
    """{file: its bytes} of everything but the data."""
    data = [path.resolve() for path in Path(system.folder).glob("postgres-*") if path.is_dir()]
    found = {}
    for place in [Path(system.folder), *PLACES]:
        for folder, folders, files in os.walk(place):
            folders[:] = [name for name in folders if Path(folder, name).resolve() not in data and not Path(folder, name).is_mount()]
            for file in (Path(folder, name) for name in files):
                try:
                    status = file.lstat()
                    if stat.S_ISREG(status.st_mode) and status.st_mtime >= since and 0 < status.st_size < 1 << 26:
                        found[file] = file.read_bytes()
                except OSError:
                    pass   # it is gone
    return found


def test_no_log_no_command_line_and_no_file_has_a_secret(system, command_lines):
    begin, secrets = time.time(), {}
    for name in ("password", "next password", "wrong password", "password that fails"):
        secrets[name] = f"secret-{uuid.uuid4()}"
    who = {"username": "keeper", "password": secrets["password"]}
    system.sql("ALTER SYSTEM SET auto_explain.log_min_duration = 0")   # everything is slow
    system.sql("ALTER TABLE users ADD CONSTRAINT broken CHECK (username <> 'unlucky')")
    system.sql("SELECT pg_reload_conf()")

    with Background(lambda: system.psql("-U", "postgres", "-c", IN_THE_WAY)):
        assert system.call("POST", "/api/users", who)[0] == 201
        assert system.call("POST", "/api/users", who)[0] == 409
        assert system.call("POST", "/api/users", {"username": "unlucky", "password": secrets["password that fails"]})[0] >= 500
        assert system.call("POST", "/api/sessions", {**who, "password": secrets["wrong password"]})[0] == 401
        secrets["token"] = system.call("POST", "/api/sessions", who)[1]["token"]
        bearer = {"Authorization": f"Bearer {secrets['token']}"}
        for content in "abc":
            assert system.call("POST", "/api/users/keeper/tweets", {"content": content}, bearer)[0] == 201
        secrets["cursor"] = system.call("GET", "/api/users/keeper/tweets?per_page=1")[1]["next_cursor"]
        assert system.call("GET", f"/api/users/keeper/tweets?cursor={secrets['cursor']}", headers=bearer)[0] == 200
        secrets["hash"], = system.sql("SELECT password_hash FROM users WHERE username = 'keeper'")
        secrets["hash of the token"], = system.sql("SELECT encode(token_hash, 'hex') FROM sessions LIMIT 1")
        change = {"current_password": secrets["password"], "new_password": secrets["next password"]}
        assert system.call("PUT", "/api/users/keeper/password", change, bearer)[0] == 204
        secrets["next hash"], = system.sql("SELECT password_hash FROM users WHERE username = 'keeper'")
        system.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'DO %' AND pid <> pg_backend_pid()")

    # haproxy tells of what fails: with no server left, all of it.
    system.let_die("server-1")
    kill(system.look()["server-1"].pid)
    assert system.call("GET", f"/api/users/keeper/tweets?cursor={secrets['cursor']}", headers=bearer)[0] == 503
    for line in Path(system.folder, "pgpass").read_text().splitlines():
        secrets[f"password of {line.split(':')[3]}"] = line.split(":")[4]
    system.sql("ALTER SYSTEM RESET auto_explain.log_min_duration")
    system.sql("ALTER TABLE users DROP CONSTRAINT broken")
    system.done("up", "--no-demo", "--detach")

    said = logs(system, begin)
    said.pop(Path(system.folder, "pgpass"), None)   # which is for them
    names = {file.name for file in said}
    assert {"server-1.log", "haproxy.log", "postgres-1.log", "up.log"} - names == set()
    log = said[Path(system.folder, "postgres-1.log")]
    assert b"still waiting for" in log and b"PREPARE" in log and b"broken" in log   # so there was something to tell
    assert b"/api/users/keeper/tweets" in said[Path(system.folder, "haproxy.log")]
    found = [f"{name} in {file}" for file, text in said.items() for name, secret in secrets.items() if secret.encode() in text]
    found += [f"some hash in {file}" for file, text in said.items() if system.folder in str(file) and b"$argon2id$" in text]
    found += [f"{name} in {line}" for line in command_lines for name, secret in secrets.items() if secret.encode() in line]
    assert found == []


def test_what_is_kept_is_for_nobody_else(system):
    folder = Path(system.folder)
    assert (folder / "server-1.log").exists() and (folder / "haproxy.private").is_dir()
    # What is in a folder that is closed nobody gets to: s6 has its own modes there, and sockets have.
    open_to_others = [str(path) for path in [folder, *folder.iterdir(), folder.joinpath("haproxy.private").resolve()]
                      if not path.is_symlink() and path.stat().st_mode & 0o077]
    # As root the group of PostgreSQL's user may enter the folder, not list it.
    assert open_to_others == ([system.folder] if os.geteuid() == 0 else [])
    assert folder.stat().st_mode & 0o067 == 0


def test_what_an_older_version_left_open_is_closed(system):
    left = Path(system.folder) / "server-1.log"
    left.chmod(0o644)
    system.done("up", "--no-demo", "--detach")
    assert left.stat().st_mode & 0o777 == 0o600


def test_no_name_in_tmp_is_foreseen(tmp_path):
    script = f"""source {DEPLOY}/lib/common.sh
state={tmp_path}
for _ in 1 2; do make_private_folder haproxy "$(id -un)"; private_folder haproxy; remove_private_folder haproxy; done"""
    folders = subprocess.check_output(["bash", "-euo", "pipefail", "-c", script], text=True).split()
    assert len(set(folders)) == 2 and not any(map(os.path.exists, folders))
