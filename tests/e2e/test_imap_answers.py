"""What the views of messages answer to FETCH and SEARCH, compared octet for octet with Dovecot's answers.

Where Dovecot may differ (`allowed`), the reason is written there; everything else is a failure.
"""
import os
import pathlib
import random
import re
import subprocess

import pytest

import imap_mail
import imap_oracle
import lib

ANSWERS = os.environ.get("POSTSEAL_IMAP_ANSWERS") or str(
    pathlib.Path(lib.POSTSEAL).resolve().parents[2] / "tests/tools/imap_answers")

ITEMS = b"""ENVELOPE|BODYSTRUCTURE|BODY|RFC822.SIZE|RFC822.HEADER|BODY.PEEK[]|BODY.PEEK[]<0.100>|BODY.PEEK[]<99999999.5>
BODY.PEEK[HEADER]|BODY.PEEK[HEADER]<5.20>|BODY.PEEK[TEXT]|BODY.PEEK[TEXT]<10.50>
BODY.PEEK[HEADER.FIELDS (SUBJECT X-FOO RECEIVED)]|BODY.PEEK[HEADER.FIELDS (NOT-THERE)]
BODY.PEEK[HEADER.FIELDS.NOT (RECEIVED DATE)]|BODY.PEEK[HEADER.FIELDS.NOT (RECEIVED)]<7.30>
BODY.PEEK[1]|BODY.PEEK[1]<3.5>|BODY.PEEK[1.MIME]|BODY.PEEK[1.HEADER]|BODY.PEEK[1.TEXT]|BODY.PEEK[1.1]|BODY.PEEK[1.1.MIME]
BODY.PEEK[1.2]|BODY.PEEK[1.2.MIME]|BODY.PEEK[1.1.1]|BODY.PEEK[1.1.HEADER]|BODY.PEEK[1.HEADER.FIELDS (FROM SUBJECT)]
BODY.PEEK[2]|BODY.PEEK[2]<999999.5>|BODY.PEEK[2.MIME]|BODY.PEEK[2.HEADER]|BODY.PEEK[2.TEXT]|BODY.PEEK[2.1]|BODY.PEEK[2.2]
BODY.PEEK[2.HEADER.FIELDS (FROM)]|BODY.PEEK[2.HEADER.FIELDS.NOT (FROM)]|BODY.PEEK[2.1.TEXT]|BODY.PEEK[2.1.1]|BODY.PEEK[3]
BODY.PEEK[3.MIME]|BODY.PEEK[99]""".replace(b"\n", b"|").split(b"|")
BINARY = [b"BINARY.PEEK[1]", b"BINARY.SIZE[1]", b"BINARY.PEEK[2]", b"BINARY.SIZE[2]", b"BINARY.PEEK[1]<2.7>"]
PLAIN = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" '


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory):
    server = imap_oracle.Dovecot(tmp_path_factory.mktemp("dovecot"))
    yield server
    server.close()


def real_mail():
    paths = sorted((lib.SHARED / "mail").rglob("*.txt"))
    return [imap_mail.crlf(path.read_bytes()) for path in paths]


def records(octets):
    while octets:
        size, _, octets = octets.partition(b"\n")
        yield octets[:int(size)]
        octets = octets[int(size) + 1:]


def our_answers(paths, items):
    """For each file a list with one answer an item; None where the item is refused."""
    done = subprocess.run([ANSWERS, "fetch", b"(" + b" ".join(items) + b")", *paths], stdout=subprocess.PIPE, check=True)
    flat = [None if record == b"NO " else record for record in records(done.stdout)]
    assert len(flat) == len(items) * len(paths)
    return [flat[at:at + len(items)] for at in range(0, len(flat), len(items))]


def lacks_empty_line(header):
    text = header.partition(b"\r\n")[2]
    return text != b"\r\n" and not text.endswith(b"\r\n\r\n")


def allowed(item, theirs, ours, answers):
    """Whether Dovecot's answer may differ from ours."""
    if item.startswith(b"BODY.PEEK") and re.search(rb"\[[\d.]+HEADER\.FIELDS", item):
        # Of a message inside that ends in the middle of its header Dovecot reads on into what follows the part.
        part = re.match(rb"BODY\.PEEK\[([\d.]+)HEADER", item)[1]
        return lacks_empty_line(answers.get(b"BODY.PEEK[" + part + b"HEADER]", b""))
    if item in (b"BODY", b"BODYSTRUCTURE"):
        # Of a message that is only 7-bit US-ASCII text Dovecot keeps just that fact, and writes it in lower case.
        return theirs.startswith(item + b" " + PLAIN) and theirs == ours.lower().replace(b"nil", b"NIL").replace(
            item.lower(), item, 1)
    return False


def compare(client, mailbox, folder, messages, items, may_differ=allowed):
    """Stores the messages, asks for every item of each and collects the differences."""
    client.command(b"CREATE " + mailbox)
    folder.mkdir()
    paths = [folder / str(i) for i in range(len(messages))]
    for path, octets in zip(paths, messages):
        path.write_bytes(octets)
        client.append(mailbox, octets)
    client.command(b"EXAMINE " + mailbox)
    differences = []
    for number, ours in enumerate(our_answers(paths, items), 1):
        answers = dict(zip(items, ours))
        for item, our, their in zip(items, ours, client.fetch(number, items)):
            if their != our and not may_differ(item, their, our, answers):
                differences.append((messages[number - 1][:400], item, their, our))
    assert not differences, "\n".join(map(repr, [len(differences), *differences[:3]]))


def test_real_messages(dovecot, shared, tmp_path):
    compare(dovecot.client(), b"real", tmp_path / "mail", real_mail(), ITEMS)


def test_messages_made_by_hand(dovecot, tmp_path):
    compare(dovecot.client(), b"hand", tmp_path / "mail", [octets for octets in imap_mail.HANDMADE if octets], ITEMS)


def test_each_odd_field(dovecot, tmp_path):
    items = [b"ENVELOPE", b"BODYSTRUCTURE", b"BODY", b"BODY.PEEK[1]", b"BODY.PEEK[1.MIME]"]
    compare(dovecot.client(), b"odd", tmp_path / "mail", list(imap_mail.variants()), items)


def test_random_nested_messages(dovecot, tmp_path):
    messages = [imap_mail.Random(seed).message() for seed in range(250)]
    compare(dovecot.client(), b"random", tmp_path / "mail", messages, ITEMS)


def binary_allowed(item, theirs, ours, answers):
    if theirs is None or ours is None:
        # Dovecot refuses parts that are not quite base64 or quoted-printable; we decode what can be decoded.
        return theirs is None
    decoded = answers[re.sub(rb"SIZE|PEEK", b"PEEK", item).partition(b"<")[0]] or b""
    if re.search(rb"[ \t]\r\n|[ \t]\Z", decoded):
        # Blanks at the ends of quoted-printable lines, which the project's decoder keeps (mime/qp.h).
        return True
    # RFC 3516 section 4.3 wants the literal8 where there is a NUL; Dovecot writes one for whatever it decoded.
    return theirs.replace(b"~", b"", 1) == ours.replace(b"~", b"", 1)


def test_binary(dovecot, shared, tmp_path):
    encoded = [octets for octets in real_mail() if b"multipart" not in octets.lower() and b"message/rfc822" not in octets]
    encoded += [imap_mail.crlf(f"MIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{body}")
                for kind in ("text/plain", "application/octet-stream")
                for encoding, body in (("base64", "AAECAwQFBgc=\n"), ("base64", "aGVsbG8gd29ybGQ=\n"), ("base64", ""),
                                       ("quoted-printable", "caf=C3=A9 =\nsoft=3D=00=0D=0A\n"), ("7bit", "plain\n"),
                                       ("8bit", "caf\u00e9\n"), ("binary", "x"), ("x-unknown", "y\n"), ("BASE64", "QQ==\n"))]
    compare(dovecot.client(), b"binary", tmp_path / "mail", encoded, BINARY, binary_allowed)


class Programs:
    """Random SEARCH programs whose words come from the messages."""

    DATES = [b"%d-%s-200%d" % (day, month, year) for day in (1, 9, 28) for month in (b"Jan", b"jul", b"AUG", b"Sep", b"Dec")
             for year in (1, 2, 3)]
    FLAGS = b"ALL ANSWERED DELETED DRAFT FLAGGED NEW OLD RECENT SEEN UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNSEEN".split()

    def __init__(self, seed, messages):
        self.choose = random.Random(seed)
        self.messages = messages

    def text(self):
        words = re.findall(rb"[A-Za-z0-9@.:<>-]{3,}(?: [A-Za-z0-9]+)?", self.choose.choice(self.messages)) or [b"x"]
        word = self.choose.choice(words)
        if self.choose.random() < 0.3:
            word = word[self.choose.randrange(len(word)):]
        return b'"' + self.choose.choice([word, word.upper(), word]) + b'"'

    def numbers(self):
        a, b = self.choose.choices(range(1, len(self.messages) + 1), k=2)
        years = 86400 * 365 * self.choose.randrange(20, 26)
        return self.choose.choice([b"%d:%d" % (a, b), b"UID %d:%d" % (a, b), b"%d:*" % a, b"%d,%d" % (a, b), b"*", b"UID *",
                                   b"OLDER %d" % years, b"YOUNGER %d" % years, b"MODSEQ %d" % a])

    def key(self, depth=0):
        pick = self.choose.choice
        kind = self.choose.randrange(14 if depth < 4 else 11)
        if kind == 11:
            return b"NOT " + self.key(depth + 1)
        if kind == 12:
            return b"OR " + self.key(depth + 1) + b" " + self.key(depth + 1)
        if kind == 13:
            return b"(" + b" ".join(self.key(depth + 1) for _ in range(self.choose.randrange(1, 4))) + b")"
        return [
            lambda: pick(self.FLAGS),
            lambda: pick([b"KEYWORD ", b"UNKEYWORD "]) + pick([b"Foo", b"$BAR", b"other"]),
            lambda: pick([b"BEFORE ", b"ON ", b"SINCE "]) + pick(self.DATES),
            lambda: pick([b"SENTBEFORE ", b"SENTON ", b"SENTSINCE "]) + pick(self.DATES),
            lambda: pick([b"FROM ", b"TO ", b"CC ", b"BCC "]) + self.text(),
            lambda: b"SUBJECT " + self.text(),
            lambda: b"BODY " + self.text(),
            lambda: b"TEXT " + self.text(),
            lambda: b"HEADER " + pick([b"Received ", b"X-Mailer ", b"Content-Type ", b"List-Id ", b"Message-Id "])
            + pick([self.text(), b'""']),
            lambda: pick([b"LARGER ", b"SMALLER "]) + b"%d" % self.choose.randrange(500, 9000),
            self.numbers,
        ][kind]()

    def program(self):
        """Not one that asks twice for the same kind of date or size and has a NOT: of "NOT (SENTSINCE 1-Jan-2001 SENTSINCE
        1-Jan-2003)" Dovecot makes NOT SENTSINCE 1-Jan-2001."""
        while True:
            program = b" ".join(self.key() for _ in range(self.choose.randrange(1, 3)))
            kinds = re.findall(rb"(?:SENT)?(?:BEFORE|SINCE|ON) |LARGER |SMALLER |OLDER |YOUNGER ", program)
            if b"NOT " not in program or len(kinds) == len(set(kinds)):
                return program


def store_for_search(client, folder, messages, seed):
    """Stores the messages with random flags and dates; the lines that tell imap_answers about the mailbox."""
    choose = random.Random(seed)
    folder.mkdir()
    client.command(b"CREATE search")
    for number, octets in enumerate(messages, 1):
        (folder / str(number)).write_bytes(octets)
        flags = choose.sample([b"\\Seen", b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Draft", b"Foo", b"$bar"],
                              choose.randrange(4))
        # The zone is that of the server, since Dovecot answers for a day in its own zone.
        date = b"%02d-%s-200%d %02d:30:00 +0000" % (choose.randrange(1, 29), choose.choice([b"Jan", b"Aug", b"Dec"]),
                                                 choose.randrange(1, 4), choose.randrange(24))
        client.append(b"search", octets, b" ".join(flags), date)
    client.command(b"EXAMINE search")
    lines = []
    for line in client.command(b"FETCH 1:* (UID FLAGS INTERNALDATE MODSEQ)"):
        match = re.match(rb'\* (\d+) FETCH \(UID (\d+) FLAGS \((.*?)\) INTERNALDATE "(.*?)" MODSEQ \((\d+)\)\)', line)
        if match:
            number, uid, flags, date, modseq = match.groups()
            lines.append(b"\t".join([bytes(folder / number.decode()), number, uid, modseq, date, flags]))
    assert len(lines) == len(messages)
    return lines


def test_searches(dovecot, shared, tmp_path):
    # Without a Date, Dovecot takes 1970; with raw 8-bit octets in the header that are no UTF-8 it has no text: left out.
    messages = [octets for octets in real_mail()
                if re.search(rb"^Date:", octets, re.M) and octets.partition(b"\r\n\r\n")[0].isascii()][:200]
    client = dovecot.client()
    (tmp_path / "mailbox").write_bytes(b"\n".join(store_for_search(client, tmp_path / "mail", messages, 1)))
    made = Programs(2, messages)
    programs = [made.program() for _ in range(600)]
    (tmp_path / "programs").write_bytes(b"\n".join(programs))
    done = subprocess.run([ANSWERS, "search", tmp_path / "mailbox", tmp_path / "programs"], stdout=subprocess.PIPE, check=True)
    found = 0
    for program, line in zip(programs, done.stdout.splitlines(), strict=True):
        ours = None if line == b"NO" else {int(number) for number in line.split()}
        assert client.search(program) == ours, program
        found += bool(ours)
    assert found > 150
