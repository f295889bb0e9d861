"""Byte-exact passage: where nothing is to be done, IMAP and POP3 through the proxy are what the provider says."""
import poplib
import re
import shutil
import socket
import time

import pytest

from daemon import Daemon
from imapraw import Raw
from lib import SHARED, Home
from provider import Provider, wait_for

poplib._MAXLINE = 1 << 20  # of what Dovecot sends, not of what RFC 1939 allows
DIRECT, PROXIED = "direct@example.test", "proxied@example.test"
SIGNED_ELSEWHERE = b"""From: Carla <carla@elsewhere.example>\r
To: direct@example.test\r
Subject: signed by somebody else\r
Date: Fri, 20 Nov 2026 10:00:00 +0000\r
Message-ID: <foreign@elsewhere.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r
\tmicalg=sha-256; boundary="sig"\r
\r
This is a preamble with trailing blanks   \r
--sig\r
Content-Type: text/plain\r
\r
A text with trailing blanks  \r
and a tab\t\r
\r
--sig\r
Content-Type: application/pkcs7-signature; name=smime.p7s\r
Content-Transfer-Encoding: base64\r
\r
MIIBAAYJKoZIhvcNAQcCoA==\r
--sig--\r
an epilogue\r
"""

ODD = {
    "bare line feeds": b"From: a@b.example\nSubject: lf\n\nline\nline\n.\n..\nFrom here\n",
    "mixed line ends": b"From: a@b.example\r\nSubject: mixed\n\r\nline\nline\r\nline\rline\n",
    "nul octets": b"From: a@b.example\r\nSubject: nul\0nul\r\n\r\nbefore\0after\r\n",
    "eight bits": b"From: J\xfcrgen <a@b.example>\r\nSubject: \xe4\xf6\xfc\r\n\r\n\xff\xfe\x80\r\n",
    "utf-8": "From: Jürgen <a@b.example>\r\nSubject: Prüfung ✓\r\n\r\nGrüße\r\n".encode(),
    "long lines": b"From: a@b.example\r\nSubject: " + b"s" * 5000 + b"\r\n\r\n" + b"x" * 100000 + b"\r\nend\r\n",
    "huge header": b"From: a@b.example\r\n" + b"".join(b"X-F%d: value\r\n\tfolded\r\n" % i for i in range(3000)) + b"\r\n.",
    "no body": b"From: a@b.example\r\nSubject: nothing follows\r\n",
    "no header": b"\r\nonly a body\r\n",
    "empty": b"\r\n",
    "literal in a subject": b"From: a@b.example\r\nSubject: ends like a literal {12}\r\n\r\n* 1 FETCH (FLAGS ())\r\nt9 OK\r\n",
    "quotes": b'From: "a \\"b\\" (c)" <a@b.example>\r\nSubject: "quoted \\ back"\r\n\r\n)\r\n',
    "foreign signature": SIGNED_ELSEWHERE,
    "errant layer": b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                    b"--b\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
                    b"Content-Transfer-Encoding: base64\r\n\r\nMIIBAAYJKoZIhvcNAQcDoA==\r\n--b--\r\n",
    "nested message": b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + SIGNED_ELSEWHERE,
}

SECTIONS = ("BODY[]", "BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[1.MIME]",
            "BODY.PEEK[2]", "BODY.PEEK[2.MIME]", "BODY.PEEK[1.1]", "BODY.PEEK[1.HEADER]", "BODY.PEEK[1.TEXT]",
            "BODY.PEEK[99]", "BODY.PEEK[HEADER.FIELDS (Subject From X-F7 Nothing)]",
            "BODY.PEEK[HEADER.FIELDS.NOT (Received Subject)]", "BODY.PEEK[]<0.100>", "BODY.PEEK[]<50.1000>",
            "BODY.PEEK[TEXT]<10.20>", "BODY.PEEK[HEADER]<5.10>", "BODY.PEEK[]<99999999.5>", "BODY.PEEK[1]<0.7>",
            "RFC822", "RFC822.HEADER", "RFC822.TEXT", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "FLAGS",
            "INTERNALDATE", "UID", "ALL", "FAST", "FULL", "(UID FLAGS MODSEQ)",
            "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority "
            "X-Priority References Newsgroups In-Reply-To Content-Type Reply-To Received)])",
            "(BODY.PEEK[HEADER] BODY.PEEK[TEXT]<0.40> ENVELOPE BODYSTRUCTURE)")
WRONG = ("FETCH 1 BODY[", "FETCH 1 (FLAGS", "FETCH 0 FLAGS", "FETCH 99999 FLAGS", "FETCH 1 NONSENSE", "NONSENSE", "FETCH",
         "SELECT", "SELECT Nowhere", "UID NONSENSE 1", "STORE 1 FLAGS", "FETCH 1 BODY[1.2.", "COPY 1 Nowhere", "SEARCH",
         "SEARCH NONSENSE", "APPEND", "FETCH a FLAGS", "LIST", "FETCH 1 BODY[]<0.0>", "FETCH 1 BODY[HEADER.FIELDS ()]")
SEARCHES = ("ALL", "UNSEEN", "SEEN", "SUBJECT the", "FROM a@b.example", "BODY free", "TEXT money", "LARGER 5000",
            "SMALLER 2000", "SINCE 1-Jan-2003", "SENTBEFORE 1-Jan-2003", "HEADER Message-ID exmh", "HEADER X-F7 value",
            "NOT SUBJECT re", "OR FROM a@b.example TO linux", "UID 1:20", "1:10 SUBJECT re", "KEYWORD $Test",
            'TEXT "a text with"', "(SUBJECT re FROM net)", "CHARSET UTF-8 SUBJECT re", "MODSEQ 1", "ON 20-Nov-2026")
READ = (
    ["CAPABILITY", "NAMESPACE", "NOOP", 'LIST "" "*"', 'LIST "" "%"', 'LSUB "" "*"', 'LIST "" ""', "STATUS INBOX "
     "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT HIGHESTMODSEQ)", 'STATUS "Sent" (MESSAGES)', "EXAMINE INBOX"]
    + [f"FETCH 1:* {s}" for s in SECTIONS if s not in ("BODY[]", "RFC822", "RFC822.TEXT")]
    + [f"UID FETCH 1:40 {s}" for s in SECTIONS[1:6]] + ["UID FETCH 5,7:9,* (FLAGS)", "FETCH *:290 (UID)", "UID FETCH 9999:* UID"]
    + [f"SEARCH {s}" for s in SEARCHES] + [f"UID SEARCH {s}" for s in SEARCHES[:10]]
    + ["CHECK", "CLOSE", "FETCH 1 FLAGS", "SELECT INBOX"] + list(WRONG) + ["UNSELECT"])
CHANGE = ["ENABLE CONDSTORE", "SELECT INBOX (CONDSTORE)", "FETCH 1:3 BODY[]", "FETCH 4:6 RFC822", "FETCH 7 RFC822.TEXT",
          "FETCH 8:9 BODY[TEXT]<0.5>", r"STORE 10:12 +FLAGS (\Flagged $Test)", r"STORE 13 FLAGS.SILENT (\Deleted)",
          r"UID STORE 20:22 -FLAGS (\Seen)", r"STORE 30 (UNCHANGEDSINCE 1) +FLAGS (\Answered)",
          "FETCH 1:40 (FLAGS) (CHANGEDSINCE 1)", "COPY 1:5 Archive", "UID COPY 50 Archive", "MOVE 60:61 Archive",
          "UID MOVE 70 Archive", "STATUS Archive (MESSAGES UIDNEXT)", "EXPUNGE", r"STORE 1 +FLAGS (\Deleted)",
          "UID EXPUNGE 1:5", "FETCH 1:5 (UID FLAGS)", "CREATE Made", "SUBSCRIBE Made", "RENAME Made Renamed",
          'LIST "" "*"', "UNSUBSCRIBE Renamed", "DELETE Renamed", "SELECT Archive", "FETCH 1:* (UID FLAGS RFC822.SIZE)",
          r"STORE 1:* FLAGS (\Deleted)", "CLOSE", "SELECT INBOX", "ENABLE QRESYNC", "SELECT Archive", "LOGOUT"]


def plain(octets):
    """Without what may differ: capability words and how long something took."""
    octets = re.sub(rb"CAPABILITY [^]\r\n]*", b"CAPABILITY", octets)
    octets = re.sub(rb" ?\\(UnM|M)arked", b"", octets)
    octets = re.sub(rb"(?m)^(\w+ BAD) .*", rb"\1", octets)  # the words are free
    return re.sub(rb" \(\d+\.\d+ \+ \d+\.\d+(?: \+ \d+\.\d+)? secs\)", b"", octets)


def mail():
    found = [p.read_bytes() for k in ("ham", "hard-ham", "spam") if (SHARED / "mail" / k).is_dir()
             for p in sorted((SHARED / "mail" / k).iterdir())]
    return found + list(ODD.values())


@pytest.fixture(scope="module")
def provider():
    users = {DIRECT: "direct-secret", PROXIED: "proxied-secret"}
    with Provider(users) as made:
        for octets in mail():
            made.deliver(DIRECT, octets, when=1795000000 + made.count)
        box = made.imap(DIRECT)
        for name in ("Archive", "Append"):
            box.create(name)
        box.select()
        assert len(box.search(None, "ALL")[1][0].split()) == len(mail())
        box.fetch("1:*", "(RFC822.SIZE ENVELOPE BODYSTRUCTURE)")
        box.logout()
        home = made.folder / "mail"
        time.sleep(1.1)  # so that no time stamp in the index is "now"
        shutil.rmtree(home / made.login(PROXIED))
        shutil.copytree(home / made.login(DIRECT), home / made.login(PROXIED), copy_function=shutil.copy2)
        made.own(home / made.login(PROXIED))
        yield made


@pytest.fixture(scope="module")
def daemon(provider, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("person"))
    home.add(PROXIED, "--profile", "p256")
    with Daemon(home, provider, PROXIED) as made:
        yield made


@pytest.fixture
def both(provider, daemon):
    """Two logins: at the provider itself, and through the proxy to the equal mailbox."""
    with Raw(provider.ports["imaps"], provider.context()) as direct, daemon.raw() as proxied:
        direct.login(provider.login(DIRECT), provider.password(DIRECT))
        proxied.login(provider.login(PROXIED), provider.password(PROXIED))
        yield direct, proxied


def same(one, other, what):
    one, other = [plain(o) for o in one], [plain(o) for o in other]
    for left, right in zip(one, other):
        at = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
        assert left == right, f"{what}: at {at}:\n{left[max(0, at - 60):at + 120]!r}\n{right[max(0, at - 60):at + 120]!r}"
    assert len(one) == len(other), f"{what}: {one[len(other):][:3]} {other[len(one):][:3]}"


def run_both(both, *parts):
    same(both[0].command(*parts), both[1].command(*parts), repr(parts[0][:80]))


def test_every_reading_command(both):
    for command in READ:
        run_both(both, command.encode())


def test_every_item_alone(both):
    """One message at a time, as some programs ask: the odd ones and every tenth."""
    for raw in both:
        raw.ok(b"SELECT INBOX")
    count = len(mail())
    for number in [*range(1, count - len(ODD), 10), *range(count - len(ODD) + 1, count + 1)]:
        run_both(both, b"FETCH %d (UID FLAGS RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[1])" % number)
        run_both(both, b"UID FETCH %d (BODY.PEEK[HEADER] BODY.PEEK[TEXT])" % number)


def test_literals_in_commands(both):
    inbox, subject = b"INBOX", "Prüfung".encode()
    run_both(both, b"SELECT ", inbox)
    run_both(both, b"SEARCH CHARSET UTF-8 SUBJECT ", subject)
    run_both(both, b"SEARCH SUBJECT {2+}\r\nre FROM ", b"net", b" UNSEEN")
    run_both(both, b"STATUS {5+}\r\nINBOX (MESSAGES)")
    run_both(both, b'FETCH 1:9 BODY.PEEK[HEADER.FIELDS ({7+}\r\nSubject "From")]')
    run_both(both, b"FETCH 1:9 BODY.PEEK[HEADER.FIELDS (", b"Subject", b")]")
    run_both(both, b"LIST {0+}\r\n {1+}\r\n*")


def test_pipelined(both):
    """Many commands in one write; all get their answers."""
    for raw in both:
        raw.ok(b"SELECT INBOX")
    commands = [b"FETCH 1:20 (FLAGS)", b"NOOP", b"UID FETCH 3 BODY.PEEK[]", b"SEARCH SUBJECT re", b"FETCH 5 ENVELOPE",
                b"NONSENSE", b"FETCH 1:300 RFC822.SIZE", b"STATUS Sent (MESSAGES)", b"CHECK", b"FETCH 2 BODY.PEEK[HEADER]"]
    text = b"".join(b"p%d %s\r\n" % (i, c) for i, c in enumerate(commands))
    found = []
    for raw in both:
        raw.send(text)
        found.append([])
        while sum(r.startswith(b"p") for r in found[-1]) < len(commands):
            found[-1].append(raw.response())
    # RFC 9051 section 5.5: the order is free where commands do not depend on each other.
    same(*map(sorted, map(lambda f: [plain(r) for r in f], found)), "pipelined")


@pytest.mark.parametrize("form", ["synchronizing", "non-synchronizing"])
def test_append(both, form):
    """APPEND to an ordinary folder keeps every octet."""
    for number, octets in enumerate([v for k, v in ODD.items() if k != "nul octets"] + mail()[:10]):
        head = rb'APPEND Append (\Seen) "20-Nov-2026 10:00:%02d +0000" ' % (number % 60)
        if form == "synchronizing":
            run_both(both, head, octets)
        else:
            run_both(both, head + b"{%d+}\r\n" % len(octets) + octets)
    run_both(both, b"SELECT Append")
    run_both(both, b"FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")


def test_refused_append(both):
    """A folder that is not there: NO, sooner or later, and the connection goes on."""
    last = [raw.command(b"APPEND Nowhere ", b"From: a@b.example\r\n\r\nx\r\n")[-1] for raw in both]
    assert last[0] == last[1] and b"TRYCREATE" in last[0]
    run_both(both, b"NOOP")


def test_split_writes(both):
    """A command that arrives one octet at a time is the same command."""
    text = b"q1 EXAMINE {5+}\r\nINBOX\r\nq2 FETCH 1:3 (FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])\r\n"
    both[1].socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in text:
        both[1].send(bytes([octet]))
    both[0].send(text)
    same(*[raw.until(b"q1") + raw.until(b"q2") for raw in both], "octet by octet")


def test_idle(provider, both):
    for raw in both:
        raw.ok(b"SELECT Junk")
        raw.send(b"i1 IDLE\r\n")
        assert raw.response().startswith(b"+")
    for address in (DIRECT, PROXIED):
        provider.deliver(address, b"From: a@b.example\r\nSubject: news\r\n\r\nx\r\n", "Junk", when=1795100000)
    heard = []
    for raw in both:
        heard.append([])
        while not heard[-1] or b"RECENT" not in heard[-1][-1]:
            heard[-1].append(raw.response())
        raw.send(b"DONE\r\n")
        heard[-1] += raw.until(b"i1")
    same(*heard, "IDLE")
    run_both(both, b"FETCH 1 (FLAGS RFC822.SIZE BODY.PEEK[])")


def test_every_changing_command(both):
    """Last of all, since it changes the two mailboxes: in the same way."""
    for command in CHANGE:
        run_both(both, command.encode())


def test_the_mailboxes_are_still_equal(provider):
    """What lies at the provider after all that is the same."""
    for folder in ("INBOX", "Archive", "Append"):
        one, other = (sorted(provider.messages(a, folder)) for a in (DIRECT, PROXIED))
        assert one == other, folder


def pop3_talk(box):
    """Everything that POP3 can say, raw."""
    count = len(box.list()[1])
    said = [box.stat(), box.list(), box.uidl(), box.list(3), box.uidl(3)]
    said += [box.retr(n) for n in range(1, count + 1)]
    said += [box.top(n, lines) for n in range(1, count + 1, 7) for lines in (0, 3, 100000)]
    for wrong in ("RETR 99999", "RETR 0", "LIST x", "TOP 1", "NONSENSE", "DELE 99999", "NOOP", "DELE 2", "RETR 2",
                  "STAT", "RSET", "STAT"):
        box._putcmd(wrong)
        said.append(re.sub(rb"\(.*secs?\)", b"", box._getline()[0]))
    said.append(box.quit())
    return said


def test_pop3(provider, daemon):
    direct = poplib.POP3_SSL("127.0.0.1", provider.ports["pop3s"], context=provider.context(), timeout=60)
    direct.user(provider.login(DIRECT))
    direct.pass_(provider.password(DIRECT))
    one, other = pop3_talk(direct), pop3_talk(daemon.pop3(PROXIED))
    for left, right in zip(one, other):
        assert left == right
    assert len(one) == len(other)


def test_nothing_of_it_is_kept(provider, daemon):
    """No copy of the mailbox: the home stays small."""
    assert wait_for(lambda: daemon.process.poll() is None)
    size = sum(p.stat().st_size for p in daemon.home.path.rglob("*") if p.is_file())
    assert size < 8 << 20, size
