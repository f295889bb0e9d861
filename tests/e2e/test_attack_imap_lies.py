"""Attacks on the IMAP session: plaintext that should not leave, and a provider that lies."""
import contextlib
import os
import re
import threading
import time

import pytest

from daemon import Daemon
from fake_imap import Gone, Session
from imap_attack import BOB, MIB, PLAIN, SANITIZED, TAG, VALIDITIES, peak, pump, reset_peak, say
from imap_attack import fake, homes, letters, running, own, daemon, bob
from imapraw import Raw, fetched
from lib import field, message
from provider import wait_for


# -- plaintext to the provider

DRAFTS = [b"Drafts", b'"Drafts"', b'"Dr\\afts"', b"drafts", b"DRAFTS", b'"Archive/Drafts"', b"INBOX.Drafts", b"INBOX/Drafts", b"{6+}\r\nDrafts",
          b"{06+}\r\nDrafts", b"[Gmail]/Drafts", b"Entw&APw-rfe", b"{9+}\r\nEntw\xc3\xbcrfe", b'"&BCcENQRABD0EPgQyBDgEOgQ4-"', b"/Drafts",
          b'"Drafts "', b"Drafts/", b"Drafts.", b"./Drafts", b"&AEQAcgBhAGYAdABz-", b"~/Drafts", b"Brouillons", b"#mh/drafts"]


@pytest.mark.parametrize("mailbox", DRAFTS)
def test_draft_stays_secret(bob, fake, mailbox):
    """A draft, in any spelling of the mailbox."""
    bob.send(b"x APPEND " + mailbox + b" {%d+}\r\n" % len(PLAIN) + PLAIN + b"\r\n")
    bob.until(b"x")
    bob.ok(b"NOOP")
    assert b"PLAINTEXT" not in fake.heard and b"PLAINSUBJECT" not in fake.heard


APPENDS = [
    b"APPEND Drafts {%(n)d+}\r\n%(text)s {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts (\\Seen) {%(n)d+}\r\n%(text)s (\\Seen) {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts UTF8 (~{%(n)d+}\r\n%(text)s)\r\n",
    b"APPEND Drafts ~{%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts CATENATE (TEXT {%(n)d+}\r\n%(text)s)\r\n",
    b"APPEND Drafts (\\Seen) CATENATE (TEXT {%(n)d+}\r\n%(text)s URL \"/INBOX\")\r\n",
    b"APPEND Archive (\\Draft) {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Archive (\\Seen \\dRAFT) {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Archive ( \\Draft ) {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND  Drafts {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts  {%(n)d+}\r\n%(text)s\r\n",
    b"append Drafts {%(n)d+}\r\n%(text)s\r\n",
    b"UID APPEND Drafts {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts {%(n)d+}\n%(text)s\n",
    b"APPEND Drafts \"17-Jul-2026 02:44:25 +0000\" {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts () {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts ANNOTATION (/comment (value.priv \"x\")) {%(n)d+}\r\n%(text)s\r\n",
    b"REPLACE 1 Drafts {%(n)d+}\r\n%(text)s\r\n",
    b"UID REPLACE 1 Drafts {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND {6+}\r\nDrafts (\\Seen) {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND  {6+}\r\nDrafts {%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts {0000000000000000000000000000000%(n)d+}\r\n%(text)s\r\n",
    b"APPEND Drafts {%(n)d+}\r\n%(text)s {00000000000000000000000000000000000000000000%(n)d+}\r\n%(text)s\r\n",
]


@pytest.mark.parametrize("command", APPENDS)
def test_append_in_disguise(bob, fake, command):
    """Whatever the form, what the provider gets is sealed, or it gets nothing."""
    bob.send(b"x " + command % {b"n": len(PLAIN), b"text": PLAIN} + b"y NOOP\r\n")
    with contextlib.suppress(EOFError):
        bob.until(b"y")
    assert b"PLAINTEXT" not in fake.heard and b"PLAINSUBJECT" not in fake.heard


@pytest.mark.parametrize("box", [b"Sent", b"Archive", b"Drafts", b"INBOX"])
@pytest.mark.parametrize("change", ["as it is", "no status", "padded"])
def test_view_stored_again(bob, fake, letters, box, change):
    """A mail program that moves what it was shown by APPEND moves it sealed; also with the status line taken out."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    text = bob.fetch(1, "BODY[]")[1]["BODY[]"]
    if change != "as it is":
        text = re.sub(rb"(?m)^Postseal-Status:.*\r\n(?:[ \t].*\r\n)*", b"", text)
    if change == "padded":
        text = b"".join(b"X-Pad: %s\r\n" % (b"p" * 900) for _ in range(300)) + text
    assert b"SECRET-0." in text
    bob.command(b"APPEND " + box + b" ", text)
    bob.ok(b"NOOP")
    assert b"SECRET-0." not in fake.heard


def test_second_drafts_mailbox(bob, fake):
    """Every mailbox that the provider calls Drafts, not only the first; and one made later."""
    fake.special[b"INBOX"] = b"\\HasNoChildren"
    fake.special[b"Archive"] = b"\\Drafts"
    try:
        bob.command(b"APPEND Archive ", PLAIN)
        assert b"PLAINTEXT" not in fake.heard
    finally:
        del fake.special[b"Archive"], fake.special[b"INBOX"]


def test_broken_store_does_not_leak(fake, own, letters):
    """If nobody can say whether a message was sealed, it is not stored in clear."""
    fake.reset()
    fake.fill(letters[0])
    fake.validity[b"INBOX"] = next(VALIDITIES)
    with Daemon(own, fake, BOB) as made:
        with Raw(made.ports["imap"]) as raw:
            raw.login("bob", fake.password(BOB))
            raw.ok(b"SELECT INBOX")
            view = raw.fetch(1, "BODY[]")[1]["BODY[]"]
        made.kill()
        bare = re.sub(rb"(?m)^Postseal-Status:.*\r\n(?:[ \t].*\r\n)*", b"", view)
        for path in own.path.rglob("*"):
            if path.is_file() and path.suffix in (".db", ".sqlite", ".db-wal") and path.stat().st_size > 200:
                path.write_bytes(path.read_bytes()[:100] + b"\xff" * (path.stat().st_size - 100))
        made.start()
        with Raw(made.ports["imap"]) as raw:
            raw.login("bob", fake.password(BOB))
            raw.command(b"APPEND Archive ", bare)
        made.kill()
        made.start()
        assert b"SECRET-0." not in fake.heard


@pytest.mark.parametrize("head", [
    b"X-Postseal-Level: sealed\r\n",
    b"To: undisclosed-recipients:;\r\nX-Postseal-Level: sealed\r\n",
    b"To: alice@example.test\r\nX-Postseal-Level: seal\r\n",
    b"To: alice@example.test, nobody@nowhere.test\r\nSubject: [seal] x\r\n",
    b"To: alice@example.test\r\nX-Postseal-Level: sealed\r\n",
], ids=["nobody", "hidden", "no word", "tag", "sealed"])
def test_upload_before_sending_is_never_clear(bob, fake, head):
    """What is asked to be sealed must not lie in Sent readable, whoever its readers are."""
    text = b"From: bob@example.test\r\nMessage-ID: <up%d@example.test>\r\n" % len(head) + head + b"\r\nUPLOADEDSECRET\r\n"
    bob.command(b"APPEND Sent (\\Seen) ", text)
    assert all(b"UPLOADEDSECRET" not in octets for _, octets in fake.stored), fake.stored


@pytest.mark.parametrize("box", [b"Notes", b"Sent"])
@pytest.mark.parametrize("to", [b"", b"To: bob@example.test\r\n", b"To: carol@example.org\r\n"], ids=["nobody", "self", "carol"])
def test_upload_that_nobody_wants_sealed(bob, fake, box, to):
    """Notes, reminders and open letters stay as they are, in any folder."""
    text = b"From: bob@example.test\r\n" + to + b"Subject: shopping\r\nMessage-ID: <note@example.test>\r\n\r\nmilk\r\n"
    fake.boxes.setdefault(box, [])
    bob.ok(b"APPEND " + box + b" ", text)
    assert [octets for _, octets in fake.stored] == [text]


@pytest.mark.parametrize("author, clear", [(b"bob@example.test", False), (b"Bob <BOB@Example.Test>", False),
                                           (b"alice@example.test", True), (b'"bob@example.test" <bobo@example.test>', True)])
@pytest.mark.parametrize("box", [b"Templates", b"Archive", b"Work/2026"])
def test_reply_to_sealed_stored_elsewhere(bob, fake, letters, box, author, clear):
    """The quoted secret of an own reply, in any folder, before it is sent; what others wrote stays as it is."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    (sealed_id,) = field(bob.fetch("1", "(UID BODY.PEEK[])")[1]["BODY[]"], "Message-ID")
    head = b"To: alice@example.test\r\nSubject: Re: x\r\nIn-Reply-To: %s\r\nMessage-ID: <answer@example.test>\r\n" % sealed_id.encode()
    fake.boxes.setdefault(box, [])
    bob.command(b"APPEND " + box + b" (\\Seen) ", b"From: " + author + b"\r\n" + head + b"\r\n> SECRET-0.\r\n")
    assert [b"SECRET-0" in octets for _, octets in fake.stored] == [clear]


@pytest.mark.parametrize("word", [b"UTF8=ACCEPT", b"IMAP4rev2", b"CONDSTORE UTF8=ACCEPT", b"utf8=accept"])
def test_enable_what_is_hidden(bob, fake, word):
    """What is hidden cannot be turned on, either: responses would come in forms that nobody looks at."""
    bob.command(b"ENABLE " + word)
    bob.ok(b"NOOP")
    assert not re.search(rb"(?i)enable.*(utf8|rev2)", fake.heard)


# -- confusion

BROKEN = [
    b"* 1 FETCH (", b"* 1 FETCH ()", b"* 1 FETCH )", b"* 1 FETCH", b"* 1 FETCH (UID 1", b"* 1 FETCH (UID 1))", b"* 1 FETCH (UID)",
    b"* 1 FETCH (BODY[] \"a{5}\r\nbc\" UID 1)", b"* 1 FETCH (BODY[] NIL UID 1)", b"* 1 FETCH (BODY[] {0}\r\n UID 1)",
    b"* 1 FETCH (BODY[] {0}\r\n)", b"* 1 FETCH (BODY[HEADER] NIL)", b"* 1 FETCH (UID 1 BODY[] (a b))", b"* 1 FETCH (BODY[] 5)",
    b"* 1 FETCH (UID 1 UID 2 BODY[] {3}\r\nabc BODY[] {3}\r\nxyz)", b"* 4294967295 FETCH (UID 1 FLAGS ())", b"* 99999999999 FETCH (UID 1)",
    b"* 0 FETCH (UID 1 BODY[] {3}\r\nabc)", b"* 1 FETCH (BODY[] ~{3}\r\na\0c UID 1)", b"* 1 FETCH (BODY[ {3}\r\nabc] {3}\r\nabc)",
    b"* 1 FETCH (ENVELOPE " + b"(" * 100000 + b")" * 100000 + b")", b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 999 + b"{3}\r\nabc" + b")" * 999 + b")",
    b"* 1 FETCH (" + b"UID 1 " * 20000 + b")", b"* 1 FETCH (" + b"X {0}\r\n " * 5000 + b"UID 1)", b"* 1 FETCH (BODY[]<0> {3}\r\nabc)",
    b"* 1 FETCH (BODY[HEADER.FIELDS (CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS)] {45}\r\nContent-Type: application/pkcs7-mime; a=b\r\n\r\n UID 1)",
    b"* 1 FETCH (UID 7 BODY[HEADER.FIELDS (CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS)] NIL)", b"* 1 EXPUNGE", b"* VANISHED 1:5", b"* BYE bye", b"+ go ahead",
    b"postseal0 OK done", b"postseal1 NO x", b"other OK done", b"", b" ", b"*", b"* ", b"+", b"\0\0\0", b"* OK [UIDVALIDITY 99999999999999] x",
    b"* OK [" + b"x" * 1000, b"* OK [ALERT", b"* CAPABILITY", b"* FLAGS", b"* FLAGS )(", b"* SEARCH 1 2 (MODSEQ", b"* SEARCH (", b"* LIST",
    b"* 1 FETCH (FLAGS (" + b"x " * 100000 + b"))", b"* ESEARCH (TAG \"x\") ALL 1", b"* 1 FETCH (UID 1 BODY[TEXT] {3+}\r\nabc)",
    b"* 1 FETCH (UID 1 RFC822.SIZE {3}\r\nabc ENVELOPE {3}\r\nabc BODY[TEXT] {3}\r\nabc FLAGS ())",
]
COMMANDS = [b"FETCH 1:* (ENVELOPE)", b"UID FETCH 1:* (FLAGS BODY.PEEK[TEXT])", b"FETCH 1 BODY[]", b"UID SEARCH BODY x", b"SEARCH TEXT x", b"NOOP"]


@pytest.mark.parametrize("lines", BROKEN, ids=range(len(BROKEN)))
def test_broken_response(daemon, fake, letters, lines):
    """Nothing that a provider says hangs or kills; the honest rest still comes."""
    fake.fill(letters[0], b"Subject: plain\r\n\r\nx\r\n")
    threads = daemon.threads()
    for where in ("FETCH", "SEARCH", "NOOP"):
        for command in COMMANDS:
            with Raw(daemon.ports["imap"], timeout=10) as raw:
                raw.login("bob", fake.password(BOB))
                raw.ok(b"SELECT INBOX")
                fake.hooks[where] = lambda s, *_: s.send(lines + b"\r\n")
                raw.send(b"x " + command + b"\r\ny CHECK\r\n")
                with contextlib.suppress(EOFError):
                    got = b""
                    while not re.search(rb"(?m)^y (OK|NO|BAD)", got):
                        got += raw.line()
                fake.hooks.clear()
    assert wait_for(lambda: daemon.threads() <= threads + 4, 10)


def test_foreign_tag(bob, fake, letters):
    """A tag that nobody used ends nothing: the next answers belong to the next commands."""
    fake.fill(letters[0], letters[1])
    bob.ok(b"SELECT INBOX")
    fake.hooks["FETCH"] = lambda s, *_: s.send(b"other OK done\r\n")
    with contextlib.suppress(EOFError):
        said = bob.command(b"UID FETCH 1:2 (UID ENVELOPE)")
        fake.hooks.clear()
        assert not any(re.match(rb"postseal\d+ ", line) for line in said), said
        assert [fetched(line)[1]["ENVELOPE"][1] for line in said if b"FETCH" in line] == [b"SUBJECT-0.", b"SUBJECT-1."]
        later = bob.command(b"NOOP") + bob.command(b"UID FETCH 1 (UID ENVELOPE)")
        assert not any(re.match(rb"postseal\d+ ", line) for line in later), later


@pytest.mark.parametrize("command", [(b"FETCH 1 (BODY.PEEK[HEADER.FIELDS (", b"SUBJECT", b")])"), (b"SEARCH SUBJECT ", b"one", b"")])
def test_refused_literal_keeps_the_session(bob, fake, letters, monkeypatch, command):
    """A provider may refuse a literal; the mail program hears it and goes on."""
    def read(session):
        line = session.line()
        while re.search(rb"\{\d+\}\r?\n$", line):
            session.send(line.split()[0] + b" NO [LIMIT] no literals\r\n")
            line = session.line()
        return [line]
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    monkeypatch.setattr(Session, "read", read)
    bob.ok(b"NOOP")
    assert bob.command(*command)[-1].split()[1] == b"NO"
    bob.ok(b"NOOP")


def test_our_own_tags(daemon, fake, letters):
    """A mail program may use the very tags that we use."""
    fake.fill(letters[0], letters[1])
    with Raw(daemon.ports["imap"]) as raw:
        raw.login("bob", fake.password(BOB))
        raw.ok(b"SELECT INBOX")
        for number in range(12):
            tag = b"postseal%d" % number
            raw.send(tag + (b" UID FETCH 1:2 (UID ENVELOPE)\r\n", b" UID SEARCH BODY SECRET-1.\r\n", b" NOOP\r\n")[number % 3])
            said = raw.until(tag)
            assert said[-1].startswith(tag + b" OK")
            if number % 3 == 1:
                assert b"* SEARCH 2\r\n" in said


@pytest.mark.parametrize("names", [b'BODY[HEADER.FIELDS ("CONTENT-TYPE" "POSTSEAL-KEY" "POSTSEAL-STATUS")]', b"BODY[HEADER.FIELDS (Content-Type Postseal-Key Postseal-Status)]",
                                   b'BODY[HEADER.FIELDS ("Content-Type" POSTSEAL-KEY POSTSEAL-STATUS)]', b"body[header.fields (content-type postseal-key postseal-status)]"])
@pytest.mark.parametrize("last", [False, True])
def test_witness_in_other_words(bob, fake, letters, names, last):
    """Servers quote field names as they like, and answer in the order that they like."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, args, uid):
        numbers, items = session.items(args, uid)
        for number, mail in session.chosen(numbers, uid):
            values = [re.sub(rb"BODY\[HEADER.FIELDS \(CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS\)\]", names, session.value(mail, i)) for i in items]
            session.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(reversed(values) if last else values)))
        session.ok(tag)
        return True
    fake.hooks["FETCH"] = hook
    said = b"".join(bob.ok(b"UID FETCH 1 (UID ENVELOPE BODY.PEEK[TEXT])"))
    assert b"SUBJECT-0." in said and b"SECRET-0." in said and b"POSTSEAL-KEY" not in said.upper()


def test_responses_in_parts(bob, fake, letters):
    """One message in two responses: no part of it shows what lies at the provider."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, args, uid):
        numbers, items = session.items(args, uid)
        for number, mail in session.chosen(numbers, uid):
            for item in [i for i in items if i != b"UID"]:
                session.send(b"* %d FETCH (UID %d %s)\r\n" % (number, mail.uid, session.value(mail, item)))
        session.ok(tag)
        return True
    fake.hooks["FETCH"] = hook
    said = bob.ok(b"UID FETCH 1 (RFC822.SIZE ENVELOPE)")
    envelopes = [m["ENVELOPE"][1] for _, m in map(fetched, said) if "ENVELOPE" in m]
    assert envelopes and set(envelopes) == {b"SUBJECT-0."}


def test_drip(bob, fake, letters):
    """One octet a time."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    plain = b"Content-Type: text/plain\r\nSubject: s\r\n\r\nbody\r\n"

    def hook(session, tag, args, uid):
        for octet in b"* 1 FETCH (UID 9 BODY[] {%d}\r\n%s FLAGS (\\Seen))\r\n%s OK done\r\n" % (len(plain), plain, tag):
            session.send(bytes([octet]))
        return True
    fake.hooks["FETCH"] = hook
    assert bob.fetch(1, "(UID FLAGS BODY[])")[1]["BODY[]"] == plain


def test_pipelined_flood(bob, daemon, fake, letters):
    """10,000 commands at once, in order and without a deadlock."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    before = reset_peak(daemon)
    kinds = [b"NOOP", b"UID FETCH 1 FLAGS", b"UID FETCH 1 (UID ENVELOPE)", b"SEARCH ALL"]
    text = b"".join(b"p%d %s\r\n" % (i, kinds[i % 4]) for i in range(10000))
    sender = threading.Thread(target=bob.send, args=(text,), daemon=True)
    sender.start()
    tags = []
    while len(tags) < 10000:
        line = bob.response()
        if line.startswith(b"p"):
            tags.append(int(line[1:].split()[0]))
            assert b" OK" in line
    assert tags == list(range(10000))
    assert peak(daemon) - before < 30


def test_provider_writes_before_it_reads(bob, daemon, fake):
    """Both sides full of what the other should read: it ends or goes on, it does not stand."""
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, *_):
        pump(session, b"* OK still here\r\n" * 4096, 200)
        session.ok(tag)
        return True
    fake.hooks["NOOP"] = hook
    bob.send(b"".join(b"n%d NOOP\r\n" % i for i in range(3)))
    for tag in (b"n0", b"n1", b"n2"):
        bob.until(tag)


def test_closed_in_a_literal(daemon, fake, letters):
    """Wherever the provider goes away, the mail program hears of it and the thread ends."""
    fake.fill(letters[0])
    threads, files = daemon.threads(), len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
    for cut in (b"* 1 FETCH (BODY[] {5000}\r\nabc", b"* 1 FETCH (UID 1 FLAGS", b"* 1 FETCH (BODY[TEXT] {5}\r\n", b"* OK x", b"x", b""):
        for command in (b"FETCH 1 BODY[]", b"FETCH 1 ENVELOPE", b"UID SEARCH BODY x", b"NOOP", b"APPEND Archive {3+}\r\nabc"):
            with Raw(daemon.ports["imap"], timeout=10) as raw:
                raw.login("bob", fake.password(BOB))
                raw.ok(b"SELECT INBOX")

                def hook(session, *_):
                    session.send(cut)
                    raise Gone
                for name in ("FETCH", "NOOP", "APPEND", "LIST"):
                    fake.hooks[name] = hook
                raw.send(b"x " + command + b"\r\n")
                with pytest.raises(EOFError):
                    while True:
                        raw.line()
                fake.hooks.clear()
    assert wait_for(lambda: daemon.threads() <= threads + 4, 10), "threads stay"
    assert wait_for(lambda: len(os.listdir(f"/proc/{daemon.process.pid}/fd")) <= files + 2, 10), "files stay open"


def test_abandoned_append(daemon, fake):
    """A mail program that announces more than it sends."""
    threads = daemon.threads()
    for box in (b"Drafts", b"Archive", b"Sent"):
        for flags in (b"", b"(\\Draft) "):
            raw = Raw(daemon.ports["imap"])
            raw.login("bob", fake.password(BOB))
            raw.send(b"x APPEND " + box + b" " + flags + b"{1000000+}\r\n" + PLAIN)
            time.sleep(0.1)
            raw.close()
    assert wait_for(lambda: daemon.threads() <= threads + 4, 10)
    assert not fake.stored


def test_busy_provider_costs_no_processor(bob, daemon, fake):
    """Quoted megabytes between empty literals are not read again for each of them."""
    fake.fill(b"x: y\r\n\r\n")
    bob.ok(b"SELECT INBOX")

    def hook(session, tag, *_):
        session.send(b'* 1 FETCH (UID 1 X-A "' + b"a" * (4 * MIB) + b'"' + b" X {0}\r\n" * 1990 + b")\r\n")
        session.ok(tag)
        return True
    fake.hooks["FETCH"] = hook
    before = ticks(daemon)
    with contextlib.suppress(EOFError):  # too much of it ends the session
        bob.command(b"FETCH 1 (UID BODY.PEEK[TEXT])")
    assert ticks(daemon) - before < (3 if not SANITIZED else 30)


def ticks(daemon):
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as f:
        words = f.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_idle_costs_nothing(daemon, fake):
    """Sessions in every waiting state take no processor time."""
    raws = []
    for state in range(6):
        raw = Raw(daemon.ports["imap"])
        raws.append(raw)
        if state:
            raw.login("bob", fake.password(BOB))
            raw.ok(b"SELECT INBOX")
        if state == 2:
            raw.send(b"x IDLE\r\n")
        if state == 3:
            raw.send(b"x SEARCH {100}\r\nabc")
        if state == 4:
            fake.hooks["CHECK"] = lambda *_: True
            raw.send(b"x CHECK\r\n")
        if state == 5:
            raw.send(b"x APPEND Drafts {100}\r\nabc")
    time.sleep(0.5)
    before = ticks(daemon)
    time.sleep(2)
    assert ticks(daemon) - before < 0.3
    for raw in raws:
        raw.close()
