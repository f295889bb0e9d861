"""RFC 9788: the header protection of published messages, field by field (rfc9788/EXPECTED.md)."""
import pytest

import people
from lib import field

BOTH, SIGNED = "signed-and-encrypted", "signed-only"
BASELINE = {"Subject": BOTH, "From": SIGNED, "To": SIGNED, "Date": SIGNED, "User-Agent": SIGNED}
SHY = {"Subject": BOTH, "From": BOTH, "To": BOTH, "Date": BOTH, "User-Agent": SIGNED}
CLEAR = dict.fromkeys(BASELINE, SIGNED)
LEGACY = "header-protection-legacy-display"

MESSAGES = {
    "C.2.1-smime-one-part-hp": CLEAR,
    "C.2.6-smime-multipart-complex-rfc8551hp": CLEAR,
    "C.3.1-smime-signed-enc-hp-baseline": BASELINE,
    "C.3.2-smime-signed-enc-hp-baseline-legacy": BASELINE,
    "C.3.4-smime-signed-enc-hp-shy-legacy": SHY,
    "C.3.9-smime-signed-enc-complex-hp-baseline": BASELINE,
    "gcm/C.3.1-smime-signed-enc-hp-baseline": BASELINE,
    "gcm/C.3.16-smime-signed-enc-complex-hp-shy-legacy-reply": SHY,
}
ALICE, BOB = '"Alice" <alice@smime.example>', '"Bob" <bob@smime.example>'


def address_of(value):
    return value.replace('"', "")


@pytest.mark.parametrize("name", MESSAGES)
def test_message(home, shared, name):
    people.become(home, shared, "bob")
    text, verdict = home.open((shared / "vectors/rfc9788" / (name + ".eml")).read_bytes())
    assert verdict["signature"]["valid"] and verdict["signature"]["reason"] == "ok"
    assert verdict["signer"]["addresses"] == ["alice@smime.example"] and verdict["signer"]["matches_from"]
    states = {h["name"]: h["protection"] for h in verdict["headers"]}
    assert {n: states.get(n) for n in MESSAGES[name]} == MESSAGES[name]
    title = name.rpartition("/")[2].partition("-")[2]
    assert field(text, "Subject") == [title]
    assert [address_of(v) for v in field(text, "From")] == [address_of(ALICE)]
    assert [address_of(v) for v in field(text, "To")] == [address_of(BOB)]
    assert field(text, "Date")[0].endswith("-0500")
    assert title.encode() in text.replace(b"\r", b"").partition(b"\n\n")[2]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_trusted_authority_vouches(home, shared, name):
    people.become(home, shared, "bob")
    home.run("trust", "anchors", "add", people.root(shared))
    _, verdict = home.open((shared / "vectors/rfc9788" / (name + ".eml")).read_bytes())
    assert verdict["signer"]["chain"] == "trusted" and verdict["history"]["state"] == "first"
    assert verdict["summary"] == ("confidential" if verdict["encryption"]["present"] else "verified")


@pytest.mark.parametrize("name", [n for n in MESSAGES if "legacy" in n])
def test_legacy_display_is_removed(home, shared, name):
    people.become(home, shared, "bob")
    text, _ = home.open((shared / "vectors/rfc9788" / (name + ".eml")).read_bytes())
    body = text.replace(b"\r", b"").partition(b"\n\n")[2]
    assert b"\nSubject: " not in b"\n" + body and b"\nFrom: " not in b"\n" + body
    assert LEGACY.encode() not in body


@pytest.mark.parametrize("name", [n for n in MESSAGES if "C.3" in n])
def test_not_for_us(home, shared, name):
    people.become(home, shared, "carlos")
    text, verdict = home.open((shared / "vectors/rfc9788" / (name + ".eml")).read_bytes(), code=None)
    assert verdict["encryption"]["present"] and verdict["encryption"]["reason"] == "no-key"
    assert b"This is the" not in text


@pytest.mark.parametrize("name", [n for n in MESSAGES if "C.3" in n])
def test_forged_outer_fields_do_not_count(home, shared, name):
    people.become(home, shared, "bob")
    octets = (shared / "vectors/rfc9788" / (name + ".eml")).read_bytes()
    forged = octets.replace(b"Subject: [...]", b"Subject: Pay now").replace(b"User-Agent: Sample", b"User-Agent: Other")
    text, verdict = home.open(forged)
    assert b"Pay now" not in text
    assert verdict["from"]["address"] == "alice@smime.example"


def test_reply_to_a_shy_message_does_not_leak(home, shared):
    """RFC 9788 6.1: what was hidden in the message stays hidden in the answer."""
    bob = people.become(home, shared, "bob")
    home.run("trust", "anchors", "add", people.root(shared))
    original = (shared / "vectors/rfc9788/C.3.4-smime-signed-enc-hp-shy-legacy.eml").read_bytes()
    home.run("open", "--learn", stdin=original)
    # Alice has one certificate to sign and one to seal to; that both are hers is the authority's word
    assert home.json("can-seal", "alice@smime.example")["recipients"][0]["reasons"] == ["ca"]
    identifier = field(original, "Message-ID")[0]
    reply = (
        f"From: Bob <{bob}>\nTo: Alice <alice@smime.example>\nSubject: Re: smime-signed-enc-hp-shy-legacy\n"
        f"Date: Sun, 21 Feb 2021 10:00:00 +0100\nMessage-ID: <r@example>\nIn-Reply-To: {identifier}\n\nyes\n"
    ).encode()
    outside = home.out("protect", stdin=reply)
    assert b"shy-legacy\n" not in outside.replace(identifier.encode(), b"") and b"Alice <" not in outside
    assert field(outside, "Subject") == ["[...]"] and "+0100" not in field(outside, "Date")[0]
