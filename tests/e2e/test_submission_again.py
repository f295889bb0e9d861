"""Submissions that come twice at a time, stop half-way, or have nobody as their sender."""
import base64
import contextlib
import pathlib
import re
import shutil
import smtplib
import socket
import sqlite3
import threading
import time

import pytest

from daemon import Daemon
from fake_smtp import CLOSE, FakeSmtp
from lib import Home, field, message
from provider import wait_for

ALICE, BOB, CAROL = (f"{name}@example.test" for name in ("alice", "bob", "carol"))


@pytest.fixture
def fake(tmp_path):
    folder = tmp_path / "provider"
    folder.mkdir()
    with FakeSmtp(folder) as provider:
        yield provider


@pytest.fixture(scope="module")
def acquainted(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("alice"))
    home.add(ALICE, "--profile", "p256")
    for address in (BOB, CAROL):
        other = Home(tmp_path_factory.mktemp("other"))
        other.add(address, "--profile", "p256")
        home.meet(other, ALICE, address)
    return home.path


@pytest.fixture
def alice(acquainted, tmp_path, fake):
    home = Home(shutil.copytree(acquainted, tmp_path / "alice"))
    with Daemon(home, fake, ALICE) as daemon:
        yield daemon


def crlf(octets):
    return octets.replace(b"\n", b"\r\n")


def begin(daemon, octets):
    """A submission up to its dot, whose answer nobody has read."""
    box = daemon.smtp(ALICE)
    box.mail(ALICE)
    box.rcpt(BOB)
    assert box.docmd("DATA")[0] == 354
    box.send(crlf(octets) + b".\r\n")
    return box


def end(daemon, octets, sender=ALICE, to=(BOB,)):
    with daemon.smtp(ALICE) as box:
        assert box.docmd(f"MAIL FROM:<{sender}>")[0] == 250
        for address in to:
            assert box.rcpt(address)[0] == 250
        return box.data(crlf(octets))


def slow(fake, seconds):
    """The provider thinks before it says yes; set once it has the message."""
    reached = threading.Event()

    def think():
        reached.set()
        time.sleep(seconds)
    fake.faults["dot"] = [think]
    return reached


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_a_second_try_while_the_first_is_in_flight(alice, fake, level):
    """The program's patience is over before the provider's: the second try gets the answer of the first."""
    letter = message(ALICE, BOB, X_Postseal_Level=level)
    reached = slow(fake, 3)
    box = begin(alice, letter)
    assert reached.wait(10)
    box.sock.shutdown(socket.SHUT_RDWR)
    assert end(alice, letter)[0] == 250
    alice.stop()  # which waits for both
    assert len(fake.mails) == 1
    alice.start()


def test_a_second_try_after_the_first_was_refused(alice, fake):
    """What became of the first is known, and nothing left: now it is the second's turn."""
    letter = message(ALICE, BOB)
    reached = threading.Event()

    def think():
        reached.set()
        time.sleep(2)
    fake.faults["body"] = [think]
    fake.faults["dot"] = [b"451 4.3.0 not now"]
    box = begin(alice, letter)
    assert reached.wait(10)
    box.sock.shutdown(socket.SHUT_RDWR)
    assert end(alice, letter)[0] == 250
    alice.stop()  # which waits for both
    assert len(fake.mails) == 1
    alice.start()


def test_the_daemon_ends_while_a_second_try_waits(alice, fake):
    """Nobody waits for a provider that has the first try."""
    letter = message(ALICE, BOB)
    reached = slow(fake, 4)
    box = begin(alice, letter)
    assert reached.wait(10)
    second = begin(alice, letter)
    time.sleep(0.5)
    alice.stop()
    assert second.getreply()[0] in (421, 451)
    assert box.getreply()[0] == 250
    assert len(fake.mails) == 1
    alice.start()


def sent_to(daemon):
    with contextlib.closing(sqlite3.connect(pathlib.Path(daemon.home.path) / "postseal.db")) as base:
        return [row[0] for row in base.execute("SELECT address FROM sent ORDER BY address")]


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_written_to_counts_when_it_was_accepted(alice, fake, level):
    """That we wrote to somebody is a sign of trust: not what the provider refused, and no report from nobody."""
    before = sent_to(alice)
    fake.faults["dot"] = [b"554 5.7.1 not this one"]
    assert end(alice, message(ALICE, BOB, X_Postseal_Level=level))[0] == 554
    fake.faults["data"] = [CLOSE]
    assert end(alice, message(ALICE, BOB, X_Postseal_Level=level))[0] == 451
    assert end(alice, message(ALICE, BOB, X_Postseal_Level=level), sender="")[0] == 250
    assert sent_to(alice) == before
    assert end(alice, message(ALICE, BOB, X_Postseal_Level=level), to=(BOB, CAROL))[0] == 250
    assert wait_for(lambda: sent_to(alice) == sorted(before + [BOB, CAROL]))


@pytest.mark.parametrize("chunks", [True, False])
def test_the_way_to_the_provider(alice, fake, chunks):
    """With the command to who takes it so, else after a 354; the same octets, and after a refusal the next one passes."""
    if not chunks:
        fake.keywords = [k for k in fake.keywords if k != "CHUNKING"]
    letter = message(ALICE, BOB, body=".\n..\n.dot\n\n.\n" + "x" * 70000 + "\n.\n", X_Postseal_Level="plain")
    fake.faults["dot"] = [b"554 5.7.1 not this one"]
    box = alice.smtp(ALICE)
    for code in (554, 250):
        box.mail(ALICE)
        box.rcpt(BOB)
        assert box.docmd("DATA")[0] == 354
        box.send(re.sub(rb"(?m)^\.", b"..", crlf(letter)) + b".\r\n")
        assert box.getreply()[0] == code
    (mail,) = fake.mails
    assert mail.octets.partition(b"\r\n\r\n")[2] == crlf(letter).partition(b"\r\n\r\n")[2]
    verbs = [line.split(" ")[0] for line in fake.said if not line.startswith(("EHLO", "AUTH", "QUIT"))]
    way, reset = (f"BDAT {len(mail.octets)} LAST", ["RSET"]) if chunks else ("DATA", [])
    assert way in fake.said
    assert verbs == ["MAIL", "RCPT", way[:4], *reset, "MAIL", "RCPT", way[:4]]


def test_too_big_only_when_it_is_sealed(acquainted, tmp_path, fake):
    """The provider waits for the message already: it gets none of it, and the program is told why."""
    fake.keywords = ("PIPELINING", "SIZE 16777216", "8BITMIME", "AUTH PLAIN")
    home = Home(shutil.copytree(acquainted, tmp_path / "alice"))
    letter = message(ALICE, BOB, body=("ü" * 60 + "\n") * 62000, X_Postseal_Level="sealed")
    with Daemon(home, fake, ALICE) as daemon:
        box = daemon.smtp(ALICE)
        box.mail(ALICE)
        box.rcpt(BOB)
        code, text = box.data(crlf(letter))
        assert (code, text[:5]) == (552, b"5.3.4") and "DATA" in fake.said
        assert box.docmd("NOOP")[0] == 421
        assert fake.mails == []
        assert not [p for p in (pathlib.Path(home.path) / "queue").rglob("*") if p.is_file()]
        assert end(daemon, message(ALICE, BOB))[0] == 250


def test_tag_of_a_message_from_nobody(alice, fake):
    """It leaves without its wish, and otherwise octet for octet unless the wish is another."""
    letter = message(ALICE, BOB, "[plain] hello", "x\n")
    assert end(alice, letter, sender="")[0] == 250
    assert fake.mails[0].octets == crlf(letter.replace(b"[plain] ", b""))
    assert end(alice, message(ALICE, BOB, "[sign] hello", "x\n"), sender="")[0] == 250
    assert field(fake.mails[1].octets, "Subject") == ["hello"]


@pytest.mark.parametrize("line", ["EHLO again", "HELO again"])
def test_one_reply_for_each_command(alice, fake, line):
    """The provider is gone when EHLO ends the open transaction."""
    box = alice.smtp(ALICE)
    box.mail(ALICE)
    fake.faults["rset"] = [CLOSE]
    assert box.docmd(line)[0] == 451
    assert box.docmd("NOOP")[0] == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        box.docmd("NOOP")


def test_notices_name_no_hidden_recipient(alice, fake):
    """They lie there in the clear."""
    letter = message(ALICE, BOB, "x", "the plans\n", X_Postseal_Level="sealed")
    fake.faults["dot"] = [None, b"451 4.3.0 later"]
    assert end(alice, letter, to=(BOB, CAROL))[0] == 250
    path = pathlib.Path(alice.home.path) / "queue/notices"
    assert wait_for(lambda: path.exists() and "4.3.0" in path.read_text())
    assert "somebody at example.test waits" in path.read_text()
    assert not [p for p in alice.home.path.rglob("*")
                if p.is_file() and ".db" not in p.name and b"carol@" in p.read_bytes()]


def test_login_with_an_address_as_people_write_it(tmp_path, fake):
    home = Home(tmp_path / "home")
    home.add("me@xn--bcher-kva.example", "--profile", "p256")
    with Daemon(home, fake, "me@xn--bcher-kva.example", options={"user": "alice"}) as daemon:
        with smtplib.SMTP("127.0.0.1", daemon.ports["smtp"], "localhost") as box:
            box.ehlo()
            words = base64.b64encode("\0me@bücher.example\0alice's password".encode()).decode()
            assert box.docmd("AUTH PLAIN " + words)[0] == 235
