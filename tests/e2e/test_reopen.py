"""postseal reopen: what could not be opened at first sight is opened, under a new UID, when its key has come."""
import base64
import re

import pytest

from daemon import Daemon, require_daemon
from imapraw import Raw
from lib import DATA, PASSPHRASE, UNAVAILABLE, USAGE, Home, delivered, field, message
from provider import Provider

ALICE, BOB, CAROL = (n + "@example.test" for n in ("alice", "bob", "carol"))
SECRET = "The merger is on Friday"
ITEMS = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[])"


@pytest.fixture(scope="module")
def provider():
    require_daemon()
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, CAROL)}) as made:
        yield made


class Bob:
    """Bob's first device, which has his key, and his second, which has none yet."""

    def __init__(self, provider, folder):
        self.provider = provider
        self.alice, self.first, self.second = (Home(folder / n) for n in ("alice", "first", "second"))
        self.alice.add(ALICE, "--profile", "p256")
        self.first.add(BOB, "--profile", "p256")
        self.alice.meet(self.first, ALICE, BOB)
        self.backup = folder / "backup"
        self.secret = self.first.passphrase_file()
        self.first.run("backup", self.backup, "--passphrase-file", self.secret)
        self.password = folder / "password"
        self.password.write_text(provider.password(BOB) + "\n", encoding="utf-8")

    def sealed(self, number, subject=SECRET, **fields):
        text = message(ALICE, BOB, f"{subject} {number}", f"{SECRET}, number {number}\n", **fields)
        return delivered(self.alice.protect(text, "sealed"))

    def deliver(self, octets, folder="INBOX", number=0):
        self.provider.deliver(BOB, octets, folder, when=1795000000 + number)

    def join(self):
        """His key comes to the second device."""
        self.second.run("account", "add", BOB, "--join", self.backup, "--passphrase-file", self.secret)

    def reopen(self, folder="INBOX", *args, **kwargs):
        return self.second.json("reopen", folder, "--password-file", self.password, *args, **kwargs)

    def look(self, daemon, folder="INBOX"):
        """{UID: what a mail program is shown}"""
        with daemon.raw(BOB) as raw:
            raw.ok(f'SELECT "{folder}"'.encode())
            got = raw.fetch("1:*", ITEMS)
        return {int(v["UID"]): v for v in got.values()}

    def at_provider(self, folder="INBOX"):
        with Raw(self.provider.ports["imaps"], self.provider.context()) as raw:
            raw.login(self.provider.login(BOB), self.provider.password(BOB))
            raw.ok(f'SELECT "{folder}"'.encode())
            return {int(v["UID"]): v for v in raw.fetch("1:*", ITEMS).values()}

    def flag(self, numbers, flags, folder="INBOX"):
        with Raw(self.provider.ports["imaps"], self.provider.context()) as raw:
            raw.login(self.provider.login(BOB), self.provider.password(BOB))
            raw.ok(f'SELECT "{folder}"'.encode())
            raw.ok(f"UID STORE {numbers} {flags}".encode())


@pytest.fixture
def bob(provider, tmp_path):
    for folder in ("INBOX", "Sent", "Junk"):
        provider.empty(BOB, folder)
    return Bob(provider, tmp_path)


def unchanged(before, after):
    """Nothing of a message is another but its flags."""
    return {k: v for k, v in before.items() if k != "FLAGS"} == {k: v for k, v in after.items() if k != "FLAGS"}


def is_opened(shown, number):
    return f"{SECRET}, number {number}".encode() in shown["BODY[]"] and \
        shown["ENVELOPE"][1] == f"{SECRET} {number}".encode()


def test_story(provider, bob):
    """Closed at first sight, closed under its UID for ever, opened under a new one."""
    bob.deliver(bob.sealed(1))
    bob.deliver(message(ALICE, BOB, "plain", "nothing to open\n"), number=1)
    bob.deliver(bob.sealed(2), number=2)
    with Daemon(bob.second, provider, BOB) as daemon:
        before = bob.look(daemon)
        one, plain, two = sorted(before)
        assert b"pkcs7-mime" in before[one]["BODY[]"] and b"merger" not in before[one]["BODY[]"]
        bob.flag(two, r"FLAGS (\Seen \Flagged $Work)")
        bob.join()
        after = bob.look(daemon)
        daemon.restart()
        again = bob.look(daemon)
        for seen in (after, again):
            assert all(unchanged(before[n], seen[n]) for n in before)
        assert bob.reopen() == {"looked_at": 2, "reopened": 2, "still_closed": 0, "errors": 0}
        opened = bob.look(daemon)
        assert all(unchanged(before[n], opened[n]) for n in before)
        new = sorted(opened.keys() - before.keys())
        assert len(new) == 2
        for number, (old, uid) in enumerate(zip((one, two), new), 1):
            assert is_opened(opened[uid], number)
            assert int(opened[uid]["RFC822.SIZE"]) == len(opened[uid]["BODY[]"])
            assert opened[uid]["INTERNALDATE"] == before[old]["INTERNALDATE"]
            assert rb"\Deleted" in opened[old]["FLAGS"] and rb"\Deleted" not in opened[uid]["FLAGS"]
        assert rb"\Deleted" not in opened[plain]["FLAGS"]
        assert {rb"\Seen", rb"\Flagged", b"$Work"} <= set(opened[new[1]]["FLAGS"])
        assert rb"\Seen" not in opened[new[0]]["FLAGS"]
        daemon.restart()
        last = bob.look(daemon)
        assert all(unchanged(opened[n], last[n]) for n in opened)
    raw = bob.at_provider()
    for old, uid in zip((one, two), new):
        first, _, rest = raw[uid]["BODY[]"].partition(b"\r\n")
        assert first.startswith(b"Postseal-Reopened: ") and rest == raw[old]["BODY[]"] and b"merger" not in rest


def test_again_does_nothing(provider, bob):
    bob.deliver(bob.sealed(1))
    with Daemon(bob.second, provider, BOB) as daemon:
        bob.look(daemon)
        bob.join()
        assert bob.reopen()["reopened"] == 1
        before = bob.at_provider()
        assert bob.reopen() == {"looked_at": 1, "reopened": 0, "still_closed": 0, "errors": 0}
        assert bob.at_provider() == before


def test_nothing_is_doubled_after_an_interruption(provider, bob):
    """The new message was appended, but the old one not marked."""
    bob.deliver(bob.sealed(1))
    with Daemon(bob.second, provider, BOB) as daemon:
        (old,) = bob.look(daemon)
        bob.join()
        bob.reopen()
        bob.flag(old, r"-FLAGS (\Deleted)")
        assert bob.reopen()["reopened"] == 1
        after = bob.at_provider()
        assert len(after) == 2 and rb"\Deleted" in after[old]["FLAGS"]


def test_what_no_key_opens_stays(provider, bob):
    """Mail to others, damaged mail and mail that is shown opened already are left alone."""
    carol = Home(bob.second.path.parent / "carol")
    carol.add(CAROL, "--profile", "p256")
    bob.alice.meet(carol, ALICE, CAROL)
    lost = bob.alice.protect(message(ALICE, CAROL, SECRET, "x\n"), "sealed")
    damaged = bob.sealed(1).replace(b"smime-type=authEnveloped-data", b"smime-type=enveloped-data")
    head, gap, body = damaged.partition(b"\n\n")
    for octets in (delivered(lost), head + gap + body[:200] + b"\n", bob.sealed(2)):
        bob.deliver(octets)
    bob.join()
    with Daemon(bob.second, provider, BOB) as daemon:
        before = bob.look(daemon)
        assert is_opened(before[max(before)], 2)
        assert bob.reopen() == {"looked_at": 3, "reopened": 0, "still_closed": 2, "errors": 0}
        after = bob.look(daemon)
        assert after.keys() == before.keys() and all(unchanged(before[n], after[n]) for n in before)
        assert not any(rb"\Deleted" in v["FLAGS"] for v in after.values())
    told = bob.second.out("reopen", "INBOX", "--password-file", bob.password).decode()
    assert told == "INBOX: 3 sealed messages, 0 of them reopened, 2 still closed, 0 with errors\n"


def test_an_imported_key(provider, bob):
    bob.deliver(bob.sealed(1))
    with Daemon(bob.second, provider, BOB) as daemon:
        bob.look(daemon)
        assert bob.reopen() == {"looked_at": 1, "reopened": 0, "still_closed": 1, "errors": 0}
        bob.second.run("account", "import", bob.first.p12(BOB), "--passphrase-file", bob.secret)
        assert bob.reopen()["reopened"] == 1
        shown = bob.look(daemon)
        assert is_opened(shown[max(shown)], 1)


def utf7(name):
    """As IMAP writes names of folders (RFC 3501 section 5.1.3)."""
    def shift(run):
        return "&" + base64.b64encode(run[0].encode("utf-16be")).decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"[^\x20-\x7e]+", shift, name.replace("&", "&-"))


@pytest.mark.parametrize("name", ["Entwürfe & mehr", "日本", 'with "quotes"', "a&b"])
def test_names_of_folders(provider, bob, name):
    folder = utf7(name).replace('"', '\\"')
    with Raw(provider.ports["imaps"], provider.context()) as raw:
        raw.login(provider.login(BOB), provider.password(BOB))
        raw.ok(f'CREATE "{folder}"'.encode())
        raw.ok(b'APPEND "%s"' % folder.encode(), bob.sealed(1).replace(b"\n", b"\r\n"))
    with Daemon(bob.second, provider, BOB) as daemon:
        bob.look(daemon, folder)
        bob.join()
        assert bob.reopen(name)["reopened"] == 1
        shown = bob.look(daemon, folder)
        assert is_opened(shown[max(shown)], 1)


def test_usage(provider, bob):
    bob.second.refuse(66, "reopen", "INBOX", "--password-file", bob.password)
    with Daemon(bob.second, provider, BOB, CAROL):
        told = bob.second.refuse(USAGE, "reopen", "INBOX", "--password-file", bob.password)
        assert BOB in told and CAROL in told
        bob.second.refuse(USAGE, "reopen", "INBOX", "--account", ALICE, "--password-file", bob.password)
        bob.second.refuse(USAGE, "reopen", "INBOX", "--account", BOB)
        bob.second.refuse(USAGE, "reopen")
        told = bob.second.refuse(UNAVAILABLE, "reopen", "Nowhere", "--account", BOB, "--password-file", bob.password)
        assert "Nowhere" in told
        wrong = bob.second.passphrase_file("wrong")
        bob.second.refuse(DATA, "reopen", "INBOX", "--account", BOB, "--password-file", wrong)
    with Daemon(bob.second, provider, BOB, options={"opens": "false"}):
        bob.second.refuse(UNAVAILABLE, "reopen", "INBOX", "--password-file", bob.password)
