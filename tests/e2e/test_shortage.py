"""What runs short: descriptors, room on the disk, time to end. Nothing is lost, nobody spins, and all is well afterwards."""
import contextlib
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemon import Daemon
from imapraw import Raw, blind
from lib import Home, message
from provider import wait_for
from test_faults import (ALICE, BOB, EVERYBODY, acquainted, alice, bcc_letter, crlf, fake, queue_files, rcpts, send,  # noqa: F401
                         send_as_programs_do)

DOORS = ("smtp", "imap", "pop3")
SMTP_LOGIN = b"AUTH PLAIN AGFsaWNlAGFsaWNlJ3MgcGFzc3dvcmQ=\r\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("alice"))
    made.add(ALICE, "--profile", "p256")
    return made


def processor(daemon):
    """Seconds of it that the daemon has used."""
    words = pathlib.Path(f"/proc/{daemon.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def knock(daemon, door, says=b""):
    box = socket.create_connection(("127.0.0.1", daemon.ports[door]), 20)
    box.settimeout(3)
    box.sendall(says)
    return box


# -- descriptors

class Poor(Daemon):
    """With few descriptors, and little patience."""

    def command(self):
        return ["prlimit", "--nofile=64:64", *super().command(), "--login-seconds", "2"]


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_few_descriptors(home, fake, tls):  # noqa: F811
    """More clients than there are descriptors: the rest waits, and everybody's mail leaves in the end."""
    def talk(box):
        try:
            box.sendall(b"\x16\x03\x01\x02\x00\x01" if tls == "implicit" else b"EHLO x\r\n" + SMTP_LOGIN)
            while box.recv(4096):
                pass
        except OSError:
            pass

    with Poor(home, fake, ALICE, tls=tls) as daemon:
        for _ in range(2):
            boxes = [knock(daemon, door) for door in (*DOORS, "http") * 25]
            threads = [threading.Thread(target=talk, args=(box,)) for box in boxes[::2]]
            for thread in threads:
                thread.start()
            used = processor(daemon)
            time.sleep(2)
            assert processor(daemon) - used < 1
            assert daemon.process.poll() is None and descriptors(daemon) < 64
            for thread in threads:
                thread.join(30)
            for box in boxes:
                box.close()
        assert wait_for(lambda: descriptors(daemon) < 40, 20), descriptors(daemon)
        if tls == "none":
            assert wait_for(lambda: send(daemon, message(ALICE, BOB)) == 250, 30)


def test_hundreds_of_strangers(home, fake):  # noqa: F811
    """Nearly as many as each door has places: mail leaves as quickly, memory and processor are bounded."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if 0 <= hard < 4096:
        pytest.skip("the limit of descriptors is too low")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 4096), hard))
    with Daemon(home, fake, ALICE) as daemon:
        memory = daemon.memory()
        boxes = [knock(daemon, door, b"EHL") for door in DOORS * 450]
        assert wait_for(lambda: daemon.threads() > 1000, 20), daemon.threads()
        used = processor(daemon)
        assert send(daemon, message(ALICE, BOB)) == 250
        assert processor(daemon) - used < 3
        assert daemon.memory() - memory < 64 << 10
        for box in boxes:
            box.close()
        assert wait_for(lambda: daemon.threads() < 20, 20)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_half_a_greeting_holds_up_nobody(home, fake, tls):  # noqa: F811
    """Of TLS: a client that stops in the middle of its first record takes none of the few threads that do handshakes."""
    with Daemon(home, fake, ALICE, tls=tls) as daemon, contextlib.ExitStack() as stack:
        for _ in range(60):
            box = stack.enter_context(knock(daemon, "smtp"))
            if tls == "starttls":
                box.recv(4096)
                box.sendall(b"STARTTLS\r\n")
                assert box.recv(4096).startswith(b"220")
            box.sendall(b"\x16\x03\x01\x02\x00\x01")
        time.sleep(0.5)
        start = time.monotonic()
        with Raw(daemon.ports["imap"], blind() if tls == "implicit" else None) as raw:
            if tls == "starttls":
                raw.starttls(blind())
            raw.ok(b"NOOP")
        assert time.monotonic() - start < 3


# -- threads

LIMIT = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
int pthread_create(void *thread, const void *attributes, void *run, void *data)
{
	int (*create)(void *, const void *, void *, void *) = dlsym(RTLD_NEXT, "pthread_create");
	return access(getenv("TEST_LIMIT"), F_OK) == 0 ? EAGAIN : create(thread, attributes, run, data);
}
"""


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_no_more_threads(home, fake, tmp_path, level):  # noqa: F811
    """Whoever is there already sends his letter and leaves; then there are threads again."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, library, limit = tmp_path / "limit.c", tmp_path / "limit.so", tmp_path / "limit"
    source.write_text(LIMIT, encoding="ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)

    class Few(Daemon):
        def command(self):
            return ["env", f"LD_PRELOAD={library}", f"TEST_LIMIT={limit}", "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0", *super().command()]

    with Few(home, fake, ALICE) as daemon:
        box = daemon.smtp(ALICE)
        limit.touch()
        assert box.sendmail(ALICE, ALICE, crlf(message(ALICE, ALICE, X_Postseal_Level=level))) == {}
        box.quit()
        tasks = pathlib.Path(f"/proc/{daemon.process.pid}/task")
        assert wait_for(lambda: "client" not in [task.read_text(encoding="ascii").strip() for task in tasks.glob("*/comm")], 10)
        limit.unlink()
        assert send(daemon, message(ALICE, BOB)) == 250
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(10) == 0
        daemon.start()


# -- the end

STATES = [("implicit", door, [b""]) for door in DOORS] + [
    ("implicit", "smtp", [b"\x16\x03\x01"]),
    ("none", "smtp", [b"EHL"]), ("none", "imap", [b"a NOO"]), ("none", "pop3", [b"CAP"]),
    ("none", "smtp", [b"EHLO x\r\n", b"AUTH LOGIN\r\n"]), ("none", "imap", [b"a AUTHENTICATE LOGIN\r\n"]),
    ("none", "pop3", [b"AUTH LOGIN\r\n"]), ("none", "imap", [b"a LOGIN {5}\r\n"]),
    ("none", "smtp", [b"EHLO x\r\n", SMTP_LOGIN, b"MAI"]),
]


@pytest.mark.parametrize("tls, door, says", STATES)
def test_the_end_does_not_wait_for_half_a_word(home, fake, tls, door, says):  # noqa: F811
    daemon = Daemon(home, fake, ALICE, tls=tls)
    with knock(daemon, door) as box:
        for word in says:
            if tls == "none":
                box.recv(4096)
            box.sendall(word)
        time.sleep(0.3)
        daemon.stop(5)


def test_the_end_waits_for_a_message(alice, fake):  # noqa: F811
    """What the provider has in its hands comes to its end, and the mail program hears of it."""
    asked = threading.Event()
    fake.faults["dot"] = [lambda: (asked.set(), time.sleep(2))]
    refused = []
    box = alice.smtp(ALICE)
    sender = threading.Thread(target=lambda: refused.append(box.sendmail(ALICE, EVERYBODY, crlf(bcc_letter()))))
    sender.start()
    assert asked.wait(10)
    alice.process.send_signal(signal.SIGTERM)
    sender.join(20)
    assert refused == [{}] and alice.process.wait(10) == 0
    box.close()
    alice.start()
    alice.smtp(ALICE).quit()
    assert rcpts(fake) == sorted(EVERYBODY)


# -- the disk

def room(daemon, octets):
    """How long a file of the daemon's may become from now on."""
    hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (octets, hard))


class Letter:
    """In one copy or several, and what becomes of it while the disk is full."""

    def __init__(self, kind):
        self.to = EVERYBODY if kind == "copies" else [BOB]
        self.octets = bcc_letter() if kind == "copies" else message(ALICE, BOB, kind, "some text\n", X_Postseal_Level=kind)

    def settles(self, daemon, fake, code):  # noqa: F811
        """There is room again: what was not accepted is sent again, and everybody gets it once."""
        room(daemon, resource.RLIM_INFINITY)
        assert daemon.process.poll() is None and code in (250, 451, 452), (code, daemon.log()[-2000:])
        if code == 250:
            daemon.smtp(ALICE).quit()
        else:
            assert not fake.mails
            send_as_programs_do(daemon, self.octets, self.to)
        assert wait_for(lambda: rcpts(fake) == sorted(self.to)), rcpts(fake)
        assert not [f for f in queue_files(daemon) if f.suffix in (".to", ".mail")]


@pytest.mark.parametrize("kind", ["plain", "signed", "sealed", "copies"])
@pytest.mark.parametrize("used", [False, True])
def test_a_full_disk(alice, fake, kind, used):  # noqa: F811
    """Before anything was sent; used: after the store was opened."""
    letter = Letter(kind)
    if used:
        assert send(alice, message(ALICE, BOB)) == 250
        fake.mails.clear()
    room(alice, 1)
    code = send(alice, letter.octets, letter.to)
    assert code == 451 or (used and kind != "copies")
    letter.settles(alice, fake, code)


@pytest.mark.parametrize("kind", ["signed", "sealed", "copies"])
@pytest.mark.parametrize("stage", ["mail", "data", "dot", "accepted"])
def test_the_disk_is_full_from_then_on(alice, fake, kind, stage):  # noqa: F811
    letter = Letter(kind)
    fake.faults[stage] = [lambda: room(alice, 1)]
    letter.settles(alice, fake, send(alice, letter.octets, letter.to))


def test_the_copy_for_sent_waits_for_room(alice, fake):  # noqa: F811
    """What left while the disk was full is written as soon as something else is."""
    def copies():
        return len(list((pathlib.Path(alice.home.path) / "sent").glob("*")))
    assert send(alice, message(ALICE, BOB)) == 250 and wait_for(lambda: copies() == 1)
    room(alice, 1)
    assert send(alice, Letter("sealed").octets) == 250
    time.sleep(1)  # the session ends, and tries
    room(alice, resource.RLIM_INFINITY)
    assert copies() == 1
    assert send(alice, message(ALICE, BOB)) == 250 and wait_for(lambda: copies() == 3), copies()
