"""The side channel: JSON over HTTP on loopback with a token, and JSON Lines on the Unix socket."""
import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

from daemon import POSTSEALD, Daemon, require_daemon
from lib import environment, message
from provider import Provider, die_with_parent, wait_for

ALICE, BOB = "alice@example.test", "bob@example.test"


class Side:
    """A daemon whose provider is never asked, and its side channel."""

    def __init__(self, home):
        require_daemon()
        self.home = home
        home.json("setup", ALICE, "--imap", "imaps://127.0.0.1:9", "--submission", "submissions://127.0.0.1:9")
        config = home.path / "postseald.conf"
        text = config.read_text(encoding="utf-8").replace(":1025", ":0").replace(":1143", ":0").replace(":1110", ":0")
        config.write_text(text.replace(":8025", ":0"), encoding="utf-8")
        self.run = home.path / "run"
        self.run.mkdir(mode=0o700)
        self.process = None
        self.start()

    def start(self):
        with open(self.home.path / "postseald.log", "ab") as log:
            self.process = subprocess.Popen(
                [POSTSEALD, "--home", str(self.home.path), "--foreground"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, preexec_fn=die_with_parent,
                env=environment() | {"XDG_RUNTIME_DIR": str(self.run)})
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), line
        self.port = int(dict(w.split("=") for w in line.split()[1:])["http"].rpartition(":")[2])

    def stop(self):
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        self.process.stdout.close()
        log = (self.home.path / "postseald.log").read_text("utf-8", "replace")
        assert code == 0 and "CRITICAL" not in log and "WARNING" not in log and "Sanitizer" not in log, log[-3000:]
        assert self.token not in log
        return time.monotonic() - started

    @property
    def token(self):
        return (self.home.path / "token").read_text(encoding="ascii").strip()

    def ask(self, path, method="GET", body=None, token=True, **headers):
        """(status, headers, octets) of one request; a header may be None to leave it out."""
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if token:
            headers.setdefault("X-Postseal-Token", self.token)
        box = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(box):
            box.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                if value is not None:
                    box.putheader(name, value)
            if body is not None and "Content-Length" not in headers:
                box.putheader("Content-Length", str(len(body)))
            box.endheaders(body)
            answer = box.getresponse()
            return answer.status, answer.headers, answer.read()

    def json(self, path, **kwargs):
        status, headers, octets = self.ask(path, **kwargs)
        assert status == 200, octets
        assert headers["Content-Type"] == "application/json" and headers["Cache-Control"] == "no-store"
        return json.loads(octets)

    def error(self, path, status, **kwargs):
        found, _, octets = self.ask(path, **kwargs)
        assert found == status, octets
        return json.loads(octets)["error"]["code"] if octets else None

    def lines(self):
        box = socket.socket(socket.AF_UNIX)
        box.settimeout(20)
        box.connect(str(self.run / "postseal/socket"))
        return box


@pytest.fixture(name="side")
def fixture_side(home):
    side = Side(home)
    try:
        yield side
        if side.process.poll() is None:
            side.stop()
    finally:
        if side.process.poll() is None:
            side.process.kill()


def say(box, *questions):
    """Asks all at once and reads an answer to each."""
    box.sendall(b"".join((q if isinstance(q, bytes) else json.dumps(q).encode()) + b"\n" for q in questions))
    with box.makefile("rb") as answers:
        return [json.loads(answers.readline()) for _ in questions]


# ---- what it answers ----

def test_can_seal_is_what_the_command_says(side):
    query = urllib.parse.urlencode([("from", ALICE), ("to", BOB), ("to", "carol+x@example.com")])
    told = side.json("/v1/can-seal?" + query)
    said = json.loads(side.home.run("--json", "can-seal", BOB, "carol+x@example.com", code=69).stdout)
    assert [r["address"] for r in told["recipients"]] == [BOB, "carol+x@example.com"]
    assert [(r["address"], r["state"], r["reasons"]) for r in told["recipients"]] == \
        [(r["address"], r["state"], r["reasons"]) for r in said["recipients"]]
    assert told["ready"] is False and told["own"] == "ready"


def test_explain_is_what_the_command_says(side):
    text = message(ALICE, BOB, "a [seal]")
    told = side.json("/v1/explain", method="POST", body=text)
    said = json.loads(side.home.out("--json", "explain", stdin=text))
    assert told["level"] == said["level"] == "sealed"
    assert told["refused"].rpartition(": ")[0] == said["refused"].rpartition(": ")[0]
    assert told["refused"].endswith(f": http://127.0.0.1:{side.port}/how-to/encrypt/any/any/none/")


def test_explaining_sends_and_learns_nothing(side):
    before = side.home.json_lines("peers")
    side.json("/v1/explain?to=" + BOB, method="POST", body=message(ALICE, BOB))
    assert side.home.json_lines("peers") == before


def test_status(side):
    told = side.json("/v1/status")
    assert told["accounts"] == [{"address": ALICE, "mode": "pass-through", "own": "ready"}] and told["version"]


@pytest.mark.parametrize("path, status", [
    ("/v1/can-seal", 400), ("/v1/can-seal?to=", 400), ("/v1/can-seal?from=nobody@example.com&to=a@example.com", 404),
    ("/v1/verdict", 400), ("/v1/verdict?message-id=none@example.com", 404),
    ("/v1/verdict?account=nobody@example.com&message-id=a@example.com", 404),
    ("/v1/nothing", 404), ("/v1", 404), ("/v1/", 404), ("/token", 404), ("/../token", 404), ("/static/../token", 404)])
def test_wrong_questions(side, path, status):
    assert side.error(path, status)


def test_methods(side):
    assert side.error("/v1/explain", 405) == "method"
    assert side.error("/v1/status", 405, method="POST", body=b"x") == "method"
    status, headers, _ = side.ask("/v1/status", method="OPTIONS", Origin="http://evil.example")
    assert status == 403 and not [h for h in headers if h.lower().startswith("access-control")]


# ---- whom it answers ----

def test_the_token(side):
    path = side.home.path / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(side.token) == 64
    for kwargs in ({}, {"X_Postseal_Token": "0" * 64}, {"X_Postseal_Token": side.token[:-1]},
                   {"Authorization": side.token}, {"Authorization": "Basic " + side.token},
                   {"Authorization": "Bearer " + side.token + "0"}, {"X_Postseal_Token": ""}):
        for place in ("/v1/status", "/v1//status", "/v1/%73tatus", "/v1", "/nothing"):
            assert side.error(place, 401, token=False, **kwargs) == "token"
    side.json("/v1/status", token=False, Authorization="Bearer " + side.token)


def test_the_token_stays(side):
    token = side.token
    side.stop()
    side.start()
    assert side.token == token
    side.json("/v1/status")


def test_an_open_token_is_not_used(side):
    side.stop()
    (side.home.path / "token").chmod(0o644)
    done = subprocess.run([POSTSEALD, "--home", str(side.home.path), "--foreground"], capture_output=True, timeout=20,
                          env=environment() | {"XDG_RUNTIME_DIR": str(side.run)})
    assert done.returncode != 0 and b"token" in done.stderr and not done.stdout


def test_host(side):
    for host in ("127.0.0.1", "localhost", "[::1]", "LOCALHOST"):
        side.json("/v1/status", Host=f"{host}:{side.port}")
    for host in ("evil.example", f"evil.example:{side.port}", "127.0.0.1", "127.0.0.1:1", f"localhost.:{side.port}",
                 f"localhost.evil.example:{side.port}", f"0.0.0.0:{side.port}", f"127.1:{side.port}"):
        status, _, _ = side.ask("/v1/status", Host=host)
        assert status in (400, 403), host
        status, _, octets = side.ask("/autoconfig/mail/config-v1.1.xml?emailaddress=" + ALICE, Host=host)
        assert status in (400, 403) and b"clientConfig" not in octets, host


def test_no_host_at_all(side):
    for line in (b"GET /v1/status HTTP/1.0\r\n\r\n", b"GET /v1/status HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", side.port), 10) as box:
            box.sendall(line)
            assert box.recv(4096).split(b" ")[1] in (b"400", b"403")


def test_origin(side):
    side.json("/v1/status", Origin=f"http://127.0.0.1:{side.port}")
    for origin in ("http://evil.example", "null", "http://127.0.0.1", f"https://127.0.0.1:{side.port}",
                   f"http://127.0.0.1:{side.port}.evil.example", "moz-extension://x"):
        assert side.error("/v1/status", 403, Origin=origin) == "forbidden"
    assert side.error("/v1/status", 403, Sec_Fetch_Site="cross-site") == "forbidden"
    side.json("/v1/status", Sec_Fetch_Site="same-origin")


# ---- limits ----

def test_sizes(side):
    assert side.error("/v1/explain", 413, method="POST", body=b"x" * (32 << 20) + b"y") == "limit"
    assert side.error("/v1/status", 413, body=b"x") == "limit"
    with socket.create_connection(("127.0.0.1", side.port), 10) as box:
        box.sendall(f"POST /v1/explain HTTP/1.1\r\nHost: 127.0.0.1:{side.port}\r\nX-Postseal-Token: {side.token}\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".encode())
        assert box.recv(4096).split(b" ")[1] == b"411"


def test_a_large_message_is_explained(side):
    text = message(ALICE, BOB, body="x" * 70 + "\n") + b"y" * 70 + b"\n" * (20 << 20)
    assert side.json("/v1/explain", method="POST", body=text)["level"] == "signed"


def test_many_idle_clients_end_nothing(side):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", side.port), 10)) for _ in range(100)]
        for box in idle[:90]:
            box.sendall(b"GET /v1/st")
    assert wait_for(lambda: side.ask("/v1/status")[0] == 200)


def test_the_end_does_not_wait_for_idle_clients(side):
    with socket.create_connection(("127.0.0.1", side.port), 10), side.lines() as lines:
        assert say(lines, {"method": "status"})[0]["accounts"]
        assert side.stop() < 5


# ---- the socket ----

def test_the_socket_is_private(side):
    path = side.run / "postseal/socket"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    if os.getuid() == 0:
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"
        done = subprocess.run(["/usr/bin/python3", "-c", code], user=65534, capture_output=True, timeout=20)
        assert b"PermissionError" in done.stderr


def test_lines(side):
    text = message(ALICE, BOB)
    with side.lines() as box:
        status, seal, many, explained, verdict = say(
            box, {"method": "status"}, {"method": "can-seal", "from": ALICE, "to": BOB},
            {"method": "can-seal", "to": [BOB, "carol@example.com"]},
            {"method": "explain", "message": base64.b64encode(text).decode()},
            {"method": "verdict", "account": ALICE, "message_id": "<none@example.com>"})
    assert status == side.json("/v1/status")
    assert [r["address"] for r in seal["recipients"]] == [BOB] and len(many["recipients"]) == 2
    assert explained["level"] == "signed" and verdict["error"]["code"] == "not-found"


def test_bad_lines(side):
    bad = [b"", b"x", b"[]", b"1", b"null", b'"method"', b"{", b"{}", b'{"method":1}', b'{"method":{"a":1}}',
           b'{"method":"can-seal","to":{"a":1}}', b'{"method":"can-seal","to":[1,[2]]}', b"\xff\xfe", b"[" * 200000,
           b'{"method":"explain","message":"%%"}', b'{"method":"explain"}', b'{"method":/*"*/' + b"[" * 2000000,
           json.dumps({"method": "can-seal", "to": [BOB] * 500 + ["carol@example.com"]}).encode(),
           json.dumps({"method": "can-seal", "to": [BOB, 1]}).encode()]
    with side.lines() as box:
        for answer in say(box, *bad):
            assert set(answer["error"]) == {"code", "text"}
        assert say(box, {"method": "status"})[0]["accounts"]


def test_half_a_line_does_not_hold_up_the_end(side):
    with side.lines() as box:
        box.sendall(b'{"method":')
        assert say(side.lines(), {"method": "status"})
        begin = time.monotonic()
        side.stop()
        assert time.monotonic() - begin < 10


def test_a_line_octet_by_octet(side):
    with side.lines() as box:
        for octet in json.dumps({"method": "status"}).encode() + b"\n":
            box.sendall(bytes([octet]))
        assert json.loads(box.makefile("rb").readline())["accounts"]


# ---- autoconfig ----

def test_autoconfig(side):
    for place in ("/autoconfig/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"):
        status, headers, octets = side.ask(f"{place}?emailaddress=somebody%40example.test", token=False)
        assert status == 200 and headers["Content-Type"] == "text/xml"
        root = ET.fromstring(octets)
        assert root.findtext("emailProvider/incomingServer/hostname") == "127.0.0.1"
        for other in ("", "x", "a@example.com", "a@../../token", "a@example.test/../../token", "@", "a@example.test%00"):
            status, _, _ = side.ask(f"{place}?emailaddress={urllib.parse.quote(other)}", token=False)
            assert status == 404, other


# ---- with a provider ----

def test_a_verdict_by_message_id(home, new_home):
    """What a session showed is told by its Message-ID, with and without brackets."""
    require_daemon()
    bob = new_home()
    bob.add(BOB, "--profile", "p256")
    home.add(ALICE, "--profile", "p256")
    bob.meet(home, BOB, ALICE)
    letter = bob.protect(message(BOB, ALICE, "hello"), "sealed").replace(b"\n", b"\r\n")
    number = dict(line.split(b": ", 1) for line in letter.split(b"\r\n") if line.startswith(b"Message-ID: "))
    number = number[b"Message-ID"].decode().strip("<>")
    with Provider() as provider, Daemon(home, provider, ALICE) as daemon:
        provider.deliver(ALICE, letter)
        with daemon.raw(ALICE) as raw:
            raw.ok(b"SELECT INBOX")
            raw.fetch(1, "BODY.PEEK[]")
        token = (home.path / "token").read_text(encoding="ascii").strip()
        box = http.client.HTTPConnection("127.0.0.1", daemon.ports["http"], timeout=20)
        for name in (number, f"<{number}>"):
            query = urllib.parse.urlencode({"account": ALICE, "message-id": name})
            box.request("GET", "/v1/verdict?" + query, headers={"X-Postseal-Token": token})
            answer = box.getresponse()
            octets = answer.read()
            assert answer.status == 200, octets
            assert json.loads(octets)["encryption"]["present"]
        box.close()
