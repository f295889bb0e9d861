"""src/mail against real servers (Dovecot, Postfix), and against servers that lie, stall and break off."""
import base64
import os
import pathlib
import subprocess
import threading
import time
import urllib.parse

import pytest

import fake_imap
import fake_smtp
import lib
from provider import Provider

MAIL_SOURCE = str(pathlib.Path(lib.POSTSEAL).resolve().parents[2] / "tests/tools/mail_source")
SEEN, ANSWERED, FLAGGED, DRAFT, DELETED, FORWARDED = 1, 2, 4, 8, 16, 32
NOT_FOUND, LIMIT, IO, BUSY, PASSPHRASE, MALFORMED = 5, 3, 9, 10, 11, 2
TRASH, ARCHIVE = 4, 6


def letter(number, body="text", header="Content-Type: text/plain"):
    return (f"From: bob@example.test\r\nTo: alice@example.test\r\nSubject: letter {number}\r\n{header}\r\n"
            f"Message-ID: <{number}@example.test>\r\n\r\n{body} {number}\r\n").encode()


class Refused(Exception):
    """An answer that begins with "error"."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code, self.text = int(code), text


class Source:
    """The program, asked line by line."""

    def __init__(self, *args, secret="", seconds=20, token=None):
        env = lib.environment() | {"MAIL_SECRET": secret, "MAIL_SECONDS": str(seconds)}
        if token:
            env["MAIL_TOKEN"] = token
        self.process = subprocess.Popen([MAIL_SOURCE, *map(str, args)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            assert self.process.wait(30) == 0
        finally:
            self.process.kill()
            self.process.stdout.close()

    def __call__(self, *words):
        self.process.stdin.write(" ".join(urllib.parse.quote(str(w), safe="") for w in words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        kind, _, rest = answer.partition(" ")
        if kind != "ok":
            raise Refused(*rest.split(" ", 1))
        return [urllib.parse.unquote(w) for w in rest.split()]

    def refuses(self, *words):
        """The code of the error."""
        with pytest.raises(Refused) as error:
            self(*words)
        return error.value.code

    def folders(self):
        """{id: (role, total, unread)}"""
        split = [f.split("|") for f in self("folders")]
        return {f[0]: (f[2], int(f[3]), int(f[4])) for f in split}

    def list(self, folder, offset=0, limit=50, *search):
        """(total, [(id, flags, size, octets of the header)])"""
        total, _, *entries = self("list", folder, offset, limit, *search)
        split = [e.split("|") for e in entries]
        return int(total), [(e[0], int(e[1]), int(e[2]), int(e[4])) for e in split]

    def read(self, folder, name, path):
        self("read", folder, name, path)
        return path.read_bytes()


@pytest.fixture(scope="module")
def provider():
    with Provider({"alice@example.test": 'alice\'s "secret\\', "bob@example.test": "bob-secret"}) as p:
        yield p


@pytest.fixture
def source(provider):
    box = provider.imap("alice@example.test")
    for folder in ("INBOX", "Trash", "Drafts", "Junk"):
        if int(box.select(folder)[1][0]) > 0:
            box.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        box.expunge()
    box.logout()
    with imap_source(provider) as s:
        yield s


def imap_source(provider, scheme="imaps", address="alice@example.test", **more):
    return Source("imap", provider.url(scheme), provider.ca, provider.login(address),
                  secret=provider.password(address), **more)


def smtp_source(server, scheme="submissions", address="alice@example.test", **more):
    return Source("smtp", server.url(scheme), server.ca, server.login(address), secret=server.password(address), **more)


def test_folders_have_roles_and_counts(provider, source):
    provider.deliver("alice@example.test", letter(1))
    provider.deliver("alice@example.test", letter(2), "Junk")
    folders = source.folders()
    assert folders["INBOX"] == ("inbox", 1, 1)
    assert folders["Junk"] == ("junk", 1, 1)
    assert {f: r for f, (r, _, _) in folders.items()} | {} == {
        "INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Trash": "trash", "Junk": "junk"}


def test_pages_newest_first(provider, source):
    for i in range(12):
        provider.deliver("alice@example.test", letter(i))
    total, first = source.list("INBOX", 0, 5)
    _, last = source.list("INBOX", 10, 5)
    assert total == 12 and len(first) == 5 and len(last) == 2
    uids = [int(e[0].split(".")[1]) for e in first + last]
    assert uids == sorted(uids, reverse=True)
    assert source.list("INBOX", 12, 5) == (12, [])


def test_read_is_exact_and_sets_nothing(provider, source, tmp_path):
    octets = letter(1, "line\r\n" * 1000)
    provider.deliver("alice@example.test", octets)
    _, [(name, flags, size, _)] = source.list("INBOX")
    assert source.read("INBOX", name, tmp_path / "out") == octets
    assert size == len(octets) and flags == 0
    assert source.list("INBOX")[1][0][1] == 0


def test_flags(provider, source):
    provider.deliver("alice@example.test", letter(1))
    _, [(name, *_)] = source.list("INBOX")
    source("flag", "INBOX", name, SEEN | FLAGGED | FORWARDED, 0)
    assert source.list("INBOX")[1][0][1] == SEEN | FLAGGED | FORWARDED
    source("flag", "INBOX", name, ANSWERED, FLAGGED)
    assert source.list("INBOX")[1][0][1] == SEEN | ANSWERED | FORWARDED


def test_move_and_remove(provider, source, tmp_path):
    provider.deliver("alice@example.test", letter(1))
    _, [(name, *_)] = source.list("INBOX")
    [moved] = source("move", "INBOX", name, "Trash")
    assert source.list("INBOX") == (0, [])
    assert source.read("Trash", moved, tmp_path / "out") == letter(1)
    source("remove", "Trash", moved)
    assert source.list("Trash") == (0, [])


def test_append(source, tmp_path):
    path = tmp_path / "in"
    path.write_bytes(letter(7))
    [name] = source("append", "Drafts", path, SEEN)
    assert source.read("Drafts", name, tmp_path / "out") == letter(7)
    assert source.list("Drafts")[1][0][1] == SEEN


def test_make_folder(source):
    assert source("make", ARCHIVE) == ["Archive"]
    assert source.folders()["Archive"][0] == "archive"
    assert source("make", TRASH) == ["Trash"]


def test_search(provider, source):
    for i in range(5):
        provider.deliver("alice@example.test", letter(i, "needle" if i == 3 else "hay"))
    total, found = source.list("INBOX", 0, 10, "needle")
    assert total == 1 and len(found) == 1
    assert source.list("INBOX", 0, 10, 'no "such\\ words') == (0, [])


def test_folder_that_is_not_there(source):
    assert source.refuses("list", "Nowhere", 0, 1) == NOT_FOUND
    assert source.refuses("list", "INBOX\r\n1 LOGOUT", 0, 1) == NOT_FOUND
    assert source.refuses("read", "INBOX", "1.1", "/dev/null") == NOT_FOUND
    assert source.refuses("read", "INBOX", "1.1\r\n", "/dev/null") == NOT_FOUND


def test_wrong_password(provider):
    with Source("imap", provider.url("imaps"), provider.ca, "alice", secret="wrong") as s:
        assert s.refuses("folders") == PASSPHRASE
    with Source("smtp", provider.url("submissions"), provider.ca, "alice", secret="wrong") as s:
        assert s.refuses("send", "all", "/dev/null", "a@example.test", "b@example.test") == PASSPHRASE


def test_starttls(provider, source):
    provider.deliver("alice@example.test", letter(1))
    with imap_source(provider, "imap") as s:
        assert s.list("INBOX")[0] == 1


def test_certificate_of_somebody_else(provider, tmp_path):
    from provider import make_certificates
    make_certificates(tmp_path)
    for kind, scheme in (("imap", "imaps"), ("imap", "imap"), ("smtp", "submissions"), ("smtp", "submission")):
        with Source(kind, provider.url(scheme), tmp_path / "ca.pem", "alice", secret="x") as s:
            words = ("folders",) if kind == "imap" else ("send", "all", "/dev/null", "a@example.test", "b@example.test")
            assert s.refuses(*words) == IO


def test_connection_that_died_meanwhile(provider, source):
    provider.deliver("alice@example.test", letter(1))
    assert source.list("INBOX")[0] == 1
    provider.kill_dovecot()
    provider.start_dovecot()
    assert source.list("INBOX")[0] == 1


def test_ten_thousand_messages(provider, source):
    box = provider.maildir("alice@example.test") / "cur"
    for i in range(10000):
        (box / f"{1700000000 + i}.M{i}P1.test:2,S").write_bytes(letter(i))
    provider.own(box)
    assert source.list("INBOX", 0, 1)[0] == 10000
    total, page = source.list("INBOX", 5000, 50)
    assert total == 10000 and len(page) == 50
    start = time.monotonic()
    assert source.list("INBOX", 9990, 50)[0] == 10000
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("scheme", ["submission", "submissions"])
def test_send(provider, tmp_path, scheme):
    provider.empty("bob@example.test")
    path = tmp_path / "in"
    path.write_bytes(letter(1, ".\r\n..\r\n.dots\n\nbare\n"))
    with smtp_source(provider, scheme) as s:
        [fate] = s("send", "all", path, "alice@example.test", "bob@example.test")
        assert fate.startswith("bob@example.test|taken|250|")
    [got] = provider.wait_messages("bob@example.test", 1)
    assert got.replace(b"\r\n", b"\n").endswith(b"\n\n.\n..\n.dots\n\nbare\n 1\n")


# -- servers that a test scripts


@pytest.fixture
def fake(tmp_path):
    with fake_imap.FakeImap(tmp_path) as server:
        yield server


@pytest.fixture
def fake_source(fake):
    with imap_source(fake, seconds=3) as s:
        yield s


def say(octets):
    """A hook that answers with this and goes away."""
    def hook(session, *_):
        session.send(octets)
        raise fake_imap.Gone
    return hook


@pytest.mark.parametrize("octets", [
    b"* 1 FETCH (UID 1 BODY[HEADER]<0> {100}\r\nFrom: x",
    b"* 1 FETCH (UID 1 BODY[HEADER]<0> {4000000000}\r\nFrom: x",
    b"* 1 FETCH (UID 1 BODY[HEADER]<0> {99999999999999999999}\r\nFrom: x",
    b"* 1 FETCH (UID 1 BODY[HEADER]<0> {-5}\r\nFrom: x",
    b"* 1 FETCH (UID 1 BODY " + b"(" * 100000,
    b"* 1 FETCH (UID 1 BODYSTRUCTURE " + b"(" * 49 + b")" * 49 + b")\r\n",
    b"* 1 FETCH (UID 1 FLAGS (" + b"x " * 1000000,
    b"* BYE so long\r\n",
    b"\0\xff\r\n" * 10,
    b"",
], ids=range(10))
def test_fetch_that_breaks_off(fake, fake_source, octets):
    fake.fill(letter(1))
    fake.hooks["FETCH"] = say(octets)
    assert fake_source.refuses("list", "INBOX", 0, 10) in (IO, LIMIT, MALFORMED)
    fake.hooks.clear()
    assert fake_source.list("INBOX")[0] == 1


@pytest.mark.parametrize("size", [0, 10, 4294967295])
def test_size_that_lies(fake, fake_source, tmp_path, size):
    octets = letter(1, "x" * 5000)
    fake.fill(octets)

    def hook(session, tag, args, uid):
        numbers, items = session.items(args, uid)
        for number, mail in session.chosen(numbers, uid):
            values = [b"RFC822.SIZE %d" % size if i == b"RFC822.SIZE" else session.value(mail, i) for i in items]
            session.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(values)))
        session.ok(tag)
        return True

    fake.hooks["FETCH"] = hook
    _, [(name, _, claimed, _)] = fake_source.list("INBOX")
    assert claimed == size
    if size > 1 << 30:
        assert fake_source.refuses("read", "INBOX", name, tmp_path / "out") == LIMIT
    else:
        assert fake_source.read("INBOX", name, tmp_path / "out") == octets


def test_endless_answers(fake, fake_source):
    fake.fill(letter(1))

    def hook(session, *_):
        while True:
            session.send(b"* OK still at it\r\n" * 10000)

    fake.hooks["FETCH"] = hook
    start = time.monotonic()
    assert fake_source.refuses("list", "INBOX", 0, 1) in (LIMIT, BUSY)
    assert time.monotonic() - start < 20


def test_silence_ends(fake, fake_source):
    fake.hooks["SELECT"] = lambda *_: time.sleep(30)
    start = time.monotonic()
    assert fake_source.refuses("list", "INBOX", 0, 1) == BUSY
    assert time.monotonic() - start < 8


def test_drops_end(fake, fake_source):
    """One octet a second is no way around the limit of the whole call."""
    def hook(session, *_):
        for _ in range(30):
            session.send(b"*")
            time.sleep(0.5)

    fake.hooks["SELECT"] = hook
    start = time.monotonic()
    assert fake_source.refuses("list", "INBOX", 0, 1) == BUSY
    assert time.monotonic() - start < 8


def test_other_uidvalidity(fake, fake_source, tmp_path):
    fake.fill(letter(1))
    _, [(name, *_)] = fake_source.list("INBOX")
    assert name == "77.1"
    fake.validity[b"INBOX"] = 78
    assert fake_source.list("INBOX")[1][0][0] == "78.1"
    assert fake_source.refuses("read", "INBOX", name, tmp_path / "out") == NOT_FOUND


def test_huge_header(fake, fake_source):
    fake.fill(b"X: " + b"y" * 400000 + b"\r\n\r\nbody", letter(2))
    total, page = fake_source.list("INBOX")
    assert total == 2 and len(page) == 2


@pytest.fixture
def fake_post(tmp_path):
    with fake_smtp.FakeSmtp(tmp_path) as server:
        yield server


@pytest.fixture
def outgoing(tmp_path):
    path = tmp_path / "letter"
    path.write_bytes(letter(1))
    return path


def fates(source, *words):
    return [tuple(f.split("|")[1:3]) for f in source("send", *words)]


def test_each_recipient_has_a_fate(fake_post, outgoing):
    with smtp_source(fake_post) as s:
        assert fates(s, "some", outgoing, "alice@example.test", "bob@example.test", "nobody@example.test") == [
            ("taken", "250"), ("refused", "550")]
        assert len(fake_post.mails) == 1
        assert fates(s, "all", outgoing, "alice@example.test", "bob@example.test", "nobody@example.test") == [
            ("skipped", "0"), ("refused", "550")]
        assert len(fake_post.mails) == 1


@pytest.mark.parametrize("stage, action, fate", [
    ("mail", b"451 4.3.0 later", ("later", "451")),
    ("mail", b"550 5.7.1 no", ("refused", "550")),
    ("rcpt", b"452 4.2.2 full", ("later", "452")),
    ("data", b"554 5.5.1 no", ("refused", "554")),
    ("dot", b"552 5.3.4 too big", ("refused", "552")),
    ("dot", b"451 4.3.0 later", ("later", "451")),
    ("accepted", fake_smtp.CLOSE, ("unsure", "0")),
    ("dot", fake_smtp.CLOSE, ("unsure", "0")),
])
def test_refusals(fake_post, outgoing, stage, action, fate):
    fake_post.faults[stage].append(action)
    with smtp_source(fake_post) as s:
        assert fates(s, "some", outgoing, "alice@example.test", "bob@example.test") == [fate]


@pytest.mark.parametrize("stage", ["connect", "ehlo", "auth", "mail", "rcpt", "data"])
def test_broken_off_before_the_end(fake_post, outgoing, stage):
    fake_post.faults[stage].append(fake_smtp.CLOSE)
    with smtp_source(fake_post) as s:
        assert s.refuses("send", "some", outgoing, "alice@example.test", "bob@example.test") in (IO, MALFORMED)
    assert not fake_post.mails


def test_no_tls_no_password(tmp_path, outgoing):
    """A server that stops offering STARTTLS, or says more before TLS begins, hears no password."""
    with fake_smtp.FakeSmtp(tmp_path, implicit=False) as server:
        server.faults["ehlo"] += [b"250-fake\r\n250 AUTH PLAIN"]
        with smtp_source(server, "submissions") as s:
            assert s.refuses("send", "all", outgoing, "alice@example.test", "bob@example.test") == IO
        assert not [line for line in server.said if "AUTH" in line]
        server.said.clear()
        with smtp_source(server, "submissions") as s:
            assert fates(s, "all", outgoing, "alice@example.test", "bob@example.test") == [("taken", "250")]


def test_this_machine_is_not_named(fake_post, outgoing):
    with smtp_source(fake_post) as s:
        s("send", "all", outgoing, "alice@example.test", "bob@example.test")
    assert [line for line in fake_post.said if line.startswith("EHLO")] == ["EHLO [127.0.0.1]"]


def test_addresses_cannot_say_commands(fake_post, outgoing):
    with smtp_source(fake_post) as s:
        for address in ("b@x>\r\nRCPT TO:<c@x", "b@x\r\nDATA", "b @x", "<b@x", "b@" + "x" * 600):
            assert s.refuses("send", "all", outgoing, "alice@example.test", address) == 1
    assert not fake_post.mails


def test_addresses_in_other_scripts(fake_post, outgoing):
    with smtp_source(fake_post) as s:
        assert fates(s, "all", outgoing, "alice@example.test", "пётр@example.test") == [("taken", "250")]
    assert "SMTPUTF8" in [line for line in fake_post.said if line.startswith("MAIL")][0]


def test_tokens(fake, tmp_path):
    """An OAuth2 access token goes out as XOAUTH2, never as a password."""
    said = []

    def hook(session, tag, args, _):
        said.append(args)
        session.ok(tag)
        return True

    fake.hooks["AUTHENTICATE"] = hook
    with imap_source(fake, token="to-ken") as s:
        assert s.folders()["INBOX"][0] == "inbox"
    mechanism, _, words = said[0].partition(b" ")
    assert mechanism == b"XOAUTH2"
    assert base64.b64decode(words) == b"user=alice\1auth=Bearer to-ken\1\1"
    assert not fake.commands(b"LOGIN")


def test_two_sources_at_once(provider, source):
    provider.deliver("alice@example.test", letter(1))
    results = []

    def ask():
        with imap_source(provider) as s:
            results.append(s.list("INBOX")[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [1] * 4
