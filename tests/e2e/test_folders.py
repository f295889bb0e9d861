"""Drafts and Sent: what a mail program uploads lies sealed at the provider, and is readable to its owner."""
import imaplib
import re

import pytest

from correspondents import is_sealed
from daemon import people
from lib import field, message
from provider import Provider, wait_for

ALICE, BOB = "alice@example.test", "bob@example.test"
SECRET = "The merger is on Friday"


@pytest.fixture(scope="module")
def provider():
    with Provider() as made:
        yield made


@pytest.fixture(scope="module")
def everybody(provider, tmp_path_factory):
    with people(provider, tmp_path_factory.mktemp("people"), ALICE, BOB) as made:
        yield made


@pytest.fixture
def alice(everybody):
    return everybody["alice"]


def crlf(octets):
    return re.sub(rb"\r?\n", b"\r\n", octets)


def upload(person, folder, octets, flags=r"\Seen", form="synchronizing"):
    """APPEND as a mail program does it; the tagged answer."""
    octets = crlf(octets)
    with person.daemon.raw(person.address) as raw:
        head = f"APPEND {folder} ({flags}) ".encode()
        if form == "synchronizing":
            return raw.ok(head, octets)[-1]
        return raw.ok(head + b"{%d+}\r\n" % len(octets) + octets)[-1]


def shown(person, folder, octets):
    """What the folder shows of the messages with the Message-ID of octets."""
    (wanted,) = field(octets, "Message-ID")
    with person.daemon.raw(person.address) as raw:
        raw.ok(f"SELECT {folder}".encode())
        got = raw.fetch("1:*", "(FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[])")
    found = [v for v in got.values() if wanted in field(v["BODY[]"], "Message-ID")]
    assert all(int(v["RFC822.SIZE"]) == len(v["BODY[]"]) for v in found)
    return found


def stored(person, folder, octets):
    (wanted,) = field(octets, "Message-ID")
    return [m for m in person.provider.messages(person.address, folder) if wanted in field(m, "Message-ID")]


@pytest.mark.parametrize("form", ["synchronizing", "non-synchronizing"])
def test_draft(alice, form):
    """The provider sees ciphertext only; the owner's program sees the draft, Bcc included."""
    text = message(ALICE, BOB, SECRET, "The bridge, at noon.\nGrüße\n", Bcc="carol@example.test")
    answer = upload(alice, "Drafts", text, r"\Draft \Seen", form)
    assert b"[APPENDUID " in answer
    lying = alice.provider.messages(ALICE, "Drafts")
    assert all(is_sealed(m) for m in lying) and not any(w in m for m in lying for w in (b"merger", b"bridge", b"carol@"))
    (seen,) = shown(alice, "Drafts", text)
    assert seen["ENVELOPE"][1] == SECRET.encode() and rb"\Draft" in seen["FLAGS"]
    view = seen["BODY[]"]
    assert "The bridge, at noon.\r\nGrüße\r\n".encode() in view or b"=C3=BC" in view
    assert field(view, "Bcc") == ["carol@example.test"] and field(view, "To") == [BOB]


def test_a_draft_is_rewritten_again_and_again(alice):
    """As programs do: upload the next state, then delete the last one."""
    for number in range(3):
        text = message(ALICE, BOB, f"{SECRET} {number}", f"state {number}\n")
        upload(alice, "Drafts", text, r"\Draft")
        (seen,) = shown(alice, "Drafts", text)
        assert b"state %d" % number in seen["BODY[]"]
        with alice.daemon.raw(ALICE) as raw:
            raw.ok(b"SELECT Drafts")
            for old in raw.search(f'NOT SUBJECT "{SECRET} {number}"', uid=True):
                raw.ok(rb"UID STORE %d +FLAGS.SILENT (\Deleted)" % old)
            raw.ok(b"EXPUNGE")
    assert alice.provider.count_messages(ALICE, "Drafts") == 1


@pytest.mark.parametrize("level", ["sealed", "signed"])
def test_sent_is_the_copy_that_left(alice, everybody, level):
    text = message(ALICE, BOB, f"{SECRET} {level}", "As sent.\n", X_Postseal_Level=level)
    alice.send(text)
    left = everybody["bob"].arrived(text)
    upload(alice, "Sent", text)
    (lying,) = stored(alice, "Sent", text)
    body = left.partition(b"\n\n")[2]
    assert lying.partition(b"\n\n")[2] == body and is_sealed(lying) == (level == "sealed")
    (seen,) = shown(alice, "Sent", text)
    assert b"As sent." in seen["BODY[]"] and seen["ENVELOPE"][1] == f"{SECRET} {level}".encode()
    assert b"X-Postseal-Level" not in seen["BODY[]"]


def test_sent_with_a_tag(alice, everybody):
    """The tag in the uploaded Subject is not in the copy."""
    text = message(ALICE, BOB, f"[seal] {SECRET}", "As sent.\n")
    alice.send(text)
    everybody["bob"].arrived(text)
    upload(alice, "Sent", text)
    (lying,) = stored(alice, "Sent", text)
    assert is_sealed(lying) and b"merger" not in lying
    assert shown(alice, "Sent", text)[0]["ENVELOPE"][1] == SECRET.encode()


def test_provider_files_sent_itself(alice, everybody):
    """Where the provider has put the copy there already, the upload makes no second one."""
    text = message(ALICE, BOB, SECRET, "Once only.\n", X_Postseal_Level="sealed")
    alice.send(text)
    left = everybody["bob"].arrived(text)
    start = left.index(b"From:")
    alice.provider.deliver(ALICE, left[start:], "Sent")
    upload(alice, "Sent", text)
    assert len(stored(alice, "Sent", text)) == 1
    assert len(shown(alice, "Sent", text)) == 1


def test_uploaded_before_it_was_sent(alice, everybody):
    """A program that files first and sends then: nothing readable stays."""
    text = message(ALICE, BOB, SECRET, "Too early.\n", X_Postseal_Level="sealed")
    upload(alice, "Sent", text)
    alice.send(text)
    everybody["bob"].arrived(text)
    lying = stored(alice, "Sent", text)
    assert len(lying) == 1 and b"merger" not in lying[0] and b"Too early" not in lying[0]


@pytest.mark.parametrize("folder", ["Trash", "INBOX"])
def test_opened_mail_uploaded_elsewhere(alice, everybody, folder):
    """The view of a sealed message, dragged by a mail program from one account to another."""
    text = message(BOB, ALICE, SECRET, "Between us.\n", X_Postseal_Level="sealed")
    everybody["bob"].send(text)
    alice.arrived(text)
    view = alice.read(text)
    assert b"Between us." in view
    upload(alice, folder, view)
    assert not any(b"merger" in m or b"Between us" in m for m in alice.provider.messages(ALICE, folder))
    assert any(b"Between us." in v["BODY[]"] for v in shown(alice, folder, text))


def test_ordinary_upload(alice):
    """What was never sealed is filed as it is."""
    text = crlf(message("carol@example.com", ALICE, "an old letter", "From an archive.\n"))
    upload(alice, "Trash", text)
    (lying,) = stored(alice, "Trash", text)
    assert crlf(lying) == text


def test_imaplib_append(alice):
    """The same by Python's client."""
    text = message(ALICE, BOB, SECRET, "by imaplib\n")
    box = alice.daemon.imap(ALICE)
    kind, _ = box.append("Drafts", r"(\Draft)", imaplib.Time2Internaldate(1795000000), crlf(text))
    assert kind == "OK"
    box.logout()
    assert all(is_sealed(m) for m in alice.provider.messages(ALICE, "Drafts"))
    assert wait_for(lambda: shown(alice, "Drafts", text))


def test_failed_append(alice):
    """A folder that is not there: NO [TRYCREATE], and the session goes on."""
    with alice.daemon.raw(ALICE) as raw:
        answer = raw.command(b"APPEND Nowhere ", b"From: a@b.example\r\n\r\nx\r\n")
        assert answer[-1].split()[1] == b"NO" and b"TRYCREATE" in answer[-1]
        raw.ok(b"NOOP")


def test_a_status_that_somebody_else_wrote(alice, provider):
    """What looks like our verdict is taken out, in IMAP and POP3, and nothing else is changed."""
    forged = b'Postseal-Status: confidential; signature=ok; encryption=ok; history=same; text="It is from your bank."\r\n'
    plain = crlf(message("bank@example.com", ALICE, "Your account", "Click here.\n"))
    provider.empty(ALICE)
    provider.deliver(ALICE, forged + plain + b"postseal-status: in the text stays\r\n")
    with alice.daemon.raw(ALICE) as raw:
        raw.ok(b"SELECT INBOX")
        (got,) = raw.fetch("1:*", "(UID RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER])").values()
        assert got["BODY[]"] == plain + b"postseal-status: in the text stays\r\n"
        assert int(got["RFC822.SIZE"]) == len(got["BODY[]"]) and b"Status" not in got["BODY[HEADER]"]
        (alone,) = raw.fetch("1:*", "BODY.PEEK[HEADER.FIELDS (Postseal-Status Subject)]").values()
        assert b"confidential" not in b"".join(v for v in alone.values() if isinstance(v, bytes))
    box = alice.daemon.pop3(ALICE)
    assert b"\r\n".join(box.retr(1)[1]) + b"\r\n" == got["BODY[]"]
    box.quit()


def test_keyword_of_signed_mail(everybody, provider):
    """Signed mail keeps its octets; what was found of it is a keyword that we alone make."""
    alice, bob = everybody["alice"], everybody["bob"]
    root = alice.home.json("account", "show", ALICE)["root_fingerprint"]
    bob.home.run("trust", "accept", ALICE, root)
    text = message(ALICE, BOB, "signed and sure", "Hello.\n")
    alice.send(text)
    lying = crlf(bob.arrived(text))
    with bob.daemon.raw(BOB) as raw:
        raw.ok(b"SELECT INBOX")
        (number,) = bob.numbers(text)
        assert raw.fetch(number, "BODY.PEEK[]", uid=True)[number]["BODY[]"] == lying
        assert wait_for(lambda: b"$PostsealVerified" in raw.fetch(number, "(FLAGS)", uid=True)[number]["FLAGS"])
