"""IMAP over protected mail: one view of a message, told alike by every item, and nothing readable at the provider."""
import email
import re

import pytest

from daemon import people
from forge import openssl
from imapraw import Raw, fetched
from letters import Letters, opaque
from lib import delivered, field, message
from provider import Provider, wait_for

ALICE, BOB, CAROL, DAVE, ORACLE, ORACLE2 = (n + "@example.test" for n in ("alice", "bob", "carol", "dave", "oracle", "oracle2"))
SECRET = "The merger is on Friday"
COUNT = 24
HIDDEN = "SORT THREAD ESEARCH ESORT SEARCHRES CONTEXT FUZZY MULTISEARCH CATENATE URLAUTH URL-PARTIAL CONVERT FILTERS NOTIFY " \
    "REPLACE UNAUTHENTICATE COMPRESS PARTIAL SNIPPET"


@pytest.fixture(scope="module")
def provider():
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, CAROL, DAVE, ORACLE, ORACLE2)}) as made:
        yield made


@pytest.fixture(scope="module")
def everybody(provider, tmp_path_factory):
    """Dave reads the status on every message."""
    folder = tmp_path_factory.mktemp("people")
    with people(provider, folder, ALICE, BOB, CAROL) as made, people(provider, folder, DAVE, options={"status": "every"}) as more:
        made["alice"].home.meet(more["dave"].home, ALICE, DAVE)
        more["dave"].home.meet(made["alice"].home, DAVE, ALICE)
        yield made | more


class Box(dict):
    """The views of somebody's INBOX, by number."""

    def __init__(self, person, oracle):
        super().__init__(fetch_all(person, "(UID INTERNALDATE BODY.PEEK[])"))
        self.person, self.oracle, self.every = person, oracle, person.address == DAVE


@pytest.fixture(scope="module", params=["bob", "dave"])
def box(request, provider, everybody):
    """
    Bob's INBOX with mail of every kind; the last message is sealed to somebody else. What Bob sees of each lies,
    readable, in the oracle's INBOX, so that Dovecot itself says what every item must be. The same for Dave.
    """
    alice, carol, reader = everybody["alice"], everybody["carol"], everybody[request.param]
    to, oracle = reader.address, {"bob": ORACLE, "dave": ORACLE2}[request.param]
    letters = Letters(ALICE, to)
    for number in range(COUNT):
        text = letters.letter()
        made = [lambda t: alice.home.protect(t, "sealed", "--rcpt", to), lambda t: opaque(alice.home, ALICE, t),
                lambda t: alice.home.protect(t, "signed", "--rcpt", to), lambda t: t][(0, 0, 1, 0, 2, 3)[number % 6]](text)
        provider.deliver(to, delivered(made), when=1795000000 + number)
    lost = alice.home.protect(letters.letter(f"not for you: {SECRET}"), "sealed", "--rcpt", CAROL)
    provider.deliver(to, delivered(lost), when=1795000000 + COUNT)
    views = Box(reader, oracle)
    for number in sorted(views):
        provider.deliver(oracle, views[number]["BODY[]"], when=1795000000 + number - 1)
    return views


def fetch_all(person, items):
    with person.daemon.raw(person.address) as raw:
        raw.ok(b"SELECT INBOX")
        return raw.fetch("1:*", items)


def folded(value):
    """A parsed value to compare: names of types and parameters in one case."""
    return [folded(v) for v in value] if isinstance(value, list) else value.upper() if value else value


def sections(structure, path=""):
    """The section names that a BODYSTRUCTURE promises."""
    if isinstance(structure[0], list):
        for number, part in enumerate((p for p in structure if isinstance(p, list) and part_like(p)), 1):
            yield from sections(part, f"{path}{number}.")
        return
    here = path or "1."
    yield here[:-1]
    if path:
        yield f"{path}MIME"
    if structure[0].upper() == b"MESSAGE" and structure[1].upper() == b"RFC822":
        yield from (f"{here}HEADER", f"{here}TEXT", f"{here}HEADER.FIELDS (Subject From)")
        inner = structure[8]
        yield from sections(inner, here) if isinstance(inner[0], list) else (f"{here}1", f"{here}1.MIME")


def part_like(value):
    """Whether a list in a multipart is one of its parts, not its parameters or disposition."""
    return isinstance(value[0], list) or (len(value) >= 7 and isinstance(value[2], (list, type(None))))


PARTS = ("BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[HEADER.FIELDS (Subject From To Cc Content-Type)]",
         "BODY.PEEK[HEADER.FIELDS.NOT (Received Subject)]", "BODY.PEEK[]<0.100>", "BODY.PEEK[]<77.500>",
         "BODY.PEEK[TEXT]<5.10>", "BODY.PEEK[HEADER.FIELDS (Subject From)]<3.9>", "BODY.PEEK[99]", "BODY.PEEK[1.99.TEXT]",
         "BODY.PEEK[]<9999999.5>", "RFC822.HEADER")


def everything(raw, number):
    """Every item of one message."""
    got = raw.fetch(number, "(RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[])")[number]
    for item in PARTS:
        got |= raw.fetch(number, item)[number]
    for section in sections(got["BODYSTRUCTURE"]):
        got |= raw.fetch(number, f"BODY.PEEK[{section}]")[number]
        got |= raw.fetch(number, f"BODY.PEEK[{section}]<2.30>")[number]
    return got


def direct(provider, address):
    raw = Raw(provider.ports["imaps"], provider.context())
    raw.login(provider.login(address), provider.password(address))
    raw.ok(b"SELECT INBOX")
    return raw


def through(person):
    raw = person.daemon.raw(person.address)
    raw.ok(b"SELECT INBOX")
    return raw


def test_the_views_are_readable(provider, box):
    """Sealed and opaque-signed mail is opened, the rest has its own octets."""
    raw_mail = provider.messages(box.person.address)
    assert len(box) == len(raw_mail) == COUNT + 1
    for number, raw in enumerate(raw_mail, 1):
        view = box[number]["BODY[]"]
        kind = " ".join(field(raw, "Content-Type")).lower()
        if "pkcs7-mime" in kind and number <= COUNT:
            assert b"pkcs7-mime" not in view.lower() and field(view, "Message-ID") == [f"<letter.{number}@test.example>"]
            assert len(field(view, "Postseal-Status")) == 1 and field(view, "Subject") != ["[...]"]
        else:
            status, _, rest = view.partition(b"\r\n") if box.every else (b"", b"", view)
            assert rest == raw.replace(b"\n", b"\r\n") and status.startswith(b"Postseal-Status: " if box.every else b"")


def test_every_item_agrees(provider, everybody, box):
    """Each item is what Dovecot would say of a message with the octets of BODY[]."""
    with through(box.person) as proxied, direct(provider, box.oracle) as oracle:
        for number in range(1, COUNT + 2):
            one, other = everything(oracle, number), everything(proxied, number)
            assert one.keys() == other.keys()
            for name in one:
                same = folded(one[name]) == folded(other[name]) if "BODYSTRUCTURE" in name or name == "BODY" \
                    else one[name] == other[name]
                assert same, f"{number} {name}:\n{one[name]}\n{other[name]}"
            assert int(other["RFC822.SIZE"]) == len(other["BODY[]"])


def test_python_agrees(box, everybody):
    """The parts, decoded, are those that Python's parser finds in BODY[]."""
    with through(box.person) as raw:
        for number in range(1, COUNT + 1):
            parsed = email.message_from_bytes(box[number]["BODY[]"])
            got = raw.fetch(number, "(ENVELOPE BODYSTRUCTURE)")[number]
            leaves = [p for p in parsed.walk() if not p.is_multipart()]
            assert got["ENVELOPE"][9] == parsed["Message-ID"].encode()
            for index in range(1, len(parsed.get_payload()) + 1 if parsed.is_multipart() else 2):
                part = parsed.get_payload(index - 1) if parsed.is_multipart() else parsed
                octets = raw.fetch(number, f"BODY.PEEK[{index}]")[number][f"BODY[{index}]"]
                if not part.is_multipart():
                    rebuilt = email.message_from_bytes(b"Content-Transfer-Encoding: " + part.get(
                        "Content-Transfer-Encoding", "7bit").encode() + b"\r\n\r\n" + octets)
                    assert rebuilt.get_payload(decode=True).strip() == part.get_payload(decode=True).strip()
            assert leaves


def test_repeats_are_equal(everybody, box):
    """Asked again, by a second program, after a restart and after a kill: the same octets."""
    bob = box.person
    with through(bob) as one, through(bob) as other:
        for number in (1, 2, 3, COUNT + 1):
            first = everything(one, number)
            assert first == everything(other, number) == everything(one, number)
    items = "(UID INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])"
    before = fetch_all(bob, items)
    assert {n: v["BODY[]"] for n, v in before.items()} == {n: v["BODY[]"] for n, v in box.items()}
    bob.daemon.restart()
    assert fetch_all(bob, items) == before
    bob.daemon.restart(hard=True)
    assert fetch_all(bob, items) == before


def test_signatures_hold(box, tmp_path):
    """openssl verifies what the mail program has: where every message has a status, it stands before what was signed."""
    signed = 0
    for number in range(1, COUNT + 2):
        view = box[number]["BODY[]"]
        status, _, _ = view.partition(b"\r\n")
        assert not box.every or (status.startswith(b"Postseal-Status: ") and len(field(view, "Postseal-Status")) == 1)
        if "multipart/signed" in " ".join(field(view, "Content-Type")):
            assert (b"; signature=ok; " in status) == box.every
            (tmp_path / "view.eml").write_bytes(view)
            openssl("cms", "-verify", "-noverify", "-in", tmp_path / "view.eml", "-out", tmp_path / "text")
            signed += 1
    assert signed


def test_partials_make_the_whole(everybody, box):
    with through(box.person) as raw:
        for number in (1, 2, 4):
            pieces, at = [], 0
            while not pieces or pieces[-1]:
                pieces.append(raw.fetch(number, f"BODY.PEEK[]<{at}.333>")[number][f"BODY[]<{at}>"])
                at += len(pieces[-1])
            assert b"".join(pieces) == box[number]["BODY[]"]


def test_pipelined(box):
    """Many questions about content in one write: the same answers in order, each before its tag. (Dovecot tells tags late.)"""
    items = ("BODY.PEEK[]", "ENVELOPE", "(RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Subject)])", "BODY.PEEK[TEXT]<5.20>", "BODYSTRUCTURE")
    asked = [(number, item) for item in items for number in (3, 1, 4, COUNT + 1, 2)]
    with through(box.person) as raw:
        alone = [raw.fetch(number, item)[number] for number, item in asked]
        raw.send(b"".join(b"q%d FETCH %d %s\r\n" % (i, number, item.encode()) for i, (number, item) in enumerate(asked)))
        told = []
        for i in range(len(asked)):
            heard = raw.until(b"q%d" % i)
            told += [fetched(r) for r in heard[:-1]]
            assert heard[-1].split()[1] == b"OK" and len(told) > i
        assert told == [(number, got) for (number, _), got in zip(asked, alone)]


def test_list_as_programs_ask(everybody, box):
    """The true Subject in the list, whether it comes from ENVELOPE or from header fields."""
    with through(box.person) as raw:
        got = raw.fetch("1:*", "(UID FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[HEADER.FIELDS (Subject Message-ID)])")
    assert len(got) == COUNT + 1
    for number in range(1, COUNT + 1):
        (subject,) = field(box[number]["BODY[]"], "Subject")
        head = got[number]["BODY[HEADER.FIELDS (SUBJECT MESSAGE-ID)]"]
        assert field(head, "Subject") == [subject] and subject.endswith(f" {number}") or "=?" in subject
        assert got[number]["ENVELOPE"][1].decode().split() == subject.split()


def test_undecryptable(provider, everybody, box):
    """What cannot be opened stays as it came, and the list around it is whole."""
    got = fetch_all(box.person, "(RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])")
    assert len(got) == COUNT + 1
    raw = provider.messages(box.person.address)[COUNT].replace(b"\n", b"\r\n")
    shown = got[COUNT + 1]["BODY[]"]
    assert shown == raw or (box.every and shown.partition(b"\r\n")[2] == raw)
    assert int(got[COUNT + 1]["RFC822.SIZE"]) == len(shown) and b"merger" not in raw


SEARCHES = ("ALL", "SUBJECT bridge", "SUBJECT office", "BODY minister", "TEXT budget", "TEXT tower", "FROM writer", "TO bob",
            "CC carol", "NOT BODY minister", "NOT SUBJECT bridge", "OR SUBJECT river BODY lunch", "SMALLER 1500", "LARGER 3000",
            "LARGER 900 SMALLER 2500", 'HEADER Message-ID "letter.3@"', "HEADER In-Reply-To letter.0", "HEADER Content-Type html",
            'HEADER Content-Type "pkcs7-mime"', "1:9 BODY the", "(SUBJECT a BODY a)", "NOT (BODY river SUBJECT of)",
            "UID 1:5 TEXT Friday", "SENTSINCE 1-Jan-2020", "SENTBEFORE 1-Jan-2020", "UNSEEN BODY contract", "SINCE 1-Jan-2020",
            "OR (TEXT river NOT TEXT bridge) SUBJECT number", "HEADER Postseal-Status \"\"", "KEYWORD $Nothing", "DELETED",
            "NOT HEADER Postseal-Status \"\"", "HEADER Postseal-Status unprotected", "NOT TEXT Postseal-Status", "SMALLER 1000")


@pytest.mark.parametrize("criteria", SEARCHES)
def test_search(provider, everybody, box, criteria):
    """What the search finds is what is there to be read."""
    with through(box.person) as proxied, direct(provider, box.oracle) as oracle:
        for uid in (False, True):
            assert proxied.search(criteria, uid=uid) == oracle.search(criteria, uid=uid)


def test_search_with_literals(provider, everybody, box):
    with through(box.person) as proxied, direct(provider, box.oracle) as oracle:
        for word in ("Grüße", "Ελλάδα", "日本", "bridge"):
            for what in (b"TEXT ", b"BODY ", b"SUBJECT ", b"OR FROM nobody BODY "):
                found = [raw.search(b"CHARSET UTF-8 " + what, word.encode()) for raw in (proxied, oracle)]
                assert found[0] == found[1], (word, what)
        found = [raw.search(b"TEXT {5+}\r\nriver UNSEEN") for raw in (proxied, oracle)]
        assert found[0] == found[1]


def test_hidden_words(provider, box):
    """What would ask the provider about ciphertext is neither offered nor done."""
    bob = box.person
    with bob.daemon.raw() as raw:
        told = [raw.greeting] + raw.ok(b"CAPABILITY") + raw.login(provider.login(box.person.address), provider.password(box.person.address)) + raw.ok(b"CAPABILITY")
        words = {w.partition("=")[0] for t in told for w in re.findall(r"[\w=+-]+", t.decode()) if "CAPABILITY" in t.decode()}
        offered = words & set(HIDDEN.split())
        assert not offered, offered
        raw.ok(b"SELECT INBOX")
        for command in (b"SORT (SUBJECT) UTF-8 ALL", b"THREAD REFERENCES UTF-8 ALL", b"SEARCH RETURN (COUNT) BODY minister",
                        b"UID SORT (SUBJECT) UTF-8 ALL", b"UID THREAD REFS UTF-8 TEXT a",
                        b'APPEND Drafts CATENATE (URL "/INBOX;UID=1")', b"NOTIFY SET (SELECTED (MessageNew))"):
            answer = raw.command(command)
            assert answer[-1].split()[1] in (b"BAD", b"NO"), (command, answer[-1])
        raw.ok(b"NOOP")


def test_seen(provider, everybody, box):
    """Only what the program asks for without PEEK marks a message as read."""
    bob = box.person
    with through(bob) as raw:
        everything(raw, 1)
        assert rb"\Seen" not in raw.fetch(1, "FLAGS")[1]["FLAGS"]
        heard = [fetched(r)[1] for r in raw.ok(b"FETCH 1 BODY[TEXT]")]
        assert any(rb"\Seen" in got.get("FLAGS", []) for got in heard)
        assert rb"\Seen" in raw.fetch(1, "FLAGS")[1]["FLAGS"]
        raw.ok(rb"STORE 1 -FLAGS (\Seen)")
        raw.ok(b"FETCH 2 RFC822.SIZE")
        raw.ok(b"EXAMINE INBOX")
        raw.ok(b"FETCH 3 BODY[]")
        assert rb"\Seen" not in raw.fetch(3, "FLAGS")[3]["FLAGS"]


def test_condstore(everybody, box):
    with through(box.person) as raw:
        raw.ok(b"ENABLE CONDSTORE")
        got = raw.fetch("1:5", "(UID MODSEQ RFC822.SIZE ENVELOPE)")
        assert all({"UID", "MODSEQ", "RFC822.SIZE", "ENVELOPE"} <= set(v) for v in got.values()) and len(got) == 5
        top = max(int(v["MODSEQ"][0]) for v in got.values())
        raw.ok(rb"STORE 2 +FLAGS (\Flagged)")
        changed = [fetched(r)[0] for r in raw.ok(b"FETCH 1:* (FLAGS RFC822.SIZE) (CHANGEDSINCE %d)" % top)]
        assert 2 in changed


@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_the_view_follows(provider, everybody, verb):
    """A copy in another folder is the same message."""
    alice, bob = everybody["alice"], everybody["bob"]
    text = message(ALICE, BOB, SECRET, "x\n")
    sealed = alice.home.protect(text, "sealed")
    provider.deliver(BOB, sealed, "Junk")
    with bob.daemon.raw(BOB) as raw:
        raw.ok(b"SELECT Junk")
        before = raw.fetch("*", "(RFC822.SIZE ENVELOPE BODY.PEEK[])")
        number = max(before)
        raw.ok(f"{verb} {number} Trash".encode())
        raw.ok(b"SELECT Trash")
        after = raw.fetch("*", "(RFC822.SIZE ENVELOPE BODY.PEEK[])")
    assert list(after.values())[-1] == before[number] and SECRET.encode() in before[number]["BODY[]"]


@pytest.fixture(scope="module")
def found(provider, everybody, box):
    """{number: keywords} of a reader who has compared fingerprints with Alice, and has two more letters from her."""
    alice, reader = everybody["alice"], box.person
    root = alice.home.json("account", "show", ALICE)["root_fingerprint"]
    reader.home.run("trust", "verify", ALICE, root)
    for level in ("signed", "sealed"):
        text = message(ALICE, reader.address, f"{level} by a friend", "the river\n")
        provider.deliver(reader.address, delivered(alice.home.protect(text, level, "--rcpt", reader.address)))
        assert wait_for(lambda text=text: reader.numbers(text)) and reader.read(text)
    with through(reader) as raw:
        def look():
            return {number: keywords(got) for number, got in raw.fetch("1:*", "FLAGS").items()}
        assert wait_for(lambda: {b"$PostsealVerified", b"$PostsealConfidential"} <= set(sum(look().values(), [])))
        return look()


@pytest.mark.parametrize("more", ["", " UNSEEN", " BODY the", " NOT SUBJECT friend", " LARGER 900"])
def test_search_by_what_was_found(box, found, more):
    """The keywords that FETCH tells are those that SEARCH finds, of signed mail, too."""
    with through(box.person) as raw:
        others = set(raw.search("ALL" + more))
        for word in ("$PostsealVerified", "$PostsealEncrypted", "$PostsealConfidential"):
            have = {number for number, words in found.items() if word.encode() in words}
            for uid in (False, True):
                assert set(raw.search(f"KEYWORD {word}{more}", uid=uid)) == have & others, word
                assert set(raw.search(f"UNKEYWORD {word}{more}", uid=uid)) == others - have, word
            assert have


def test_keywords_stay(box, found):
    """They are there again as soon as the daemon is: before anything of a message was fetched, and after a kill."""
    for hard in (False, True):
        box.person.daemon.restart(hard)
        with through(box.person) as raw:
            assert {number: keywords(got) for number, got in raw.fetch("1:*", "FLAGS").items()} == found


def keywords(got):
    return [flag for flag in got["FLAGS"] if flag.startswith(b"$Postseal")]


def test_keywords_are_ours_alone(everybody, box):
    with through(box.person) as raw:
        raw.command(rb"STORE 6 +FLAGS ($PostsealConfidential $PostsealVerified $Mine)")
        flags = raw.fetch(6, "FLAGS")[6]["FLAGS"]
        assert b"$Mine" in flags and not [f for f in flags if f.startswith(b"$Postseal")], flags


def test_forged_status_is_removed(provider, everybody):
    """Nobody but the daemon says what a message is."""
    alice, bob = everybody["alice"], everybody["bob"]
    text = message(ALICE, BOB, "forged", "x\n", Postseal_Status="confidential; forged")
    sealed = b"Postseal-Status: confidential; forged\n" + alice.home.protect(text, "sealed")
    provider.deliver(BOB, sealed)
    assert wait_for(lambda: bob.numbers(text))
    view = bob.read(text)
    assert len(field(view, "Postseal-Status")) == 1 and b"forged" not in b"".join(
        s.encode() for s in field(view, "Postseal-Status"))


def test_forged_status_where_all_have_one(provider, box):
    reader = box.person
    forged = message("carol@example.net", reader.address, "forged", "x\n", Postseal_Status="verified; signature=ok")
    provider.deliver(reader.address, forged)
    assert wait_for(lambda: reader.numbers(forged))
    view = reader.read(forged)
    assert b"signature=ok" not in view and view.count(b"Postseal-Status") == box.every
    assert not box.every or view.startswith(b"Postseal-Status: unprotected; signature=none")


def test_idle_tells_of_sealed_mail(provider, everybody, box):
    alice, bob = everybody["alice"], box.person
    text = message(ALICE, bob.address, SECRET, "while idling\n")
    with through(bob) as raw:
        raw.send(b"i1 IDLE\r\n")
        assert raw.response().startswith(b"+")
        provider.deliver(bob.address, alice.home.protect(text, "sealed"))
        heard = [raw.response()]
        while b"EXISTS" not in heard[-1]:
            heard.append(raw.response())
        number = int(heard[-1].split()[1])
        raw.send(b"DONE\r\n")
        raw.until(b"i1")
        assert raw.fetch(number, "ENVELOPE")[number]["ENVELOPE"][1] == SECRET.encode()
