"""A desk whose mail is at a provider: locked until its password was typed, read by IMAP, sent by SMTP."""
import json
import pathlib
import sys


import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

# pylint: disable=wrong-import-position
from daemon import Daemon  # noqa: E402
from provider import Provider, wait_for  # noqa: E402
from world import Browser, World  # noqa: E402

ALICE, BOB = "alice@example.test", "bob@example.test"


class Far(World):
    """The same questions to a daemon that the other tests' Daemon started."""

    def __init__(self, daemon):  # pylint: disable=super-init-not-called
        self.home, self.port = daemon.home, daemon.ports["http"]


@pytest.fixture(name="far", scope="module")
def fixture_far(tmp_path_factory):
    from lib import Home
    path = tmp_path_factory.mktemp("provider")
    homes = {a: Home(path / a) for a in (ALICE, BOB)}
    for address, home in homes.items():
        home.add(address, "--profile", "p256")
    with Provider() as provider, Daemon(homes[ALICE], provider, ALICE, (BOB, homes[BOB])) as daemon:
        far = Far(daemon)
        far.provider, far.password = provider, provider.password(ALICE)
        yield far


def unlock(world, address):
    assert world.desk(address, "unlock", {"password": world.provider.password(address)}) == {"unlocked": True}


def test_locked_until_the_password_was_typed(far):
    browser = Browser(far, far.ask("/v1/login-link", b"").json()["url"])
    assert [d["state"] for d in far.ask("/v1/desks").json()["desks"]] == ["locked", "locked"]
    assert far.ask(f"/v1/desks/{ALICE}/folders").status == 403
    assert browser.get(f"/mail/{ALICE}/INBOX/").headers["Location"] == f"/mail/{ALICE}/unlock"
    page = browser.get(f"/mail/{ALICE}/unlock").page()
    assert 'type="password"' in page
    wrong = browser.post(f"/mail/{ALICE}/unlock", None, password="wrong")
    assert wrong.status == 403 and 'type="password"' in wrong.text and 'value="wrong"' not in wrong.text
    assert browser.post(f"/mail/{ALICE}/unlock", None, password=far.password).status == 303
    assert browser.get(f"/mail/{ALICE}/INBOX/").status == 200
    other = Browser(far, far.ask("/v1/login-link", b"").json()["url"])
    assert other.get(f"/mail/{ALICE}/INBOX/").status == 303
    assert far.ask(f"/v1/desks/{ALICE}/folders").status == 403
    browser.post("/logout", None)


def test_reading_and_sending(far):
    unlock(far, ALICE)
    unlock(far, BOB)
    roles = {f["role"] for f in far.desk(ALICE, "folders")["folders"]}
    assert {"inbox", "sent", "drafts", "trash", "junk"} <= roles
    assert far.send(ALICE, BOB, "over the wire")["folder"] == "Sent"
    assert wait_for(lambda: far.letters(BOB))
    letter = far.newest(BOB)
    assert letter["subject"] == "over the wire" and letter["mark"] == "first"
    far.send(BOB, ALICE, "and back", level="sealed")
    assert wait_for(lambda: far.letters(ALICE))
    row = far.letters(ALICE)[0]
    assert row["subject"] == "and back" and far.newest(ALICE)["opened"]
    assert far.letters(BOB, "Sent")[0]["subject"] == "and back"
    far.desk(ALICE, f"messages/INBOX/{row['id']}", {"action": "trash"})
    assert not far.letters(ALICE) and far.letters(ALICE, "Trash")[0]["subject"] == "and back"
    kept = far.desk(ALICE, "drafts", {"to": BOB, "subject": "half", "text": "x"})
    assert kept["draft"] and far.desk(ALICE, "draft?draft=" + kept["draft"])["subject"] == "half"


def test_a_hidden_copy_over_the_wire(far):
    """It lies in the queue that Alice's mail program would use, and leaves with the first copy."""
    unlock(far, ALICE)
    unlock(far, BOB)
    far.send(BOB, ALICE, "my key")
    assert wait_for(lambda: [r for r in far.letters(ALICE) if r["subject"] == "my key"])
    sent = far.send(ALICE, ALICE, "hidden from Alice", bcc=BOB, level="sealed")
    assert (sent["failed"], sent["earlier"], far.desk(ALICE, "outbox")) == ([], [], {"waiting": []})
    for address in (ALICE, BOB):
        assert wait_for(lambda address=address: [r for r in far.letters(address) if r["subject"] == "hidden from Alice"])


def test_search_at_the_provider(far):
    unlock(far, ALICE)
    unlock(far, BOB)
    far.send(ALICE, BOB, "a zebra", "with giraffes\n", level="sealed")
    assert wait_for(lambda: [r for r in far.letters(BOB) if r["subject"] == "a zebra"])
    assert [r["subject"] for r in far.letters(BOB, search="giraffes")] == ["a zebra"]
