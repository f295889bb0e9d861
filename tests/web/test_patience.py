"""A provider that does not answer, and browsers that do not wait for it."""
import base64
import contextlib
import json
import pathlib
import signal
import socket
import sys
import threading
import time

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

# pylint: disable=wrong-import-position
from daemon import Daemon  # noqa: E402
from fake_imap import FakeImap  # noqa: E402
from lib import Home  # noqa: E402
from world import ALICE as WRITER, BOB, World  # noqa: E402

ALICE = "alice@example.test"
ALL = 10  # as many as one session may ask at once


class Slow(World):
    """The same questions to a daemon in front of a provider that says nothing more after a while."""

    def __init__(self, daemon, provider):  # pylint: disable=super-init-not-called
        self.home, self.port, self.provider, self.asked, self.go_on = daemon.home, daemon.ports["http"], provider, [], threading.Event()

    def wait(self, session, *_):
        self.asked.append(session)
        self.go_on.wait(60)

    def left(self):
        """A browser that asks for the folders and closes its window."""
        box = socket.create_connection(("127.0.0.1", self.port), 20)
        box.sendall(f"GET /v1/desks/{ALICE}/folders HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Postseal-Token: {self.token}\r\n\r\n".encode())
        return box


@pytest.fixture(name="slow")
def fixture_slow(tmp_path):
    home = Home(tmp_path / "home")
    home.add(ALICE, "--profile", "p256")
    (tmp_path / "provider").mkdir()
    with FakeImap(tmp_path / "provider") as provider, Daemon(home, provider, ALICE) as daemon:
        slow = Slow(daemon, provider)
        slow.desk(ALICE, "unlock", {"password": provider.password(ALICE)})
        provider.hooks["LIST"] = slow.wait
        yield slow
        slow.go_on.set()


def until(happened, seconds=10):
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)
    return happened()


def test_who_left_holds_up_nobody(slow):
    boxes = [slow.left() for _ in range(ALL)]
    assert until(lambda: slow.asked) and until(lambda: slow.ask("/v1/status").status == 429)
    for box in boxes:
        box.close()
    assert until(lambda: slow.ask("/v1/status").status == 200), "they are waited for, though they have left"


def test_who_stays_gets_an_answer(slow):
    box = slow.left()
    assert until(lambda: slow.asked)
    time.sleep(0.5)
    slow.go_on.set()
    with box, box.makefile("rb") as answer:
        assert answer.read().startswith(b"HTTP/1.1 200 ")


def test_what_is_asked_while_the_daemon_ends(tmp_path):
    """A letter is being sealed then, and others ask on connections that are open already: each is answered, or closed."""
    with World(tmp_path) as world:
        world.meet(WRITER, BOB)
        file = {"name": "x", "type": "application/octet-stream", "data": base64.b64encode(b"x" * (20 << 20)).decode()}
        letter = json.dumps({"to": BOB, "subject": "x", "text": "y", "level": "sealed", "attachments": [file]}).encode()
        head = f"HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nX-Postseal-Token: {world.token}\r\n"
        sealing, *others = boxes = [socket.create_connection(("127.0.0.1", world.port), 20) for _ in range(5)]
        sealing.sendall(f"POST /v1/desks/{WRITER}/send {head}Content-Type: application/json\r\nContent-Length: {len(letter)}\r\n\r\n".encode())
        sealing.sendall(letter)
        time.sleep(0.05)
        world.process.send_signal(signal.SIGTERM)
        for box in others:
            time.sleep(0.02)
            with contextlib.suppress(OSError):
                box.sendall(f"GET /v1/desks {head}\r\n".encode())
        for box in boxes:
            with contextlib.suppress(OSError):
                assert box.recv(4096)[:9] in (b"", b"HTTP/1.1 ")
        assert world.process.wait(20) == 0 and "CRITICAL" not in (tmp_path / "log").read_text("utf-8")
