"""Attacks on the IMAP session: what crashes, what confuses messages and people, forged keywords."""
import base64
import contextlib
import re
import socket
import threading
import time

import pytest

from daemon import Daemon
from fake_imap import Gone, Mail
from imap_attack import ALICE, BOB, CMS, OURS, PLAIN, SANITIZED, SIGNED, VALIDITIES, alive, peak, reset_peak, say
from imap_attack import fake, homes, letters, running, own, daemon, bob
from imapraw import Raw, fetched
from lib import delivered, field, message
from provider import make_certificates


# -- the harness itself

def test_honest(bob, fake, letters):
    """Through an honest fake, everything works: otherwise the attacks would show nothing."""
    fake.fill(letters[0], message(ALICE, BOB, "plain", "plain text\n").replace(b"\n", b"\r\n"))
    bob.ok(b"SELECT INBOX")
    got = bob.fetch("1:*", "(UID FLAGS ENVELOPE)")
    assert got[1]["ENVELOPE"][1] == b"SUBJECT-0." and got[1]["UID"] == b"1"
    assert b"SECRET-0." in bob.fetch("1", "BODY[]", uid=True)[1]["BODY[]"]
    assert b"SECRET-0." in bob.fetch("1", "BODY[TEXT]")[1]["BODY[TEXT]"]
    assert bob.fetch("2", "BODY[TEXT]")[2]["BODY[TEXT]"] == b"plain text\r\n"
    assert b"SECRET" not in fake.heard and b"SUBJECT" not in fake.heard
    assert bob.search("BODY SECRET-0.", uid=True) == [1]


# -- crashes

def test_nul_in_mailbox_of_append(bob, daemon):
    bob.send(b"x APPEND {5+}\r\nDr\0ft {5+}\r\nhello\r\n")
    with contextlib.suppress(EOFError, OSError):
        bob.until(b"x")
    assert alive(daemon)


@pytest.mark.parametrize("uid", [b"0", b"NIL", b"4294967296", b"(1)", b"-1", b'"1"', b"99999999999999999999999"])
@pytest.mark.parametrize("verb", ["SEARCH BODY x", "UID SEARCH BODY x", "FETCH 1 ENVELOPE", "UID FETCH 1 ENVELOPE"])
def test_strange_uid(bob, daemon, fake, letters, verb, uid):
    """A UID that is none, wherever one is expected."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    fake.hooks["FETCH"] = lambda s, tag, args, u: lie(s, tag, args, u, uid)
    with contextlib.suppress(EOFError):
        bob.command(verb.encode())
    assert alive(daemon)


def lie(session, tag, args, uid, said):
    numbers, items = session.items(args, uid)
    for number, mail in session.chosen(numbers, uid):
        values = [b"UID " + said if i == b"UID" else session.value(mail, i) for i in items]
        session.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(values)))
    session.ok(tag)
    return True


@pytest.mark.parametrize("size", [1 << 30, 4294967290, 4294967295, 4294967296, 5 << 30, (1 << 62)])
@pytest.mark.parametrize("item", [b"BODY[HEADER]", b"BODY[]", b"RFC822.HEADER", b"BODY[1]", b"X-UNASKED"])
@pytest.mark.parametrize("head", [SIGNED, CMS + b"\r\n", b"Subject: x\r\n\r\n"], ids=["signed", "cms", "plain"])
def test_announced_giant(bob, daemon, fake, size, item, head):
    """A literal that is announced costs nothing before it comes."""
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")

    def hook(session, *_):
        session.send(b"* 1 FETCH (UID 1 %s {%d}\r\n%s" % (item, size, head + b"y" * 100000))
        raise Gone
    fake.hooks["FETCH"] = hook
    before = reset_peak(daemon)
    with contextlib.suppress(EOFError):
        bob.command(b"FETCH 1 (UID %s)" % item)
    assert alive(daemon)
    assert peak(daemon) - before < 60 or SANITIZED


# -- one message taken for another

def test_numbers_shift_between_our_fetches(bob, fake, letters):
    """The provider's numbers shift before the second FETCH, which no honest one does: UIDs tell what is what."""
    fake.fill(letters[0], letters[1], letters[2], uid=11)
    bob.ok(b"SELECT INBOX")
    calls = []

    def hook(session, tag, args, uid):
        calls.append(args)
        if b"<0." in args and len(calls) == 2:
            session.send(b"* 1 EXPUNGE\r\n")
            session.box = session.box[1:]
        return False
    fake.hooks["FETCH"] = hook
    for octets in bob.ok(b"FETCH 2 (UID ENVELOPE)"):
        _, got = fetched(octets)
        if got.get("UID") == b"12":
            assert got["ENVELOPE"][1] in (b"SUBJECT-1.", b"outer")
    fake.hooks.clear()
    bob.ok(b"SELECT INBOX")
    for uid, wanted in ((12, b"SUBJECT-1."), (13, b"SUBJECT-2.")):
        assert bob.fetch(uid, "ENVELOPE", uid=True)[uid]["ENVELOPE"][1] == wanted


def test_expunge_during_uid_fetch(bob, fake, letters):
    """EXPUNGE is allowed during UID FETCH: numbers told after it are those after it."""
    fake.fill(letters[0], letters[1], letters[2], uid=11)
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, args, uid):
        if b"<0." in args:
            session.send(b"* 1 EXPUNGE\r\n")
            session.box = session.box[1:]
            fake.hooks.clear()
        return False
    fake.hooks["FETCH"] = hook
    numbers = {11: 1, 12: 2, 13: 3}
    for octets in bob.ok(b"UID FETCH 12:13 (UID ENVELOPE)"):
        if octets.startswith(b"* 1 EXPUNGE"):
            numbers = {12: 1, 13: 2}
        number, got = fetched(octets)
        if number:
            assert numbers[int(got["UID"])] == number, octets
            assert got["ENVELOPE"][1] == b"SUBJECT-%d." % (int(got["UID"]) - 11)


def test_numbers_shift_during_search(bob, fake, letters):
    """The same within SEARCH: whatever it answers, the views stay with their messages."""
    fake.fill(letters[0], letters[1], letters[2], uid=11)
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, args, uid):
        if b"<0." in args:
            session.send(b"* 1 EXPUNGE\r\n")
            session.box = session.box[1:]
            fake.hooks.clear()
        return False
    fake.hooks["FETCH"] = hook
    bob.command(b"SEARCH BODY SECRET-1.")
    bob.ok(b"SELECT INBOX")
    for uid in (12, 13):
        assert bob.fetch(uid, "ENVELOPE", uid=True)[uid]["ENVELOPE"][1] == b"SUBJECT-%d." % (uid - 11)


@pytest.mark.parametrize("mailbox", [b"INBOX", b"inbox", b'"INBOX"', b"{5+}\r\nInBoX"])
def test_mailbox_is_made_anew(bob, fake, letters, mailbox):
    """Another UIDVALIDITY, other messages."""
    fake.fill(letters[0])
    bob.ok(b"SELECT " + mailbox)
    assert bob.fetch(1, "ENVELOPE", uid=True)[1]["ENVELOPE"][1] == b"SUBJECT-0."
    fake.boxes[b"INBOX"][:] = [Mail(1, letters[1])]
    fake.validity[b"INBOX"] = next(VALIDITIES)
    bob.ok(b"SELECT " + mailbox)
    assert bob.fetch(1, "ENVELOPE", uid=True)[1]["ENVELOPE"][1] == b"SUBJECT-1."


def test_no_uidvalidity(bob, fake, letters):
    """A provider that does not say it: nothing is known from one SELECT to the next."""
    def hook(session, tag, *_):
        session.box = fake.boxes[b"INBOX"]
        session.send(b"* %d EXISTS\r\n" % len(session.box))
        session.ok(tag, b"[READ-WRITE] ")
        return True
    fake.hooks["SELECT"] = hook
    for number in (0, 1):
        fake.boxes[b"INBOX"][:] = [Mail(1, letters[number])]
        bob.ok(b"SELECT INBOX")
        assert bob.fetch(1, "ENVELOPE", uid=True)[1]["ENVELOPE"][1] == b"SUBJECT-%d." % number


def test_two_mailboxes_alike(bob, fake, letters):
    """The same UIDVALIDITY and UID in two mailboxes, whose names nest."""
    validity = next(VALIDITIES)
    for number, name in enumerate((b"INBOX", b"Archive", b"Sent")):
        fake.boxes[name][:] = [Mail(1, letters[number])]
        fake.validity[name] = validity
    for number, name in enumerate((b"INBOX", b"Archive", b"Sent", b"INBOX")):
        bob.ok(b"SELECT " + name)
        assert bob.fetch(1, "ENVELOPE", uid=True)[1]["ENVELOPE"][1] == b"SUBJECT-%d." % (number % 3)


# -- people

def test_views_of_others(daemon, fake):
    """Alice gets nothing of what Bob was shown, though provider, mailbox, UIDVALIDITY and UID are the same."""
    with Raw(daemon.ports["imap"]) as raw:
        raw.login("bob", fake.password(BOB))
        raw.ok(b"APPEND Drafts ", PLAIN)
        fake.fill(fake.stored[0][1])
        raw.ok(b"SELECT INBOX")
        assert raw.fetch(1, "ENVELOPE", uid=True)[1]["ENVELOPE"][1] == b"PLAINSUBJECT"
    with Raw(daemon.ports["imap"]) as raw:
        raw.login("alice", fake.password(ALICE))
        raw.ok(b"SELECT INBOX")
        for items in (b"(UID FLAGS ENVELOPE)", b"BODY[]", b"BODY[TEXT]", b"BODYSTRUCTURE", b"RFC822.SIZE"):
            said = b"".join(raw.ok(b"UID FETCH 1 " + items))
            assert b"PLAIN" not in said and OURS not in said.lower()


@pytest.mark.parametrize("user", ["alice", "bob", "bob@example.test", "carol", "bob+sealed", "bob\\", "*", "", "bob (sealed)"])
def test_wrong_password(daemon, fake, user):
    with Raw(daemon.ports["imap"]) as raw:
        answer = raw.command(b'LOGIN "%s" "wrong"' % user.encode().replace(b"\\", b"\\\\"))[-1]
        assert re.match(rb"t1 (NO|BAD)", answer)
        for command in (b"SELECT INBOX", b"FETCH 1 BODY[]", b"LIST \"\" *", b"SEARCH BODY x", b"APPEND Drafts {1+}\r\nx",
                        b"IDLE", b"ENABLE UTF8=ACCEPT", b"UNAUTHENTICATE"):
            raw.send(b"y " + command + b"\r\n")
            assert raw.until(b"y")[-1].startswith(b"y BAD")


def test_authorization_identity(daemon, fake):
    """AUTHENTICATE PLAIN as one with the password of another."""
    with Raw(daemon.ports["imap"]) as raw:
        for actor, user, word in (("alice", "bob", fake.password(BOB)), ("bob", "alice", "x"), ("", "alice\0", "x")):
            text = base64.b64encode(f"{actor}\0{user}\0{word}".encode())
            assert not raw.command(b"AUTHENTICATE PLAIN " + text)[-1].startswith(b"t%d OK" % raw.tags)


def test_provider_certificate(tmp_path, own, fake):
    """A provider that anybody could be hears no password."""
    (tmp_path / "other").mkdir()
    make_certificates(tmp_path / "other")

    class Other:
        users, ca, login, password, url = fake.users, tmp_path / "other/ca.pem", fake.login, fake.password, fake.url
    fake.reset()
    with Daemon(own, Other, BOB) as made, Raw(made.ports["imap"]) as raw:
        assert raw.command(b'LOGIN bob "%s"' % fake.password(BOB).encode())[-1].startswith(b"t1 NO")
    assert not fake.heard


class Clear:
    """A provider whose IMAP begins in clear: `script` says what it does."""

    def __init__(self, fake, script):
        self.users, self.ca, self.login, self.password = fake.users, fake.ca, fake.login, fake.password
        self.script, self.heard = script, bytearray()
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.run, daemon=True).start()

    def url(self, scheme):
        return f"imap://127.0.0.1:{self.socket.getsockname()[1]}" if scheme == "imaps" else f"{scheme}://127.0.0.1:1"

    def run(self):
        with contextlib.suppress(OSError):
            link, _ = self.socket.accept()
            with link:
                link.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] clear\r\n")
                while got := link.recv(4096):
                    self.heard += got
                    if got[0] == 22:  # a handshake
                        return
                    if b"\n" in got:
                        tag = got.split()[0]
                        link.sendall(self.script(tag, got))


@pytest.mark.parametrize("answer", [b"%s BAD no\r\n", b"%s NO no\r\n", b"%s OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\npostseal1 OK x\r\n",
                                    b"* PREAUTH hello\r\n%s NO x\r\n", b"%s OK go\r\n", b"* OK\r\n* BYE x\r\n",
                                    b"x OK go\r\n", b"+ go\r\n%s NO x\r\n"])
def test_stripped_starttls(own, fake, answer):
    """Nobody gets a password in clear, and what was injected before TLS counts for nothing."""
    clear = Clear(fake, lambda tag, got: answer.replace(b"%s", tag))
    with Daemon(own, clear, BOB) as made, Raw(made.ports["imap"], timeout=90) as raw:
        if b"BYE" in answer:
            raw.send(b'x LOGIN bob "%s"\r\n' % fake.password(BOB).encode())
            time.sleep(1)
        else:
            assert raw.command(b'LOGIN bob "%s"' % fake.password(BOB).encode())[-1].startswith(b"t1 NO")
        assert b"AUTHENTICATE" not in clear.heard and b"LOGIN" not in clear.heard.upper()
        made.kill()
        made.start()


def test_injection_before_our_tls(own, fake):
    """Commands that came in clear behind STARTTLS are not obeyed after it."""
    with Daemon(own, fake, BOB, tls="starttls") as made:
        with Raw(made.ports["imap"]) as raw:
            raw.send(b'x STARTTLS\r\ny LOGIN bob "%s"\r\n' % fake.password(BOB).encode())
            with contextlib.suppress(OSError):
                got = b""
                while data := raw.socket.recv(4096):
                    got += data
            assert b"y OK" not in got
        assert alive(made)


# -- keywords and the status field

FORGED = [
    b"* 1 FETCH (UID 1 FLAGS ($PostsealVerified))",
    b"* 1 FETCH (FLAGS (\\Seen $postsealverified) UID 1)",
    b"* 1 FETCH (FLAGS ($PostsealVerified $PostsealConfidential \\Seen))",
    b"* 1 FETCH (FLAGS (\\Seen) FLAGS ($PostsealVerified) UID 1)",
    b"* 1 FETCH (UID 1 FLAGS ($PostsealVerified) X-FOO {3}\r\nabc)",
    b"* 1 FETCH (UID 1 X-FOO {3}\r\nabc FLAGS ($PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS ($PostsealVerified) X-FOO)",
    b"* 1 FETCH  (UID 1 FLAGS ($PostsealVerified))",
    b"*  1 FETCH (UID 1 FLAGS ($PostsealVerified))",
    b"* 1 fetch (uid 1 flags ($PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS ($PostsealVerified)",
    b"* 1 FETCH (UID 1 FLAGS ($PostsealVerified)) trailing",
    b"* 1 FETCH (UID 1 FLAGS  ($PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS (\\Seen (x) $PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS (\\Seen \"x\" $PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS (\\Seen\t$PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS (\\Seen]$PostsealVerified))",
    b"* 0 FETCH (UID 1 FLAGS ($PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS ({17}\r\n$PostsealVerified))",
    b"* 1 FETCH (UID 1 FLAGS (\"$PostsealVerified\"))",
    b"* FLAGS (\\Seen $PostsealVerified)",
    b"* OK [PERMANENTFLAGS (\\Seen $PostsealVerified \\*)] x",
    b"* FLAGS  (\\Seen) (\\Seen $PostsealVerified)",
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("command", [b"NOOP", b"UID FETCH 1 FLAGS", b"UID FETCH 1 (FLAGS BODY.PEEK[TEXT])", b"UID FETCH 1 (FLAGS X-FOO)",
                                     b"UID SEARCH BODY x"])
def test_forged_keyword(bob, fake, letters, command, forged):
    """No keyword of ours comes from the provider, in whatever response."""
    fake.fill(b"From: a@example.test\r\nContent-Type: text/plain\r\n\r\nx\r\n", letters[0])
    bob.ok(b"SELECT INBOX")
    for name in ("NOOP", "FETCH"):
        fake.hooks[name] = say(forged)
    bob.send(b"x " + command + b"\r\ny CHECK\r\n")
    got = b""
    with contextlib.suppress(EOFError, TimeoutError):
        while b"y OK" not in got:
            got += bob.line()
    assert OURS not in got.lower(), got


@pytest.mark.parametrize("forged", FORGED[:1])
def test_forged_keyword_in_select(bob, fake, forged):
    fake.hooks["SELECT"] = say(b"* OK [UIDVALIDITY 5] x", forged)
    assert OURS not in b"".join(bob.command(b"SELECT INBOX (QRESYNC (5 5))")).lower()


@pytest.mark.parametrize("args", [b"1 +FLAGS ($PostsealVerified)", b"1 +FLAGS $PostsealVerified", b"1 FLAGS.SILENT (\\Seen $postsealVERIFIED)",
                                  b"1 (UNCHANGEDSINCE 5) +FLAGS ($PostsealVerified)", b"1 +FLAGS \\Seen $PostsealVerified",
                                  b"1 -FLAGS ($PostsealVerified)", b"1 +FLAGS (\\Seen  $PostsealVerified )"])
@pytest.mark.parametrize("uid", [b"", b"UID "])
def test_store_our_keyword(bob, fake, args, uid):
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")
    bob.ok(uid + b"STORE " + args)
    bob.ok(b"NOOP")
    assert OURS not in bytes(fake.heard).lower()
    if b"seen" in args.lower():
        assert b"seen" in fake.commands(b"STORE")[0].lower()


def test_store_only_our_keyword_replaces(bob, fake):
    """FLAGS without sign replaces: what is left without ours is an empty list, and the provider has to hear it."""
    fake.fill(b"x: y\r\n\r\n", flags=b"\\Seen \\Flagged")
    bob.ok(b"SELECT INBOX")
    bob.ok(b"UID STORE 1 FLAGS ($PostsealVerified)")
    assert fake.commands(b"STORE"), "the flags are still there"


def test_append_our_keyword(bob, fake):
    bob.ok(b"APPEND Archive (\\Seen $PostsealVerified) ", b"From: a@example.test\r\n\r\nx\r\n")
    assert fake.stored and OURS not in fake.stored[0][0].lower()


def test_search_for_our_keyword(bob, fake):
    """The provider's opinion of what is verified is not asked."""
    fake.fill(b"From: a@example.test\r\n\r\nx\r\n", flags=b"$PostsealVerified")
    bob.ok(b"SELECT INBOX")
    bob.search("KEYWORD $PostsealVerified", uid=True)
    assert not any(b"$postseal" in line.lower() for line in fake.commands(b"SEARCH"))


def test_flags_alike_with_and_without_uid(bob, fake, letters):
    """A keyword that is told with the UID is told without it, too; otherwise mail programs see it come and go."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    bob.fetch(1, "(UID ENVELOPE)")
    with_uid = bob.fetch(1, "(UID FLAGS)")[1]["FLAGS"]
    assert any(f.lower().startswith(OURS) for f in with_uid)
    assert bob.fetch(1, "FLAGS")[1]["FLAGS"] == with_uid


def test_forged_status_in_sealed_mail(bob, fake, homes):
    """The view has our status line alone, whatever the writer put inside and outside."""
    text = message(ALICE, BOB, "x", "y\n").replace(b"Subject:", b"Postseal-Status: verified; FORGED\npostseal-status : FORGED\nSubject:")
    sealed = delivered(homes[ALICE].protect(text, "sealed", "--rcpt", BOB))
    fake.fill(b"Postseal-Status: FORGED outside\r\n" + sealed)
    bob.ok(b"SELECT INBOX")
    view = bob.fetch(1, "BODY[]")[1]["BODY[]"]
    assert len(field(view, "Postseal-Status")) == 1 and b"FORGED" not in view.partition(b"\r\n\r\n")[0]
