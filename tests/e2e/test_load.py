"""Many sessions, a large mailbox, a large message: time and memory of the daemon stay bounded."""
import os
import re
import threading
import time

import pytest

from correspondents import is_sealed
from daemon import Daemon, people, require_daemon
from imapraw import Raw
from lib import Home, message
from provider import MAIL_UID, Provider, wait_for

ALICE, BOB, MANY = (n + "@example.test" for n in ("alice", "bob", "many"))
BOUND = 64 << 10  # KiB of resident memory
SESSIONS, BUSY, MAILBOX = 200, 20, 100000


@pytest.fixture(scope="module")
def provider():
    require_daemon()
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, MANY)}, mbox=(MANY,)) as made:
        yield made


@pytest.fixture
def alice(provider, tmp_path):
    home = Home(tmp_path / "alice")
    home.add(ALICE, "--profile", "p256")
    home.add(MANY, "--profile", "p256")
    with Daemon(home, provider, ALICE, MANY) as made:
        yield made


def direct(provider, address):
    raw = Raw(provider.ports["imaps"], provider.context())
    raw.login(provider.login(address), provider.password(address))
    return raw


def report(what):
    """A line in the log of the tests."""
    print(f"# {what}", flush=True)


def test_idle_and_busy_sessions(provider, alice):
    for number in range(200):
        text = message(ALICE, ALICE, f"number {number}", "some text\n" * 50)
        provider.deliver(ALICE, alice.home.protect(text, "sealed") if number % 20 == 0 else text)
    before = alice.memory()
    idle = []
    try:
        for _ in range(SESSIONS):
            raw = alice.raw(ALICE)
            idle.append(raw)
            raw.ok(b"SELECT INBOX")
            raw.send(b"i1 IDLE\r\n")
            assert raw.response().startswith(b"+")
        waiting = alice.memory()
        errors, threads = [], [threading.Thread(target=lambda: fetch_all(alice, errors)) for _ in range(BUSY)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        taken = time.monotonic() - start
        assert not errors, errors[:3]
        provider.deliver(ALICE, message(BOB, ALICE, "news", "x\n"))
        for raw in idle:
            while b"EXISTS" not in raw.response():
                pass
            raw.send(b"DONE\r\n")
            raw.until(b"i1")
    finally:
        for raw in idle:
            raw.close()
    most = alice.memory("VmHWM")
    report(f"memory: {before} KiB at rest, {waiting} KiB with {SESSIONS} idle sessions, {most} KiB at most with {BUSY} fetching "
           f"(20 x 200 messages in {taken:.1f} s)")
    assert most < BOUND
    assert wait_for(lambda: alice.threads() < 30, 20), alice.threads()


def fetch_all(daemon, errors):
    try:
        with daemon.raw(ALICE) as raw:
            raw.ok(b"SELECT INBOX")
            got = raw.fetch("1:*", "(UID FLAGS RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])")
            assert len(got) >= 200 and all(int(v["RFC822.SIZE"]) == len(v["BODY[]"]) for v in got.values())
    except Exception as error:  # told by the main thread
        errors.append(repr(error))


def test_large_mailbox(provider, alice):
    """A hundred thousand messages listed and searched without a copy of them."""
    path = provider.folder / "mail/many/inbox"
    with open(path, "wb") as inbox:
        for number in range(MAILBOX):
            inbox.write(b"From writer@example.net Fri Nov 20 10:00:00 2026\nFrom: writer%d@example.net\nTo: many@example.test\n"
                        b"Subject: letter %d\nDate: Fri, 20 Nov 2026 10:00:00 +0000\nMessage-ID: <%d@example.net>\n\n"
                        b"number %d\n\n" % (number % 100, number, number, number))
    os.chown(path, MAIL_UID, MAIL_UID)
    box = provider.imap(MANY)  # so that Dovecot's own index is not what is measured
    box.select()
    box.fetch("1:*", "(RFC822.SIZE ENVELOPE)")
    times = {}
    with alice.raw(MANY) as raw, direct(provider, MANY) as other:
        for name, what in (("select", b"SELECT INBOX"), ("flags", b"UID FETCH 1:* (FLAGS)"),
                           ("list", b"FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE)"),
                           ("search", b'SEARCH SUBJECT "letter 99999"'), ("search all", b"UID SEARCH FROM writer7@")):
            times[name] = []
            for connection in (raw, other):
                start = time.monotonic()
                found = connection.ok(what)
                times[name].append(time.monotonic() - start)
                if name in ("flags", "list"):
                    assert sum(b" FETCH " in f for f in found) == MAILBOX
        assert raw.search('SUBJECT "letter 99999"') == [MAILBOX]
        assert len(raw.search('FROM writer7@')) == MAILBOX // 100
    most = alice.memory("VmHWM")
    home = sum(p.stat().st_size for p in alice.home.path.rglob("*") if p.is_file())
    report(f"{MAILBOX} messages: " + ", ".join(f"{n} {a:.2f} s ({b:.2f} s directly)" for n, (a, b) in times.items()) + f"; {most} KiB at most, "
           f"{home >> 10} KiB in the home")
    box.logout()
    assert most < BOUND and home < 32 << 20


def big(sender, to, level):
    """A message with 50 MB in base64."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n"
    text = message(sender, to, f"large {level}", "", X_Postseal_Level=level)
    head = text.replace(b"Content-Type: text/plain; charset=utf-8", b"Content-Type: application/octet-stream\n"
                        b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=large")
    return head + line * (50_000_000 // 57)


@pytest.mark.parametrize("level, times", [("plain", 4), ("signed", 6), ("sealed", 8)])
def test_large_message(provider, tmp_path, level, times):
    """There and back; of memory a few times its size."""
    with people(provider, tmp_path, ALICE, BOB) as made:
        alice, bob = made["alice"], made["bob"]
        text = big(ALICE, BOB, level)
        start = time.monotonic()
        alice.send(text)
        sent = time.monotonic() - start
        got = bob.arrived(text, 60)
        assert is_sealed(got) == (level == "sealed")
        start = time.monotonic()
        view = bob.read(text)
        read = time.monotonic() - start
        body = re.sub(rb"\s", b"", text.partition(b"\n\n")[2])
        assert body in re.sub(rb"\s", b"", view)
        memory = {n: p.daemon.memory("VmHWM") for n, p in made.items()}
        report(f"{len(text) >> 20} MB {level}: sent in {sent:.1f} s, read in {read:.1f} s; sender's daemon {memory['alice']} KiB, "
               f"reader's {memory['bob']} KiB at most")
        provider.empty(BOB)
        assert max(memory.values()) < BOUND + times * (len(text) >> 10)
