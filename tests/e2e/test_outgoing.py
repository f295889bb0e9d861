"""What leaves: nothing weaker than asked, nothing hidden outside, every odd message whole at the other end."""
import base64
import datetime
import json
import re
import pytest
from forge import openssl
from lib import PASSPHRASE, REFUSED, UNAVAILABLE, DATA, NOW, Home, at, date, environment, field, message, one_diagnostic
from correspondents import *  # noqa: F403 fixtures


# ---- sealing that was asked for ----

def typed(kind, body="SECRET text\n", encoding="7bit"):
    return message(ALICE, BOB, "Test", body, Content_Transfer_Encoding=encoding).replace(
        b"Content-Type: text/plain; charset=utf-8", f"Content-Type: {kind}".encode())


READABLE = {
    "compressed": ("application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z", None),
    "signed without a hint": ("application/pkcs7-mime; name=smime.p7m", "signed"),
    "signed with a wrong hint": ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "signed"),
    "signed under the old name": ("application/x-pkcs7-mime", "signed"),
    "signed as a file": ("application/octet-stream; name=smime.p7m", "signed"),
    "certificates": ("application/pkcs7-mime; name=smime.p7c", "signed"),
    "text of the type": ("application/pkcs7-mime; smime-type=enveloped-data", None),
    "a part that says so": ("multipart/encrypted; boundary=x", None),
}


@pytest.mark.parametrize("kind, make", READABLE.values(), ids=READABLE)
def test_what_only_looks_encrypted_does_not_leave_as_sealed(people, tmp_path, kind, make):
    alice = people[ALICE]
    body, encoding = "SECRET text\n", "7bit"
    if make:
        key, cert = tmp_path / "k", tmp_path / "c"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out", cert)
        der = openssl("cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-signer", cert, "-inkey", key, stdin=b"SECRET text\n")
        body, encoding = base64.encodebytes(der).decode(), "base64"
    text = typed(kind, body, encoding)
    out = asked(alice, text, "--level", "sealed")
    assert out is None or body.encode() not in out


@pytest.mark.parametrize("fields", [("plain", "sealed"), ("sealed", "plain")], ids=" ".join)
def test_of_two_level_fields_the_strictest_counts(people, fields):
    text = message(ALICE, BOB, SECRET, "SECRET\n")
    for level in fields:
        text = f"X-Postseal-Level: {level}\n".encode() + text
    done = people[ALICE].run("protect", stdin=text, code=None)
    assert done.returncode in (REFUSED, DATA) or is_sealed(done.stdout)


REFUSALS = {
    "no recipient's key": ({}, "nobody@example.com"),
    "one of two": ({}, [BOB, "nobody@example.com"]),
    "the last of three": ({}, [BOB, CAROL, "nobody@example.com"]),
    "a hidden one": ({"Bcc": "nobody@example.com"}, BOB),
}


@pytest.mark.parametrize("fields, to", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("how", ["option", "field", "tag"])
def test_who_is_not_ready_is_named(people, how, fields, to):
    subject = "[seal] " + SECRET if how == "tag" else SECRET
    fields = fields | ({"X_Postseal_Level": "sealed"} if how == "field" else {})
    args = ["--level", "sealed"] if how == "option" else []
    line = people[ALICE].refuse(REFUSED, "protect", *args, stdin=message(ALICE, to, subject, "SECRET\n", **fields))
    assert line.startswith("postseal: protect: nobody@example.com ") and "nobody@example.com" in line
    assert BOB not in line and line.rstrip("/").split()[-1].startswith("http")


EXEMPT = {
    "resent": {"Resent_From": ALICE, "Resent_To": BOB},
    "automatic": {"Auto_Submitted": "auto-replied"},
    "null sender": {"Return_Path": "<>"},
    "acme": {"Subject": "Re: ACME: token"},
}


@pytest.mark.parametrize("fields", EXEMPT.values(), ids=EXEMPT)
def test_exempt_mail_is_not_sealed_in_silence(people, fields):
    subject = fields.get("Subject", SECRET)
    fields = {k: v for k, v in fields.items() if k != "Subject"}
    must_seal(people[ALICE], message(ALICE, BOB, subject, "SECRET\n", **fields), "--level", "sealed")


def test_a_refused_and_an_expired_key_do_not_seal(pair):
    alice, bob = pair
    text = message(ALICE, BOB, SECRET, "SECRET\n")
    late = (NOW.replace(year=NOW.year + 7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = alice.refuse(REFUSED, "--at", late, "protect", "--level", "sealed", stdin=text)
    assert BOB in line and "expired" in line
    print_of = alice.json("peers", BOB)["identities"][0]["root_fingerprint"]
    alice.run("trust", "refuse", BOB, print_of)
    line = alice.refuse(REFUSED, "protect", "--level", "sealed", stdin=text)
    assert BOB in line and "refused" in line
    alice.run("trust", "accept", BOB, print_of)
    assert is_sealed(alice.protect(text, "sealed"))


def test_an_expired_leaf_under_a_pinned_root_is_kept_for_a_year(pair):
    alice, _ = pair
    text = message(ALICE, BOB, SECRET, "SECRET\n")
    assert is_sealed(alice.out("--at", years(5.9), "protect", "--level", "sealed", stdin=text))
    assert "expired-kept" in alice.json("--at", years(5.9), "can-seal", BOB)["recipients"][0]["reasons"]
    alice.refuse(REFUSED, "--at", years(6.1), "protect", "--level", "sealed", stdin=text)


# ---- tags ----

TAGS = {
    "[seal] T": ("sealed", "T"), "T [seal]": ("sealed", "T"), "[SEAL]T": ("sealed", "T"),
    "=?utf-8?q?=5Bseal=5D_T?=": ("sealed", "T"), "=?utf-8?b?W3NlYWxdIFQ=?=": ("sealed", "T"),
    "T\n [seal]": ("sealed", "T"), "[seal]\n T": ("sealed", "T"), "Re: [encrypt] T": ("sealed", "Re: T"),
    "[seal] Re: T": ("sealed", "Re: T"), "[encrypt][sign] T": ("sealed", "T"), "[plain] [seal] T": ("sealed", "T"),
    "a [seal] b": ("signed", "a [seal] b"), "[sealed] T": ("signed", "[sealed] T"), "[ seal ] T": ("signed", "[ seal ] T"),
    "[plain] T": ("plain", "T"), "T [plain]": ("plain", "T"), "Re: [plain] T": ("signed", "Re: [plain] T"),
    "[sign] T": ("signed", "T"), "[plain][sign] T": ("signed", "T"),
}


@pytest.mark.parametrize("subject, expected", TAGS.items(), ids=map(repr, TAGS))
def test_tags(people, new_home, subject, expected):
    alice = new_home()
    alice.add(ALICE, "--profile", "p256", "--mode", "unobtrusive")
    alice.meet(people[BOB], ALICE, BOB)
    level, left = expected
    out = alice.out("protect", stdin=message(ALICE, BOB, subject))
    opened = people[BOB].out("open", stdin=out)
    assert is_sealed(out) == (level == "sealed")
    assert bool(field(out, "Postseal-Key")) == (level == "signed")
    assert field(opened, "Subject") == [left]
    assert field(out, "Subject") == (["[...]"] if level == "sealed" else [left])


# ---- floors ----

def sealed_to_bob(alice, bob, *args, subject=SECRET, **fields):
    """Bob has got a sealed message; its Message-ID."""
    text = message(ALICE, BOB, subject, "SECRET\n", **fields)
    bob.run("open", "--learn", stdin=alice.out("protect", "--level", "sealed", *args, stdin=text))
    return field(text, "Message-ID")[0]


def signed_to_bob(alice, bob, *args):
    text = message(ALICE, BOB, "another subject", "open text\n")
    bob.run("open", "--learn", stdin=alice.out("protect", "--level", "signed", *args, stdin=text))
    return field(text, "Message-ID")[0]


ANSWERS = {
    "In-Reply-To": lambda m: {"In_Reply_To": m},
    "References": lambda m: {"References": m},
    "References last of many": lambda m: {"References": " ".join(f"<{i}@x>" for i in range(60)) + " " + m},
    "References first of many": lambda m: {"References": m + " " + " ".join(f"<{i}@x>" for i in range(60))},
    "folded References": lambda m: {"References": "<1@x>\n " + m},
    "forwarded": lambda m: {"X_Forwarded_Message_Id": m},
    "forwarded in a reply to another": lambda m: {"In_Reply_To": "<1@x>", "References": "<1@x>", "X_Forwarded_Message_Id": m},
}


@pytest.mark.parametrize("how", ANSWERS.values(), ids=ANSWERS)
def test_answers_to_sealed_mail_are_sealed(pair, how):
    alice, bob = pair
    fields = how(sealed_to_bob(alice, bob))
    for subject in ("Re: something else", "[plain] x", "x [sign]"):
        assert is_sealed(bob.out("protect", stdin=message(BOB, ALICE, subject, "SECRET\n", **fields))), subject
    stranger = message(BOB, "nobody@example.com", "Re: x", "SECRET\n", **fields)
    assert must_seal(bob, stranger) is None
    assert must_seal(bob, message(BOB, [ALICE, "nobody@example.com"], "Re: x", "SECRET\n", **fields)) is None


def test_an_open_message_with_rules_does_not_hide_the_sealed_one_behind_it(pair):
    alice, bob = pair
    hidden = sealed_to_bob(alice, bob)
    open_one = signed_to_bob(alice, bob, "--rule", "lists=no")
    reply = message(BOB, ALICE, "Re: x", "SECRET\n", In_Reply_To=open_one, References=f"{hidden} {open_one}")
    assert is_sealed(bob.out("protect", stdin=reply))


SUBJECTS = {
    "forward": f"Fwd: {SECRET}", "other words around": f"Was: {SECRET} (old)", "list tag": f"Re: [team] {SECRET}",
    "encoded": "=?utf-8?q?Fwd=3A_Plans_for_the_merger?=", "base64": "=?utf-8?b?" + base64.b64encode(b"Fwd: " + SECRET.encode()).decode() + "?=",
    "folded": "Fwd: Plans for\n the merger",
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_a_hidden_subject_is_a_floor(pair, subject):
    alice, bob = pair
    sealed_to_bob(alice, bob)
    assert must_seal(bob, message(BOB, "nobody@example.com", subject, "SECRET\n")) is None


@pytest.mark.parametrize("subject", ["Hello", "Re: Hello", "Re: Invoice", "AW: Lunch", "Re: [team] Hello"])
def test_a_common_subject_binds_no_new_message(pair, subject):
    alice, bob = pair
    sealed_to_bob(alice, bob, subject=subject)
    new = re.sub(r"^(Re|AW): (\[team\] )?", "", subject)
    out = bob.out("protect", stdin=message(BOB, "nobody@example.com", new))
    assert not is_sealed(out) and field(out, "Subject") == [new]


def test_a_redirect_of_what_was_opened_does_not_leave_open(pair):
    alice, bob = pair
    text = message(ALICE, BOB, "Hi", "SECRET\n")
    opened = bob.out("open", "--learn", stdin=alice.protect(text, "sealed"))
    head = f"Resent-From: {BOB}\nResent-To: nobody@example.com\nResent-Date: {date()}\nResent-Message-ID: <r@x>\n".encode()
    for args in ([], ["--from", BOB]):
        out = asked(bob, head + opened, *args, "--rcpt", "nobody@example.com")
        assert out is None or b"SECRET" not in out


def test_only_the_button_lowers(pair):
    alice, bob = pair
    fields = {"In_Reply_To": sealed_to_bob(alice, bob)}
    reply = message(BOB, ALICE, "Re: x", "text\n", **fields)
    assert not is_sealed(bob.protect(reply, "signed"))
    assert not is_sealed(bob.out("protect", stdin=b"X-Postseal-Level: signed\n" + reply))
    assert is_sealed(bob.out("protect", stdin=b"Sensitivity: Personal\n" + reply))


def test_a_lowered_answer_says_nothing_that_was_hidden(pair):
    """RFC 9788 section 6.1: what was hidden in the message answered must not go out in clear by itself."""
    alice, bob = pair
    fields = {"In_Reply_To": sealed_to_bob(alice, bob)}
    text = message(BOB, ALICE, f"Re: {SECRET}", "text\n", **fields)
    assert "goes below" in bob.out("explain", stdin=b"X-Postseal-Level: signed\n" + text).decode()


# ---- the author's rules ----

def test_reply_sealed_cannot_be_lowered(pair):
    alice, bob = pair
    fields = {"In_Reply_To": signed_to_bob(alice, bob, "--rule", "reply=sealed")}
    reply = message(BOB, ALICE, "Re: another subject", "SECRET\n", **fields)
    for args in ([], ["--level", "signed"], ["--level", "plain"]):
        assert is_sealed(bob.out("protect", *args, stdin=reply))
    assert is_sealed(bob.out("protect", stdin=b"X-Postseal-Level: plain\n" + reply))
    cc = message(BOB, ALICE, "Re: another subject", "SECRET\n", Cc="nobody@example.com", **fields)
    assert must_seal(bob, cc, "--level", "plain") is None


FORWARDS = {
    "field": lambda m: {"X_Forwarded_Message_Id": m},
    "References without In-Reply-To": lambda m: {"References": m},
    "in a reply to another": lambda m: {"In_Reply_To": "<1@x>", "X_Forwarded_Message_Id": m},
}


@pytest.mark.parametrize("how", FORWARDS.values(), ids=FORWARDS)
@pytest.mark.parametrize("level", [None, "plain", "sealed"])
def test_forward_no(pair, how, level):
    alice, bob = pair
    fields = how(sealed_to_bob(alice, bob, "--rule", "forward=no"))
    args = [] if level is None else ["--level", level]
    for subject in ("Fwd: x", "something else"):
        bob.refuse(REFUSED, "protect", *args, stdin=message(BOB, ALICE, subject, "SECRET\n", **fields))


@pytest.mark.parametrize("subject", ["Fwd: x", "FW: x", "WG: x", "=?utf-8?q?Fwd=3A_x?=", "[seal] Fwd: x", "Re: Fwd: x", "TR: x"])
def test_forward_no_is_known_by_the_subject(pair, subject):
    alice, bob = pair
    fields = {"In_Reply_To": sealed_to_bob(alice, bob, "--rule", "forward=no")}
    if subject in ("Re: Fwd: x", "TR: x"):
        fields = {"References": fields["In_Reply_To"]}
    bob.refuse(REFUSED, "protect", stdin=message(BOB, ALICE, subject, "SECRET\n", **fields))


def test_forward_no_holds_for_mail_that_is_signed_by_another_program(pair):
    alice, bob = pair
    text = message(BOB, ALICE, "Fwd: x", "SECRET\n", X_Forwarded_Message_Id=sealed_to_bob(alice, bob, "--rule", "forward=no"))
    text = text.replace(b"text/plain; charset=utf-8", b'multipart/signed; protocol="application/pgp-signature"; boundary=q')
    assert asked(bob, text) is None


def test_a_reply_is_no_forward(pair):
    alice, bob = pair
    fields = {"In_Reply_To": sealed_to_bob(alice, bob, "--rule", "forward=no")}
    assert is_sealed(bob.out("protect", stdin=message(BOB, ALICE, "Re: x", **fields)))


def test_forward_sealed(pair):
    alice, bob = pair
    fields = {"X_Forwarded_Message_Id": signed_to_bob(alice, bob, "--rule", "forward=sealed")}
    for args in ([], ["--level", "plain"]):
        assert must_seal(bob, message(BOB, "nobody@example.com", "Fwd: y", "SECRET\n", **fields), *args) is None
        assert is_sealed(bob.out("protect", *args, stdin=message(BOB, ALICE, "Fwd: y", "SECRET\n", **fields)))


def test_the_author_is_overridden_after_one_sentence(pair):
    alice, bob = pair
    forward = message(BOB, ALICE, "Fwd: x", "SECRET\n", X_Forwarded_Message_Id=signed_to_bob(alice, bob, "--rule", "forward=no"))
    assert "(forward=no) with --override-author" in bob.refuse(REFUSED, "protect", stdin=forward)
    done = bob.run("protect", "--override-author", stdin=forward)
    assert b"SECRET" in done.stdout and b"its author wants forward=no: you go on against it" in done.stderr
    reply = message(BOB, ALICE, "Re: y", "SECRET\n", In_Reply_To=signed_to_bob(alice, bob, "--rule", "reply=sealed"))
    raised = bob.run("protect", "--level", "signed", stdin=reply)
    assert is_sealed(raised.stdout) and b"go on against it with --override-author" in raised.stderr
    assert b"SECRET" in bob.out("protect", "--level", "signed", "--override-author", stdin=reply)
    assert is_sealed(bob.out("protect", stdin=b"X-Postseal-Override-Author: yes\nX-Postseal-Level: plain\n" + reply))
    sealed = message(BOB, ALICE, "Fwd: z", "SECRET\n", X_Forwarded_Message_Id=sealed_to_bob(alice, bob, "--rule", "forward=no"))
    assert is_sealed(bob.out("protect", "--override-author", stdin=sealed))


def test_the_strictest_rule_of_all_messages_answered_counts(pair):
    alice, bob = pair
    strict = signed_to_bob(alice, bob, "--rule", "reply=sealed")
    mild = signed_to_bob(alice, bob, "--rule", "lists=no")
    reply = message(BOB, ALICE, "Re: x", "SECRET\n", In_Reply_To=mild, References=f"{strict} {mild}")
    assert is_sealed(bob.protect(reply, "signed"))


# ---- rules for recipients ----

RULES = {
    "itself": ("bob@example.net", BOB, True), "capitals": ("BOB@Example.NET", BOB, True), "domain": ("*@example.net", BOB, True),
    "domain in capitals": ("*@EXAMPLE.NET", BOB, True), "another": ("*@example.org", BOB, False), "above": ("*@net", BOB, False),
    "below": ("*@example.net", "bob@mail.example.net", False), "suffix": ("*@ample.net", BOB, False),
    "idn as unicode": ("*@bücher.example", "bob@xn--bcher-kva.example", True), "idn as ascii": ("*@xn--bcher-kva.example", "bob@bücher.example", True),
    "idn itself": ("bob@bücher.example", "bob@XN--BCHER-KVA.example", True), "idn capitals": ("*@BÜCHER.example", "bob@bücher.example", True),
}


@pytest.mark.parametrize("rule, to, applies", RULES.values(), ids=RULES)
def test_rules_match_addresses(home, rule, to, applies):
    home.add(ALICE, "--profile", "p256")
    home.run("rule", "set", rule, "sealed")
    out = asked(home, message(ALICE, to, "x", "SECRET\n"))
    assert (out is None) == applies
    out = asked(home, message(ALICE, "someone@else.example", "x", "SECRET\n"), "--rcpt", to)
    assert (out is None) == applies
    home.run("rule", "unset", rule)
    assert asked(home, message(ALICE, to, "x")) is not None


def test_the_rule_of_an_address_comes_before_that_of_its_domain_and_one_strict_recipient_decides(people, home):
    home.add(ALICE, "--profile", "p256")
    home.meet(people[BOB], ALICE, BOB)
    home.run("rule", "set", "*@example.net", "plain")
    assert not field(home.out("protect", stdin=message(ALICE, BOB)), "Postseal-Key")
    home.run("rule", "set", BOB, "sealed")
    assert is_sealed(home.out("protect", stdin=message(ALICE, BOB)))
    assert asked(home, message(ALICE, [BOB, CAROL])) is None
    assert asked(home, message(ALICE, CAROL, Bcc=BOB)) is None


# ---- what shows outside ----

FIELDS = {
    "Keywords": SECRET, "Comments": SECRET, "Thread-Topic": SECRET, "X-Subject": SECRET, "X-Topic": f"Re: {SECRET} (x)",
    "Content-Description": SECRET, "Content-Disposition": f'inline; filename="{SECRET}.txt"', "Originator-Rules": "lists=no",
    "X-Postseal-Note": SECRET, "Bcc": f'"{SECRET}" <{BOB}>', "HP-Outer": f"Subject: {SECRET}", "X-Encoded": "=?utf-8?b?" + base64.b64encode(SECRET.encode()).decode() + "?=",
    "Subject": SECRET, "Original-Subject": SECRET, "X-Folded": SECRET.replace(" the", "\n the"),
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "encoded"])
def test_nothing_hidden_stands_outside(people, name, encoded):
    subject = "=?utf-8?q?Plans_for_the_merger?=" if encoded else SECRET
    text = f"{name}: {FIELDS[name]}\n".encode() + message(ALICE, BOB, subject, "SECRET\n")
    sealed = people[ALICE].protect(text, "sealed")
    outside = re.sub(rb"\n[ \t]+", b" ", sealed.partition(b"\n\n")[0])
    shown = [SECRET.encode(), b"Plans_for", base64.b64encode(SECRET.encode()), b"lists=no", b"HP-Outer", b"X-Postseal", b"Bcc"]
    assert not [s for s in shown if s in outside]
    assert set(field(sealed, "Subject")) == {"[...]"}
    if name not in ("X-Postseal-Note", "Bcc", "HP-Outer", "Subject"):
        assert field(people[BOB].out("open", stdin=sealed), name)


def test_forged_fields_of_our_own_are_replaced(people):
    forged = b"Postseal-Key: v=1; addr=alice@example.org; leaf=AAAA\nPostseal-Status: confidential\nX-Postseal-Verdict: verified\n"
    for level in ("signed", "sealed"):
        out = people[ALICE].protect(forged + message(ALICE, BOB), level)
        opened = people[BOB].out("open", stdin=out)
        assert len(field(out, "Postseal-Key")) <= 1 and "AAAA" not in " ".join(field(out, "Postseal-Key")).split()
        assert not field(out, "Postseal-Status") and b"X-Postseal" not in out and b"X-Postseal" not in opened
        assert field(opened, "Postseal-Status")[0].split()[0].rstrip(";") != "confidential" or level == "sealed"


HIDDEN_WAYS = {
    "Bcc": ({"Bcc": f"Dave <{CAROL}>"}, []), "--rcpt": ({}, ["--rcpt", BOB, "--rcpt", CAROL]), "both": ({"Bcc": CAROL}, ["--rcpt", BOB, "--rcpt", CAROL]),
    "group": ({"Bcc": f"friends: {CAROL};"}, []), "two fields": ({"Bcc": CAROL, "BCC": CAROL}, []), "Resent-Bcc": ({"Resent_Bcc": CAROL}, ["--rcpt", BOB, "--rcpt", CAROL]),
}


@pytest.mark.parametrize("fields, args", HIDDEN_WAYS.values(), ids=HIDDEN_WAYS)
@pytest.mark.parametrize("level", ["plain", "signed", "sealed"])
def test_hidden_recipients_are_in_no_copy(people, tmp_path, level, fields, args):
    text = message(ALICE, BOB, "x", "y\n", **fields)
    people[ALICE].run("protect", "--level", level, *args, "--out-dir", tmp_path / "o", stdin=text)
    copies = [p.read_bytes() for p in sorted((tmp_path / "o").glob("*.eml"))]
    sheets = [json.loads(p.read_text()) for p in sorted((tmp_path / "o").glob("*.json"))]
    assert len(copies) == (2 if level == "sealed" else 1)
    assert sorted(a for s in sheets for a in s["to"]) == [BOB, CAROL]
    for copy, sheet in zip(copies, sheets):
        reader = people[BOB if BOB in sheet["to"] else CAROL]
        opened = reader.out("open", stdin=copy)
        for octets in (copy.partition(b"\n\n")[0], opened):
            assert b"carol" not in octets.lower() and b"bcc:" not in octets.lower()
    if level == "sealed":
        bobs = copies[[BOB in s["to"] for s in sheets].index(True)]
        people[BOB].run("open", "--learn", stdin=bobs)
        people[BOB].refuse(UNAVAILABLE, "peers", CAROL)
