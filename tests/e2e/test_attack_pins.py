"""Attacks on pins by somebody who can send any mail: what must hold whatever comes within one day."""
import base64
import datetime
import itertools
import json
import random
import shutil

import pytest

from forge import (Cert, Key, attributes, clear, encrypt, extension, head, integer, octets, preference, protected, seq, sign, signed_data, signer_info,
                   smime, text, tlv)
from lib import NOW, Home, at, date, delivered, field, message

ALICE, BOB, CAROL, EVE = "alice@example.org", "bob@example.net", "carol@example.com", "eve@evil.example"
MX = "mx.example.net"
SEED = 20261122
COUNT = itertools.count()


def permits(address):
    return extension("2.5.29.30", seq(tlv(0xA0, seq(tlv(0x81, address.encode())))))


class Person:
    """Hand-made keys in the shape of a personal root; every octet can be chosen."""

    def __init__(self, folder, label, address=ALICE, key=None, **how):
        self.folder, self.label, self.address = folder, label, address
        self.key, self.root_key = key or Key(folder, label), Key(folder, label + "-root")
        self.root = Cert(self.root_key, how.pop("name", label + " root"), ca=True, extensions=[permits(address)])
        self.leaf = Cert(self.key, label, [address], self.root, **how)

    def mail(self, day=0, received=True, **how):
        """A letter; payload, certs, crls, sender, more (outer fields) and inner (protected fields) as wanted."""
        number = next(COUNT)
        sender, to = how.pop("sender", self.address), how.pop("to", BOB)
        more, inner, leaf = how.pop("more", ""), how.pop("inner", None), how.pop("leaf", self.leaf)
        sent = date(how.pop("sent", day))
        payload = how.pop("payload", None) or (
            text(f"Letter {number}.\n") if inner is None else protected(sender, to, f"{number}", date=sent, more=inner))
        cms = how.pop("cms", None) or sign(payload, leaf, how.pop("certs", [self.root]), when=how.pop("when", NOW + datetime.timedelta(days=day)), **how)
        octets_ = clear(payload, cms, head(sender, to, f"{number}", sent, more))
        return delivered(octets_, day) if received else octets_

    def hand_over(self, new, address=ALICE, day=0, key=None, old=None):
        """A field in which this root (or another key in its name) hands over to another one."""
        when = (NOW + datetime.timedelta(days=day)).strftime("%Y%m%d%H%M%SZ").encode()
        old = old or self.root
        statement = seq(integer(1), tlv(0x0C, address.encode()), octets(bytes.fromhex(old.fingerprint)),
                        octets(bytes.fromhex(new.fingerprint)), tlv(0x18, when))
        signature = (key or self.root_key).sign(b"postseal-handover-v1" + statement)
        tags = {"v": "1"} | {k: base64.b64encode(v).decode() for k, v in (("statement", statement), ("signature", signature), ("root", old.der))}
        folded = "; ".join(f"{k}=" + "\n ".join(v[i:i + 70] for i in range(0, len(v), 70)) for k, v in tags.items())
        return f"Postseal-Handover: {folded}\n"


@pytest.fixture(scope="module")
def cast(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cast")
    people = {"alice": Person(folder, "Alice"), "next": Person(folder, "Alice next"), "friend": Person(folder, "Eve", EVE)}
    people["forger"] = Person(folder, "Forger", name="Alice root")
    people["other"] = Person(folder, "Other")
    return people


@pytest.fixture(scope="module")
def known(tmp_path_factory, cast):
    """Bob, for whom the keys of Alice and of Eve (for her own address) bind, and who wrote to Alice."""
    home = Home(tmp_path_factory.mktemp("bob"))
    home.add(BOB, "--profile", "p256")
    for day in (-20, -15, -11, -5):
        for person in ("alice", "friend"):
            home.run(*at(day), "learn", "-", stdin=cast[person].mail(day))
    assert home.verify(cast["alice"].mail(), *at(0))["summary"] == "verified"
    return home


@pytest.fixture
def bob(known, tmp_path):
    return Home(shutil.copytree(known.path, tmp_path / "bob"))


def learn(home, octets_, day=0):
    home.run(*at(day), "open", "--learn", stdin=octets_, code=None)


def recipient(home, address=ALICE, day=0):
    return home.json(*at(day), "can-seal", address, code=None)["recipients"][0]


def identities(home, address=ALICE):
    found = home.run("--json", "peers", address, code=None).stdout
    return json.loads(found)["identities"] if found else []


def firm(home, cast, day=0):
    """Alice's key is what it was: used, ready, and what she signs is verified."""
    now = recipient(home, day=day)
    assert (now["state"], now["fingerprint"]) == ("ready", cast["alice"].root.fingerprint), now
    assert [i["root_fingerprint"] for i in identities(home) if i["pinned"]] == [cast["alice"].root.fingerprint]
    assert home.verify(cast["alice"].mail(day), *at(day))["summary"] == "verified"


# ---- forged mail of every kind, all within one day ----

def twin(cast, **how):
    """A root with the subject, serial and key identifier of Alice's."""
    f, a = cast["forger"], cast["alice"]
    return Cert(f.root_key, a.root.subject, ca=True, serial=a.root.serial, extensions=[permits(ALICE)], **how)


def twin_leaf(cast, **how):
    f, a = cast["forger"], cast["alice"]
    return Cert(f.key, "Alice", [ALICE], twin(cast), serial=a.leaf.serial, **how)


def forged(cast, **how):
    return cast["forger"].mail(**how)


def crossed(cast):
    """A certificate for Alice's root key that somebody else issued."""
    return Cert(cast["alice"].root_key, cast["alice"].root.subject, issuer=cast["forger"].root, ca=True)


FORGED = {
    "another root of the same name": lambda c: forged(c),
    "same issuer, serial and subject": lambda c: forged(c, leaf=twin_leaf(c), certs=[twin(c)]),
    "the true root beside": lambda c: forged(c, leaf=twin_leaf(c), certs=[c["alice"].root, c["alice"].leaf]),
    "the true leaf first": lambda c: forged(c, leaf=twin_leaf(c), certs=[c["alice"].leaf, c["alice"].root, twin(c)]),
    "self-signed": lambda c: forged(c, leaf=Cert(c["forger"].key, "Alice", [ALICE]), certs=[]),
    "self-signed authority": lambda c: forged(c, leaf=Cert(c["forger"].key, "Alice root", [ALICE], ca=True, usage=0xFE), certs=[]),
    "private CA": lambda c: forged(c, leaf=Cert(c["forger"].key, "x", [ALICE], Cert(c["forger"].root_key, "Alice root", ca=True)), certs=[Cert(c["forger"].root_key, "Alice root", ca=True)]),
    "Eve's own root": lambda c: c["friend"].mail(sender=ALICE, leaf=Cert(c["friend"].key, "Eve", [EVE, ALICE], c["friend"].root)),
    "a leaf issued by Alice's leaf": lambda c: forged(c, leaf=Cert(c["forger"].key, "x", [ALICE], c["alice"].leaf, signed_by=c["forger"].root_key), certs=[c["alice"].leaf, c["alice"].root]),
    "prefers another certificate": lambda c: forged(c, extra=[preference(c["alice"].leaf)], certs=[c["forger"].root, c["alice"].leaf, c["alice"].root]),
    "other letters": lambda c: forged(c, sender="ALICE@Example.ORG"),
    "quoted local part": lambda c: forged(c, sender='"alice"@example.org'),
    "with a name": lambda c: forged(c, sender=f'"Alice (alice@example.org)" <{ALICE}>'),
    "group": lambda c: forged(c, sender=f"friends: {ALICE};"),
    "trailing dot": lambda c: forged(c, sender="alice@example.org."),
    "two mailboxes": lambda c: forged(c, sender=f"{ALICE}, {EVE}"),
    "Eve outside": lambda c: forged(c, payload=protected(ALICE, BOB, date=date()), sender=EVE),
    "Alice outside": lambda c: c["friend"].mail(payload=protected(EVE, BOB, date=date()), sender=ALICE),
    "a list": lambda c: forged(c, more="List-Id: <l.example>\nPrecedence: list\n"),
    "an answer to nothing of ours": lambda c: forged(c, more="In-Reply-To: <1.2@test.example>\n"),
    "results of a server that was not named": lambda c: forged(c, more=f"Authentication-Results: {MX}; dmarc=pass header.from=example.org\n"),
    "signed long ago": lambda c: forged(c, sent=-300, when=NOW - datetime.timedelta(days=300)),
    "signed in the future": lambda c: forged(c, sent=30, when=NOW + datetime.timedelta(days=30)),
    "newer than everything": lambda c: forged(c, when=NOW + datetime.timedelta(minutes=50)),
    "no signing time": lambda c: forged(c, when=None),
    "handed over by nobody": lambda c: forged(c, inner=c["forger"].hand_over(c["forger"].root, old=c["alice"].root)),
    "handed over by the root of the same name": lambda c: forged(c, leaf=twin_leaf(c), certs=[twin(c)], inner=c["forger"].hand_over(c["forger"].root, old=twin(c))),
    "handed over to somebody else": lambda c: forged(c, inner=c["alice"].hand_over(c["next"].root)),
    "handed over, then stolen": lambda c: forged(c, inner=c["alice"].hand_over(c["next"].root) + c["next"].hand_over(c["forger"].root, key=c["forger"].root_key)),
    "handed over for another address": lambda c: forged(c, inner=c["alice"].hand_over(c["forger"].root, address=CAROL)),
    "handed over in ten fields": lambda c: forged(c, inner="".join(c["forger"].hand_over(c["other"].root, day=-n) for n in range(10))),
    "a loop of hand-overs": lambda c: forged(c, inner=c["forger"].hand_over(c["other"].root) + c["other"].hand_over(c["forger"].root) + c["other"].hand_over(c["alice"].root)),
    "hands over to Alice": lambda c: forged(c, inner=c["forger"].hand_over(c["alice"].root)),
    "handed over outside": lambda c: forged(c, more=c["alice"].hand_over(c["forger"].root)),
    "junk, a list and an answer at once": lambda c: forged(c, more="X-Spam-Flag: YES\nList-Id: <l.example>\nAuto-Submitted: no\n"),
    "Alice's letter with a root of somebody's": lambda c: c["alice"].mail(certs=[crossed(c), c["forger"].root]),
    "no valid signature at all": lambda c: forged(c).replace(b"Letter", b"Lettre"),
    "nothing signed": lambda c: message(ALICE, BOB, "plain"),
}


@pytest.mark.parametrize("what", FORGED)
def test_one_forged_letter(bob, cast, what):
    octets_ = FORGED[what](cast)
    before = bob.verify(octets_, *at(0))
    positive = before["summary"] in ("verified", "confidential")
    assert not positive or before["from"]["address"] == EVE
    for _ in range(2):
        learn(bob, octets_)
        assert bob.verify(octets_, *at(0)) == before
    firm(bob, cast)


def test_all_forged_letters_in_one_day(bob, cast):
    for what in FORGED:
        learn(bob, FORGED[what](cast))
    firm(bob, cast)
    assert len(identities(bob)) <= 16


# ---- the same message, and messages that look the same ----

@pytest.mark.parametrize("first", ["nobody", "Eve", "Carol's name, another key"])
def test_who_comes_first_with_a_message_id_does_not_open_the_answers(bob, new_home, first):
    """Eve saw the Message-ID and is quicker: what Alice sealed is answered sealed all the same."""
    alice = new_home()
    alice.add(CAROL, "--profile", "p256")
    bob.run("open", "--learn", stdin=alice.protect(message(CAROL, BOB, "hello")))
    alice.run("open", "--learn", stdin=bob.protect(message(BOB, CAROL, "hello")))
    letter = message(CAROL, BOB, "The plan of the merger", "SECRET\n")
    sealed = alice.protect(letter, "sealed")
    if first != "nobody":
        sender = CAROL if first.startswith("Carol") else EVE
        eve = new_home()
        eve.add(sender, "--profile", "p256")
        mine = message(sender, BOB, "Hi", Message_ID=field(letter, "Message-ID")[0])
        bob.run("open", "--learn", stdin=eve.protect(mine, "signed", "--rule", "lists=reseal"))
    bob.run("open", "--learn", stdin=sealed)
    answer = message(BOB, CAROL, "Re: [...]", "> SECRET\n", In_Reply_To=field(letter, "Message-ID")[0])
    assert b"SECRET" not in bob.run("protect", stdin=answer, code=None).stdout


@pytest.mark.parametrize("asked", ["inner", "outer"])
def test_answers_by_the_id_that_a_carrier_gave(bob, new_home, asked):
    """Whoever changes the Message-ID outside does not take the answer out of its envelope."""
    carol = new_home()
    carol.add(CAROL, "--profile", "p256")
    bob.run("open", "--learn", stdin=carol.protect(message(CAROL, BOB, "hello")))
    letter = message(CAROL, BOB, "The plan of the merger", "SECRET\n")
    mine = field(letter, "Message-ID")[0]
    carol.run("open", "--learn", stdin=bob.protect(message(BOB, CAROL, "hello")))
    sealed = carol.protect(letter, "sealed").replace(mine.encode(), b"<changed@outside.example>")
    bob.run("open", "--learn", stdin=sealed)
    answer = message(BOB, CAROL, "Re: [...]", "> SECRET\n", In_Reply_To=mine if asked == "inner" else "<changed@outside.example>")
    assert b"SECRET" not in bob.run("protect", stdin=answer, code=None).stdout


def genuine_first(home, cast, first):
    """Bob's own server says that Alice's answer is authentic, but a copy came before."""
    home.add(BOB, "--profile", "p256")
    home.run("account", "set", BOB, "--authserv-id", MX)
    home.protect(message(BOB, ALICE, "hello"), "signed", "--rcpt", ALICE, *at(-9))
    letter = cast["alice"].mail(-8, received=False)
    aligned = f"Authentication-Results: {MX}; dmarc=pass header.from=example.org\n".encode()
    if first is not None:
        learn(home, delivered(first + letter, -8), -8)
    learn(home, aligned + delivered(letter, -8), -8)
    return home.verify(cast["alice"].mail(-7), *at(-7))["summary"]


@pytest.mark.parametrize("first", [None, b"", b"List-Id: <l.example>\n"], ids=["none", "unaligned", "as if by a list"])
def test_a_copy_that_came_first_takes_nothing_from_the_genuine_one(home, cast, first):
    assert genuine_first(home, cast, first) == "verified"


def test_a_copy_as_if_by_a_list_does_not_keep_a_pin_from_binding(home, cast):
    home.add(BOB, "--profile", "p256")
    for day in (-20, -15, -11, -5):
        letter = cast["alice"].mail(day, received=False)
        learn(home, delivered(b"List-Id: <l.example>\n" + letter, day), day)
        learn(home, delivered(letter, day), day)
    assert home.verify(cast["alice"].mail(), *at(0))["summary"] == "verified"


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def mirrored(signature):
    """(r, n - s) signs what (r, s) signs: anybody can make the one of the other."""
    end = 4 + signature[3]
    r, s = int.from_bytes(signature[4:end], "big"), int.from_bytes(signature[end + 2:], "big")
    return seq(integer(r), integer(ORDER - s))


def test_the_mirror_image_of_a_signature_is_no_second_message(home, cast):
    """Three letters that one replays on other days must not bind a pin, so one must not be counted twice either."""
    home.add(BOB, "--profile", "p256")
    alice, payload = cast["alice"], text("Signed once.\n")
    attrs = attributes(payload, NOW)
    signature = alice.key.sign(tlv(0x31, b"".join(sorted(attrs))))
    for day, value in enumerate((signature, mirrored(signature))):
        info = signer_info(payload, alice.leaf, attrs=attrs, signature=value)
        letter = alice.mail(sent=0, payload=payload, cms=signed_data(payload, [info], [alice.leaf, alice.root]), received=False)
        assert home.verify(letter, *at(day))["signature"]["reason"] in ("ok", "bad-signature")
        learn(home, delivered(letter, day), day)
    assert (identities(home)[0]["messages"], identities(home)[0]["days"]) == (1, 1)


# ---- alignment ----

def codes(home, octets_, day=0):
    return [w["code"] for w in home.verify(octets_, *at(day))["warnings"]]


SECOND, MX2 = "bob@second.example", "mx.second.example"


@pytest.mark.parametrize("named", ["To", "Cc", "Delivered-To"])
@pytest.mark.parametrize("got,mx,other,mx2", [(BOB, MX, SECOND, MX2), (SECOND, MX2, BOB, MX)], ids=["first", "second"])
@pytest.mark.parametrize("tells", [True, False], ids=["Delivered-To", "no Delivered-To"])
def test_results_of_another_accounts_server(bob, cast, got, mx, other, mx2, named, tells):
    """The server of one account does not remove what is written in the name of another's."""
    bob.add(SECOND, "--profile", "p256")
    bob.run("account", "set", BOB, "--authserv-id", MX)
    bob.run("account", "set", SECOND, "--authserv-id", MX2)
    server = f"Delivered-To: {got}\n" * tells + f"Authentication-Results: {mx}; dmarc=none header.from=example.org\n"
    lie = f"Authentication-Results: {mx2}; dmarc=pass header.from=example.org\n"
    lie += f"{named}: {other}\n" if named != "To" else ""
    letter = server.encode() + cast["forger"].mail(to=other if named == "To" else got, more=lie)
    learn(bob, letter)
    firm(bob, cast)


@pytest.mark.parametrize("lie", [
    'dmarc=none reason="dmarc=pass" header.from=example.org',
    "dmarc=none (dmarc=pass header.from=example.org)",
    "spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=example.org\"@evil.example",
    "dmarc=pass header.from=evil.example",
    "dmarc=pass header.from=example.org.evil.example",
    "dkim=pass header.d=evil.example header.i=@example.org",
    "dkim=pass header.d=org header.i=@org",
    "dmarc=fail header.from=example.org; dkim=pass header.d=example.org",
])
def test_what_the_server_quotes_is_not_what_it_found(bob, cast, lie):
    bob.run("account", "set", BOB, "--authserv-id", MX)
    letter = f"Authentication-Results: {MX}; {lie}\n".encode() + cast["forger"].mail()
    learn(bob, letter)
    firm(bob, cast)


@pytest.mark.parametrize("answer", ["to several", "in References", "redirected", "a look-alike", "to Carol", "told to others"])
def test_answers_that_prove_nothing(bob, cast, answer):
    letter = message(BOB, ALICE, "hello")
    mine = field(letter, "Message-ID")[0]
    if answer == "to several":
        bob.protect(letter, "signed", "--rcpt", ALICE, "--rcpt", CAROL)
    elif answer == "redirected":
        letter = message(EVE, BOB, "hello", Resent_From=BOB, Resent_To=ALICE)
        mine = field(letter, "Message-ID")[0]
        bob.run("protect", "--from", BOB, "--rcpt", ALICE, stdin=letter, code=None)
    else:
        bob.protect(letter, "signed", "--rcpt", CAROL if answer == "to Carol" else ALICE)
    if answer == "told to others":  # Alice answered all, so that Eve read in In-Reply-To what Bob sent to Alice only
        learn(bob, cast["alice"].mail(more=f"Cc: {EVE}\nIn-Reply-To: {mine}\n"))
    value = {"a look-alike": f"x{mine}".replace("<", "<X"), "in References": "<none@test.example>"}.get(answer, mine)
    more = f"In-Reply-To: {value}\nReferences: {mine}\n"
    for _ in range(2):
        learn(bob, cast["forger"].mail(more=more))
    firm(bob, cast)


# ---- floods ----

def test_a_refused_key_does_not_fill_the_table(bob, cast, tmp_path):
    """Who was refused hands over to many; Alice's own new key still finds its place, and in silence."""
    forger = cast["forger"]
    learn(bob, forger.mail())
    bob.run(*at(0), "trust", "refuse", ALICE, forger.root.fingerprint)
    for number in range(18):
        root = Cert(cast["other"].root_key, f"F{number}", ca=True, extensions=[permits(ALICE)])
        leaf = Cert(cast["other"].key, "Alice", [ALICE], root)
        learn(bob, cast["other"].mail(leaf=leaf, certs=[root], inner=forger.hand_over(root)))
    firm(bob, cast)
    letter = cast["next"].mail(1, inner=cast["alice"].hand_over(cast["next"].root))
    before = bob.verify(letter, *at(1))
    learn(bob, letter, 1)
    assert bob.verify(letter, *at(1)) == before and before["summary"] == "verified"
    assert [i["root_fingerprint"] for i in identities(bob) if i["pinned"]] == [cast["next"].root.fingerprint]


def test_forged_unsigned_mail_takes_no_habit_away_without_a_server_to_ask(bob, cast):
    """Nobody looks at the mail of this account: what unaligned mail does is still not what Alice does."""
    for day in (-4, -3, -2, -1):  # with day -5 five on which her key bound: so many it takes
        learn(bob, cast["alice"].mail(day), day)
    usual = [bob.verify(message(ALICE, BOB, f"plain {n}", Date=date()), *at(0))["history"]["usually_signs"] for n in range(1)]
    for number in range(10):
        learn(bob, delivered(message(ALICE, BOB, f"forged {number}", Date=date())))
    assert [bob.verify(message(ALICE, BOB, "plain", Date=date()), *at(0))["history"]["usually_signs"]] == usual == [True]


def test_a_seal_of_somebody_introduces_nobody_over_a_pin(bob, cast):
    """Eve's key binds for her own address: what she says about Alice's stays without effect."""
    forger, friend = cast["forger"], cast["friend"]
    to = f"{BOB}, {ALICE}"
    payload = protected(EVE, to, "x", hp="cipher", date=date())
    inner = smime(sign(payload, friend.leaf, [friend.root, forger.leaf, forger.root], embed=True, when=NOW), "signed-data")
    sealed = smime(encrypt(inner, [bob.cert(BOB)]), "authEnveloped-data", head(EVE, to, "x", date()))
    assert bob.verify(sealed, *at(0))["summary"] == "confidential"
    learn(bob, delivered(sealed))
    firm(bob, cast)
    assert [i["how"] for i in identities(bob)] == ["signature"]


def test_nobody_teaches_a_key_for_our_own_address(bob, cast):
    for sender in (BOB, "BOB@Example.NET", '"bob"@example.net', f"Bob <{BOB}>"):
        learn(bob, cast["forger"].mail(sender=sender, leaf=Cert(cast["forger"].key, "Bob", [BOB])))
    assert identities(bob, BOB) == []


class Der:
    """A certificate out of a PEM file."""

    def __init__(self, path):
        self.der = base64.b64decode("".join(path.read_text(encoding="ascii").splitlines()[1:-1]))


@pytest.mark.parametrize("flood", [0, 1, 20])
def test_an_introduction_is_not_pushed_out_by_later_ones(bob, cast, new_home, flood):
    """Alice introduced Carol in this conversation; Eve, who takes part, introduces others in her name."""
    carol, thread = new_home(), "<inner@test.example>"
    carol.add(CAROL, "--profile", "p256")
    others = [Person(bob.path, f"c{n}", CAROL, key=cast["other"].key) for n in range(flood)]
    introductions = [("alice", "", [Der(carol.cert(CAROL)), Der(carol.cert(CAROL, "--root"))]),
                     ("friend", f"In-Reply-To: {thread}\n", [c for o in others for c in (o.leaf, o.root)])]
    for who, inner, certs in introductions:
        person, to = cast[who], f"{BOB}, {CAROL}"
        payload = protected(person.address, to, "x", hp="cipher", date=date(), more=inner)
        signed = smime(sign(payload, person.leaf, [person.root, *certs], embed=True, when=NOW), "signed-data")
        learn(bob, delivered(smime(encrypt(signed, [bob.cert(BOB)]), "authEnveloped-data", head(person.address, to, "x", date()))))
    answer = bob.protect(message(BOB, CAROL, "Re: x", "SECRET\n", In_Reply_To=thread), "sealed", *at(0))
    assert b"SECRET" in carol.out(*at(0), "open", stdin=answer)


def test_one_address_in_two_scripts(home, cast, tmp_path):
    """A domain in its two spellings is one slot, so a forged letter in the other one fills none."""
    ascii_, unicode_ = "alice@xn--exmple-cua.org", "alice@exämple.org"
    genuine, fake = Person(tmp_path, "Idn", ascii_), Person(tmp_path, "Fake", ascii_)
    home.add(BOB, "--profile", "p256")
    for day in (-20, -15, -11, -5):
        learn(home, genuine.mail(day), day)
    for sender in (ascii_, unicode_, "ALICE@EXÄMPLE.org", "alice@XN--EXMPLE-CUA.org"):
        octets_ = fake.mail(sender=sender)
        assert home.verify(octets_, *at(0))["summary"] == "unprotected"
        learn(home, octets_)
    assert home.verify(genuine.mail(), *at(0))["summary"] == "verified"
    peers = home.json_lines("peers")
    assert [(p["address"], [i["pinned"] for i in p["identities"]]) for p in peers] in ([(ascii_, [True, False])], [(unicode_, [True, False])]), peers


# ---- mailboxes ----

@pytest.mark.parametrize("folder", [".Junk", ".Spam", "Archive"])
def test_a_forged_letter_in_a_folder_that_is_read_first(home, cast, tmp_path, folder):
    """A Maildir's other folders sort before its own mail; a key of yesterday must not win over years of letters."""
    home.add(BOB, "--profile", "p256")
    for name in ("cur", f"{folder}/cur"):
        (tmp_path / "Mail" / name).mkdir(parents=True)
    for day in (-20, -15, -11, -5):
        (tmp_path / "Mail/cur" / f"{1700000000 + day}.a:2,S").write_bytes(cast["alice"].mail(day))
    (tmp_path / "Mail" / folder / "cur" / "1700000000.z:2,S").write_bytes(cast["forger"].mail(-1))
    home.run(*at(0), "learn", tmp_path / "Mail")
    firm(home, cast)


def test_the_old_key_after_it_handed_over_in_one_run(home, cast, tmp_path):
    """A whole mailbox is learned within a second: what the old key signs later is no letter of the key in use."""
    home.add(BOB, "--profile", "p256")
    alice, after = cast["alice"], cast["next"]
    late = alice.mail(-1)
    letters = [alice.mail(day) for day in (-20, -15, -11, -5)] + [after.mail(-3, inner=alice.hand_over(after.root, day=-3)), late]
    box = tmp_path / "mbox"
    box.write_bytes(b"".join(b"From x\n" + o.replace(b"\r\n", b"\n") + b"\n" for o in letters))
    home.run(*at(0), "learn", box)
    assert recipient(home)["fingerprint"] == after.root.fingerprint
    assert home.verify(letters[-2], *at(0))["summary"] == home.verify(letters[3], *at(0))["summary"] == "verified"
    assert home.verify(late, *at(0))["summary"] == "unprotected"


# ---- random sequences ----

EVENTS = [
    lambda c, r, d: FORGED[r.choice(list(FORGED))](c),
    lambda c, r, d: FORGED[r.choice(list(FORGED))](c),
    lambda c, r, d: c["alice"].mail(d),
    lambda c, r, d: c["friend"].mail(d, more="List-Id: <l.example>\n"),
    lambda c, r, d: c["next"].mail(d),
    lambda c, r, d: c[r.choice(["forger", "other"])].mail(d, inner=c[r.choice(["forger", "other"])].hand_over(c[r.choice(["forger", "other", "next"])].root)),
    lambda c, r, d: message(ALICE, BOB, f"plain {next(COUNT)}", Date=date(d)),
]


@pytest.mark.parametrize("seed", range(3))
def test_no_message_changes_its_own_verdict(bob, home, cast, seed):
    """Random mail on random days: at home with a pin nothing moves within a day; nowhere does learning change a verdict."""
    rng = random.Random(SEED + seed)
    home.add(BOB, "--profile", "p256")
    seen = []
    for number in range(14):
        day = number // 5 if seed else 0
        letter = rng.choice(seen) if seen and rng.random() < 0.2 else rng.choice(EVENTS)(cast, rng, day)
        seen.append(letter)
        for who in (bob, home):
            before = who.verify(letter, *at(day))
            learn(who, letter, day)
            assert who.verify(letter, *at(day)) == before, (number, letter)
        if day == 0:
            firm(bob, cast)
