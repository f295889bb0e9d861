"""Attacks on the IMAP session: memory, work, large headers, what is learned and said of a message."""
import contextlib
import json
import re
import shutil
import signal
import socket
import threading
import time

import pytest

from daemon import Daemon
from fake_imap import Gone, Mail
from imap_attack import ALICE, BOB, CMS, MIB, OURS, SIGNED, TAG, large, peak, pump, reset_peak, say
from imap_attack import fake, homes, letters, running, own, daemon, bob
from imapraw import Raw, fetched
from lib import Home, delivered, message
from provider import wait_for


# -- memory

@pytest.mark.parametrize("item", [b"BODY[HEADER]", b"BODY[]", b"X-UNASKED", b"BODY[TEXT]"])
@pytest.mark.parametrize("head", [SIGNED, CMS + b"\r\n", b"Subject: x\r\n\r\n"], ids=["signed", "cms", "plain"])
def test_endless_literal(bob, daemon, fake, item, head):
    """400 MB really come."""
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")

    def hook(session, *_):
        session.send(b"* 1 FETCH (UID 1 %s {%d}\r\n%s" % (item, 400 * MIB + len(head), head))
        pump(session, b"z" * MIB, 400)
        session.send(b")\r\n")
        raise Gone
    fake.hooks["FETCH"] = hook
    before = reset_peak(daemon)
    bob.send(b"x FETCH 1 (UID %s)\r\n" % item)
    with contextlib.suppress(OSError):
        while bob.socket.recv(MIB):
            pass
    assert peak(daemon) - before < 300


def test_many_sealed_with_text(bob, daemon, fake):
    """What is asked of sealed messages is not kept for all of them at once."""
    fake.fill(*[large(CMS, 6 * MIB)] * 30)
    bob.ok(b"SELECT INBOX")
    before = reset_peak(daemon)
    bob.send(b"x UID FETCH 1:* (UID BODY.PEEK[TEXT])\r\n")
    with contextlib.suppress(OSError):
        tail = b""
        while b"\r\nx " not in tail:
            got = bob.socket.recv(MIB)
            if not got:
                break
            tail = (tail + got)[-100:]
    assert peak(daemon) - before < 100


@pytest.mark.parametrize("size", [30 * MIB, 70 * MIB, 100 * MIB])
def test_large_sealed_message_in_list(bob, daemon, fake, letters, size):
    """A large message of the sealed kind does not end the session, whatever is shown of it, and costs no gigabyte."""
    fake.fill(large(CMS, size), letters[0])
    bob.ok(b"SELECT INBOX")
    before = reset_peak(daemon)
    got = bob.fetch("1:*", "(UID ENVELOPE)", uid=True)
    assert got[2]["ENVELOPE"][1] == b"SUBJECT-0." and 1 in got
    bob.ok(b"NOOP")
    assert peak(daemon) - before < 300


def test_giant_search_answer(bob, daemon, fake, letters):
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, *_):
        session.send(b"* SEARCH")
        pump(session, b" 1 2 3 4 5 6 7 8" * 65536, 40)
        session.send(b"\r\n")
        session.ok(tag)
        return True
    fake.hooks["SEARCH"] = hook
    before = reset_peak(daemon)
    with contextlib.suppress(EOFError):
        bob.command(b"UID SEARCH BODY x")
    assert peak(daemon) - before < 300


@pytest.mark.parametrize("head", [b"* OK ", b"* FLAGS (", b"* 1 FETCH (FLAGS (", b"* CAPABILITY ", b"* LIST () NIL \"",
                                  b"* 1 FETCH (ENVELOPE ("])
def test_giant_line(bob, daemon, fake, head):
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")

    def hook(session, *_):
        session.send(head)
        pump(session, b"a b c d " * 131072, 100)
        raise Gone
    for name in ("NOOP", "FETCH"):
        fake.hooks[name] = hook
    before = reset_peak(daemon)
    bob.send(b"x FETCH 1 ENVELOPE\r\n" if b"ENV" in head else b"x NOOP\r\n")
    with contextlib.suppress(OSError):
        while bob.socket.recv(MIB):
            pass
    assert peak(daemon) - before < 300


@pytest.mark.parametrize("text", [b"a" * MIB, b"(" * MIB, b"{5}" * (MIB // 3), b'"' * MIB], ids=list("a({q"))
def test_client_sends_50_mb(bob, daemon, text):
    before = reset_peak(daemon)
    with contextlib.suppress(OSError):
        bob.send(b"x SEARCH ")
        pump(bob, text, 50)
        bob.send(b"\r\n")
        bob.until(b"x")
    assert peak(daemon) - before < 30


def test_client_literal_too_large(bob, daemon):
    """The command is refused with words, not by a hang."""
    before = reset_peak(daemon)
    bob.send(b"x SEARCH SUBJECT {50000000}\r\n")
    answer = bob.response()
    assert not answer.startswith(b"+"), "octets are asked for that nobody will read"
    assert TAG.match(answer) or answer.startswith(b"* BYE")
    assert peak(daemon) - before < 30


def test_large_draft(bob, daemon, fake):
    """A draft has to be held to be sealed; not five times."""
    text = large(b"From: bob@example.test\r\n", 40 * MIB)
    before = reset_peak(daemon)
    bob.send(b"x APPEND Drafts (\\Draft) {%d+}\r\n" % len(text))
    bob.send(text + b"\r\n")
    assert bob.until(b"x")[-1].startswith(b"x OK")
    assert b"x" * 1000 not in fake.heard
    assert peak(daemon) - before < 300


def test_client_that_does_not_read(daemon, fake):
    """The provider is held back; nothing piles up, and the thread ends when the client goes."""
    fake.fill(large(b"a: b\r\n", 60 * MIB))
    threads, before = daemon.threads(), reset_peak(daemon)
    raw = Raw(daemon.ports["imap"])
    raw.login("bob", fake.password(BOB))
    raw.ok(b"SELECT INBOX")
    raw.send(b"".join(b"a%d FETCH 1 BODY[]\r\n" % i for i in range(500)))
    time.sleep(2)
    assert peak(daemon) - before < 60
    raw.close()
    assert wait_for(lambda: daemon.threads() <= threads + 4, 15), "a thread does not end"


# -- work

def test_chunks_of_a_large_message(bob, fake, homes):
    """Thunderbird reads in pieces: the whole is not fetched and opened again for each."""
    text = message(ALICE, BOB, "large", "")
    text += b"".join(b"%07d %s\n" % (i, b"l" * 60) for i in range(120000))
    fake.fill(delivered(homes[ALICE].protect(text, "sealed", "--rcpt", BOB)))
    bob.ok(b"SELECT INBOX")
    size = int(bob.fetch(1, "RFC822.SIZE", uid=True)[1]["RFC822.SIZE"])
    parts = b""
    while len(parts) < size and len(parts) < 20 * 65536:
        got = bob.fetch(1, f"BODY.PEEK[]<{len(parts)}.65536>", uid=True)[1]
        parts += got[f"BODY[]<{len(parts)}>"]
    assert len([c for c in fake.commands(b"FETCH") if b"<0.13" in c]) <= 3


@pytest.mark.parametrize("command", [b"SEARCH BODY x", b"UID SEARCH BODY x", b"UID FETCH 1:* (UID ENVELOPE)"])
def test_lines_of_bearable_length(bob, fake, letters, command):
    """Many sealed messages between others: what we ask is no longer than servers read (RFC 7162 section 4: 8192)."""
    plain = b"Subject: plain\r\n\r\nx\r\n"
    for i in range(3000):
        fake.boxes[b"INBOX"].append(Mail(1000001 + i, letters[0] if i % 2 else plain))
    bob.ok(b"SELECT INBOX")
    bob.ok(command)
    assert max(len(line) for line in fake.said) <= 8192


# -- small things

def test_provider_without_capabilities(daemon, fake):
    fake.hooks["CAPABILITY"] = say(end=b"BAD what?")
    with Raw(daemon.ports["imap"]) as raw:
        said = b"".join(raw.command(b'LOGIN bob "%s"' % fake.password(BOB).encode()))
        assert b"(null)" not in said


@pytest.mark.parametrize("command", [b"APPEND Archive {3+}\r\nabc {3+}\r\ndef\r\n", b"APPEND Archive CATENATE (TEXT {3+}\r\nabc)\r\n"])
def test_pass_through_account(fake, own, command):
    """Where nothing is opened, MULTIAPPEND and CATENATE are offered, so they pass."""
    fake.reset()
    fake.capability += b" MULTIAPPEND CATENATE"
    try:
        with Daemon(own, fake, BOB, options={"opens": "no"}) as made, Raw(made.ports["imap"]) as raw:
            said = b"".join(raw.login("bob", fake.password(BOB)))
            if command.split()[2].strip(b"(") in (b"CATENATE",):
                assert b"CATENATE" in said
            raw.send(b"x " + command)
            assert raw.until(b"x")[-1].startswith(b"x OK")
            assert fake.stored
    finally:
        fake.capability = fake.capability.replace(b" MULTIAPPEND CATENATE", b"")


@pytest.mark.parametrize("state", ["silent", "drip", "append", "login"])
def test_end_while_the_provider_hangs(fake, own, state):
    """SIGTERM ends the daemon within seconds, whatever the provider does not say."""
    fake.reset()
    fake.fill(b"x: y\r\n\r\n")
    made = Daemon(own, fake, BOB)
    try:
        raw = Raw(made.ports["imap"])
        hang = threading.Event()
        if state == "login":
            fake.hooks["AUTHENTICATE"] = lambda *_: hang.wait(40) or True
            raw.send(b'x LOGIN bob "%s"\r\n' % fake.password(BOB).encode())
        else:
            raw.login("bob", fake.password(BOB))
            raw.ok(b"SELECT INBOX")

            def drip(session, *_):
                session.send(b"* 1 FETCH (BODY[] {100000}\r\n")
                while not hang.wait(0.2):
                    session.send(b"x")
                raise Gone
            fake.hooks["FETCH"] = drip if state == "drip" else lambda *_: hang.wait(40) or True
            raw.send(b"x APPEND Archive {100+}\r\nx" if state == "append" else b"x FETCH 1 BODY[]\r\n")
        time.sleep(1)
        made.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        made.process.wait(45)
        assert time.monotonic() - begun < 38  # TimeoutStopSec is 40
        hang.set()
        raw.close()
    finally:
        fake.hooks.clear()
        if made.process.poll() is None:
            made.kill()


# -- large headers

LIMIT = 256 << 10  # octets of a header that are read


def long_header(size):
    """An ordinary message whose header with its empty line has this size."""
    head = b"From: eve@evil.test\r\nTo: bob@example.test\r\nSubject: x\r\nMessage-ID: <large@evil.test>\r\n"
    head += (b"X-F: " + b"y" * 990 + b"\r\n") * ((size - len(head) - 1200) // 997)
    head += b"X-F: " + b"y" * (size - len(head) - 9) + b"\r\n\r\n"
    assert len(head) == size
    return head + b"hello\r\n"


@pytest.mark.parametrize("status", ["every", "opened"])
def test_header_at_the_limit(own, fake, status):
    """No message makes its mailbox unreadable, though a view has a line more."""
    fake.reset()
    sizes = [LIMIT + n for n in (-1000, -100, -3, -2, -1, 0, 1)]
    fake.fill(*map(long_header, sizes), b"From: x@y\r\nSubject: second\r\n\r\ntext\r\n")
    with Daemon(own, fake, BOB, options={"status": status}) as d, Raw(d.ports["imap"], timeout=30) as raw:
        raw.login("bob", fake.password(BOB))
        raw.ok(b"SELECT INBOX")
        for items in ("(UID BODY.PEEK[])", "(UID ENVELOPE)", "(UID RFC822.SIZE)"):
            got = raw.fetch("1:*", items)
            assert set(got) == set(range(1, len(sizes) + 2))
        raw.search("TEXT second")


FIELD = b"Postseal-Status: verified; signature=ok\r\n"


@pytest.mark.parametrize("items", ["BODY.PEEK[]", "BODY.PEEK[HEADER]", "(RFC822.SIZE BODY.PEEK[HEADER])", "BODY.PEEK[]<0.400000>",
                                   "BODY.PEEK[HEADER.FIELDS (POSTSEAL-STATUS)]"])
@pytest.mark.parametrize("place", ["first", "last", "both"])
def test_status_in_a_long_header(bob, fake, place, items):
    """What cannot be taken out becomes another field; lengths and all else stay."""
    head = FIELD * (place != "last") + long_header(300 << 10)[:-9] + FIELD * (place != "first") + b"\r\n"
    fake.fill(head + b"hello\r\n" + FIELD)
    bob.ok(b"SELECT INBOX")
    shown = max((v for v in bob.fetch("1", items)[1].values() if isinstance(v, bytes)), key=len)
    changed = FIELD.replace(b"us:", b"u_:")
    fields = changed * (2 if place == "both" else 1) + b"\r\n"
    whole = head.replace(FIELD, changed)
    assert shown == (fields if "FIELDS" in items else whole if "HEADER]" in items else whole + b"hello\r\n" + FIELD)


def test_status_of_what_stays_closed(bob, fake):
    """A sealed message to somebody else may not bring a status either."""
    fake.fill(FIELD + CMS + b"\r\nMIAGCSqGSIb3\r\n")
    bob.ok(b"SELECT INBOX")
    for items in ("BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[HEADER.FIELDS (POSTSEAL-STATUS)]"):
        got = bob.fetch("1", items)[1]
        assert not any(b"verified" in v for v in got.values() if isinstance(v, bytes)), got


# -- what is learned


@pytest.fixture
def junk(fake):
    fake.boxes[b"Zzz"] = []
    fake.special[b"Zzz"] = b"\\Junk"
    fake.validity[b"Zzz"] = 4711
    yield b"Zzz"
    del fake.boxes[b"Zzz"], fake.special[b"Zzz"]


@pytest.mark.parametrize("level", ["signed", "sealed"])
@pytest.mark.parametrize("status", ["opened", "every"])
def test_junk_teaches_nothing(own, fake, junk, tmp_path, level, status):
    """No leap of faith from the junk folder; elsewhere, the same mail teaches."""
    fake.reset()
    fake.validity[junk] = 4711
    eve = Home(tmp_path / "eve")
    eve.add("eve@evil.test", "--profile", "p256")
    eve.meet(Home(shutil.copytree(own.path, tmp_path / "twin")), "eve@evil.test", BOB)
    spam = [delivered(eve.protect(message("eve@evil.test", BOB, f"buy {n}", "buy\n"), level, "--rcpt", BOB)) for n in range(2)]
    fake.fill(spam[0], box=junk)
    fake.fill(spam[1])
    with Daemon(own, fake, BOB, options={"status": status}) as d, Raw(d.ports["imap"], timeout=30) as raw:
        raw.login("bob", fake.password(BOB))
        known = lambda: b"eve@evil.test" in own.out("peers")
        raw.ok(b"SELECT " + junk)
        raw.fetch("1", "(UID BODY.PEEK[])")
        raw.fetch("1", "(UID ENVELOPE)")
        assert not wait_for(known, 4)
        raw.ok(b"SELECT INBOX")
        raw.fetch("1", "(UID BODY.PEEK[])")
        assert wait_for(known, 10)


@pytest.mark.parametrize("level", ["signed", "sealed"])
@pytest.mark.parametrize("status", ["opened", "every"])
def test_what_was_no_junk_teaches_later(own, fake, junk, tmp_path, level, status):
    """First seen in the junk folder, then moved: the very same message teaches, and looks as before."""
    fake.reset()
    fake.validity[junk] = 4711
    carol = Home(tmp_path / "carol")
    carol.add("carol@friend.test", "--profile", "p256")
    carol.meet(Home(shutil.copytree(own.path, tmp_path / "twin")), "carol@friend.test", BOB)
    letter = delivered(carol.protect(message("carol@friend.test", BOB, "hello", "hello\n"), level, "--rcpt", BOB))
    fake.fill(letter, box=junk)
    with Daemon(own, fake, BOB, options={"status": status}) as d, Raw(d.ports["imap"], timeout=30) as raw:
        raw.login("bob", fake.password(BOB))
        known = lambda: b"carol@friend.test" in own.out("peers")
        raw.ok(b"SELECT " + junk)
        before = raw.fetch("1", "(BODY.PEEK[])")[1]
        assert not wait_for(known, 3)
        fake.fill(letter)
        raw.ok(b"SELECT INBOX")
        assert raw.fetch("1", "(BODY.PEEK[])")[1] == before
        assert wait_for(known, 10)


def test_learned_after_a_broken_fetch(own, fake, homes, tmp_path):
    """A mail program that goes away in the middle of a message: the next one's fetch teaches."""
    fake.reset()
    eve = Home(tmp_path / "eve")
    eve.add("eve@example.org", "--profile", "p256")
    fake.fill(delivered(eve.protect(message("eve@example.org", BOB, "hello", "hello\n"))))
    octets = fake.boxes[b"INBOX"][0].octets

    def stop(session, _tag, _args, _uid):
        session.send(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(octets) + octets[:-100])
        raise Gone
    with Daemon(own, fake, BOB) as d:
        for hook in (stop, None):
            fake.hooks["FETCH"] = hook or (lambda *_: False)
            with Raw(d.ports["imap"], timeout=30) as raw, contextlib.suppress(EOFError):
                raw.login("bob", fake.password(BOB))
                raw.ok(b"SELECT INBOX")
                raw.fetch("1", "(UID BODY.PEEK[])")
        assert wait_for(lambda: b"eve@example.org" in own.out("peers"), 10)


# -- what is said of a message


def has_keyword(response):
    return OURS in response.lower()


@pytest.mark.parametrize("command", [b"NOOP", b"STORE 2 +FLAGS (\\Seen)"])
def test_keyword_in_flags_without_uid(bob, fake, letters, command):
    """FLAGS are all flags of a message (RFC 9051 section 7.5.2): the keyword does not come and go."""
    verb = command.split()[0].decode()
    fake.fill(b"From: x@y\r\n\r\nplain\r\n", letters[0])
    bob.ok(b"SELECT INBOX")
    bob.fetch("1:2", "(UID BODY.PEEK[])")
    assert has_keyword(b" ".join(bob.fetch("2", "(UID FLAGS)")[2]["FLAGS"]))
    fake.hooks[verb] = say(b"* 1 FETCH (FLAGS ())", b"* 2 FETCH (FLAGS (\\Seen))")
    assert [has_keyword(r) for r in bob.command(command)[:2]] == [False, True]
    fake.hooks["NOOP"] = say(b"* 1 EXPUNGE", b"* 1 FETCH (FLAGS (\\Seen))", b"* 2 FETCH (FLAGS ())")
    assert [has_keyword(r) for r in bob.command(b"NOOP")[1:3]] == [True, False]
    fake.hooks["NOOP"] = say(b"* VANISHED 7", b"* 1 FETCH (FLAGS (\\Seen))")
    assert not has_keyword(bob.command(b"NOOP")[1])


def ask_verdict(home, message_id):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(home.path / "run/postseal/socket"))
        s.sendall(json.dumps({"method": "verdict", "account": BOB, "message_id": message_id}).encode() + b"\n")
        return json.loads(s.makefile().readline())


@pytest.mark.parametrize("forged_first", [True, False])
@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_two_messages_of_one_id(bob, fake, homes, level, forged_first):
    """A verdict is asked for by Message-ID, which anybody can copy: then there is none."""
    name = f"<{level}{forged_first}@example.test>"
    real = delivered(homes[ALICE].protect(message(ALICE, BOB, "real", "real\n", Message_ID=name), level, "--rcpt", BOB))
    forged = message(ALICE, BOB, "pay me", "pay to eve\n", Message_ID=name).replace(b"\n", b"\r\n")
    fake.fill(*([forged, real] if forged_first else [real, forged]))
    bob.ok(b"SELECT INBOX")
    bob.fetch("1", "(UID BODY.PEEK[])")
    first = wait_for(lambda: (lambda v: v if "summary" in v else None)(ask_verdict(homes[BOB], name)), 10)
    assert first["signature"]["valid"] != forged_first and "ambiguous" not in first
    bob.fetch("1", "(UID BODY.PEEK[])")
    assert ask_verdict(homes[BOB], name) == first
    bob.fetch("2", "(UID BODY.PEEK[])")
    assert wait_for(lambda: ask_verdict(homes[BOB], name).get("ambiguous"), 10)
    both = ask_verdict(homes[BOB], name)
    assert both["summary"] == "unprotected" and not both["signature"]["valid"]
