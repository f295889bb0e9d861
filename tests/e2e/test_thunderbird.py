"""Unmodified Thunderbird at the daemon, its window and all; Bob on the other side has neomutt."""
import re

import pytest

import clients
from correspondents import is_sealed
from daemon import people, require_daemon
from lib import field, message
from marionette import Thunderbird
from provider import Provider, wait_for

ALICE, BOB, CAROL = (n + "@example.test" for n in ("alice", "bob", "carol"))
SECRET = "The merger is on Friday"


@pytest.fixture(scope="module")
def provider():
    require_daemon()
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, CAROL)}) as made:
        yield made


@pytest.fixture(scope="module")
def both(provider, tmp_path_factory):
    with people(provider, tmp_path_factory.mktemp("people"), ALICE, BOB, acquainted=False) as made:
        yield made


@pytest.fixture(scope="module")
def window(both, tmp_path_factory):
    """Alice's Thunderbird."""
    both["alice"].daemon.subscribe(ALICE)
    ports = both["alice"].daemon.ports
    with Thunderbird(tmp_path_factory.mktemp("thunderbird"), ALICE, "alice", "alice-secret", ports["imap"], ports["smtp"]) as made:
        yield made


def test_send_signed(provider, both, window):
    window.send(BOB, "Shall we talk", "Hello Bob, here is my key.")
    assert window.sent(), window.alert(1)
    got = provider.wait_messages(BOB, 1)[0]
    assert both["bob"].home.verify(got)["signature"]["valid"] and field(got, "Subject") == ["Shall we talk"]
    (copy,) = wait_for(lambda: provider.messages(ALICE, "Sent"))
    assert copy.partition(b"\n\n")[2] == got.partition(b"\n\n")[2]


def test_read_sealed(provider, both, window):
    """Bob's program has read the key in passing; his sealed answer is readable in the window, its Subject in the list."""
    bob = both["bob"]
    bob.daemon.imap(BOB).logout()
    with bob.daemon.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")
        raw.fetch("1:*", "(ENVELOPE BODY[])")
    assert wait_for(lambda: bob.home.run("can-seal", ALICE, code=None).returncode == 0)
    text = message(BOB, ALICE, SECRET, "Meet me at the bridge.\n", X_Postseal_Level="sealed")
    bob.send(text)
    assert is_sealed(both["alice"].arrived(text))
    window.wait_subject(SECRET)
    assert "Meet me at the bridge." in window.show(SECRET)
    picture = window.screenshot("thunderbird-sealed.png")
    assert picture.stat().st_size > 10000
    print(f"# {picture}", flush=True)


def test_send_sealed(provider, both, window):
    """The tag in the Subject: ciphertext to Bob and in Sent, one copy of it."""
    window.send(BOB, f"[seal] {SECRET} at noon", "Bring the papers.")
    assert window.sent(), window.alert(1)
    got = provider.wait_messages(BOB, 2)[-1]
    assert is_sealed(got) and b"papers" not in got
    opened, verdict = both["bob"].home.open(got)
    assert field(opened, "Subject") == [f"{SECRET} at noon"] and b"Bring the papers." in opened
    assert wait_for(lambda: provider.count_messages(ALICE, "Sent") == 2)
    copies = provider.messages(ALICE, "Sent")
    assert is_sealed(copies[-1]) and not any(b"papers" in c or b"noon" in c for c in copies)
    shown = wait_for(lambda: SECRET + " at noon" in window.run(window.FOLDER, "SentMail"), 20, 0.5)
    assert shown, window.run(window.FOLDER, "SentMail")


def test_neomutt_reads_it(both, tmp_path, provider):
    """The other side of the same conversation."""
    bob = both["bob"]
    reader = clients.Neomutt(bob, tmp_path / "neomutt")
    assert f"{SECRET} at noon" in reader.subjects()


def test_draft(provider, window):
    """A draft saved in the window lies sealed at the provider."""
    window.compose(BOB, f"{SECRET}, a draft", "Half a sentence")
    window.run("Services.wm.getMostRecentWindow('msgcompose').goDoCommand('cmd_saveAsDraft');")
    assert wait_for(lambda: provider.messages(ALICE, "Drafts"), 30)
    window.run("const w = Services.wm.getMostRecentWindow('msgcompose'); w.setTimeout(() => w.close(), 0);")
    assert window.sent(10)
    drafts = provider.messages(ALICE, "Drafts")
    assert all(is_sealed(d) and b"Half a sentence" not in d and b"merger" not in d for d in drafts)


def test_refused(provider, window):
    """No key: the dialog says for whom and where help is."""
    window.send(CAROL, f"[seal] {SECRET}", "x")
    text = window.alert()
    window.dismiss()
    assert CAROL in text and re.search(r"http://\S+", text), text
    assert not provider.settled(CAROL)
