"""Attacks on what the reader is told: nobody but Alice makes Bob see "verified", and nothing but what she signed stands under it."""
import datetime
import re
import shutil
import subprocess

import pytest

import lib
from forge import *  # noqa: F403 the tool box

CEO = "ceo@bank.example"
EVIL = crlf("Content-Type: text/html\n\n<b>EVIL</b>\n")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"), lib.Home)


@pytest.fixture
def bob(world, tmp_path):
    """Bob with Alice's key accepted, in a home of the test's own."""
    shutil.copytree(world.bob.path, tmp_path / "bob")
    return lib.Home(tmp_path / "bob")


@pytest.fixture
def stranger(world, tmp_path):
    """Bob, who knows nobody."""
    shutil.copytree(world.stranger.path, tmp_path / "stranger")
    return lib.Home(tmp_path / "stranger")


def learn(home, message, at=NOW):
    home.run("--at", at, "open", "--learn", stdin=message)


def recipient(home, address):
    return home.json("can-seal", address, code=None)["recipients"][0]


def identities(home, address):
    told = home.run("--json", "peers", address, code=None).stdout
    return lib.json.loads(told)["identities"] if told else []


def signed(cert, *certs, payload=None, header=None, **how):
    payload = text() if payload is None else payload
    return clear(payload, sign(payload, cert, certs, **how), header)


# ---- what is sound ----

SOUND = {
    "multipart": lambda w: clear(protected(), w.sign(protected())),
    "opaque": lambda w: w.opaque(protected(), head()),
    "octet-stream": lambda w: w.opaque(protected(), head()).replace(b"application/pkcs7-mime; smime-type=signed-data;", b"application/octet-stream;"),
    "unobtrusive": lambda w: quiet(text(), w.sign(unobtrusive_octets(text()))),
    "without header protection": lambda w: clear(text(), w.sign(text())),
    "signing certificate": lambda w: clear(text(), w.sign(text(), extra=[signing_certificate(w.leaf)])),
    "an hour early": lambda w: clear(text(), w.sign(text(), when=SENT - datetime.timedelta(hours=1))),
    "an hour late": lambda w: clear(text(), w.sign(text(), when=SENT + datetime.timedelta(hours=1))),
    "renewed leaf": lambda w: signed(Cert(w.eve_key, "new", [ALICE], w.root), w.root),
    "address in capitals": lambda w: clear(text(), w.sign(text()), head("ALICE@Example.ORG")),
    "signed forward of somebody else's words": lambda w: (lambda p: clear(p, w.sign(p)))(forward(CEO)),
    "hp=cipher without encryption": lambda w: (lambda p: clear(p, w.sign(p)))(protected(hp="cipher")),
}


def forward(sender):
    return crlf("Content-Type: message/rfc822\n\n" + head(sender, BOB, "Forwarded") + "Content-Type: text/plain\n\nforwarded\n")


@pytest.mark.parametrize("what", SOUND)
def test_sound(world, what):
    verdict = world.bob.verify(SOUND[what](world), *AT)
    assert verdict["summary"] == "verified", verdict
    assert verdict["from"]["address"] == ALICE


def test_sealed_is_confidential(world):
    message = world.seal(world.opaque(protected(hp="cipher")), header=head())
    assert world.bob.verify(message, *AT)["summary"] == "confidential"


# ---- what is not ----

def parts(world, *extra, payload=None, **how):
    payload = payload or protected()
    return multipart([payload, part_of(world.sign(payload)), *extra], header=head(), **how)


def inside(world, boundary="inner"):
    return multipart([protected(), part_of(world.sign(protected()))], boundary)


STRUCTURE = {
    "third part": lambda w: parts(w, EVIL),
    "one part": lambda w: multipart([protected()], header=head()),
    "foreign protocol": lambda w: parts(w, params='; protocol="application/pgp-signature"'),
    "no protocol": lambda w: parts(w, params=""),
    "signature part is text": lambda w: multipart([protected(), part_of(w.sign(protected()), "text/html")], header=head()),
    "octets behind the signature": lambda w: multipart([protected(), part_of(w.sign(protected()) + b"<b>EVIL</b>")], header=head()),
    "opaque in a broken multipart/signed": lambda w: multipart([w.opaque(protected()), EVIL], "outer", header=head()),
    "opaque in a multipart/signed of three": lambda w: multipart([w.opaque(protected()), EVIL, EVIL], "outer", header=head()),
    "clear in a broken multipart/signed": lambda w: multipart([inside(w), EVIL], "outer", header=head()),
    "opaque in mixed": lambda w: mixed([w.opaque(protected()), EVIL], head()),
    "clear in mixed": lambda w: mixed([inside(w), EVIL], head()),
    "alone in mixed": lambda w: mixed([inside(w)], head()),
    "in alternative": lambda w: multipart([inside(w), EVIL], "a", "alternative", "", head()),
    "in message/rfc822": lambda w: crlf(head() + "Content-Type: message/rfc822\n\n") + parts(w),
    "Content-Type twice": lambda w: crlf("Content-Type: text/html\n") + parts(w),
    "Content-Type twice, the other way": lambda w: parts(w).replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n", 1),
    "boundary twice": lambda w: parts(w).replace(b'boundary="b1"', b'boundary="b2"; boundary="b1"'),
    "prefix of the boundary": lambda w: parts(w).replace(b"Hello.\r\n", b"Hello.\r\n--b\r\n\r\nEVIL\r\n"),
    "longer boundary": lambda w: parts(w).replace(b"Hello.\r\n", b"Hello.\r\n--b1x\r\n\r\nEVIL\r\n"),
    "bare CR after the boundary": lambda w: parts(w).replace(b"Hello.\r\n", b"Hello.\r\n--b1\r\rEVIL\r\n"),
    "signature around CBC": lambda w: w.opaque(w.seal(protected(hp="cipher"), "aes-256-cbc"), head()),
    "signature around GCM": lambda w: w.opaque(w.seal(protected(hp="cipher")), head()),
    "compressed twice": lambda w: pressed(pressed(w.opaque(protected())), head()),
    "detached and embedded": lambda w: clear(protected(), w.sign(protected(), embed=True)),
    "embedded, another text around": lambda w: clear(text("EVIL\n"), w.sign(protected(), embed=True)),
    "detached alone": lambda w: smime(w.sign(protected()), "signed-data", head()),
    "two signers": lambda w: clear(text(), signed_data(text(), [signer_info(text(), w.leaf), signer_info(text(), w.eve)], [w.leaf, w.root, w.eve, w.eve_root])),
    "no signer": lambda w: clear(text(), signed_data(text(), [], [w.leaf, w.root])),
    "no certificates": lambda w: clear(text(), signed_data(text(), [signer_info(text(), w.leaf)])),
    "another content type": lambda w: w_kind(w, "1.2.840.113549.1.9.16.1.4"),
    "changed text": lambda w: parts(w).replace(b"Hello", b"Hallo"),
    "changed protected field": lambda w: parts(w).replace(b"Subject: Inner", b"Subject: EVIL!"),
}


def pressed(content, header=""):
    return smime(compressed(content), "compressed-data", header)


def w_kind(world, kind):
    return smime(world.sign(protected(), embed=True, kind=kind), "signed-data", head())


@pytest.mark.parametrize("what", STRUCTURE)
def test_structure(world, what):
    check_worthless(world.bob, STRUCTURE[what](world))


def check_worthless(home, message):
    """Not verified, in the verdict and in the readable message."""
    view, verdict = look(home, message)
    assert verdict["summary"] not in ("verified", "confidential"), verdict
    assert lib.field(view, "Postseal-Status")[0].split(";")[0] == verdict["summary"]
    return verdict


UNOBTRUSIVE = {
    "second child": lambda w, c, s: quiet(c, s, extra=[EVIL]),
    "changed text": lambda w, c, s: quiet(c.replace(b"Hello", b"Hallo"), s),
    "Sig behind another field": lambda w, c, s: mixed([b"Subject: EVIL\r\n" + sig_field(s) + c], head()),
    "field added behind Sig": lambda w, c, s: mixed([sig_field(s) + b"Subject: EVIL\r\n" + c], head()),
    "Sig at the root": lambda w, c, s: crlf(head()) + sig_field(s) + c,
    "deeper": lambda w, c, s: mixed([mixed([sig_field(s) + c], boundary="deep")], head()),
    "not mixed": lambda w, c, s: quiet(c, s).replace(b"multipart/mixed", b"multipart/related"),
    "another Sig first": lambda w, c, s: quiet(c, [w.sign(b"other"), s]).replace(b"Hello", b"Hallo"),
    "longer boundary": lambda w, c, s: quiet(c + b"--m1x\r\n\r\nEVIL\r\n", s),
    "bare CR boundary": lambda w, c, s: quiet(c + b"--m1\r\r\nEVIL\r\n", s),
    "NUL boundary": lambda w, c, s: quiet(c + b"--m1\0\r\n\r\nEVIL\r\n", s),
    "closed in the preamble": lambda w, c, s: quiet(c, s, preamble="--m1--\n"),
    "never closed": lambda w, c, s: quiet(c, s)[:-8],
    "embedded content": lambda w, c, s: quiet(c, w.sign(unobtrusive_octets(c), embed=True)),
}


@pytest.mark.parametrize("what", UNOBTRUSIVE)
def test_unobtrusive(world, what):
    child = text()
    check_worthless(world.bob, UNOBTRUSIVE[what](world, child, world.sign(unobtrusive_octets(child))))


@pytest.mark.parametrize("where", ["preamble", "epilogue"])
@pytest.mark.parametrize("form", ["multipart", "unobtrusive"])
def test_text_around_the_parts_is_not_shown(world, form, where):
    around = {where: "EVIL\n"}
    message = parts(world, **around) if form == "multipart" else quiet(text(), world.sign(unobtrusive_octets(text())), **around)
    view, _ = look(world.bob, message)
    assert b"EVIL" not in view


FROM = {
    "two mailboxes": f"{ALICE}, {EVE}",
    "group": f"friends: {ALICE};",
    "only in the display name": f'"{ALICE}" <{EVE}>',
    "in a comment": f"{EVE} ({ALICE})",
    "encoded word": "=?utf-8?q?alice=40example=2Eorg?=",
    "encoded word before another": f"=?utf-8?q?{ALICE}?= <{EVE}>",
    "route": f"<@evil.example:{ALICE}>",
    "two angles": f"<{EVE}> <{ALICE}>",
    "words behind": f"Alice <{ALICE}> {EVE}",
    "NUL": f"{ALICE}\0",
    "NUL between": f"{EVE}\0 <{ALICE}>",
    "subdomain": "alice@example.org.evil.example",
    "empty": "",
    "look-alike": "alice@ex\u0430mple.org",
}


@pytest.mark.parametrize("what", FROM)
def test_from_that_is_not_alice(world, what):
    check_worthless(world.bob, clear(text(), world.sign(text()), head(FROM[what])))


FIELDS = {
    "two From": lambda h: h.replace("From:", f"From: {EVE}\nFrom:"),
    "two From, the other way": lambda h: h.replace("To:", f"From: {EVE}\nTo:"),
    "blank before the colon": lambda h: h.replace("From:", "From :"),
    "Sender alone": lambda h: h.replace("From:", "Sender:"),
    "From behind a bare CR": lambda h: f"X: y\rFrom: {EVE}\n" + h,
}


@pytest.mark.parametrize("what", FIELDS)
def test_from_fields(world, what):
    check_worthless(world.bob, clear(text(), world.sign(text()), FIELDS[what](head())))


def test_two_from_fields_inside(world):
    payload = protected().replace(b"From:", f"From: {EVE}\r\nFrom:".encode(), 1)
    check_worthless(world.bob, clear(payload, world.sign(payload)))


CERTIFICATES = {
    "another root of the same name": lambda w: signed(Cert(w.eve_key, "Alice", [ALICE], twin(w)), twin(w), w.root),
    "Alice's root beside a stranger's leaf": lambda w: signed(Cert(w.eve_key, "Alice", [ALICE], issuer_name=w.root.subject, signed_by=w.eve_key), w.root),
    "leaf as CA": lambda w: signed(Cert(w.eve_key, "Alice", [ALICE], w.leaf), w.leaf, w.root),
    "root without CA": lambda w: signed(Cert(w.eve_key, "Alice", [ALICE], w.eve), w.eve, w.eve_root, w.root),
    "issuer and serial of Alice's leaf": lambda w: signed(Cert(w.eve_key, "Alice", [ALICE], issuer_name=w.root.subject, serial=w.leaf.serial, signed_by=w.eve_key), w.leaf, w.root),
    "issuer and serial of Alice's root": lambda w: signed(Cert(w.eve_key, "Alice root", [ALICE], serial=w.root.serial), w.root),
    "Eve's own certificate": lambda w: signed(w.eve, w.eve_root, w.leaf, w.root),
    "another address under Alice's root": lambda w: signed(Cert(w.alice_key, "B", ["bert@example.org"], w.root), w.root),
    "expired": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, until=datetime.datetime(2026, 6, 1)), w.root),
    "not yet valid": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, since=datetime.datetime(2026, 12, 1)), w.root),
    "for servers": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, eku="1.3.6.1.5.5.7.3.1"), w.root),
    "not for signatures": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, usage=0x28), w.root),
    "a CA": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, ca=True, usage=0x86), w.root),
    "unknown critical extension": lambda w: signed(Cert(w.alice_key, "A", [ALICE], w.root, extensions=[extension("1.2.3.4", octets(b"?"), True)]), w.root),
    "NUL in the address": lambda w: signed(Cert(w.eve_key, "A", [ALICE.encode() + b"\0.evil.example"], w.eve_root), w.eve_root),
    "no address": lambda w: signed(Cert(w.alice_key, ALICE, [], w.root), w.root),
    "1024 bits": lambda w: signed(Cert(Key(w.folder, "short", "1024"), "A", [ALICE], w.root), w.root),
}


def twin(world):
    if not hasattr(world, "twin"):
        world.twin = Cert(world.eve_root_key, "Alice root", serial=world.root.serial, ca=True)
    return world.twin


@pytest.mark.parametrize("what", CERTIFICATES)
def test_certificate(world, what):
    check_worthless(world.bob, CERTIFICATES[what](world))


def values(number, *some):
    return attribute(PKCS9 + number, *some)


ATTRIBUTES = {
    "none": lambda c, w: {"attrs": []},
    "no content type": lambda c, w: {"attrs": attributes(c)[1:]},
    "another content type": lambda c, w: {"attrs": attributes(c, kind=SIGNED)},
    "no digest": lambda c, w: {"attrs": attributes(c)[:1]},
    "digest twice": lambda c, w: {"extra": [values("4", octets(b"x" * 32))]},
    "two digests": lambda c, w: {"attrs": [attributes(c)[0], values("4", octets(hashlib.sha256(c).digest()), octets(b"x" * 32))]},
    "signing time twice": lambda c, w: {"extra": [values("5", time_of(SENT))]},
    "signing certificate elsewhere": lambda c, w: {"extra": [signing_certificate(w.root)]},
    "two signing certificates": lambda c, w: {"extra": [signing_certificate(w.leaf), signing_certificate(w.root)]},
    "signed an hour and a second early": lambda c, w: {"when": SENT - datetime.timedelta(seconds=3601)},
    "signed an hour and a second late": lambda c, w: {"when": SENT + datetime.timedelta(seconds=3601)},
    "SHA-1": lambda c, w: {"digest": "sha1"},
    "another key": lambda c, w: {"key": w.eve_key},
    "no octets": lambda c, w: {"signature": b""},
}


@pytest.mark.parametrize("what", ATTRIBUTES)
def test_attributes(world, what):
    how = ATTRIBUTES[what](text(), world)
    check_worthless(world.bob, clear(text(), world.sign(text(), **how)))


def test_attributes_are_no_text(world):
    """Attribute confusion: the attributes of one signature as the text of another without any."""
    content = tlv(0x31, b"".join(sorted(attributes(text()))))
    cms = signed_data(content, [signer_info(content, world.leaf, attrs=[])], [world.leaf, world.root], True)
    check_worthless(world.bob, smime(cms, "signed-data", head()))


# ---- header protection ----

def bank(world):
    """A self-made key for the bank's address."""
    if not hasattr(world, "bank"):
        root = Cert(world.eve_root_key, "Bank root", ca=True)
        world.bank = Cert(world.eve_key, "Bank", [CEO], root), root
    return world.bank


MISMATCH = {
    "unknown self-made key": lambda w, p: signed(*bank(w), payload=p, header=head(EVE)),
    "signature that fails": lambda w, p: clear(p, sign(b"other", *bank(w)[:1]), head(EVE)),
    "another's signature": lambda w, p: signed(w.eve, w.eve_root, payload=p, header=head(EVE)),
    "only encrypted": lambda w, p: w.seal(protected(CEO, hp="cipher"), header=head(EVE)),
}


@pytest.mark.parametrize("what", MISMATCH)
def test_unbound_inner_from_is_warned_of(world, what):
    """RFC 9788 section 4.4: an inner From that nothing binds is phishing, and the outer one, which DMARC saw, is shown."""
    view, verdict = look(world.bob, MISMATCH[what](world, protected(CEO)))
    assert verdict["summary"] not in ("verified", "confidential")
    assert "from-mismatch" in [w["code"] for w in verdict["warnings"]]
    assert EVE in lib.field(view, "From")[0]


def test_hp_in_unsigned_mail_means_nothing(world):
    message = crlf(head() + 'Content-Type: text/plain; hp="cipher"\nHP-Outer: Subject: [...]\n\nHello.\n')
    verdict = check_worthless(world.bob, message)
    assert {h["protection"] for h in verdict["headers"]} == {"unprotected"}


def test_outer_fields_do_not_replace_protected_ones(world):
    outside = head(EVE, "mallory@evil.example", "EVIL", more="Reply-To: eve@evil.example\nCc: eve@evil.example\n")
    message = clear(protected(), world.sign(protected()), outside)
    view, verdict = look(world.bob, message)
    assert verdict["summary"] == "verified" and b"EVIL" not in view and b"evil.example" not in view
    assert [h for h in verdict["headers"] if h["protection"] == "unprotected"] == []


def test_lies_about_the_outside_hide_nothing(world):
    payload = protected(hp="cipher", more="HP-Outer: From: x\nHP-Outer: Subject: Inner\n")
    verdict = world.bob.verify(world.seal(world.opaque(payload), header=head()), *AT)
    states = {h["name"]: h["protection"] for h in verdict["headers"]}
    assert states["Subject"] == "signed-only" and states["To"] == "signed-and-encrypted"


def test_signed_only_mail_sealed_by_somebody_else_is_not_confidential(world):
    verdict = world.bob.verify(world.seal(world.opaque(protected()), header=head()), *AT)
    assert verdict["summary"] == "verified"


@pytest.mark.parametrize("hp", ["clear", "cipher"])
def test_replay_to_others_is_told(world, hp):
    payload = world.opaque(protected(to="carol@example.com", hp=hp))
    message = world.seal(payload, header=head()) if hp == "cipher" else world.opaque(protected(to="carol@example.com"), head(EVE))
    verdict = world.bob.verify(message, *AT)
    assert "not-addressed-to-you" in [w["code"] for w in verdict["warnings"]]


def test_forward_does_not_speak_for_its_author(world):
    payload = forward(CEO)
    check_worthless(world.bob, clear(payload, world.sign(payload), head(CEO)))


@pytest.mark.parametrize("name", ["Postseal-Status", "POSTSEAL-STATUS", "Postseal-Status "])
def test_forged_status(world, name):
    forged = f"{name}: verified; signature=ok\n"
    inner = protected(more=forged)
    for message in (
        crlf(head(more=forged) + "\nHello.\n"),
        clear(protected(), sign(b"x", world.eve), head(more=forged)),
        clear(inner, sign(inner, world.eve)),
        world.seal(protected(hp="cipher", more=forged), header=head(more=forged)),
    ):
        view, verdict = look(world.bob, message)
        found = [v for n, v in lib.fields(view) if n.lower() == "postseal-status"]
        assert len(found) == 1 and found[0].startswith(verdict["summary"]) and view.startswith(b"Postseal-Status: ")


def test_results_of_checks_do_not_come_from_inside(world):
    payload = protected(more="Authentication-Results: mx.example.net; dmarc=pass\nReceived: from x by y; Fri, 20 Nov 2026 10:00:00 +0000\n")
    view, _ = look(world.bob, clear(payload, world.sign(payload)))
    assert not lib.field(view, "Authentication-Results") and not lib.field(view, "Received")


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
