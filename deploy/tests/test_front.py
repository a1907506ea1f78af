"""What haproxy lets in, and in which words it refuses: floods of one address, slow and malformed clients, TLS."""
import contextlib
import json
import os
import re
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from front import (GET, HALF, PREFACE, RST_STREAM, SETTINGS, Front, answer, frame, frames, half_post, raise_file_limit,
                   received)
from system import DEPLOY, free_port

CONFIG = DEPLOY / "haproxy" / "haproxy.cfg"


@pytest.fixture(scope="module")
def front():
    system = Front()
    try:
        system.done("up", "--port", str(system.port), "--no-demo", "--detach", "--proxy")
        yield system
    finally:
        system.down()
        subprocess.run(["rm", "-rf", system.folder], check=True)


@pytest.fixture
def opened():
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture(scope="module")
def of_address(front):
    environment = Path(f"/proc/{front.proxy_pid}/environ").read_bytes().decode().split("\0")
    return int(next(line for line in environment if line.startswith("LINNET_PROXY_OF_ADDRESS=")).partition("=")[2])


def test_ten_thousand_connections_of_one_address_leave_another_served(front, of_address):
    count = min(10_000, raise_file_limit() - 1000)
    flood = front.open_many(count, "127.0.0.2", HALF)
    took = []
    for _ in range(21):
        flood += front.open_many(50, "127.0.0.2", HALF)   # and it goes on
        begin = time.monotonic()
        assert front.send("GET", "/healthz", source="127.0.0.3")[0] == 200
        took.append(time.monotonic() - begin)
    assert statistics.median(took) < 0.1
    assert front.held("connections")["::ffff:127.0.0.2"] <= of_address < count / 2
    for connection in flood:
        connection.close()


def test_exempt_addresses_have_any_number(front, of_address):
    def answered():
        connections = front.open_many(of_address + 50, "127.0.0.4", GET)
        answers = [answer(connection) for connection in connections]
        for connection in connections:
            connection.close()
        return sum(got is not None and got[0] == 200 for got in answers)

    assert answered() == of_address
    with open(f"{front.folder}/exempt-addresses", "a") as file:
        file.write("127.0.0.4/31\n")
    front.done("restart")
    assert answered() == of_address + 50


def test_ipv6_counts_by_network(front, tmp_path):
    """By the same configuration, listening on ::1."""
    config, sockets, port = tmp_path / "haproxy.cfg", Path(tempfile.mkdtemp(prefix="linnet-front-")), free_port()
    config.write_text(CONFIG.read_text().replace("127.0.0.1:${LINNET_PROXY_PORT}", "[::1]:${LINNET_PROXY_PORT}"))
    environment = dict(line.split("=", 1) for line in Path(f"/proc/{front.proxy_pid}/environ").read_text().split("\0") if line)
    environment.update(LINNET_PROXY_PORT=str(port), LINNET_PROXY_SOCKETS=str(sockets))
    environment.pop("LINNET_PROXY_USER", None)   # whose the folder isn't
    with subprocess.Popen(["haproxy", "-db", "-f", config], env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as proxy:
        try:
            deadline = time.monotonic() + 20
            while True:
                with contextlib.suppress(OSError):
                    connection = socket.create_connection(("::1", port), 20)
                    break
                assert time.monotonic() < deadline and proxy.poll() is None
                time.sleep(0.05)
            with connection:
                connection.sendall(HALF)
                deadline = time.monotonic() + 20
                while front.held("connections", sockets) != {"::": 1}:
                    assert time.monotonic() < deadline, front.held("connections", sockets)
        finally:
            proxy.terminate()
            subprocess.run(["rm", "-rf", sockets], check=True)


def test_nobody_else_gets_at_the_sockets_of_haproxy(front):
    """Whoever does may say where a request comes from, and take servers out."""
    files = {os.readlink(fd) for fd in Path(f"/proc/{front.proxy_pid}/fd").iterdir()}
    inodes = {name[8:-1] for name in files if name.startswith("socket:[")}
    names = {fields[7] for line in Path("/proc/net/unix").read_text().splitlines()[1:]
             if len(fields := line.split()) == 8 and fields[6] in inodes}
    listening = {Path(re.sub(r"\.\d+\.tmp$", "", name)) for name in names}   # as it was called when it was bound
    assert {path.name for path in listening} == {"control", "writes", "unready"}
    for folder in {path.parent for path in listening}:
        assert folder.stat().st_mode & 0o777 == 0o700
        if os.geteuid() == 0:
            refused = subprocess.run(["ls", folder], user="nobody", group="nogroup", extra_groups=[], capture_output=True)
            assert b"Permission denied" in refused.stderr
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in front.sockets().iterdir())


def test_cleartext_is_no_http2(front, opened):
    connection = opened(front.open(data=PREFACE + frame(SETTINGS, 0, 0)))
    assert received(connection).startswith(b"HTTP/1.1 400 ")
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    assert answer(opened(front.open(data=GET[:-2] + upgrade)))[0] == 200


def directly(front):
    """A connection to the server itself."""
    host, port = front.look()["server-1"].address.split(":")
    return socket.create_connection((host, int(port)), 20)


@pytest.mark.parametrize("fields, status", [
    (b"X-A: " + b"a" * 15_000 + b"\r\n", 200), (b"X-A: " + b"a" * 16_250 + b"\r\n", 200), (b"X-A: " + b"a" * 16_500 + b"\r\n", 431),
    (b"X-A: " + b"a" * 30_000 + b"\r\n", 431), (b"a: bcd\r\n" * 2_000, 200)],
    ids=["15 kB", "nearly 16 KiB", "over 16 KiB", "30 kB", "2,000 fields"])
def test_headers_are_taken_or_refused_alike_on_both_ends(front, opened, fields, status):
    request = GET[:-2] + fields + b"\r\n"
    itself = opened(directly(front))
    itself.sendall(request)
    for connection in (itself, opened(front.open(data=request))):
        got, head, body = answer(connection)
        assert (got, head["x-content-type-options"]) == (status, "nosniff")
        assert status == 200 or json.loads(body)["status"] == status


def test_a_header_and_a_body_of_the_largest_sizes_pass(front, opened):
    body = b'{"username": "' + b"a" * 16_000 + b'"}'
    request = (b"POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-A: " + b"a" * 16_000 +
               b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    status, head, _ = answer(opened(front.open(data=request)))
    assert (status, head["content-type"]) == (422, "application/problem+json")


def test_its_own_documents_are_problems_that_nobody_sniffs(front, opened):
    for line in re.findall(r"^ *http-error status .*", CONFIG.read_text(), re.MULTILINE):
        status = int(line.split()[2])
        template = (CONFIG.parent / f"{status}.json").read_text().replace("%[var(txn.path),json(utf8s)]", "/").replace("%[unique-id]", "id")
        assert " content-type application/problem+json " in line
        assert json.loads(template)["status"] == (503 if status in (502, 504) else status)   # set-status
    status, head, body = answer(opened(front.open(data=GET.replace(b"/healthz", b"/metrics"))))
    assert (status, head["content-type"], head["x-content-type-options"]) == (404, "application/problem+json", "nosniff")
    assert json.loads(body)["instance"] == "/metrics"
    assert "strict-transport-security" not in head   # it counts in TLS alone
    # What the contract says of requests that are no HTTP: haproxy 2.6 has one page for them, whatever is configured.
    status, head, body = answer(opened(front.open(data=b"GET / HTTP/1.1\r\nHost: x\r\nbad field\r\n\r\n")))
    assert (status, head["content-type"]) == (400, "text/html") and b"<h1>400 Bad request</h1>" in body


def test_who_waits_too_long_hears_so_and_who_said_nothing_does_not(front, opened):
    begin = time.monotonic()
    kept, silent, slow_header = opened(front.open(data=GET)), opened(front.open()), opened(front.open(data=HALF))
    slow_body = opened(front.open(data=HALF + b"Content-Length: 10\r\n\r\n{"))
    assert answer(kept)[0] == 200
    assert answer(silent) is None   # opened ahead of need, and ended without a word
    assert 8 < time.monotonic() - begin
    status, head, body = answer(slow_body)
    assert (status, head["content-type"], json.loads(body)["status"]) == (408, "application/problem+json", 408)
    status, head, _ = answer(slow_header)
    assert (status, head["content-type"]) == (408, "text/html")   # as the contract says
    time.sleep(max(0, begin + 17 - time.monotonic()))
    kept.sendall(GET)
    assert answer(kept)[0] == 200   # longer than any other timeout


def test_connections_are_kept_as_long_as_the_servers_keep_them():
    """Or a client that has it in writing from one end is disappointed by the other."""
    server = os.environ.get("LINNET_SERVER") or DEPLOY.parent / "build/release/server/linnet-server"
    help_text = subprocess.run([server, "--help"], capture_output=True, text=True, check=True).stdout
    default = {name: int(re.search(rf"{name} \S+ in \[[^]]*\]=(\d+) ", help_text)[1])
               for name in ("--idle-timeout-ms", "--header-timeout-ms", "--body-timeout-ms", "--max-header-bytes", "--max-body-bytes")}
    setting = {name: int(value) for name, value in re.findall(r"^ *(?:timeout )?([\w.-]+) (\d+)s?\b", CONFIG.read_text(), re.MULTILINE)}
    assert setting["http-keep-alive"] * 1000 == default["--idle-timeout-ms"] <= setting["client"] * 1000
    assert setting["http-request"] * 1000 == default["--header-timeout-ms"] == default["--body-timeout-ms"]
    assert default["--max-header-bytes"] + default["--max-body-bytes"] <= setting["tune.bufsize"] - setting["tune.maxrewrite"]


@pytest.fixture(scope="module")
def secure(front):
    """The same system once more, with TLS: after all other tests."""
    front.done("down")
    front.done("up", "--no-demo", "--detach", "--tls")
    return front


def test_tls_is_of_today(secure):
    def agreed(**settings):
        with secure.tls(secure.secure(**settings)) as connection:
            return connection.cipher()[0], connection.version()

    assert agreed()[1] == "TLSv1.3"
    old = {"maximum_version": ssl.TLSVersion.TLSv1_2}
    assert agreed(**old)[1] == "TLSv1.2"
    context = secure.secure(**old)
    context.set_ciphers("ALL:@SECLEVEL=0")
    ciphers = [cipher["name"] for cipher in context.get_ciphers() if not cipher["aead"] or "CBC" in cipher["description"]]
    assert any("AES256-SHA" in name for name in ciphers)
    for name in ciphers:
        context.set_ciphers(f"{name}:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            secure.tls(context).close()
    older = secure.secure(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    older.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        secure.tls(older).close()


def test_tls_is_asked_for_from_now_on(secure):
    for path in (b"/healthz", b"/metrics"):   # the server's and its own
        with secure.tls(secure.secure()) as connection:
            connection.sendall(GET.replace(b"/healthz", path))
            _, head, _ = answer(connection)
            assert (head["strict-transport-security"], head["x-content-type-options"]) == ("max-age=31536000", "nosniff")


def test_requests_of_one_address_on_few_connections_are_bounded_too(secure, opened, of_address):
    """HTTP/2 has a hundred on each."""
    context = secure.secure()
    context.set_alpn_protocols(["h2"])
    reset = 0
    for _ in range(of_address // 100 + 3):
        connection = opened(secure.tls(context))
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + b"".join(half_post(1 + 2 * n) for n in range(100)))
        reset += sum(kind == RST_STREAM for kind, _ in frames(connection))
    held = secure.held("requests")["::ffff:127.0.0.1"]
    assert held <= of_address and reset >= 200
