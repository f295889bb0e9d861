"""The daemon in front of IMAP servers that are not Dovecot: nothing that it asks or answers rests on one server's ways."""
import re
import shutil

import pytest

import foreign
from daemon import Daemon
from imapraw import Raw, fetched
from letters import Letters, opaque
from lib import Home, delivered, field, message
from provider import wait_for

ALICE, BOB = "alice@example.test", "bob@example.test"
SECRET = "The merger is on Friday"
SUBJECTS = ["ordinary one", "signed two", SECRET, "opaque four", "Grüße fünf", "not for you", "ordinary seven"]
SEALED = (3, 4, 5)


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    made = {a: Home(tmp_path_factory.mktemp("home")) for a in (ALICE, BOB, "carol@example.test")}
    for address, home in made.items():
        home.add(address, "--profile", "p256")
    for one, other in ((ALICE, BOB), (BOB, ALICE), (ALICE, "carol@example.test")):
        made[one].meet(made[other], one, other)
    return made


@pytest.fixture(scope="module")
def mail(homes):
    """Messages of every kind, as they come to Bob."""
    alice, letters = homes[ALICE], Letters(ALICE, BOB)
    ways = [lambda t: t, lambda t: alice.protect(t, "signed", "--rcpt", BOB), lambda t: alice.protect(t, "sealed", "--rcpt", BOB),
            lambda t: opaque(alice, ALICE, t), lambda t: alice.protect(t, "sealed", "--rcpt", BOB),
            lambda t: alice.protect(t, "sealed", "--rcpt", "carol@example.test"), lambda t: t]
    texts = [letters.letter(s) for s in SUBJECTS]
    texts[2] = message(ALICE, BOB, SECRET, "Meet me at the viaduct.\n", Message_ID="<letter.3@test.example>")
    return [delivered(way(text)).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for way, text in zip(ways, texts)]


@pytest.fixture(scope="module", params=["Cyrus", "Courier", "Mailutils"])
def provider(request):
    with getattr(foreign, request.param)() as made:
        yield made


@pytest.fixture(scope="module")
def daemon(provider, homes, mail, tmp_path_factory):
    home = Home(shutil.copytree(homes[BOB].path, tmp_path_factory.mktemp("bob") / "home"))
    for octets in mail:
        provider.deliver(BOB, octets)
    with Daemon(home, provider, BOB) as made:
        yield made


def select(raw, box=b"INBOX"):
    raw.ok(b"SELECT " + box)
    return raw


def at(provider, folder):
    return provider.place(folder).encode()


@pytest.fixture(scope="module")
def through(daemon):
    with daemon.raw(BOB) as raw:
        yield raw


@pytest.fixture
def bob(through):
    return select(through)


@pytest.fixture(scope="module")
def known(provider):
    with Raw(provider.ports["imaps"], provider.context()) as raw:
        raw.login(provider.login(BOB), provider.password(BOB))
        yield raw


@pytest.fixture
def direct(known):
    return select(known)


ITEMS = ("ALL", "FAST", "FULL", "(FLAGS UID)", "(UID RFC822.SIZE BODYSTRUCTURE)", "BODY.PEEK[]", "(BODY.PEEK[HEADER] BODY.PEEK[TEXT])",
         "BODY.PEEK[]<3.40>", "RFC822.HEADER", "BODY.PEEK[HEADER.FIELDS (Subject From \"To\")]", "BODY.PEEK[HEADER.FIELDS.NOT (Received)]",
         "(ENVELOPE BODY.PEEK[1] INTERNALDATE)", "BODY.PEEK[1]<5.30>", "BODY.PEEK[9]", "BODY.PEEK[1.MIME]", "BODY[]", "RFC822", "RFC822.TEXT")


@pytest.mark.parametrize("items", ITEMS)
def test_ordinary_mail_passes(bob, direct, items):
    """Every item of mail that is none of our business, as the server itself answers it."""
    for numbers in ("1:2", "7"):
        for verb in (b"FETCH ", b"UID FETCH "):
            answers = [raw.command(verb + f"{numbers} {items}".encode()) for raw in (direct, bob)]
            answers = [[re.sub(rb" ?\$Postseal\w*|\\Recent ?", b"", r) for r in a] for a in answers]
            told = [[f for f in map(fetched, a) if f[0]] for a in answers]
            assert told[0] == told[1] and {n for n, _ in told[0]} == ({1, 2} if ":" in numbers else {7})
            assert answers[0][-1].split()[1] == answers[1][-1].split()[1]


def test_sealed_mail_is_read(bob, mail):
    """The true Subject everywhere, and all items are of one message."""
    got = bob.fetch("1:*", "(UID FLAGS RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])")
    assert len(got) == len(SUBJECTS)
    for number in SEALED:
        view = got[number]["BODY[]"]
        assert b"pkcs7-mime" not in view.lower() and len(field(view, "Postseal-Status")) == 1
        assert int(got[number]["RFC822.SIZE"]) == len(view)
        assert got[number]["ENVELOPE"][1] == field(view, "Subject")[0].encode()
        head = bob.fetch(number, "BODY.PEEK[HEADER]")[number]["BODY[HEADER]"]
        text = bob.fetch(number, "(FLAGS BODY.PEEK[TEXT])")[number]["BODY[TEXT]"]
        assert head + text == view
        for item, wanted in (("RFC822.HEADER", head), ("RFC822", view), ("BODY.PEEK[]<5.50>", view[5:55])):
            (value,) = [v for k, v in bob.fetch(number, item)[number].items() if k not in ("UID", "FLAGS")]
            assert value == wanted, item
        fields = bob.fetch(number, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[number]["BODY[HEADER.FIELDS (SUBJECT)]"]
        assert field(fields, "Subject") == field(view, "Subject")
        assert bob.fetch(number, "BODY.PEEK[1]")[number]["BODY[1]"] in view
    assert field(got[3]["BODY[]"], "Subject") == [SECRET] and b"viaduct" in got[3]["BODY[]"]
    assert b"pkcs7-mime" in got[6]["BODY[]"] and got[6]["BODY[]"].endswith(mail[5][-500:])


def test_list(bob):
    """What a program asks for its list, of all at once."""
    got = bob.fetch("1:*", "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])")
    heads = {n: next(v for k, v in g.items() if k.startswith("BODY[HEADER")) for n, g in got.items()}
    assert field(heads[3], "Subject") == [SECRET] and field(heads[1], "Subject") == ["ordinary one"]
    alone = bob.fetch("1:*", "ENVELOPE")
    assert alone[3]["ENVELOPE"][1] == SECRET.encode() and alone[7]["ENVELOPE"][1] == b"ordinary seven"
    sizes = bob.fetch("1:*", "RFC822.SIZE")
    assert {n: g["RFC822.SIZE"] for n, g in sizes.items()} == {n: g["RFC822.SIZE"] for n, g in got.items()}


def test_search(bob):
    for criteria, wanted in (("SUBJECT merger", [3]), ("BODY viaduct", [3]), ("TEXT viaduct SUBJECT Friday", [3]), ("SUBJECT ordinary", [1, 7]),
                             ("NOT SUBJECT ordinary", [2, 3, 4, 5, 6]), ("OR SUBJECT merger SUBJECT signed", [2, 3]),
                             ('HEADER Message-ID "letter.3@"', [3]), ("ALL", [1, 2, 3, 4, 5, 6, 7])):
        assert bob.search(criteria) == wanted, criteria


def test_append(bob, daemon, provider):
    """Drafts are sealed at the provider and read here; other mail lies there as it came."""
    draft = message(BOB, ALICE, "a secret draft", "Nobody may read this.\n").replace(b"\n", b"\r\n")
    other = message("dave@example.org", BOB, "for the archive", "Kept.\n").replace(b"\n", b"\r\n")
    bob.ok(b"CREATE " + at(provider, "Archive"))
    bob.ok(b"APPEND " + at(provider, "Drafts") + rb' (\Draft \Seen) "17-Jul-2026 02:44:25 +0000" ', draft)
    bob.ok(b"APPEND %s {%d+}\r\n" % (at(provider, "Archive"), len(other)) + other)
    (lying,) = provider.messages(BOB, "Drafts")
    assert b"Nobody" not in lying and b"secret draft" not in lying
    assert provider.messages(BOB, "Archive") == [other]
    select(bob, at(provider, "Drafts"))
    got = bob.fetch(1, "(FLAGS ENVELOPE BODY.PEEK[])")[1]
    assert got["ENVELOPE"][1] == b"a secret draft" and b"Nobody may read this." in got["BODY[]"] and rb"\Draft" in got["FLAGS"]
    bob.ok(rb"STORE 1 +FLAGS (\Deleted)")
    bob.ok(b"EXPUNGE")


def test_what_comes_while_a_program_waits(bob, provider, mail):
    """With IDLE or without, it is told and read."""
    idle = provider.tells_while_idle and any(b" IDLE" in r for r in bob.ok(b"CAPABILITY"))
    if idle:
        bob.send(b"w IDLE\r\n")
        assert bob.response().startswith(b"+")
    provider.deliver(BOB, mail[2])
    if idle:
        while b"EXISTS" not in bob.response():
            pass
        bob.send(b"DONE\r\n")
        assert bob.until(b"w")[-1].split()[1] == b"OK"
    else:
        assert wait_for(lambda: any(b"EXISTS" in r for r in bob.ok(b"NOOP")), 10, 0.5)
    assert bob.fetch(8, "(ENVELOPE)")[8]["ENVELOPE"][1] == SECRET.encode()
    bob.ok(rb"STORE 8 +FLAGS.SILENT (\Deleted)")
    bob.ok(b"EXPUNGE")
    assert bob.fetch("1:*", "(ENVELOPE)")[3]["ENVELOPE"][1] == SECRET.encode()


def test_moved(bob, provider):
    """A sealed message in another mailbox is the same."""
    view = bob.fetch(3, "BODY.PEEK[]")[3]["BODY[]"]
    bob.ok(b"CREATE " + at(provider, "Other"))
    bob.ok(b"COPY 3 " + at(provider, "Other"))
    select(bob, at(provider, "Other"))
    got = bob.fetch(1, "(BODY.PEEK[] RFC822.SIZE)")[1]
    assert got["BODY[]"] == view and int(got["RFC822.SIZE"]) == len(view)
    if any(b" MOVE" in r for r in bob.ok(b"CAPABILITY")):
        bob.ok(b"CREATE " + at(provider, "Third"))
        bob.ok(b"UID MOVE 1:* " + at(provider, "Third"))
        select(bob, at(provider, "Third"))
        assert bob.fetch(1, "BODY.PEEK[]")[1]["BODY[]"] == view


def test_pop3(provider, daemon, bob):
    """The same mail by POP3, where the server has that: lists, sizes, heads and messages are of one view."""
    if "pop3s" not in provider.ports:
        pytest.skip(f"no POP3 of {type(provider).__name__}")
    box = daemon.pop3(BOB)
    sizes = [int(line.split()[1]) for line in box.list()[1]]
    seen = []
    for number, size in enumerate(sizes, 1):
        octets = b"".join(line + b"\r\n" for line in box.retr(number)[1])
        head = b"".join(line + b"\r\n" for line in box.top(number, 0)[1])
        assert len(octets) == size and octets.startswith(head.rstrip() + b"\r\n"), number
        seen.append(octets)
    assert len({line.split()[1] for line in box.uidl()[1]}) == len(sizes) == len(SUBJECTS)
    assert field(seen[2], "Subject") == [SECRET] and b"viaduct" in seen[2] and b"pkcs7-mime" in seen[5]
    box.quit()


# -- submission

@pytest.fixture(scope="module", params=["Exim", "Aiosmtpd"])
def post(request, homes, tmp_path_factory):
    """(provider, Alice's daemon)."""
    home = Home(shutil.copytree(homes[ALICE].path, tmp_path_factory.mktemp("alice") / "home"))
    with getattr(foreign, request.param)() as made, Daemon(home, made, ALICE) as running:
        yield made, running


def sent(post, octets, to=None):
    """What comes out at the provider of a message that is sent; the refused recipients."""
    provider, running = post
    before = len(provider.arrived())
    refused = running.send(ALICE, octets, to)
    assert wait_for(lambda: len(provider.arrived()) > before, 10), provider.logs()
    return provider.arrived()[before:], refused


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_submission(post, homes, level):
    text = message(ALICE, BOB, SECRET, ".dot\n..\nFrom here\nGr\u00fc\u00dfe\n" + "long " * 300 + "\n", X_Postseal_Level=level)
    ((octets,), refused) = sent(post, text)
    assert not refused and (b"pkcs7-mime" in octets) == (level == "sealed") and b"X-Postseal-Level" not in octets
    shown = homes[BOB].open(octets)[0] if level == "sealed" else octets
    assert homes[BOB].verify(octets)["signature"]["valid"], homes[BOB].verify(octets)
    assert SECRET.encode() in shown


def test_refused_recipient(post):
    """One of two is refused by the provider: the program hears of it, the other gets his mail."""
    text = message(ALICE, BOB, "to two", "Hello.\n", X_Postseal_Level="signed")
    octets, refused = sent(post, text, [BOB, "nobody-here@example.test"])
    assert len(octets) == 1 and list(refused) == ["nobody-here@example.test"]


def test_ordinary_passes(post):
    """What is not to be protected leaves with the octets that it came with."""
    text = message(ALICE, "dave@example.org", "plain", ".dot\nGr\u00fc\u00dfe\n", X_Postseal_Level="plain")
    ((octets,), _) = sent(post, text, ["dave@example.org"])
    body = text.partition(b"\n\n")[2]
    assert octets.replace(b"\r\n", b"\n").endswith(b"\n\n" + body)
