"""What the attacks on the IMAP session share: a lying provider, a daemon, two people."""
import os
import re
import shutil

import pytest

from daemon import Daemon
from fake_imap import FakeImap
from imapraw import Raw
from lib import Home, delivered, message
from provider import wait_for

ALICE, BOB = "alice@example.test", "bob@example.test"
TAG = re.compile(rb"^\S+ (OK|NO|BAD)\b")
OURS = b"$postseal"
MIB = 1 << 20
SANITIZED = "asan" in os.environ.get("POSTSEALD", "")
VALIDITIES = iter(range(1000, 100000))


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    with FakeImap(tmp_path_factory.mktemp("fake")) as made:
        yield made


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    made = {a: Home(tmp_path_factory.mktemp("home")) for a in (ALICE, BOB)}
    for address, home in made.items():
        home.add(address, "--profile", "p256")
    made[ALICE].meet(made[BOB], ALICE, BOB)
    made[BOB].meet(made[ALICE], BOB, ALICE)
    return made


@pytest.fixture(scope="module")
def letters(homes):
    """Messages sealed by Alice to Bob; the text of number n says so."""
    return [delivered(homes[ALICE].protect(message(ALICE, BOB, f"SUBJECT-{n}.", f"SECRET-{n}.\n"), "sealed", "--rcpt", BOB))
            for n in range(6)]


@pytest.fixture(scope="module")
def running(fake, homes):
    with Daemon(homes[BOB], fake, BOB, (ALICE, homes[ALICE])) as made:
        yield made


@pytest.fixture
def own(homes, tmp_path):
    """Bob's home once more, for a daemon beside the other one."""
    return Home(shutil.copytree(homes[BOB].path, tmp_path / "own", ignore=shutil.ignore_patterns("run", "*.lock", "postseald.*")))


@pytest.fixture
def daemon(running, fake):
    """The daemon, alive before and after; mailboxes are new ones for every test."""
    fake.reset()
    fake.anybody = False
    fake.validity.update({n: next(VALIDITIES) for n in fake.boxes})
    if running.process.poll() is not None:
        running.process.stdout.close()
        running.start()
    yield running
    assert alive(running), "the daemon is dead:\n" + running.log()[-4000:]


def alive(daemon):
    """A process that was shot falls only after a while."""
    return not wait_for(lambda: daemon.process.poll() is not None, 0.03)


@pytest.fixture
def bob(daemon, fake):
    with Raw(daemon.ports["imap"], timeout=30) as raw:
        raw.login("bob", fake.password(BOB))
        yield raw


def peak(daemon):
    return daemon.memory("VmHWM") / 1024


def reset_peak(daemon):
    with open(f"/proc/{daemon.process.pid}/clear_refs", "w", encoding="ascii") as f:
        f.write("5")
    return daemon.memory() / 1024


def pump(link, octets, count):
    for _ in range(count):
        link.send(octets)


def say(*lines, end=b"OK done"):
    """A hook that answers these lines and its tag."""
    def hook(session, tag, _args, _uid):
        session.send(b"".join(line + b"\r\n" for line in lines) + tag + b" " + end + b"\r\n")
        return True
    return hook


def large(header, size):
    return header + b"Subject: large\r\n\r\n" + b"x" * (size - len(header) - 18)


CMS = b"From: a@example.test\r\nMessage-ID: <big@example.test>\r\nMIME-Version: 1.0\r\n" \
    b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n"
SIGNED = b"From: a@example.test\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n"
PLAIN = b"From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: PLAINSUBJECT\r\nMessage-ID: <draft@example.test>\r\n\r\nPLAINTEXT\r\n"
