"""Mail programs that fetch one message a command and do not wait for the answers, as mbsync does: answered alike, and soon."""
import contextlib
import copy
import re
import select
import sqlite3
import time

import pytest

from daemon import Daemon
from fake_imap import Gone, Session
from imap_attack import ALICE, BOB, CMS, PLAIN
from imap_attack import fake, homes, letters, running, own, daemon, bob
from imapraw import Raw, fetched
from lib import delivered, message

COUNT, DELAY = 48, 0.05


class Far:
    """A hook that answers honestly, DELAY after the command came, whatever else is under way. `change` gets the pieces of the
    answer and returns others, or None: the connection ends."""

    def __init__(self, change=lambda tag, args, pieces: pieces):
        self.change, self.most, self.answers = change, 0, []

    def __call__(self, session, tag, args, uid):
        pieces, aside = [], copy.copy(session)
        aside.send = pieces.append
        aside.do_fetch(tag, args, uid)
        self.answers.append((time.monotonic() + DELAY, self.change(tag, args, pieces)))
        self.most = max(self.most, len(self.answers))
        session.more = lambda: self.more(session)
        return True

    def more(self, session):
        """Says what is due until there is something to read."""
        while self.answers:
            wait = self.answers[0][0] - time.monotonic()
            if wait > 0 and (session.link.pending() or select.select([session.link], [], [], wait)[0]):
                break
            if wait <= 0:
                pieces = self.answers.pop(0)[1]
                if pieces is None:
                    raise Gone
                session.send(b"".join(pieces))
        Session.more(session)


@pytest.fixture(scope="module")
def signed(homes):
    return [delivered(homes[ALICE].protect(message(ALICE, BOB, f"SIGNED-{n}", f"text {n}\n"), "signed", "--rcpt", BOB))
            for n in range(4)]


@pytest.fixture
def box(bob, fake, letters, signed):
    """Ordinary, sealed and signed messages in turn; some that nobody can open."""
    plain = [PLAIN.replace(b"PLAINTEXT", b"text %d\r\n" % n * 400) for n in range(6)]
    broken = CMS + b"Subject: broken\r\n\r\nbm8gQ01T\r\n"
    kinds = [plain, letters, signed, plain, letters, [broken]]
    fake.fill(*(kinds[n % 6][n // 6 % len(kinds[n % 6])] for n in range(COUNT)), uid=101)
    bob.ok(b"SELECT INBOX")
    return bob


def ask(raw, verb, numbers, items):
    """All commands in one write; per command the responses up to its tag."""
    raw.send(b"".join(b"p%d %s %d %s\r\n" % (i, verb, n, items) for i, n in enumerate(numbers)))
    return [raw.until(b"p%d" % i) for i in range(len(numbers))]


def told(answers):
    """{number: items}, each told once."""
    found = [fetched(r) for said in answers for r in said[:-1]]
    assert len({n for n, _ in found}) == len(found)
    return dict(found)


ITEMS = [b"(BODY.PEEK[])", b"(UID ENVELOPE)", b"(FLAGS BODY.PEEK[TEXT])", b"(BODY.PEEK[HEADER.FIELDS (SUBJECT)])", b"RFC822.SIZE"]


@pytest.mark.parametrize("items", ITEMS)
@pytest.mark.parametrize("verb", [b"FETCH", b"UID FETCH"])
def test_as_one_by_one(box, fake, verb, items):
    """The same octets, whether they are asked for at once or one after the other; and not one round trip for each."""
    first = 101 if verb.startswith(b"UID") else 1
    numbers = range(first, first + COUNT)
    fake.hooks["FETCH"] = far = Far()
    start = time.monotonic()
    answers = ask(box, verb, numbers, items)
    taken = time.monotonic() - start
    assert [said[-1].split()[1] for said in answers] == [b"OK"] * COUNT
    assert far.most >= 8 and taken < COUNT * DELAY / 2, (far.most, taken)
    for i in range(COUNT):
        assert i + 1 in {fetched(r)[0] for said in answers[:i + 1] for r in said[:-1]}, "its answer comes after its tag"
    fake.hooks.clear()
    alone = [box.command(b"%s %d %s" % (verb, n, items)) for n in numbers]
    assert all(len(said) == 2 for said in alone)
    assert sorted(r for said in answers for r in said[:-1]) == sorted(said[0] for said in alone)
    # Where nothing has to be fetched behind the program's back, each answer stands before its tag.
    again = ask(box, verb, numbers, items)
    assert [said[:-1] for said in again] == [said[:-1] for said in alone]


def test_nothing_between_us(box, fake, letters):
    """Each command reaches the provider once and as it was, where nothing has to be added."""
    fake.hooks["FETCH"] = Far()
    fake.heard.clear()
    ask(box, b"UID FETCH", range(101, 101 + COUNT), b"(BODY.PEEK[])")
    honest = b"".join(b"p%d UID FETCH %d (BODY.PEEK[])\r\n" % (i, 101 + i) for i in range(COUNT))
    assert bytes(fake.heard) == honest


@pytest.mark.parametrize("items", ITEMS[:2])
def test_refused_in_the_middle(box, fake, items):
    """NO and BAD go to whom they belong."""
    words = {b"p3": b"NO [UNAVAILABLE] p3 not now", b"p7": b"BAD p7 what?"}
    fake.hooks["FETCH"] = Far(lambda tag, args, pieces: [tag + b" " + words[tag] + b"\r\n"] if tag in words else pieces)
    answers = ask(box, b"UID FETCH", range(101, 117), items)
    assert [said[-1].split(b" ", 1)[1].strip() if b"p%d" % i in words else said[-1].split()[1]
            for i, said in enumerate(answers)] == [words.get(b"p%d" % i, b"OK") for i in range(16)]
    assert set(told(answers)) == set(range(1, 17)) - {4, 8}


@pytest.mark.parametrize("items", [b"BODY.PEEK[]", b"ENVELOPE"])
def test_one_cannot_be_opened_now(own, fake, homes, items):
    """NO to the command that named it, and to no other; nothing is told of it."""
    fake.reset()
    letter = delivered(homes[ALICE].protect(message(ALICE, BOB, "not yet", "seen by nobody\n"), "sealed", "--rcpt", BOB))
    fake.fill(PLAIN, PLAIN, letter, PLAIN, uid=31)
    with Daemon(own, fake, BOB) as made, made.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")
        fake.hooks["FETCH"] = Far()
        with contextlib.closing(sqlite3.connect(own.path / "postseal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = ask(raw, b"UID FETCH", range(31, 35), items)
            other.execute("ROLLBACK")
        assert [said[-1].split()[1] for said in answers] == [b"OK", b"OK", b"NO", b"OK"]
        assert b"[UNAVAILABLE]" in answers[2][-1] and set(told(answers)) == {1, 2, 4}
        answers = ask(raw, b"UID FETCH", range(31, 35), items)
        assert [said[-1].split()[1] for said in answers] == [b"OK"] * 4 and set(told(answers)) == {1, 2, 3, 4}


def test_the_provider_dies(box, daemon, fake):
    """What came is passed on, the rest ends as the connection does."""
    fake.hooks["FETCH"] = Far(lambda tag, args, pieces: None if tag == b"p7" else pieces)
    with pytest.raises((EOFError, ConnectionError)):
        ask(box, b"UID FETCH", range(101, 101 + COUNT), b"(BODY.PEEK[])")
    fake.hooks.clear()
    with Raw(daemon.ports["imap"], timeout=30) as raw:
        raw.login("bob", fake.password(BOB))
        raw.ok(b"SELECT INBOX")
        assert raw.fetch(1, "(BODY.PEEK[TEXT])")[1]


def test_everything_in_one_segment(box, fake):
    """Other commands keep their place."""
    fake.hooks["FETCH"] = Far()
    fake.said.clear()
    box.send(b"a FETCH 1 BODY[]\r\nb FETCH 2 BODY[]\r\nc STORE 1 +FLAGS (\\Seen)\r\nd FETCH 1 BODY[]\r\ne NOOP\r\nf LOGOUT\r\n")
    said = [box.until(tag) for tag in (b"a", b"b", b"c", b"d", b"e", b"f")]
    assert [s[-1].split()[1] for s in said] == [b"OK"] * 6
    assert [[fetched(r)[0] for r in s[:-1] if b" FETCH " in r] for s in said] == [[1], [2], [], [1], [], []]
    assert [line.split()[0] for line in fake.said if not line.startswith(b"postseal")] == [b"a", b"b", b"c", b"d", b"e", b"f"]


def test_only_what_is_alike(box, fake):
    """The same message twice, other items, a set, another way of counting, a modifier, or a literal: each has its answer."""
    texts = [b"UID FETCH 102 ENVELOPE", b"UID FETCH 102 ENVELOPE", b"UID FETCH 105 (ENVELOPE)", b"FETCH 2 ENVELOPE",
             b"UID FETCH 102,105 ENVELOPE", b"UID FETCH 148:* ENVELOPE", b"UID FETCH 102 ENVELOPE (CHANGEDSINCE 1)",
             b"UID FETCH 0102 ENVELOPE", b"uid fetch 105 ENVELOPE",
             b"UID FETCH 101 BODY.PEEK[HEADER.FIELDS ({7+}\r\nSUBJECT)]", b"UID FETCH 102 BODY.PEEK[HEADER.FIELDS (SUBJECT)]"]
    fake.hooks["FETCH"] = Far()
    box.send(b"".join(b"p%d %s\r\n" % (i, text) for i, text in enumerate(texts)))
    answers = [[fetched(r)[0] for r in box.until(b"p%d" % i)[:-1]] for i in range(len(texts))]
    assert answers == [[2], [2], [5], [2], [2, 5], [48], [2], [2], [5], [1], [2]]


def test_in_another_order(box, fake):
    """A provider may answer what does not depend on each other as he likes (RFC 9051 section 5.5)."""
    held = []

    def swap(tag, args, pieces):
        held.insert(0, pieces)
        if len(held) < 8:
            return []
        pieces = [piece for one in held for piece in one]
        held.clear()
        return pieces
    fake.hooks["FETCH"] = Far(swap)
    answers = ask(box, b"UID FETCH", range(101, 117), b"(BODY.PEEK[])")
    assert set(told(answers)) == set(range(1, 17))
    seen = set()
    for i, said in enumerate(answers):
        seen |= {fetched(r)[0] for r in said[:-1]}
        assert said[-1].split()[1] == b"OK" and i + 1 in seen


def test_expunged_meanwhile(box, fake):
    """EXPUNGE is allowed during UID FETCH; numbers told after it are those after it, and what is gone has no answer."""
    def gone(tag, args, pieces):
        return [b"* 1 EXPUNGE\r\n"] * (tag == b"p5") + pieces

    def hook(session, tag, args, uid):
        if tag == b"p5":
            session.box = session.box[1:]
        return far(session, tag, args, uid)
    far = Far(gone)
    fake.hooks["FETCH"] = hook
    shift = 0
    for said in ask(box, b"UID FETCH", range(102, 102 + 24), b"(UID ENVELOPE)"):
        for octets in said[:-1]:
            number, got = fetched(octets)
            shift += octets.startswith(b"* 1 EXPUNGE")
            assert number is None or int(got["UID"]) == number + 100 + shift, octets
    assert shift == 1


def test_never_more_than_a_window(bob, fake):
    """However many commands wait, the provider has few of them, and none that he was not told of is answered."""
    fake.fill(*[PLAIN] * 500)
    bob.ok(b"SELECT INBOX")
    fake.hooks["FETCH"] = far = Far()
    answers = ask(bob, b"UID FETCH", range(1, 501), b"(BODY.PEEK[])")
    assert [len(said) for said in answers] == [2] * 500 and 8 <= far.most <= 32
    assert all(re.match(rb"\* %d FETCH " % n, said[0]) for n, said in enumerate(answers, 1))
