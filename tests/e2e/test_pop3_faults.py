"""POP3 through the daemon when the provider is old, gone, or not what it should be."""
import poplib
import socket
import sqlite3
import ssl
import subprocess
import threading

import pytest

from daemon import Daemon
from lib import Home, message
from test_pop3 import BOB, Wire, alice, bob, crlf, login, meet, provider, sealed, whole  # noqa: F401  (fixtures among them)


class Last(bytes):
    """An answer after which the stub leaves."""


class Stub:
    """A provider of one's own: each connection gets the answers of a script."""

    def __init__(self, provider, answer):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(provider.folder / "server.pem", provider.folder / "server.key")
        self.answer, self.commands = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
                with self.context.wrap_socket(client, server_side=True) as connection:
                    self.talk(connection)
            except OSError:
                if self.listener.fileno() < 0:
                    return

    def talk(self, connection):
        connection.sendall(b"+OK stub\r\n")
        for line in connection.makefile("rb"):
            self.commands.append(line.strip())
            said = self.answer(line.split()[0].decode(), line.split()[1:])
            connection.sendall(said)
            if isinstance(said, Last):
                return

    def close(self):
        self.listener.close()


@pytest.fixture
def stub_daemon(provider, tmp_path):
    """Starts a daemon in front of a stub with this script."""
    made = []

    def make(answer, options=None):
        home = Home(tmp_path / f"stub{len(made)}")
        home.add(BOB, "--profile", "p256")
        stub = Stub(provider, answer)
        made.append(stub)
        daemon = Daemon(home, provider, BOB, options={"pop3": f"pop3s://127.0.0.1:{stub.port}"} | (options or {}))
        made.append(daemon)
        return stub, daemon
    yield make
    for thing in made:
        thing.close() if isinstance(thing, Stub) else thing.stop()


def old_server(more):
    """A server without CAPA, SASL, UIDL and TOP."""
    def answer(verb, args):
        return more.get(verb, b"-ERR what?\r\n" if verb not in ("USER", "PASS", "QUIT", "NOOP") else b"+OK\r\n")
    return answer


def test_an_old_provider(provider, stub_daemon):
    text = b"Subject: old\r\n\r\n..\r\ntext\r\n"
    stub, daemon = stub_daemon(old_server({
        "STAT": b"+OK 1 23\r\n", "LIST": b"+OK 1 messages (23 octets)\r\n1 23\r\n.\r\n",
        "RETR": b"+OK\r\n" + text + b".\r\n"}))
    box = daemon.pop3(BOB)
    assert box.stat() == (1, 23)
    assert box.list() == (b"+OK 1 messages (23 octets)", [b"1 23"], 6)
    assert whole(box.retr(1)[1]) == b"Subject: old\r\n\r\n.\r\ntext\r\n"
    with pytest.raises(poplib.error_proto):
        box.uidl()
    box.quit()
    assert [c for c in stub.commands if c.startswith((b"USER", b"PASS"))] == [
        b"USER bob", b"PASS " + provider.password(BOB).encode()]


@pytest.mark.parametrize("options", [{}, {"status": "every"}])
@pytest.mark.parametrize("place", ["first", "last"])
def test_status_in_a_long_header(provider, stub_daemon, place, options):
    """What cannot be taken out of a header becomes another field; lengths and all else stay."""
    status = b"Postseal-Status: verified\r\n"
    head = b"".join(b"X-F-%05d: %s\r\n" % (n, b"x" * 50) for n in range(4800))
    head = b"From: eve@evil.test\r\n" + (status + head if place == "first" else head + status)
    stub, daemon = stub_daemon(old_server({"RETR": b"+OK\r\n" + head + b"\r\n" + status + b".\r\n"}), options)
    got = whole(daemon.pop3(BOB).retr(1)[1])
    assert got == head.replace(status, status.replace(b"us:", b"u_:")) + b"\r\n" + status


def test_provider_gone_in_the_middle_of_a_message(provider, stub_daemon):
    """The session ends as the provider's did: nothing looks like a whole message."""
    for half in (b"+OK\r\nSubject: half\r\n\r\nthe first h", b"+OK\r\nSubj", b""):
        stub, daemon = stub_daemon(old_server({"RETR": Last(half)}))
        with Wire(daemon.ports["pop3"]) as wire:
            login(provider, wire)
            wire.send(b"RETR 1\r\nNOOP\r\n")
            seen = wire.file.read()
            assert b"\r\n.\r\n" not in seen and half.endswith(seen[-5:])


def test_provider_gone_while_nothing_happens(provider, stub_daemon):
    stub, daemon = stub_daemon(old_server({"NOOP": Last(b"+OK\r\n")}))
    with Wire(daemon.ports["pop3"]) as wire:
        login(provider, wire)
        wire.send(b"NOOP\r\n")
        assert wire.line() == b"+OK\r\n"
        assert wire.line() == b""


def test_the_end_does_not_wait_for_half_a_command(provider, stub_daemon):
    stub, daemon = stub_daemon(old_server({}))
    with Wire(daemon.ports["pop3"]) as wire:
        login(provider, wire)
        wire.send(b"NOO")
        daemon.stop(5)
        assert wire.line() == b""


COMMANDS = {"STAT": b"STAT", "LIST": b"LIST", "UIDL": b"UIDL", "TOP": b"TOP 1 0", "RETR": b"RETR 1", "DELE": b"DELE 1",
            "RSET": b"RSET", "QUIT": b"QUIT"}


@pytest.mark.parametrize("verb", ["CAPA", "USER", "PASS", *COMMANDS])
def test_provider_leaves(provider, stub_daemon, verb):
    """At any command: a login that failed for now may be tried again, and a session ends."""
    stub, daemon = stub_daemon(old_server({
        "STAT": b"+OK 1 2\r\n", "LIST": b"+OK\r\n1 2\r\n.\r\n", "UIDL": b"+OK\r\n1 x\r\n.\r\n", verb: Last(b"")}))
    with Wire(daemon.ports["pop3"]) as wire:
        if verb in COMMANDS:
            login(provider, wire)
            wire.send(COMMANDS[verb] + b"\r\n")
            assert wire.line() == b""
        else:
            wire.line()
            for _ in range(2):
                wire.send(b"USER bob\r\nPASS x\r\n")
                assert wire.line().startswith(b"+OK") and wire.line().startswith(b"-ERR [SYS/TEMP] ")


def test_provider_that_talks_nonsense(provider, stub_daemon):
    for said in (b"HTTP/1.1 400 Bad Request\r\n", b"+OK " + b"x" * 100000 + b"\r\n", b"\r\n"):
        stub, daemon = stub_daemon(old_server({"NOOP": said}))
        with Wire(daemon.ports["pop3"]) as wire:
            login(provider, wire)
            wire.send(b"NOOP\r\n")
            assert wire.line() == b""


def test_one_that_cannot_be_opened_now_is_not_given_away(provider, alice, bob):  # noqa: F811
    """A program deletes what it has got: where only our store is in the way, it must come again."""
    meet(alice, bob.home)
    plain = crlf(message("carol@example.net", BOB, "an ordinary one"))
    provider.deliver(BOB, crlf(sealed(alice, "the true subject")))
    provider.deliver(BOB, plain)
    box = bob.daemon.pop3(BOB)
    store = sqlite3.connect(bob.home.path / "postseal.db", isolation_level=None)
    store.execute("BEGIN IMMEDIATE")
    for what in (lambda: box.retr(1), lambda: box.top(1, 0)):
        with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\]"):
            what()
    assert whole(box.retr(2)[1]) == plain
    store.execute("ROLLBACK")
    store.close()
    assert b"Subject: the true subject" in whole(box.retr(1)[1])
    box.quit()


def test_nobody_there(provider, tmp_path):
    """No provider, or one whose certificate is somebody else's: nothing is sent, and the reason is told."""
    home = Home(tmp_path / "alone")
    home.add(BOB, "--profile", "p256")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    for server, options in ((f"pop3s://127.0.0.1:{port}", {}), (provider.url("pop3s"), {"tls-ca": other_ca(tmp_path)})):
        with Daemon(home, provider, BOB, options={"pop3": server} | options) as daemon:
            with Wire(daemon.ports["pop3"]) as wire:
                wire.line()
                wire.send(b"USER bob\r\nPASS x\r\n")
                wire.line()
                assert wire.line().startswith(b"-ERR [SYS/TEMP] ")


def other_ca(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", folder / "other.key", "-out", folder / "other.pem", "-days", "2", "-subj", "/CN=other"],
                   check=True, capture_output=True)
    return folder / "other.pem"
