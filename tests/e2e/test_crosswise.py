"""Two people in one daemon: a session has the keys of the account that it logged in as, and of no other."""
import pytest

from correspondents import is_sealed
from daemon import Daemon
from lib import Home, field, message
from provider import Provider, wait_for

ALICE, BOB, EVE, CAROL = (n + "@example.test" for n in ("alice", "bob", "eve", "carol"))
SECRET = "The merger is on Friday"


@pytest.fixture(scope="module")
def provider():
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, EVE, CAROL)}) as made:
        yield made


@pytest.fixture(scope="module", params=["one home", "two homes"])
def house(request, provider, tmp_path_factory):
    """(daemon, Alice's home, Bob's home); Carol is a correspondent elsewhere, whom both know."""
    one = Home(tmp_path_factory.mktemp("one"))
    two = one if request.param == "one home" else Home(tmp_path_factory.mktemp("two"))
    one.add(ALICE, "--profile", "p256")
    two.add(BOB, "--profile", "p256")
    with Daemon(one, provider, ALICE, BOB if two is one else (BOB, two)) as daemon:
        yield daemon, one, two


@pytest.fixture(scope="module")
def carol(house, tmp_path_factory):
    """A correspondent whom Alice and Bob have written to."""
    daemon, one, two = house
    home = Home(tmp_path_factory.mktemp("carol"))
    home.add(CAROL, "--profile", "p256")
    for owner, address in {one.path: (one, ALICE), two.path: (two, BOB)}.values():
        owner.meet(home, address, CAROL)
    for owner, address in ((one, ALICE), (two, BOB)):
        home.meet(owner, CAROL, address)
    return home


def arrived(provider, address, octets):
    (wanted,) = field(octets, "Message-ID")
    found = wait_for(lambda: [m for m in provider.messages(address) if wanted in field(m, "Message-ID")])
    assert found, provider.logs()[-3000:]
    return found[0]


@pytest.mark.parametrize("session, sender", [(ALICE, ALICE), (BOB, BOB)])
def test_own(house, provider, session, sender):
    """The measure: one's own mail is signed."""
    daemon, one, _ = house
    text = message(sender, EVE, "mine", "x\n")
    daemon.send(session, text)
    assert one.verify(arrived(provider, EVE, text))["signature"]["valid"]


@pytest.mark.parametrize("session, sender", [(ALICE, BOB), (BOB, ALICE)])
@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_nobody_signs_for_another(house, provider, carol, session, sender, level):
    daemon, one, _ = house
    text = message(sender, EVE, SECRET, "x\n", X_Postseal_Level=level)
    try:
        daemon.send(session, text)
    except Exception as error:
        assert 400 <= error.smtp_code < 600
        return
    got = arrived(provider, EVE, text)
    assert not one.verify(got)["signature"]["present"] and b"Postseal-Key" not in got and level != "sealed"


@pytest.mark.parametrize("sender_field", [f"{ALICE}, {BOB}", f"Alice <{ALICE}> <{BOB}>"])
def test_two_authors(house, provider, sender_field):
    daemon, one, _ = house
    text = message(sender_field, EVE, "two", "x\n", Sender=BOB)
    try:
        daemon.send(BOB, text)
    except Exception as error:
        assert 400 <= error.smtp_code < 600
        return
    got = arrived(provider, EVE, text)
    assert not one.verify(got)["signature"]["present"] and b"Postseal-Key" not in got


def sealed_to(carol, address):
    text = message(CAROL, address, SECRET, "For you alone.\n")
    return text, carol.protect(text, "sealed")


@pytest.mark.parametrize("owner, reader", [(ALICE, BOB), (BOB, ALICE)])
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_nobody_reads_for_another(house, provider, carol, owner, reader, protocol):
    """Mail to one of them, put into the other's mailbox, stays sealed there, also after its owner has opened it."""
    daemon, _, _ = house
    text, sealed = sealed_to(carol, owner)
    before = {a: provider.count_messages(a) for a in (owner, reader)}
    provider.deliver(reader, sealed)
    looks = {"imap": imap_last, "pop3": pop3_last}[protocol]
    assert b"For you alone" not in looks(daemon, reader, before[reader] + 1)
    provider.deliver(owner, sealed)
    assert b"For you alone" in looks(daemon, owner, before[owner] + 1)
    shown = looks(daemon, reader, before[reader] + 1)
    assert b"For you alone" not in shown and SECRET.encode() not in shown and is_sealed(shown)


def imap_last(daemon, address, number):
    with daemon.raw(address) as raw:
        raw.ok(b"SELECT INBOX")
        got = raw.fetch(number, "(ENVELOPE BODY.PEEK[])")[number]
        assert SECRET.encode() not in b"".join(v for v in got["ENVELOPE"] if isinstance(v, bytes)) or b"alone" in got["BODY[]"]
        found = raw.search(f'SUBJECT "{SECRET}"')
        assert (number in found) == (b"For you alone" in got["BODY[]"])
        return got["BODY[]"]


def pop3_last(daemon, address, number):
    box = daemon.pop3(address)
    try:
        return b"\r\n".join(box.retr(number)[1])
    finally:
        box.quit()


def test_drafts_of_the_other(house, provider):
    """A draft of one, copied into the other's folder, stays closed."""
    daemon, _, _ = house
    text = message(ALICE, BOB, SECRET, "a draft\n").replace(b"\n", b"\r\n")
    with daemon.raw(ALICE) as raw:
        raw.ok(b"APPEND Drafts ", text)
    draft = provider.messages(ALICE, "Drafts")[-1]
    assert is_sealed(draft)
    provider.deliver(BOB, draft, "Drafts")
    with daemon.raw(BOB) as raw:
        raw.ok(b"SELECT Drafts")
        assert b"a draft" not in raw.fetch("*", "BODY.PEEK[]").popitem()[1]["BODY[]"]


def test_sent_of_the_other(house, provider, carol):
    """The copy that one sent is not given to the other who uploads the same Message-ID."""
    daemon, _, _ = house
    text = message(ALICE, CAROL, SECRET, "x\n", X_Postseal_Level="sealed")
    daemon.send(ALICE, text)
    body = arrived(provider, CAROL, text).partition(b"\n\n")[2]
    with daemon.raw(BOB) as raw:
        raw.ok(b"APPEND Sent ", text.replace(b"\n", b"\r\n"))
    assert not any(body in m for m in provider.messages(BOB, "Sent"))
    with daemon.raw(ALICE) as raw:
        raw.ok(b"APPEND Sent ", text.replace(b"\n", b"\r\n"))
    assert any(body in m for m in provider.messages(ALICE, "Sent"))


@pytest.mark.parametrize("user, password", [("alice", "bob-secret"), ("bob", "alice-secret"), ("eve", "eve-secret")])
def test_login_decides(house, user, password):
    """A wrong password opens nothing; a user of the provider without an account here is told so."""
    daemon, _, _ = house
    with daemon.raw() as raw:
        answer = raw.command(f'LOGIN "{user}" "{password}"'.encode())[-1]
        assert answer.split()[1] == b"NO", answer
    with pytest.raises(Exception):
        daemon.smtp(ALICE, user, password)


def test_learning_is_the_sessions_own(house, provider, tmp_path):
    """With a home each, what one reads teaches the other nothing."""
    daemon, one, two = house
    if one is two:
        pytest.skip("one home is one store of peers")
    dave = Home(tmp_path / "dave")
    dave.add("dave@example.com", "--profile", "p256")
    provider.deliver(BOB, dave.protect(message("dave@example.com", BOB, "hello", "x\n")))
    number = provider.count_messages(BOB)
    with daemon.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")
        raw.fetch(number, "BODY.PEEK[]")
    assert wait_for(lambda: two.run("can-seal", "dave@example.com", code=None).returncode == 0, 10)
    assert one.run("can-seal", "dave@example.com", code=None).returncode == 69
