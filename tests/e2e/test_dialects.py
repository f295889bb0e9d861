"""Providers that speak IMAP in their own way: each answer here was met at some server, and none is an attack."""
import contextlib
import re
import socket
import sqlite3
import time

import pytest

from daemon import Daemon
from imap_attack import BOB, MIB, say
from imap_attack import fake, homes, letters, running, own, daemon, bob
from imapraw import Raw, fetched
from lib import field
from provider import wait_for

PLAIN = b"From: a@example.org\r\nSubject: plain\r\nMessage-ID: <plain@x>\r\nContent-Type: text/plain\r\n\r\nhello\r\n"


def rewritten(change):
    """A FETCH that answers honestly but for what `change` makes of each response's values."""
    def hook(session, tag, args, uid):
        numbers, items = session.items(args, uid)
        for number, mail in session.chosen(numbers, uid):
            session.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(change([session.value(mail, i) for i in items]))))
        session.ok(tag)
        return True
    return hook


def quoted(values):
    """Courier: every field name in quotes."""
    def quote(match):
        return match[1] + b"(" + b" ".join(b'"' + w.strip(b'"') + b'"' for w in match[2].split()) + b")]"
    return [re.sub(rb"^(BODY\[HEADER\.FIELDS )\((.*?)\)\]", quote, v) for v in values]


def without_origin(values):
    """Servers that leave out the <0> of a partial."""
    return [re.sub(rb"^(BODY\[[^]]*\])<0>", rb"\1", v) for v in values]


def content_first(values):
    """Servers with an order of their own: the largest first."""
    return sorted(values, key=len, reverse=True)


@pytest.mark.parametrize("change", [quoted, without_origin, content_first], ids=lambda f: f.__name__)
def test_words_of_answers(bob, fake, letters, change):
    """However the provider repeats what was asked, each item comes once, with the value that is to be shown."""
    fake.fill(letters[0], PLAIN)
    fake.hooks["FETCH"] = rewritten(change)
    bob.ok(b"SELECT INBOX")
    got = bob.fetch("1:2", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])")
    heads = {n: [v for k, v in g.items() if k.startswith("BODY[HEADER")] for n, g in got.items()}
    assert [field(h, "Subject") for h in heads[1]] == [["SUBJECT-0."]] and [field(h, "Subject") for h in heads[2]] == [["plain"]]
    assert b"SECRET-0." in bob.fetch(1, "(ENVELOPE BODY.PEEK[])")[1]["BODY[]"]
    said = b"".join(bob.ok(b"FETCH 1:2 (FLAGS ENVELOPE BODY.PEEK[TEXT])"))
    assert b"SECRET-0." in said and b"pkcs7" not in said and said.count(b"FETCH (") == 2


def test_the_uid_comes_first(bob, fake, letters):
    """Programs look for it in front of the literal, where servers put it."""
    fake.fill(letters[0])
    bob.ok(b"SELECT INBOX")
    for _ in range(2):
        (said, _) = bob.ok(b"UID FETCH 1 (BODY.PEEK[])")
        assert said.startswith(b"* 1 FETCH (UID 1 BODY[] {"), said[:80]


def test_large_ordinary_part_first(bob, fake):
    """20 MiB that come before it is known whose they are."""
    fake.fill(PLAIN + b"x" * (20 * MIB))
    fake.hooks["FETCH"] = rewritten(content_first)
    bob.ok(b"SELECT INBOX")
    got = bob.fetch(1, "(BODY.PEEK[TEXT])")[1]
    assert len(got["BODY[TEXT]"]) == len(b"hello\r\n") + 20 * MIB


@pytest.mark.parametrize("nothing", [b"NIL", b'""', b"{2}\r\n\r\n"], ids=["nil", "empty", "blank"])
def test_no_such_fields(bob, fake, nothing):
    """Mail without Content-Type, where the server says so in its own way."""
    fake.fill(b"Subject: old\r\n\r\nhello\r\n")
    fake.hooks["FETCH"] = rewritten(lambda values: [re.sub(rb"(?s)^(BODY\[HEADER\.FIELDS.*?\)\]) .*", lambda m: m[1] + b" " + nothing, v) for v in values])
    bob.ok(b"SELECT INBOX")
    assert bob.fetch(1, "(RFC822.SIZE)")[1] == {"RFC822.SIZE": b"23"}
    assert bob.fetch(1, "BODY.PEEK[TEXT]")[1]["BODY[TEXT]"] == b"hello\r\n"


def test_gmail_items(bob, fake, letters):
    """What Gmail tells beside the content of a sealed message comes through as it is, whatever is in a label."""
    fake.fill(letters[0], PLAIN)
    labels = b'(\\Inbox "[Imap]/Sent (2)" {5}\r\na"b)c \\Important)'

    told = {b"X-GM-LABELS": labels, b"X-GM-MSGID": b"1278455344230334865", b"X-GM-THRID": b"1266894439832287888"}

    def hook(session, tag, args, uid):
        numbers, _, wanted = args.partition(b" ")
        items = [b"UID"] + [i for i in re.findall(rb"[\w.-]+(?:\[[^]]*\])?(?:<[\d.]+>)?", wanted) if i != b"UID"]
        for number, mail in session.chosen(numbers, uid):
            values = [i + b" " + told[i] if i in told else session.value(mail, i) for i in items]
            session.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(values)))
        session.ok(tag)
        return True
    fake.hooks["FETCH"] = hook
    bob.ok(b"SELECT INBOX")
    for number, text in ((1, b"SECRET-0."), (2, b"hello")):
        for _ in range(2):
            said = b"".join(bob.ok(b"UID FETCH %d (X-GM-MSGID X-GM-THRID X-GM-LABELS FLAGS RFC822.SIZE BODY.PEEK[])" % number))
            assert labels in said and b"X-GM-MSGID 1278455344230334865" in said and text in said and b"pkcs7" not in said


# -- searching

BLIND = {"refused": say(end=b"NO not supported"), "bad": say(end=b"BAD what?"), "nothing": say(b"* SEARCH"), "silent": say()}


@pytest.mark.parametrize("uid", [False, True])
@pytest.mark.parametrize("how", BLIND)
def test_search_where_header_fields_are_not_searched(bob, fake, letters, how, uid):
    """Exchange, Yahoo and Gmail do not search any field: sealed messages are found all the same."""
    fake.fill(PLAIN, *letters[:3])

    def hook(session, tag, args, uid):
        return BLIND[how](session, tag, args, uid) if b"HEADER" in args.upper() else None
    fake.hooks["SEARCH"] = hook
    bob.ok(b"SELECT INBOX")
    assert bob.search("BODY SECRET-1.", uid=uid) == [3]
    assert bob.search("BODY SECRET-2.", uid=uid) == [4]
    assert bob.search("BODY hello", uid=uid) == [1]


def test_search_in_several_responses(bob, fake, letters):
    fake.fill(PLAIN, *letters[:2])

    def hook(session, tag, args, uid):
        if b"BODY" in args:
            session.send(b"* SEARCH 1\r\n* SEARCH\r\n" + tag + b" OK done\r\n")
            return True
        return False
    fake.hooks["SEARCH"] = hook
    bob.ok(b"SELECT INBOX")
    assert bob.search("OR BODY hello BODY SECRET-1.") == [1, 3]


@pytest.mark.parametrize("offered", [b"", b" LITERAL-"])
def test_literals_that_the_provider_must_ask_for(own, fake, letters, offered, monkeypatch):
    """A program that goes on with what was offered before the login: the provider gets what he can read."""
    fake.reset()
    monkeypatch.setattr(fake, "capability", fake.capability.replace(b" LITERAL+", offered))
    fake.fill(PLAIN, letters[0])
    with Daemon(own, fake, BOB) as made, Raw(made.ports["imap"]) as raw:
        raw.login("bob", fake.password(BOB))
        raw.send(b"x SELECT {5+}\r\nINBOX\r\n")
        assert raw.until(b"x")[-1].split()[1] == b"OK"
        word = b"hello" + b" " * 5000
        for text in (b"hello", word):
            raw.send(b"y SEARCH SUBJECT {%d+}\r\n%s\r\n" % (len(text), text))
            assert raw.until(b"y")[-1].split()[1] == b"OK"
    assert b"{5+}" not in fake.heard or offered
    assert b"{5005+}" not in fake.heard


# -- logging in

def test_id_before_the_login(own, fake):
    """Apple Mail says who it is before it logs in, and some providers let nobody in who does not."""
    fake.reset()
    with Daemon(own, fake, BOB) as made, Raw(made.ports["imap"]) as raw:
        raw.ok(b'ID ("name" "iPhone Mail" "version" "21F90")')
        raw.login("bob", fake.password(BOB))
        raw.ok(b"SELECT INBOX")
        assert any(b"iPhone Mail" in line for line in fake.commands(b"ID"))


@pytest.mark.parametrize("password", ["schöner tag", "quote\" and \\backslash"])
def test_passwords_for_the_login_command(own, fake, monkeypatch, password):
    """Where there is no AUTHENTICATE PLAIN, as at Courier: any password."""
    fake.reset()
    monkeypatch.setattr(fake, "capability", b"IMAP4rev1 ID")
    monkeypatch.setitem(fake.users, "bob", password)

    def hook(session, tag, args, uid):
        session.enter(tag, "bob", heard(fake))
        return True

    def heard(server):
        octets = bytes(server.heard)
        found = re.findall(rb'LOGIN "?bob"? (?:\{\d+\+?\}\r\n(?P<literal>.*)|"(?P<quoted>(?:[^"\\]|\\.)*)")\r\n', octets)
        literal, quoted_one = found[-1]
        return (literal or re.sub(rb"\\(.)", rb"\1", quoted_one)).decode()
    fake.hooks["LOGIN"] = hook
    with Daemon(own, fake, BOB) as made, Raw(made.ports["imap"]) as raw:
        raw.send(b"x LOGIN bob {%d+}\r\n%s\r\n" % (len(password.encode()), password.encode()))
        assert raw.until(b"x")[-1].split()[1] == b"OK"


@pytest.mark.parametrize("greeting", [b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] The Microsoft Exchange IMAP4 service is ready. [QQBNAD==]\r\n", b"* OK\r\n",
                                      b"* OK IMAP4 ready {3}\r\n"])
def test_greetings(own, fake, monkeypatch, greeting):
    monkeypatch.setattr(fake, "greeting", greeting)
    with Daemon(own, fake, BOB) as made, made.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")


@pytest.mark.parametrize("offered", [b"", b" AUTH=XOAUTH2", b" AUTH=OAUTHBEARER"])
def test_tokens_are_offered_where_they_are_taken(own, fake, monkeypatch, offered):
    """Sylpheed takes XOAUTH2 wherever it is offered, and gives up if it has no token."""
    monkeypatch.setattr(fake, "capability", fake.capability + offered)
    with Daemon(own, fake, BOB) as made:
        with made.raw() as raw:
            raw.send(b"x AUTHENTICATE XOAUTH2\r\n")
            assert raw.response().startswith(b"+")
            raw.send(b"y LOGOUT\r\n")
            assert raw.until(b"x")[-1].split()[1] == b"BAD"
            raw.ok(b"NOOP")
        with made.raw() as raw:
            told = raw.greeting + b"".join(raw.ok(b"CAPABILITY"))
            assert b"AUTH=PLAIN" in told and (b"AUTH=XOAUTH2" in told) == bool(offered)


# -- what a mailbox is for

LISTS = {  # what is offered, and what of LIST (SPECIAL-USE), XLIST and LIST tells the use
    "selection refused": (b" SPECIAL-USE", b"LIST"),
    "XLIST": (b" XLIST", b"XLIST"),
    "told unasked": (b"", b"LIST"),
}


@pytest.mark.parametrize("how", LISTS)
def test_drafts_by_their_attribute(own, fake, monkeypatch, how):
    """Exchange tells the use of a mailbox in every LIST, others only with XLIST; its name says nothing."""
    offered, telling = LISTS[how]
    fake.reset()
    monkeypatch.setattr(fake, "capability", b"IMAP4rev1 LITERAL+ AUTH=PLAIN" + offered)
    monkeypatch.setitem(fake.boxes, b"Luonnos-1", [])

    def hook(session, tag, args, uid, name=b"LIST"):
        if b"SPECIAL-USE" in args:
            session.send(tag + b" BAD unexpected arguments\r\n")
            return True
        told = b"\\HasNoChildren \\Drafts" if name == telling else b""
        session.send(b'* %s () "/" INBOX\r\n* %s (%s) "/" "Luonnos-1"\r\n%s OK done\r\n' % (name, name, told, tag))
        return True
    fake.hooks["LIST"] = hook
    if b"XLIST" in offered:
        fake.hooks["XLIST"] = lambda *a: hook(*a, name=b"XLIST")
    text = b"From: bob@example.test\r\nTo: nobody@example.org\r\nSubject: PLAINSUBJECT\r\nMessage-ID: <d@x>\r\n\r\nPLAINTEXT\r\n"
    with Daemon(own, fake, BOB) as made, made.raw(BOB) as raw:
        raw.ok(b"APPEND Luonnos-1 ", text)
    assert b"PLAINTEXT" not in fake.heard and b"pkcs7-mime" in fake.heard.lower()


# -- the end

def test_logout_where_the_provider_keeps_the_line(bob, fake):
    """The session ends with the answer, whoever forgets to close."""
    fake.hooks["LOGOUT"] = say(b"* BYE bye")
    bob.send(b"x LOGOUT\r\n")
    assert bob.until(b"x")[-1].split()[1] == b"OK"
    bob.socket.settimeout(5)
    assert bob.socket.recv(1) == b""


def test_half_closed(bob, fake, letters):
    """Scripts that write everything, close their side and read."""
    fake.fill(letters[0])
    fake.hooks["NOOP"] = lambda *_: time.sleep(0.3)
    bob.send(b"a SELECT INBOX\r\nb NOOP\r\nc NOOP\r\n")
    bob.socket.shutdown(socket.SHUT_WR)
    assert bob.until(b"c")[-1].split()[1] == b"OK"


def test_gone_while_the_provider_is_silent(own, fake):
    """Neither the end of the daemon nor anybody else waits for an answer that nobody reads."""
    fake.reset()
    fake.hooks["NOOP"] = lambda *_: True
    with Daemon(own, fake, BOB) as made:
        with made.raw(BOB) as raw:
            raw.send(b"a NOOP\r\n")
            assert wait_for(lambda: fake.commands(b"NOOP"))
        made.stop(5)
        made.start()


# -- our own store

def test_what_cannot_be_opened_now(own, fake, letters):
    """While another process holds the store, nothing is shown that would be something else afterwards."""
    fake.reset()
    fake.fill(PLAIN, letters[5])
    with Daemon(own, fake, BOB) as made, made.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")
        with contextlib.closing(sqlite3.connect(own.path / "postseal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            said = raw.command(b"FETCH 1:2 (ENVELOPE BODY.PEEK[TEXT])")
            found = raw.command(b"SEARCH BODY SECRET-5.")
            other.execute("ROLLBACK")
        assert b"NO [UNAVAILABLE]" in said[-1] and [fetched(r)[0] for r in said[:-1]] == [1]
        assert b"NO [UNAVAILABLE]" in found[-1] and len(found) == 1
        assert raw.fetch(2, "(ENVELOPE)")[2]["ENVELOPE"][1] == b"SUBJECT-5."
        assert raw.search("BODY SECRET-5.") == [2]
