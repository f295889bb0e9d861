"""What goes out: who decides the level, what is stripped, what each copy shows."""
import re

import pytest

from lib import REFUSED, field, message

ALICE, BOB, CAROL = "alice@example.org", "bob@example.net", "carol@example.net"


@pytest.fixture
def friends(new_home):
    """Alice, who knows Bob's key (P-256)."""
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    alice.meet(bob, ALICE, BOB)
    bob.meet(alice, BOB, ALICE)
    return alice, bob


def is_sealed(octets):
    kind = " ".join(field(octets, "Content-Type")).lower()
    return "pkcs7-mime" in kind and "enveloped" in kind


@pytest.mark.parametrize("fields", [{"X_Postseal_Level": "sealed"}, {"Subject": "[seal] Test"}, {"Subject": "Test [encrypt]"}])
def test_wishes_in_the_message(friends, fields):
    alice, bob = friends
    fields = {"subject": fields.pop("Subject", "Test")} | fields
    sealed = alice.out("protect", stdin=message(ALICE, BOB, **fields))
    assert is_sealed(sealed)
    text, verdict = bob.open(sealed)
    assert field(text, "Subject") == ["Test"]
    assert not field(text, "X-Postseal-Level")
    assert verdict["encryption"]["reason"] == "ok"


def test_plain_tag_counts_only_in_a_new_message(friends):
    alice, _ = friends
    plain = alice.out("protect", stdin=message(ALICE, BOB, "[plain] Test"))
    assert field(plain, "Subject") == ["Test"] and not field(plain, "Postseal-Key")
    reply = alice.out("protect", stdin=message(ALICE, BOB, "Re: [plain] Test"))
    assert field(reply, "Subject") == ["Re: [plain] Test"] or field(reply, "Postseal-Key")


def test_rule_is_a_floor(friends):
    alice, _ = friends
    alice.run("rule", "set", "*@example.net", "sealed")
    assert is_sealed(alice.out("protect", stdin=message(ALICE, BOB)))
    assert is_sealed(alice.out("protect", stdin=message(ALICE, BOB, "[plain] Test")))
    alice.refuse(REFUSED, "protect", stdin=message(ALICE, CAROL))
    assert [r["address"] for r in alice.json_lines("rule", "list")] == ["*@example.net"]
    alice.run("rule", "unset", "*@example.net")
    # Another Subject: one that contains a hidden one is a floor by itself.
    assert not is_sealed(alice.out("protect", stdin=message(ALICE, BOB, "Something else")))


def test_reply_to_sealed_mail_is_sealed(friends):
    alice, bob = friends
    original = alice.protect(message(ALICE, BOB, "hidden"), "sealed")
    bob.open(original, "--learn")
    identifier = field(original, "Message-ID")[0]
    reply = message(BOB, ALICE, "Re: hidden", In_Reply_To=identifier, References=identifier)
    assert is_sealed(bob.out("protect", stdin=reply))


def test_explain_tells_the_reason(friends):
    alice, _ = friends
    assert BOB.encode() in alice.out("explain", stdin=message(ALICE, BOB))
    assert CAROL.encode() in alice.out("explain", "--rcpt", CAROL, stdin=message(ALICE, BOB, "[seal] Test"))


def test_sealed_hides_the_subject(friends):
    alice, bob = friends
    sealed = alice.protect(message(ALICE, BOB, "the surprise party", "at eight\n"), "sealed")
    assert field(sealed, "Subject") == ["[...]"]
    assert b"surprise" not in sealed and b"eight" not in sealed
    text, verdict = bob.open(sealed)
    assert field(text, "Subject") == ["the surprise party"] and text.rstrip().endswith(b"at eight")
    states = {h["name"]: h["protection"] for h in verdict["headers"]}
    assert states["Subject"] in ("signed-and-encrypted", "encrypted-only")


def test_bcc_never_shows(friends, new_home, tmp_path):
    alice, _ = friends
    carol = new_home()
    made = carol.add(CAROL, "--profile", "p256")
    alice.meet(carol, ALICE, CAROL)
    text = message(ALICE, BOB, Bcc=CAROL)
    for level in ("plain", "signed"):
        assert not re.search(rb"(?i)carol|^bcc:", alice.protect(text, level), re.M), level
    alice.run("protect", "--level", "sealed", "--out-dir", tmp_path / "out", stdin=text)
    copies = [p.read_bytes() for p in sorted((tmp_path / "out").glob("*.eml"))]
    assert len(copies) == 2 and field(copies[0], "Message-ID") == field(copies[1], "Message-ID")
    assert not any(b"carol" in c.lower() for c in copies)
    main = copies[0]
    for person in (carol,):
        assert person.open(main, code=None)[1]["encryption"]["reason"] == "no-key"
        assert person.open(copies[1])[1]["encryption"]["reason"] == "ok"
    assert made["address"] == CAROL


def test_sender_can_read_the_main_copy(friends):
    alice, _ = friends
    sealed = alice.protect(message(ALICE, BOB, "hidden", "secret\n"), "sealed")
    assert b"secret" in alice.open(sealed)[0]


EXCEPTIONS = {
    "automatic reply": {"Auto_Submitted": "auto-replied"},
    "redirected": {"Resent_From": "other@example.org", "Resent_To": BOB},
}


@pytest.mark.parametrize("fields", EXCEPTIONS.values(), ids=EXCEPTIONS)
def test_no_signature_where_it_would_harm(friends, fields):
    alice, _ = friends
    text = message(ALICE, BOB, **fields)
    assert alice.out("protect", stdin=text) == text


def test_already_signed_mail_passes(friends):
    alice, _ = friends
    sealed = alice.protect(message(ALICE, BOB), "sealed")
    assert alice.out("protect", stdin=sealed) == sealed


def test_foreign_from_is_not_signed(friends):
    alice, _ = friends
    text = message("somebody@example.com", BOB)
    done = alice.run("protect", stdin=text, code=None)
    assert done.returncode == 69 or done.stdout == text


@pytest.mark.parametrize("mode", ["signature", "unobtrusive", "header"])
def test_forced_forms(new_home, mode):
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256", "--mode", mode)
    bob.add(BOB, "--profile", "p256")
    signed = alice.protect(message(ALICE, BOB))
    visible = "multipart/signed" in " ".join(field(signed, "Content-Type"))
    assert visible == (mode == "signature")
    assert bool(field(signed, "Postseal-Key")) == (mode != "signature")
    verdict = bob.verify(signed)
    assert verdict["signature"]["form"] == {"signature": "multipart", "header": "none"}.get(mode, mode)
    if mode != "header":
        assert verdict["signature"]["valid"] and verdict["signer"]["addresses"] == [ALICE]
    bob.run("open", "--learn", stdin=signed)
    assert bob.json("can-seal", ALICE)["recipients"][0]["state"] == "ready"


def test_author_rules_travel(friends):
    alice, bob = friends
    sealed = alice.out("protect", "--level", "sealed", "--rule", "lists=no", "--rule", "forward=sealed", stdin=message(ALICE, BOB))
    assert not field(sealed, "Originator-Rules")
    _, verdict = bob.open(sealed)
    assert verdict["rules"]["lists"] == "no" and verdict["rules"]["forward"] == "sealed"
