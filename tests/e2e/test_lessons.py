"""What forged mail teaches: nothing that moves a pin, plants a key or switches sealing off."""
import datetime
import re
import subprocess

import pytest

import lib
from forge import *  # noqa: F403 the tool box
from victims import *  # noqa: F403 fixtures
from test_spoof import CERTIFICATES, FIELDS, STRUCTURE, inside, parts, twin


# ---- what forged mail teaches ----

PLANT = {
    "beside a self-signed certificate": lambda w: (Cert(w.alice_key, "Alice self", [ALICE]), []),
    "beside a company's leaf without its CA": lambda w: (Cert(w.alice_key, "Alice", [ALICE], w.root), []),
    "beside a certificate only for signatures": lambda w: (Cert(w.alice_key, "Alice", [ALICE], w.root, usage=0x80), []),
    "beside a personal leaf and its root": lambda w: (w.leaf, [w.root]),
}


@pytest.mark.parametrize("named", ["same serial", "new serial"])
@pytest.mark.parametrize("what", PLANT)
def test_no_key_is_planted_into_a_genuine_message(world, stranger, what, named):
    """The certificates of SignedData are not signed: whoever passes a message on can add one."""
    cert, others = PLANT[what](world)
    serial = cert.serial if named == "same serial" else None
    planted = Cert(world.eve_key, "Alice", [ALICE], issuer_name=cert.issuer_name, serial=serial, signed_by=world.eve_key, since=datetime.datetime(2026, 11, 1))
    learn(stranger, clear(text(), sign(text(), cert, others, extra=[preference(cert)])))
    learn(stranger, clear(text(), sign(text(), cert, [planted, *others], extra=[preference(cert)])))
    leaves = [i["leaf_fingerprint"] for i in identities(stranger, ALICE)]
    assert planted.fingerprint not in leaves
    if recipient(stranger, ALICE)["state"] == "ready":
        sealed = stranger.protect(lib.message(BOB, ALICE, "x", "SECRET\n"), "sealed")
        assert not eve_reads(world, planted, sealed)


def test_no_key_is_planted_for_a_separate_certificate(world, stranger):
    """Alice names a certificate of her own to seal to; a copy of its issuer and serial over Eve's key is not it."""
    cert = Cert(world.alice_key, "Alice", [ALICE], world.root, usage=0x80)
    own = Cert(world.alice_key, "Alice", [ALICE], world.root, usage=0x20)
    planted = Cert(world.eve_key, "Alice", [ALICE], issuer_name=own.issuer_name, serial=own.serial, signed_by=world.eve_key)
    learn(stranger, clear(text(), sign(text(), cert, [planted], extra=[preference(own)])))
    assert recipient(stranger, ALICE)["state"] != "ready"


def eve_reads(world, cert, message):
    name = world.folder / "sealed.der"
    name.write_bytes(lib.parse(message).get_payload(decode=True))
    try:
        openssl("cms", "-decrypt", "-inform", "DER", "-in", name, "-recip", cert.pem(world.folder), "-inkey", cert.key.path)
    except subprocess.CalledProcessError:
        return False
    return True


def test_root_left_out_changes_nothing(world, bob):
    """Anybody can take the root out of a genuine message: the known leaf still is that identity's."""
    message = clear(text(), sign(text(), world.leaf))
    assert bob.verify(message, *AT)["summary"] == "verified"
    learn(bob, message)
    assert [i["root_fingerprint"] for i in identities(bob, ALICE)] == [world.root.fingerprint]


LESSONS = {
    "in mixed": lambda w: mixed([inside(w)], head()),
    "forwarded": lambda w: crlf(head() + "Content-Type: message/rfc822\n\n") + parts(w),
    "in a report": lambda w: multipart([text(), crlf("Content-Type: message/rfc822\n\n") + parts(w)], "r", "report", "; report-type=delivery-status", head()),
    "certificates only": lambda w: smime(signed_data(b"", [], [w.leaf, w.root]), "certs-only", head()),
    "signature that fails": lambda w: parts(w).replace(b"Hello", b"Hallo"),
    "two signers": STRUCTURE["two signers"],
    "two From": lambda w: clear(text(), w.sign(text()), FIELDS["two From"](head())),
    "automatic answer": lambda w: clear(text(), w.sign(text()), head(more="Auto-Submitted: auto-replied\n")),
    "failed DMARC": lambda w: clear(text(), w.sign(text()), head(more="Authentication-Results: mx.example.net; dmarc=fail\n")),
    "list that rewrites From": lambda w: clear(protected(), w.sign(protected()), head("Alice via List <list@example.com>", more="List-Id: <list.example.com>\n")),
    "SHA-1": lambda w: clear(text(), w.sign(text(), digest="sha1")),
    "expired": CERTIFICATES["expired"],
    "signed in the future": lambda w: clear(text(), w.sign(text(), when=SENT + datetime.timedelta(days=9)), head(date="Sun, 29 Nov 2026 10:00:00 +0000")),
    "other address": lambda w: signed(w.eve, w.eve_root),
}


@pytest.mark.parametrize("what", LESSONS)
def test_nothing_is_learned_from(world, stranger, what):
    learn(stranger, LESSONS[what](world))
    assert recipient(stranger, ALICE)["state"] == "none"
    assert not [i for i in identities(stranger, ALICE) if i["pinned"]]


def test_strangers_introduce_nobody(world, stranger):
    """Gossip counts only from a verified and encrypted message."""
    leaf, root = bank(world)
    payload = protected(EVE, f"{BOB}, {CEO}", hp="cipher")
    inner = smime(sign(payload, world.eve, [world.eve_root, leaf, root], embed=True), "signed-data")
    learn(stranger, smime(encrypt(inner, [stranger.cert(BOB)]), "authEnveloped-data", head(EVE, f"{BOB}, {CEO}")))
    assert identities(stranger, CEO) == []


def test_forged_mail_moves_no_pin(world, bob):
    before = recipient(bob, ALICE)
    forged = Cert(world.eve_key, "Alice", [ALICE], twin(world))
    for day in range(11, 21):
        when = datetime.datetime(2026, 11, day, 10, tzinfo=datetime.timezone.utc)
        date = when.strftime("%a, %d %b %Y %H:%M:%S +0000")
        learn(bob, signed(forged, twin(world), header=head(date=date), when=when), f"2026-11-{day}T12:00:00Z")
    after = recipient(bob, ALICE)
    assert (after["state"], after["fingerprint"]) == (before["state"], before["fingerprint"])
    assert bob.verify(clear(text(), world.sign(text())), *AT)["summary"] == "verified"
    assert bob.verify(signed(forged, twin(world)), *AT)["summary"] == "unprotected"


def arrivals(message, days=(1, 5, 9, 12)):
    for day in days:
        yield crlf(f"Received: from x by y; {day} Nov 2026 10:00:00 +0000\n") + message, f"2026-11-{day:02d}T12:00:00Z"


def test_one_message_again_and_again_binds_nothing(world, stranger):
    message = clear(text(), world.sign(text()))
    for again, at in arrivals(message):
        learn(stranger, again, "2026-11-21T12:00:00Z")
    assert identities(stranger, ALICE)[0]["messages"] == 1
    assert stranger.verify(clear(text("More.\n"), world.sign(text("More.\n"))), *AT)["summary"] == "unprotected"


def test_list_mail_binds_nothing(world, stranger):
    for number in range(4):
        payload = text(f"{number}\n")
        message = clear(payload, world.sign(payload), head(more="List-Id: <list.example.com>\n"))
        learn(stranger, crlf(f"Received: from x by y; {1 + 3 * number} Nov 2026 10:00:00 +0000\n") + message)
    assert stranger.verify(clear(text(), world.sign(text())), *AT)["summary"] == "unprotected"


# ---- the key field ----

@pytest.fixture(scope="module")
def key_mail(tmp_path_factory):
    """A message of Alice with a key field, as (fields, field)."""
    alice = lib.Home(tmp_path_factory.mktemp("alice"))
    alice.add(ALICE, "--profile", "p256")
    text = alice.protect(lib.message(ALICE, BOB, List_Id="<list.example.com>"))
    return dict(lib.fields(text)), re.search(rb"Postseal-Key:.*\n(?:[ \t].*\n)*", text).group().decode()


KEY_FIELD = {
    "another date": lambda f, k: {"Date": "Sat, 21 Nov 2026 10:00:01 +0000"},
    "another Message-ID": lambda f, k: {"Message-ID": "<other@test.example>"},
    "another From": lambda f, k: {"From": EVE},
    "two From": lambda f, k: {"From": f"{ALICE}\nFrom: {ALICE}"},
    "two mailboxes": lambda f, k: {"From": f"{ALICE}, {EVE}"},
    "two dates": lambda f, k: {"Date": f"{f['Date']}\nDate: {f['Date']}"},
    "two Message-IDs": lambda f, k: {"Message-ID": f"{f['Message-ID']}\nMessage-ID: {f['Message-ID']}"},
    "two fields": lambda f, k: {"key": k + k},
    "a second one that is broken": lambda f, k: {"key": k + "Postseal-Key: v=1\n"},
    "too large": lambda f, k: {"key": k.rstrip("\n") + ";\n x=" + "a" * 11000 + "\n"},
    "another version": lambda f, k: {"key": k.replace("v=1", "v=2")},
    "addr twice": lambda f, k: {"key": k.replace("v=1;", f"v=1; addr={ALICE};")},
    "report": lambda f, k: {"Content-Type": "multipart/report; boundary=x"},
    "automatic": lambda f, k: {"Auto-Submitted": "auto-replied"},
    "in the body": lambda f, k: {"key": "\n" + k},
}


def with_key(fields, key, changed=None):
    shown = {n: fields[n] for n in ("From", "Date", "Message-ID")} | {"To": BOB, "Subject": "x"} | (changed or {})
    key = shown.pop("key", key)
    return ("".join(f"{n}: {v}\n" for n, v in shown.items()) + key + "\nHello.\n").encode()


def test_key_field(key_mail, stranger):
    stranger.run("open", "--learn", stdin=with_key(*key_mail))
    assert recipient(stranger, ALICE)["state"] == "ready"


@pytest.mark.parametrize("what", KEY_FIELD)
def test_forged_key_field(key_mail, stranger, what):
    changed = KEY_FIELD[what](*key_mail)
    stranger.run("open", "--learn", stdin=with_key(*key_mail, changed))
    assert recipient(stranger, ALICE)["state"] == "none" and recipient(stranger, EVE)["state"] == "none"


def test_key_field_for_another_address(key_mail, stranger):
    fields, key = key_mail
    stranger.run("open", "--learn", stdin=with_key(fields, key.replace(ALICE, EVE), {"From": EVE}))
    assert recipient(stranger, EVE)["state"] == "none"


def test_key_field_moves_no_pin(key_mail, bob):
    before = identities(bob, ALICE)
    bob.run("open", "--learn", stdin=with_key(*key_mail))
    assert identities(bob, ALICE) == before
