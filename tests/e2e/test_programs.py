"""More unmodified mail programs at the daemon than those of test_clients.py: each shows sealed mail as if it were none."""
import pytest

import programs
from correspondents import is_sealed
from daemon import people, require_daemon
from lib import field, message
from provider import Provider, wait_for

ALICE, BOB = (n + "@example.test" for n in ("alice", "bob"))
SECRET = "The merger is on Friday"
SEALED = message(BOB, ALICE, SECRET, "Meet me at the viaduct.\n", X_Postseal_Level="sealed")
ORDINARY = message("dave@example.org", ALICE, "ordinary", "Nothing special.\n")
READERS = ("Mpop", "Fdm", "OfflineImap", "ImapFilter", "SNail", "Mailutils", "Perl", "Ruby", "Php", "Camel", "Mutt", "Alpine", "Aerc")


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    require_daemon()
    users = {a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB)}
    with Provider(users) as provider, people(provider, tmp_path_factory.mktemp("people"), ALICE, BOB) as made:
        made["bob"].send(SEALED)
        assert is_sealed(made["alice"].arrived(SEALED))
        provider.deliver(ALICE, ORDINARY)
        yield made["alice"], made["bob"]


@pytest.mark.parametrize("name", READERS)
def test_reads(pair, tmp_path, name):
    """The true Subject and the text, and the other message beside it."""
    shown = getattr(programs, name)(pair[0], tmp_path).shown()
    assert SECRET in shown and "viaduct" in shown and "ordinary" in shown, shown
    assert "pkcs7-mime" not in shown


def test_s_nail_sends(pair, tmp_path):
    sent = programs.SNail(pair[0], tmp_path).send(message(ALICE, BOB, "by s-nail", "Hello.\n"))
    assert sent.ok, sent.said
    bob = pair[1]
    (got,) = wait_for(lambda: [m for m in bob.provider.messages(BOB) if field(m, "Subject") == ["by s-nail"]], 10) or [None]
    assert got and bob.home.verify(got)["signature"]["valid"]


def test_offlineimap_uploads(pair, tmp_path):
    """A draft that it brings up is sealed at the provider, and does not come down a second time."""
    program = programs.OfflineImap(pair[0], tmp_path)
    program.shown()
    box = program.folder / "box/Drafts"
    (box / "new/1795000000.1.host").write_bytes(message(ALICE, BOB, SECRET, "A draft of mine.\n"))
    program.shown()
    program.shown()
    (lying,) = pair[0].provider.messages(ALICE, "Drafts")
    assert is_sealed(lying) and b"A draft" not in lying
    assert len(programs.maildir(box)) == 1
