"""Unmodified mail programs at the daemon: signed, harvested, answered sealed, read, refused."""
import re
import socket

import pytest

import clients
from correspondents import is_sealed
from daemon import people, require_daemon
from lib import field, message
from provider import Provider, wait_for

ALICE, BOB, CAROL = (n + "@example.test" for n in ("alice", "bob", "carol"))
SECRET = "The merger is on Friday"
PAIRS = {  # what sends, what reads, and TLS of the daemon
    "imaplib": (clients.Python, clients.Python, "starttls"),
    "curl": (clients.Curl, clients.Curl, "starttls"),
    "msmtp and mbsync": (clients.Msmtp, clients.Mbsync, "starttls"),
    "swaks and fetchmail": (clients.Swaks, clients.Fetchmail, "none"),
    "msmtp and fetchmail by pop3": (clients.Msmtp, clients.FetchmailPop3, "starttls"),
    "neomutt": (clients.Neomutt, clients.Neomutt, "starttls"),
}


@pytest.fixture(scope="module")
def provider():
    require_daemon()
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, CAROL)}) as made:
        yield made


@pytest.fixture(scope="module", params=PAIRS)
def talk(request, provider, tmp_path_factory):
    """Alice and Bob, who have never met, both with this pair of programs: {name: (person, sender, reader)}."""
    folder = tmp_path_factory.mktemp("people")
    for address in (ALICE, BOB, CAROL):
        for box in ("INBOX", "Sent", "Drafts"):
            provider.empty(address, box)
    sender, reader, tls = PAIRS[request.param]
    with people(provider, folder, ALICE, BOB, acquainted=False, tls=tls) as made:
        yield {name: (person, sender(person, folder / f"{name}-out"), reader(person, folder / f"{name}-in"))
               for name, person in made.items()}


FIRST = message(ALICE, BOB, "Shall we talk", "Hello Bob, here is my key.\n")
ANSWER = message(BOB, ALICE, SECRET, "Meet me at the bridge.\n", X_Postseal_Level="sealed")
NO_KEY = message(ALICE, CAROL, SECRET, "x\n", X_Postseal_Level="sealed")


def test_send_signed(talk):
    person, sender, _ = talk["alice"]
    sent = sender.send(FIRST)
    assert sent.ok, sent.said
    bob = talk["bob"][0]
    got = bob.arrived(FIRST)
    assert bob.home.verify(got)["signature"]["valid"] and field(got, "Subject") == ["Shall we talk"]
    assert b"here is my key." in got


def test_receive_and_harvest(talk):
    """Reading the mail is all it takes to know the key."""
    person, _, reader = talk["bob"]
    assert person.home.run("can-seal", ALICE, code=None).returncode == 69
    assert any(b"here is my key" in m for m in reader.messages())
    assert wait_for(lambda: person.home.run("can-seal", ALICE, code=None).returncode == 0, 10)


def test_answer_sealed(talk):
    person, sender, _ = talk["bob"]
    sent = sender.send(ANSWER)
    assert sent.ok, sent.said
    got = talk["alice"][0].arrived(ANSWER)
    assert is_sealed(got) and b"merger" not in got and b"bridge" not in got and not field(got, "X-Postseal-Level")


def test_read_sealed(talk):
    """The true Subject in the list, and the text."""
    _, _, reader = talk["alice"]
    subjects = reader.subjects()
    assert SECRET in subjects, subjects
    assert any(b"Meet me at the bridge." in m for m in reader.messages())


def test_read_again(talk):
    """A second look is the same, octet for octet but for what the program itself adds."""
    _, _, reader = talk["alice"]

    def strip(octets):
        def keep(match):
            return b"" if b"(fetchmail-" in match[0] or match[0].startswith(b"X-TUID") else match[0]
        return re.sub(rb"(?m)^(?:Received|X-TUID):.*\r?\n(?:[ \t].*\r?\n)*", keep, octets)
    one, other = ([strip(m) for m in reader.messages()] for _ in range(2))
    assert sorted(one) == sorted(other)


def test_refuse_without_key(talk, provider):
    """The program says it failed and shows what to do."""
    _, sender, _ = talk["alice"]
    sent = sender.send(NO_KEY)
    assert not sent.ok
    assert CAROL in sent.said and re.search(r"http://\S+", sent.said), sent.said
    assert not provider.settled(CAROL)


@pytest.fixture
def acquainted(provider, tmp_path):
    """Alice and Bob, who know each other, and empty mailboxes."""
    for address in (ALICE, BOB):
        for box in ("INBOX", "Sent", "Drafts"):
            provider.empty(address, box)
    with people(provider, tmp_path, ALICE, BOB, tls="starttls") as made:
        yield made["alice"], made["bob"]


def test_neomutt_files_its_copy(acquainted, tmp_path):
    """The copy in Sent is what left; nothing readable lies at the provider."""
    alice, bob = acquainted
    sender = clients.Neomutt(bob, tmp_path / "neomutt")
    text = message(BOB, ALICE, SECRET, "The bridge again.\n", X_Postseal_Level="sealed")
    drawn = sender.send_from_window(text)
    left = alice.arrived(text)
    lying = wait_for(lambda: bob.provider.messages(BOB, "Sent"), 5) or []
    assert is_sealed(left) and [m.partition(b"\n\n")[2] for m in lying] == [left.partition(b"\n\n")[2]], drawn


def test_mbsync_uploads(acquainted, tmp_path):
    """What mbsync brings up to Drafts is sealed there, and does not come down a second time."""
    alice, _ = acquainted
    reader = clients.Mbsync(alice, tmp_path / "mbsync")
    box = reader.folder / "mail/Drafts"
    reader.messages()
    assert box.is_dir(), sorted(p.name for p in (reader.folder / "mail").iterdir())
    draft = message(ALICE, BOB, SECRET, "A draft of mine.\n")
    (box / "new" / f"1795000000.1.{socket.gethostname()}").write_bytes(draft)
    reader.messages()
    reader.messages()
    lying = alice.provider.messages(ALICE, "Drafts")
    assert len(lying) == 1 and is_sealed(lying[0]) and b"A draft" not in lying[0]
    assert len([p for part in ("cur", "new") for p in (box / part).iterdir()]) == 1
