"""Attacks with certificates, revocation lists and the person's own decisions; and what learning survives."""
import datetime
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from forge import Cert, Key, attributes, bits, digest_alg, extension, integer, name, oid, seq, set_of, signed_data, signer_info, text, time_of, tlv
from forge import DATA as CMS_DATA, SIGNED, content_info
from lib import field as lib_fields
from lib import NOW, UNAVAILABLE, Home, at, date, environment, message
from test_attack_pins import (ALICE, BOB, CAROL, EVE, FORGED, Person, bob, cast, crossed, delivered, firm, identities, known, learn, permits,  # noqa: F401
                              recipient, twin, twin_leaf)

NEVER = "00" * 32


def lib_field(octets):
    return lib_fields(octets, "Message-ID")[0]


def naive(days):
    return (NOW + datetime.timedelta(days=days)).replace(tzinfo=None)


# ---- revocation lists in messages ----

def crl(issuer, key, serials, day=-1, number=1, padding=0):
    """A list in the name of `issuer` (DER of the name), signed by `key`."""
    entries = [seq(integer(s), time_of(naive(day))) for s in [*serials, *range(10**9, 10**9 + padding)]]
    found = seq(extension("2.5.29.20", integer(number)))
    tbs = seq(integer(1), key.algorithm(), issuer, time_of(naive(day)), time_of(naive(3000)), *([seq(*entries)] if entries else []), tlv(0xA0, found))
    return seq(tbs, key.algorithm(), bits(key.sign(tbs)))


def with_crls(person, crls, day=0, leaf=None, certs=None):
    """A letter with revocation lists among its certificates, where nothing signs them."""
    leaf, payload = leaf or person.leaf, text(f"{time.monotonic_ns()}\n")
    certs = [person.root] if certs is None else certs
    info = signer_info(payload, leaf, when=NOW + datetime.timedelta(days=day))
    cms = content_info(SIGNED, seq(integer(1), set_of(digest_alg("sha256")), seq(oid(CMS_DATA)),
                                   tlv(0xA0, leaf.der, *(c.der for c in certs)), tlv(0xA1, *crls), set_of(info)))
    return person.mail(day, payload=payload, cms=cms)


LISTS = {
    "of a root of the same name": lambda c: with_crls(c["forger"], [crl(twin(c).subject, c["forger"].root_key, [c["alice"].leaf.serial])], leaf=twin_leaf(c), certs=[twin(c)]),
    "of a root of the same name beside Alice's": lambda c: with_crls(c["forger"], [crl(twin(c).subject, c["forger"].root_key, [c["alice"].leaf.serial])], leaf=twin_leaf(c), certs=[c["alice"].root, twin(c)]),
    "forged, added to Alice's own letter": lambda c: with_crls(c["alice"], [crl(c["alice"].root.subject, c["forger"].root_key, [c["alice"].leaf.serial])]),
    "by Alice's leaf": lambda c: with_crls(c["alice"], [crl(c["alice"].root.subject, c["alice"].key, [c["alice"].leaf.serial])]),
    "of another root": lambda c: with_crls(c["alice"], [crl(c["forger"].root.subject, c["forger"].root_key, [c["alice"].leaf.serial])]),
    "of another address's root": lambda c: with_crls(c["friend"], [crl(c["friend"].root.subject, c["friend"].root_key, [c["alice"].leaf.serial])]),
    "that is none": lambda c: with_crls(c["alice"], [seq(integer(1)), seq()]),
    "of Alice's root for another serial": lambda c: with_crls(c["alice"], [crl(c["alice"].root.subject, c["alice"].root_key, [c["alice"].leaf.serial + 10**7])]),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_revokes_nothing_of_alice(bob, cast, what):
    octets = LISTS[what](cast)
    before = bob.verify(octets, *at(0))
    learn(bob, octets)
    assert bob.verify(octets, *at(0)) == before
    firm(bob, cast)
    assert recipient(bob, EVE)["state"] == "ready"


@pytest.fixture
def robbed(bob, cast):
    """Alice's first certificate was stolen: a list of her root says so, and she has another one."""
    alice = cast["alice"]
    second = Cert(alice.key, "Alice", [ALICE], alice.root, since=naive(-1))
    learn(bob, with_crls(alice, [crl(alice.root.subject, alice.root_key, [alice.leaf.serial], day=-1, number=5)], leaf=second))
    assert recipient(bob)["state"] == "ready" and bob.verify(alice.mail(leaf=second), *at(0))["summary"] == "verified"
    return bob, alice, second


def test_a_list_judges_old_letters_again(bob, cast):
    alice = cast["alice"]
    old = alice.mail(-2)
    learn(bob, old, -2)
    assert bob.verify(old, *at(0))["summary"] == "verified"
    second = Cert(alice.key, "Alice", [ALICE], alice.root, since=naive(-1))
    learn(bob, with_crls(alice, [crl(alice.root.subject, alice.root_key, [alice.leaf.serial])], leaf=second))
    assert bob.verify(old, *at(0))["signer"]["chain"] == "revoked" and bob.verify(old, *at(0))["summary"] == "unprotected"


REVIVALS = {
    "as it was": lambda a, s, c: a.mail(),
    "without its root": lambda a, s, c: a.mail(certs=[]),
    "with somebody's certificate for the root": lambda a, s, c: a.mail(certs=[crossed(c), c["forger"].root]),
    "with both": lambda a, s, c: a.mail(certs=[crossed(c), a.root]),
    "with an older list": lambda a, s, c: with_crls(a, [crl(a.root.subject, a.root_key, [], day=-3, number=4)]),
    "as an older list in a genuine letter": lambda a, s, c: with_crls(a, [crl(a.root.subject, a.root_key, [], day=-3, number=4)], leaf=s),
    "prefers itself": lambda a, s, c: a.mail(leaf=a.leaf, certs=[a.root, s]),
    "dated before": lambda a, s, c: a.mail(sent=-10, when=NOW - datetime.timedelta(days=10)),
}


@pytest.mark.parametrize("what", REVIVALS)
def test_a_stolen_certificate_stays_revoked(robbed, cast, what):
    home, alice, second = robbed
    for _ in range(2):
        octets = REVIVALS[what](alice, second, cast)
        before = home.verify(octets, *at(0))
        assert before["summary"] == "unprotected" or before["signer"]["fingerprint"] == second.fingerprint
        learn(home, octets)
        assert home.verify(octets, *at(0)) == before
    assert home.verify(alice.mail(), *at(0))["summary"] == "unprotected"
    assert home.verify(alice.mail(leaf=second), *at(0))["summary"] == "verified"
    found = recipient(home)
    assert found["state"] == "ready" and identities(home)[0]["leaf_fingerprint"] == second.fingerprint


def test_lists_of_keys_that_nobody_keeps_do_not_fill_the_disk(bob, cast):
    """One address keeps 16 keys, so of forty forged lists of 400 KB most must go."""
    other = cast["other"]
    for number in range(40):
        root = Cert(other.root_key, f"Flood {number}", ca=True, extensions=[permits(ALICE)])
        leaf = Cert(other.key, "Alice", [ALICE], root)
        learn(bob, with_crls(other, [crl(root.subject, other.root_key, [], padding=12000)], leaf=leaf, certs=[root]))
    assert sum(p.stat().st_size for p in bob.path.rglob("*") if p.is_file()) < 10 << 20
    firm(bob, cast)


# ---- verdicts stay, and the person decides ----

def test_expiry_does_not_touch_a_verdict_but_a_refusal_does(bob, cast):
    alice = cast["alice"]
    seen = alice.mail()
    learn(bob, seen)
    later = 12 * 365
    assert bob.verify(seen, *at(later)) == bob.verify(seen, *at(0)) and bob.verify(seen, *at(0))["summary"] == "verified"
    assert bob.verify(alice.mail(later), *at(later))["summary"] == "unprotected"
    bob.run(*at(1), "trust", "refuse", ALICE, alice.root.fingerprint)
    assert bob.verify(seen, *at(1))["summary"] == bob.verify(seen, *at(later))["summary"] == "unprotected"


def test_later_forgeries_do_not_change_the_verdict_of_a_letter(bob, cast):
    seen = [cast["alice"].mail(), cast["forger"].mail(), message(ALICE, BOB, "plain", Date=date())]
    for octets in seen:
        learn(bob, octets)
    before = [bob.verify(octets, *at(0)) for octets in seen]
    for day in (0, 1, 2, 3):
        learn(bob, cast["forger"].mail(day), day)
    assert recipient(bob, day=3)["state"] == "changed"
    assert [bob.verify(octets, *at(3)) for octets in seen] == before


def test_decisions_do_not_change_what_was_learned_before(bob, cast):
    """Accepting another key and going back says nothing against old letters of the one that was used."""
    seen = cast["alice"].mail()
    learn(bob, seen)
    learn(bob, cast["forger"].mail())
    before = bob.verify(seen, *at(0))
    for day, root in ((1, cast["forger"].root), (2, cast["alice"].root)):
        bob.run(*at(day), "trust", "accept", ALICE, root.fingerprint)
        assert bob.verify(seen, *at(day))["summary"] == before["summary"] == "verified", day


def test_an_older_forgery_that_is_found_later_does_not_unbind(home, cast):
    """It lay in a folder that nobody had looked into when Alice's own answer bound her key."""
    home.add(BOB, "--profile", "p256")
    sent = home.protect(message(BOB, ALICE, "hello"), "signed", "--rcpt", ALICE, *at(-9))
    answer = cast["alice"].mail(-7, more=f"In-Reply-To: {lib_field(sent)}\n")
    learn(home, answer, -7)
    seen = cast["alice"].mail(-6)
    learn(home, seen, -6)
    before = home.verify(seen, *at(-6))
    assert before["summary"] == "verified"
    learn(home, cast["forger"].mail(-8), -5)
    assert home.verify(seen, *at(-5)) == before
    assert home.verify(cast["alice"].mail(-5), *at(-5))["summary"] == "verified"


# ---- authorities ----

@pytest.fixture
def bank(bob, cast, tmp_path):
    """Carol's certificate is by an authority that Bob trusts."""
    keys = [Key(tmp_path, f"bank{n}") for n in range(3)]
    root = Cert(keys[0], "Trusty root", ca=True)
    ca = Cert(keys[1], "Trusty CA", issuer=root, ca=True)
    person = Person(tmp_path, "Carol", CAROL, key=keys[2])
    person.leaf, person.root, person.ca = Cert(keys[2], "Carol", [CAROL], ca), root, ca
    bob.run("trust", "anchors", "add", root.pem(tmp_path))
    learn(bob, person.mail(-1, certs=[ca]), -1)
    return person


def test_an_authority_of_the_same_name_vouches_for_nobody(bob, cast, bank):
    evil = cast["forger"]
    root = Cert(evil.root_key, bank.root.subject, ca=True, serial=bank.root.serial)
    ca = Cert(evil.root_key, bank.ca.subject, issuer=root, ca=True, serial=bank.ca.serial)
    leaf = Cert(evil.key, "Carol", [CAROL], ca, serial=bank.leaf.serial)
    for certs in ([ca], [ca, root], [ca, bank.root], [ca, bank.ca, bank.root], [bank.ca, bank.leaf]):
        octets = evil.mail(sender=CAROL, leaf=leaf, certs=certs)
        before = bob.verify(octets, *at(0))
        assert before["summary"] == "unprotected" and before["signer"]["chain"] != "trusted"
        learn(bob, octets)
        assert bob.verify(octets, *at(0)) == before
    now = recipient(bob, CAROL)
    assert (now["state"], now["fingerprint"]) == ("ready", bank.root.fingerprint) or now["reasons"][0] == "ca", now
    assert bob.verify(bank.mail(certs=[bank.ca]), *at(0))["summary"] == "verified"


def test_a_forged_list_of_an_authority_is_not_kept(bob, cast, bank):
    evil = cast["forger"]
    bad = [crl(bank.ca.subject, evil.root_key, [bank.leaf.serial]), crl(bank.root.subject, evil.root_key, [bank.ca.serial])]
    other = Cert(evil.root_key, bank.ca.subject, ca=True)
    for octets in (with_crls(bank, bad, certs=[bank.ca]), with_crls(bank, bad, certs=[bank.ca, other]),
                   with_crls(evil, bad, leaf=Cert(evil.key, "x", [ALICE], other), certs=[other])):
        learn(bob, octets)
    assert bob.verify(bank.mail(certs=[bank.ca]), *at(0))["summary"] == "verified"
    assert recipient(bob, CAROL)["state"] == "ready"


@pytest.mark.parametrize("verb", ["accept", "refuse", "verify"])
def test_fingerprints_that_are_nobodys(bob, cast, verb):
    """Neither an unknown one, nor that of another address's key, nor a piece of one."""
    learn(bob, cast["forger"].mail())
    for fingerprint, code in ((NEVER, UNAVAILABLE), (cast["friend"].root.fingerprint, UNAVAILABLE), (cast["friend"].leaf.fingerprint, UNAVAILABLE),
                              (cast["alice"].root.fingerprint[:32], 64), ("", 64), ("x" * 64, 64)):
        bob.refuse(code, *at(0), "trust", verb, ALICE, fingerprint)
    firm(bob, cast)


def test_a_refused_key_does_not_come_back_with_new_leaves(bob, cast):
    forger = cast["forger"]
    learn(bob, forger.mail())
    bob.run(*at(0), "trust", "refuse", ALICE, ":".join(forger.root.fingerprint.upper()[i:i + 2] for i in range(0, 64, 2)))
    for day in (1, 2, 3, 4):
        leaf = Cert(Key(forger.folder, f"again{day}"), "Alice", [ALICE], forger.root)
        octets = forger.mail(day, leaf=leaf, inner=forger.hand_over(cast["other"].root, day=day))
        assert bob.verify(octets, *at(day))["summary"] == "unprotected"
        learn(bob, octets, day)
        learn(bob, cast["other"].mail(day if day < 3 else 2, inner=forger.hand_over(cast["other"].root, day=day)), min(day, 2))
    firm(bob, cast, 4)


def test_every_decision_in_every_state(bob, cast):
    """Accept and refuse go back and forth; who was not decided about is never used instead."""
    alice, forger = cast["alice"], cast["forger"]
    for day in (0, 1, 2):
        learn(bob, forger.mail(day), day)
    assert recipient(bob, day=2)["state"] == "changed"
    bob.run(*at(3), "trust", "accept", ALICE, forger.leaf.fingerprint)
    assert recipient(bob, day=3)["fingerprint"] == forger.root.fingerprint
    assert bob.verify(alice.mail(3), *at(3))["summary"] == "unprotected"
    bob.run(*at(4), "trust", "refuse", ALICE, forger.root.fingerprint)
    now = recipient(bob, day=4)
    assert now["state"] == "refused" or now["fingerprint"] == alice.root.fingerprint
    bob.run(*at(5), "trust", "verify", ALICE, alice.leaf.fingerprint)
    firm(bob, cast, 5)
    for day in (6, 7, 8):
        learn(bob, forger.mail(day), day)
    firm(bob, cast, 8)
    for verb, root in (("refuse", alice.root), ("accept", forger.root), ("refuse", forger.root), ("accept", alice.root)):
        bob.run(*at(9), "trust", verb, ALICE, root.fingerprint)
    firm(bob, cast, 9)


@pytest.mark.parametrize("how", ["first-contact", "accepted", "verified", "ca"])
def test_every_ready_state_stands_a_day_of_forgeries(home, cast, tmp_path, how):
    home.add(BOB, "--profile", "p256")
    alice, root = cast["alice"], Cert(Key(tmp_path, "ca"), "CA", ca=True)
    home.run("trust", "anchors", "add", root.pem(tmp_path))
    by_ca = {"leaf": Cert(alice.key, "Alice", [ALICE], root), "certs": [root]} if how == "ca" else {}
    learn(home, alice.mail(-1, **by_ca), -1)
    if how in ("accepted", "verified"):
        home.run(*at(-1), "trust", {"accepted": "accept", "verified": "verify"}[how], ALICE, alice.root.fingerprint)
    before = recipient(home)
    assert (before["state"], before["reasons"]) == ("ready", [how])
    for what in FORGED:
        learn(home, FORGED[what](cast))
    assert (recipient(home)["state"], recipient(home)["fingerprint"]) == ("ready", before["fingerprint"])


# ---- bad certificates ----

def rsa_16384():
    """A certificate that claims such a key; nothing was ever signed with it."""
    modulus = random.Random(1).getrandbits(16384) | 1 << 16383 | 1
    return seq(seq(oid("1.2.840.113549.1.1.1"), tlv(0x05)), bits(seq(integer(modulus), integer(65537))))


class Bare:
    """What stands in for a key that is not there."""

    def __init__(self, spki):
        self.spki, self.rsa = spki, True

    def algorithm(self, digest="sha256"):
        return seq(oid("1.2.840.113549.1.1.11"), tlv(0x05))

    def sign(self, data, digest="sha256"):
        return b"\x5a" * 2048


def raw(*sans):
    return extension("2.5.29.17", seq(*sans))


class Minus(int):
    """The serial number -n."""

    def to_bytes(self, *_):
        return bytes([256 - int(self)])


def odd(c, addresses=(ALICE,), **how):
    root = how.pop("issuer", c["forger"].root)
    return c["forger"].mail(leaf=Cert(c["forger"].key, how.pop("common", "Alice"), addresses, root, **how), certs=[root])


MANY = [f"person{n}@host{n % 7}.example" for n in range(999)]
BAD = {
    "no address": lambda c: odd(c, ()),
    "1000 addresses": lambda c: odd(c, [*MANY, ALICE]),
    "1000 addresses, mail of Carol": lambda c: c["forger"].mail(sender=CAROL, leaf=Cert(c["forger"].key, "x", [*MANY, CAROL, ALICE], c["forger"].root)),
    "NUL in the address": lambda c: odd(c, [b"alice@example.org\0.evil.example"]),
    "Latin-1": lambda c: odd(c, ["älice@example.org".encode("latin-1"), ALICE]),
    "bare UTF-8": lambda c: odd(c, ["alice@exämple.org".encode(), ALICE]),
    "line ends": lambda c: odd(c, [b"alice@example.org\r\nFrom: eve@evil.example"]),
    "escape sequences": lambda c: odd(c, ["\x1b[2J" + ALICE, ALICE], common="\x1b]0;owned\x07"),
    "an empty address": lambda c: odd(c, [b"", b"@", b"alice@", ALICE]),
    "an address of 60 KB": lambda c: odd(c, [b"a" * 60000 + b"@example.org", ALICE]),
    "SmtpUTF8Mailbox that is no string": lambda c: odd(c, (), extensions=[raw(tlv(0xA0, oid("1.3.6.1.5.5.7.8.9"), tlv(0xA0, tlv(0x04, ALICE.encode()))))]),
    "SmtpUTF8Mailbox in ASCII": lambda c: odd(c, (), extensions=[raw(tlv(0xA0, oid("1.3.6.1.5.5.7.8.9"), tlv(0xA0, tlv(0x0C, ALICE.encode()))))]),
    "name of 16 KB": lambda c: odd(c, common="A" * 16384),
    "name in 2000 parts": lambda c: odd(c, common=seq(*(set_of(seq(oid("2.5.4.3"), tlv(0x0C, b"x%d" % n))) for n in range(2000)))),
    "issuer of 16 KB": lambda c: odd(c, issuer=Cert(c["forger"].root_key, "R" * 16384, ca=True, extensions=[permits(ALICE)])),
    "negative serial": lambda c: odd(c, serial=Minus(5)),
    "serial of 60 KB": lambda c: odd(c, serial=1 << 480000),
    "same issuer and serial as Alice's": lambda c: c["forger"].mail(leaf=twin_leaf(c), certs=[twin(c), c["alice"].leaf, c["alice"].root]),
    "same issuer and serial, only Alice's beside": lambda c: c["forger"].mail(leaf=twin_leaf(c), certs=[c["alice"].leaf]),
    "key of 16384 bits": lambda c: c["forger"].mail(cms=signed_data(b"", [signer_info(b"", Cert(Bare(rsa_16384()), "x", [ALICE]))], [Cert(Bare(rsa_16384()), "x", [ALICE])])),
    "root with 16384 bits": lambda c: odd(c, issuer=Cert(Bare(rsa_16384()), "x", ca=True)),
    "valid for no time": lambda c: odd(c, since=naive(3), until=naive(-3)),
    "from year 1950 to 9999": lambda c: odd(c, since=datetime.datetime(1950, 1, 1), until=datetime.datetime(9999, 12, 31, 23, 59, 59)),
    "unknown critical extension": lambda c: odd(c, extensions=[extension("1.2.3.4", b"\x05\x00", True)]),
    "two alternative names": lambda c: odd(c, [EVE], extensions=[raw(tlv(0x81, ALICE.encode()))]),
    "64 issuers of one name": lambda c: c["forger"].mail(certs=[Cert(c["forger"].root_key, c["forger"].root.subject, ca=True) for _ in range(60)]),
    "500 certificates": lambda c: c["forger"].mail(certs=[c["forger"].root] * 500),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_certificate(bob, cast, what):
    octets = BAD[what](cast)
    before = {i["root_fingerprint"]: (i["messages"], i["days"]) for i in identities(bob)}
    start = time.monotonic()
    verdict = bob.verify(octets, *at(0))
    assert verdict["summary"] == "unprotected"
    learn(bob, octets)
    assert bob.verify(octets, *at(0)) == verdict
    told = bob.out("peers") + bob.out("--json", "peers")
    assert time.monotonic() - start < 8 and b"\x1b" not in told and b"\x07" not in told
    after = {i["root_fingerprint"]: (i["messages"], i["days"]) for i in identities(bob)}
    assert before.items() <= after.items()
    firm(bob, cast)


def test_keys_of_512_bits_are_not_taken(bob, cast, tmp_path):
    small = Person(tmp_path, "small", CAROL, key=Key(tmp_path, "small512", 512))
    octets = small.mail()
    assert bob.verify(octets, *at(0))["signature"]["reason"] == "weak-algorithm"
    learn(bob, octets)
    assert recipient(bob, CAROL)["state"] == "none" and not [i for i in identities(bob, CAROL) if i["pinned"]]


def test_a_thousand_identities_for_one_address(bob, cast, tmp_path):
    """All by one key, so that one signature does for all."""
    forger, payload = cast["forger"], text("Once for all.\n")
    attrs = attributes(payload, NOW)
    value = forger.key.sign(tlv(0x31, b"".join(sorted(attrs))))
    with open(tmp_path / "flood.mbox", "wb") as box:
        for number in range(1000):
            cert = Cert(forger.key, f"Alice {number}", [ALICE], issuer_name=name(f"CA {number}"), signature=b"none")
            info = signer_info(payload, cert, attrs=attrs, signature=value)
            box.write(b"From x\n" + forger.mail(sent=0, payload=payload, cms=signed_data(payload, [info], [cert])).replace(b"\r\n", b"\n") + b"\n")
    start = time.monotonic()
    told = bob.json(*at(0), "learn", tmp_path / "flood.mbox")
    assert told["messages"] == 1000 and time.monotonic() - start < 30
    start = time.monotonic()
    found = identities(bob)
    assert time.monotonic() - start < 2 and 2 <= len(found) <= 16
    firm(bob, cast)
    assert recipient(bob, EVE)["state"] == "ready"


# ---- learning under difficulties ----

def mailbox(folder, cast):
    """Pins, a change by three days, a hand-over, unsigned mail and floods."""
    box = folder / "Mail" / "cur"
    box.mkdir(parents=True)
    letters = [cast["alice"].mail(day) for day in (-20, -15, -11, -9)] + [cast["friend"].mail(day) for day in (-19, -14, -10)]
    letters += [cast["next"].mail(day, inner=cast["alice"].hand_over(cast["next"].root, day=-8)) for day in (-8, -7)]
    fake = Cert(cast["other"].key, "Eve", [EVE])
    letters += [cast["other"].mail(day, sender=EVE, leaf=fake) for day in (-6, -5, -4)]
    letters += [delivered(message(f"p{n}@x.example", BOB, f"{n}", Date=date(-3)), -3) for n in range(40)]
    for number, octets in enumerate(letters):
        (box / f"{1700000000 + number}.a:2,S").write_bytes(octets)
    return folder / "Mail"


def fresh(folder):
    home = Home(folder)
    home.add(BOB, "--profile", "p256")
    return home


def knows(home):
    return [(p["address"], p["state"], p["signed"], p["unsigned"], [(i["root_fingerprint"], i["pinned"], i["messages"], i["days"]) for i in p["identities"]])
            for p in home.json_lines(*at(0), "peers")]


def start(home, *args):
    return subprocess.Popen(home.command(*args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())


def test_killed_at_any_moment_it_ends_the_same(cast, tmp_path):
    mail, whole, broken = mailbox(tmp_path, cast), fresh(tmp_path / "whole"), fresh(tmp_path / "broken")
    begin = time.monotonic()
    whole.run(*at(0), "learn", mail)
    longest, rng = time.monotonic() - begin, random.Random(7)
    assert [s[:2] for s in knows(whole)][:2] == [(ALICE, "ready"), (EVE, "changed")]
    for _ in range(25):
        child = start(broken, *at(0), "learn", mail)
        time.sleep(rng.uniform(0, longest))
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        for base in broken.path.rglob("*.db"):
            assert sqlite3.connect(base).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    broken.run(*at(0), "learn", mail)
    assert knows(broken) == knows(whole)


def test_two_at_once(cast, tmp_path):
    mail, whole, both = mailbox(tmp_path, cast), fresh(tmp_path / "whole"), fresh(tmp_path / "both")
    whole.run(*at(0), "learn", mail)
    children = [start(both, *at(0), "learn", mail) for _ in range(3)]
    for child in children:
        _, error = child.communicate(timeout=60)
        assert child.returncode in (0, 75), error
    assert knows(both) == knows(whole)


def test_a_full_disk_breaks_nothing(cast, tmp_path):
    mail, small = mailbox(tmp_path, cast), tmp_path / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], capture_output=True).returncode:
        pytest.skip("cannot mount a small file system here")
    try:
        home = fresh(small / "home")
        learn(home, cast["alice"].mail(-30), -30)
        before = knows(home)
        (small / "filler").write_bytes(b"")
        with open(small / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass
        done = home.run(*at(0), "learn", mail, code=None)
        assert done.returncode in (73, 74, 75) and len(done.stderr.splitlines()) == 1, done.stderr
        assert before[0][4] == knows(home)[0][4]
        (small / "filler").unlink()
        home.run(*at(0), "learn", mail)
        assert recipient(home)["state"] == "ready"
    finally:
        subprocess.run(["umount", small], check=False)


def test_a_home_that_cannot_be_written(bob, cast, tmp_path):
    """Verifying goes on as before; learning says in one line what is wrong."""
    octets = cast["alice"].mail()
    before = bob.verify(octets, *at(0))
    if os.geteuid() != 0 or subprocess.run(["mount", "--bind", "-o", "ro", bob.path, bob.path], capture_output=True).returncode:
        pytest.skip("cannot make a folder read-only here")
    try:
        if subprocess.run(["touch", bob.path / "x"], capture_output=True).returncode == 0:
            pytest.skip("cannot make a folder read-only here")
        assert bob.run("--json", *at(0), "verify", stdin=octets).stdout and bob.json(*at(0), "can-seal", ALICE)["ready"]
        done = bob.run(*at(0), "learn", "-", stdin=octets, code=None)
        assert done.returncode in (73, 74) and len(done.stderr.splitlines()) == 1, done
    finally:
        subprocess.run(["umount", bob.path], check=False)
    assert bob.verify(octets, *at(0)) == before
