"""Attacks on what the reader is told: nobody but Alice makes Bob see "verified", and nothing but what she signed stands under it."""
import datetime

import pytest

import lib
from forge import *  # noqa: F403 the tool box
from victims import *  # noqa: F403 fixtures


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
