"""Attacks on who vouches: no trusted chain without a real one, no proof without a policy, no revocation lost, no call where none may go."""
import base64
import datetime
import socket
import threading
import time
import unicodedata

import pytest

from forge import Cert, Key, bits, clear, content_info, digest_alg, extension, head, integer, name, octets, oid, openssl, seq, set_of, sign, signer_info, text, time_of, tlv, DATA as CMS_DATA, SIGNED
from lib import DATA, NOW, at, date
from test_issuers import BANK, BOB, O, authority, bob, judged, keys, letter, policy, subject  # noqa: F401 (fixtures)

MAIL, ANY, SERVER = "1.3.6.1.5.5.7.3.4", "2.5.29.37.0", "1.3.6.1.5.5.7.3.1"
SINCE, UNTIL = datetime.datetime(2026, 1, 1), datetime.datetime(2036, 1, 1)
ORGANIZATION, MAILBOX = "2.23.140.1.5.2.2", "2.23.140.1.5.1.2"


class Raw(Cert):
    """A certificate of just these extensions."""

    def __init__(self, key, name, extensions, issuer=None, **how):
        self.key, self.subject = key, name
        self.issuer_name = how.get("issuer_name") or (issuer.subject if issuer else name)
        self.serial = next(self.serials)
        signer = how.get("signed_by") or (issuer.key if issuer else key)
        digest, version = how.get("digest", "sha256"), how.get("version", 3)
        tbs = seq(tlv(0xA0, integer(version - 1)) if version > 1 else b"", integer(self.serial), signer.algorithm(digest), self.issuer_name,
                  seq(time_of(how.get("since", SINCE)), time_of(how.get("until", UNTIL))), name, key.spki,
                  tlv(0xA3, seq(*extensions)) if version > 1 else b"")
        self.der = seq(tbs, signer.algorithm(digest), bits(how.get("signature") or signer.sign(tbs, digest)))


def basic(ca=True, length=None):
    return extension("2.5.29.19", seq(tlv(0x01, b"\xff") if ca else b"", integer(length) if length is not None else b""), True)


def usage(octet):
    return extension("2.5.29.15", bits(bytes([octet])), True)


def eku(*oids):
    return extension("2.5.29.37", seq(*(oid(o) for o in oids)))


def names(*entries):
    return extension("2.5.29.17", seq(*(tlv(t, v) for t, v in entries)))


def utf8_mailbox(address):
    return (0xA0, oid("1.3.6.1.5.5.7.8.9") + tlv(0xA0, tlv(0x0C, address.encode())))


def constraints(allowed=(), excluded=()):
    def trees(tag, entries):
        return tlv(tag, *(seq(tlv(t, v)) for t, v in entries)) if entries else b""
    return extension("2.5.29.30", seq(trees(0xA0, allowed), trees(0xA1, excluded)), True)


def mail(*addresses):
    return [(0x81, a.encode()) for a in addresses]


CA = [basic(), usage(0x06)]
LEAF = [basic(False), usage(0xE8), eku(MAIL)]
SUB = subject(cn="Sub CA", o="Trusty")
LEGACY = seq(set_of(seq(oid("2.5.4.3"), tlv(0x0C, b"x"))), set_of(seq(oid("1.2.840.113549.1.9.1"), tlv(0x16, BANK.encode()))))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return Key(tmp_path_factory.mktemp("small"), "small", 1024)


def chain_of(authority, ca_extensions, leaf_extensions=None, leaf_name=None, ca_key="other", **how):
    """A sub-CA of the root and a leaf of the bank."""
    ca = Raw(authority.keys[ca_key], SUB, ca_extensions, authority.root, **how)
    return Raw(authority.keys["bank"], leaf_name or name("x"), leaf_extensions or [*LEAF, names(*mail(BANK))], ca), [ca]


def refused(home, octets, day=0):
    verdict = judged(home, octets, day)
    assert verdict["summary"] == "unprotected" and verdict["signer"]["chain"] not in ("trusted", "pinned"), verdict
    assert verdict["signer"]["proof"] == "none" and verdict["signer"]["organization"] is None
    return verdict


# ---- name constraints ----

UMLAUT = "j\u00f6rg@bank.example"
NOT_PERMITTED = {
    "one-of-two": (constraints(mail("bank.example")), [*LEAF, names(*mail(BANK, "x@other.example"))], None, BANK),
    "one-of-two-first": (constraints(mail("bank.example")), [*LEAF, names(*mail("x@other.example", BANK))], None, BANK),
    "in-the-subject": (constraints(mail("other.example")), LEAF, LEGACY, BANK),
    "in-the-subject-beside-a-host": (constraints(mail("other.example")), [*LEAF, names((0x82, b"bank.example"))], LEGACY, BANK),
    "in-the-subject-excluded": (constraints([], mail("bank.example")), LEAF, LEGACY, BANK),
    "excluded-host": (constraints([], mail("bank.example")), None, None, BANK),
    "excluded-in-capitals": (constraints([], mail("BANK.Example")), None, None, BANK),
    "capitals-in-the-leaf": (constraints([], mail("bank.example")), [*LEAF, names(*mail("Service@BANK.EXAMPLE"))], None, BANK),
    "excluded-mailbox": (constraints([], mail("Service@Bank.example")), None, None, BANK),
    "excluded-domain": (constraints([], mail(".example")), None, None, BANK),
    "permitted-and-excluded": (constraints(mail("bank.example"), mail(BANK)), None, None, BANK),
    "only-below": (constraints(mail(".bank.example")), None, None, BANK),
    "suffix-of-a-name": (constraints(mail("bank.example")), [*LEAF, names(*mail("a@evilbank.example"))], None, "a@evilbank.example"),
    "below-a-host": (constraints(mail("bank.example")), [*LEAF, names(*mail("a@x.bank.example"))], None, "a@x.bank.example"),
    "utf8-mailbox": (constraints(mail("other.example")), [*LEAF, names(utf8_mailbox(UMLAUT))], None, UMLAUT),
    "utf8-mailbox-excluded": (constraints([], mail("bank.example")), [*LEAF, names(utf8_mailbox(UMLAUT))], None, UMLAUT),
    "utf8-beside-a-permitted": (constraints(mail("other.example")), [*LEAF, names(*mail("a@other.example"), utf8_mailbox(UMLAUT))], None, UMLAUT),
    "directory-name": (constraints([(0xA4, subject(o="Other"))]), None, subject(o="Bank", cn="x"), BANK),
    "directory-name-and-mail": (constraints([*mail("bank.example"), (0xA4, subject(o="Other"))]), None, subject(o="Bank", cn="x"), BANK),
    "nobody": (constraints(mail("nobody.invalid")), None, None, BANK),
    "broken": (extension("2.5.29.30", seq(tlv(0xA0, b"\x30\x05\x81")), True), None, None, BANK),
    "international-host": (constraints([], mail("xn--bcher-kva.example")), [*LEAF, names(utf8_mailbox("\u00fc@b\u00fccher.example"))], None, "\u00fc@b\u00fccher.example"),
    "quoted-local-part": (constraints([], mail(BANK)), [*LEAF, names(*mail('"service"@bank.example'))], None, BANK),
}


@pytest.mark.parametrize("case", NOT_PERMITTED)
def test_a_name_constraint_cannot_be_walked_around(bob, authority, case):
    constraint, leaf, leaf_name, sender = NOT_PERMITTED[case]
    leaf, certs = chain_of(authority, [*CA, constraint], leaf, leaf_name)
    refused(bob, letter(leaf, certs, sender))


def test_constraints_of_the_anchor_itself(new_home, authority, tmp_path):
    root = Raw(authority.keys["evil"], subject(cn="Town", o="Town"), [*CA, constraints(mail("town.example"))])
    home = new_home()
    home.add(BOB, "--profile", "p256")
    home.run("trust", "anchors", "add", root.pem(tmp_path))
    for sender, fine in ((BANK, False), ("mayor@town.example", True)):
        leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(sender))], root)
        assert (judged(home, letter(leaf, [root], sender))["summary"] == "verified") == fine


# ---- what makes an authority ----

@pytest.mark.parametrize("extensions,how", [
    ([usage(0x06)], {}), ([basic(False), usage(0x06)], {}), ([basic(), usage(0x80)], {}), ([basic(), usage(0x02)], {}),
    ([*CA, eku(SERVER)], {}), ([*CA, eku("1.3.6.1.5.5.7.3.2", SERVER)], {}), ([], {"version": 1}), ([], {}),
    (CA, {"until": datetime.datetime(2026, 2, 1)}), (CA, {"since": datetime.datetime(2030, 1, 1)}),
    (CA, {"digest": "sha1"}), (CA, {"signature": b"\0" * 64}),
    ([*CA, extension("1.2.3.4", b"\x05\0", True)], {}), ([*CA, basic()], {}),
], ids=["no-constraints", "not-ca", "signs-no-certs", "crl-sign-only", "tls", "client-and-tls", "version-1", "bare", "expired", "not-yet", "sha1",
        "bad-signature", "unknown-critical", "twice"])
def test_no_authority(bob, authority, extensions, how):
    leaf, certs = chain_of(authority, extensions, **how)
    refused(bob, letter(leaf, certs))


def test_any_usage_is_an_authority_for_mail(bob, authority):
    leaf, certs = chain_of(authority, [*CA, eku(ANY)])
    assert judged(bob, letter(leaf, certs))["summary"] == "verified"


def test_a_path_longer_than_it_may_be(bob, authority):
    top = Raw(authority.keys["other"], SUB, [basic(True, 0), usage(0x06)], authority.root)
    low = Raw(authority.keys["evil"], subject(cn="Below"), CA, top)
    refused(bob, letter(Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], low), [low, top]))


def test_a_mailbox_is_no_authority(bob, authority):
    eve = authority.leaf("eve@evil.example", key="evil")
    refused(bob, letter(Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], eve), [eve, authority.ca]))
    greedy = Raw(authority.keys["evil"], authority.ca.subject, [*LEAF, names(*mail("eve@evil.example"))], authority.ca)
    refused(bob, letter(Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], greedy), [greedy, authority.ca]))


def test_the_name_of_an_anchor_is_not_its_key(bob, authority):
    ski = extension("2.5.29.14", octets(b"\1" * 20))
    fake = Raw(authority.keys["evil"], authority.root.subject, [*CA, ski])
    fake_ca = Raw(authority.keys["evil"], authority.ca.subject, [*CA, ski], authority.root, signed_by=authority.keys["evil"])
    for issuer, certs in ((fake, [fake]), (fake, [authority.root, fake]), (fake_ca, [fake_ca, fake]), (fake_ca, [authority.ca, fake_ca, fake, authority.root])):
        leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK)), policy(ORGANIZATION)], issuer)
        refused(bob, letter(leaf, certs))
    itself = Raw(authority.keys["bank"], authority.root.subject, [*LEAF, names(*mail(BANK))])
    refused(bob, letter(itself, [authority.root]))


def test_cross_signed_loops_end(bob, authority):
    one_name, two_name = subject(cn="One"), subject(cn="Two")
    one, two = authority.keys["other"], authority.keys["evil"]
    by_two, by_one = Raw(one, one_name, CA, issuer_name=two_name, signed_by=two), Raw(two, two_name, CA, issuer_name=one_name, signed_by=one)
    leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], by_two)
    refused(bob, letter(leaf, [by_two, by_one]))
    way_out = Raw(two, two_name, CA, authority.root)
    assert judged(bob, letter(leaf, [by_two, by_one, way_out]))["signer"]["chain"] in ("trusted", "untrusted")


def test_weak_keys_on_the_path(bob, authority, small):
    ca = Raw(small, SUB, CA, authority.root)
    refused(bob, letter(Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], ca), [ca]))
    leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], authority.ca, digest="sha1")
    refused(bob, letter(leaf, [authority.ca]))


@pytest.mark.parametrize("address", [BANK.encode() + b"\0.evil.example", BANK.encode() + b".", b" " + BANK.encode(), BANK.encode() + b"\n", b"<" + BANK.encode() + b">",
                                     "service@b\u0430nk.example".encode(), BANK.encode().replace(b"@", b"@@"), b"x@evil.example," + BANK.encode()])
def test_what_only_resembles_the_address(bob, authority, address):
    leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names((0x81, address))], authority.ca)
    verdict = judged(bob, letter(leaf, [authority.ca]))
    assert verdict["summary"] == "unprotected" and not verdict["signer"]["matches_from"]


@pytest.mark.parametrize("extensions", [[basic(False), usage(0xE8), eku(SERVER)], [basic(False), usage(0x20), eku(MAIL)], [basic(False), usage(0xE8), eku(MAIL), extension("1.2.3.4", b"\5\0", True)]])
def test_a_leaf_that_may_not_sign_mail(bob, authority, extensions):
    leaf = Raw(authority.keys["bank"], name("x"), [*extensions, names(*mail(BANK))], authority.ca)
    verdict = judged(bob, letter(leaf, [authority.ca]))
    assert verdict["summary"] == "unprotected" and verdict["signature"]["reason"] == "wrong-usage"


@pytest.mark.parametrize("extensions", [LEAF, [basic(False), usage(0xEC)], [usage(0xE8)], []], ids=["leaf", "not-ca", "no-constraints", "bare"])
def test_a_friend_who_was_made_an_anchor_vouches_for_nobody_else(new_home, authority, tmp_path, extensions):
    friend = Raw(authority.keys["evil"], name("Friend"), [*extensions, names(*mail("friend@evil.example"))])
    home = new_home()
    home.add(BOB, "--profile", "p256")
    home.run("trust", "anchors", "add", friend.pem(tmp_path), code=None)
    leaf = Raw(authority.keys["bank"], name("x"), [*LEAF, names(*mail(BANK))], friend)
    refused(home, letter(leaf, [friend]))


# ---- what one message does to another ----

def test_certificates_of_others_change_no_verdict(bob, authority, keys, tmp_path):
    fake_ca = Raw(keys["evil"], authority.ca.subject, CA, authority.root, signed_by=keys["evil"])
    eve = authority.leaf("eve@evil.example", key="evil")
    leaf = authority.leaf(BANK)
    box = tmp_path / "box"
    box.mkdir()
    (box / "1").write_bytes(letter(eve, [fake_ca, authority.ca], "eve@evil.example", day=1))
    (box / "2").write_bytes(letter(leaf, [fake_ca], day=1))
    bob.run(*at(1), "learn", box)
    verdict = judged(bob, letter(leaf, [authority.ca], day=2), 2)
    assert verdict["summary"] == "verified" and verdict["signer"]["chain"] == "trusted"
    forged = Raw(keys["bank"], name("x"), [*LEAF, names(*mail("boss@firm.example"))], fake_ca)
    refused(bob, letter(forged, [], "boss@firm.example", day=3), 3)
    refused(bob, letter(forged, [authority.ca], "boss@firm.example", day=3), 3)


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_planted_authority_of_the_same_name_breaks_nothing(bob, authority, order):
    """Certificates beside a signature are not signed: whoever passes the message on can add some."""
    fake = Raw(authority.keys["evil"], authority.ca.subject, CA, authority.root, signed_by=authority.keys["evil"])
    certs = [fake, authority.ca] if order == "before" else [authority.ca, fake]
    assert judged(bob, letter(authority.leaf(BANK), certs))["summary"] == "verified"


def test_two_anchors_of_one_name(bob, authority, tmp_path):
    twin = Raw(authority.keys["evil"], authority.root.subject, CA)
    bob.run("trust", "anchors", "add", twin.pem(tmp_path))
    for issuer, key in ((twin, "other"), (authority.ca, "bank"), (authority.root, "other")):
        leaf = Raw(authority.keys[key], name("x"), [*LEAF, names(*mail(BANK))], issuer)
        assert judged(bob, letter(leaf, [authority.ca]))["summary"] == "verified"
    bob.run("trust", "anchors", "remove", twin.pem(tmp_path))
    refused(bob, letter(Raw(authority.keys["other"], name("x"), [*LEAF, names(*mail(BANK))], twin), [twin]))


# ---- revocation ----

def crl(key, issuer, revoked=(), since=-1, until=3000, number=5, extensions=()):
    """A list by hand; days from now."""
    when = [NOW + datetime.timedelta(days=d) for d in (since, until)]
    entries = [seq(integer(c.serial), time_of(SINCE)) for c in revoked]
    tbs = seq(integer(1), key.algorithm(), issuer, time_of(when[0]), time_of(when[1]), seq(*entries) if entries else b"",
              tlv(0xA0, seq(extension("2.5.29.20", integer(number)), *extensions)))
    return seq(tbs, key.algorithm(), bits(key.sign(tbs)))


def with_crls(leaf, certs, crls, day=0, body="Your statement is ready.\n"):
    """A letter of the bank beside whose certificates somebody put lists: they are not signed."""
    when = NOW + datetime.timedelta(days=day)
    content = text(body)
    cms = content_info(SIGNED, seq(integer(1), set_of(digest_alg("sha256")), seq(oid(CMS_DATA)), tlv(0xA0, *(c.der for c in [leaf, *certs])),
                                   tlv(0xA1, *crls), set_of(signer_info(content, leaf, when=when))))
    return clear(content, cms, head(BANK, BOB, "Statement", date(day)))


def test_a_list_in_a_message_revokes_only_by_its_issuer(bob, authority, keys):
    leaf = authority.leaf(BANK)
    genuine, forged = crl(keys["ca"], authority.ca.subject, [leaf]), crl(keys["evil"], authority.ca.subject, [leaf])
    other = crl(keys["root"], authority.root.subject, [leaf])
    for lists in ([forged], [other], [forged, other]):
        octets = with_crls(leaf, [authority.ca], lists)
        assert judged(bob, octets)["summary"] == "verified"
        bob.run(*at(0), "open", "--learn", stdin=octets)
        assert judged(bob, letter(leaf, [authority.ca], day=1), 1)["summary"] == "verified"
    assert judged(bob, with_crls(leaf, [authority.ca], [genuine]))["signer"]["chain"] == "revoked"


UNKNOWN = extension("1.2.3.4", b"\5\0", True)
ONLY_CAS = extension("2.5.29.28", seq(tlv(0x82, b"\xff")), True)
SOME_REASONS = extension("2.5.29.28", seq(tlv(0x83, b"\1\2")), True)
DELTA = extension("2.5.29.27", integer(5), True)


@pytest.mark.parametrize("replayed", [
    {"since": -30, "number": 1, "until": -9}, {"since": -30, "number": 1}, {"since": -30, "number": 1, "until": 3600}, {"since": 5, "number": 9}, {"since": 0, "number": 9, "extensions": [UNKNOWN]},
    {"since": 0, "number": 9, "extensions": [ONLY_CAS]}, {"since": 0, "number": 9, "extensions": [SOME_REASONS]}, {"since": 0, "number": 9, "extensions": [DELTA]},
], ids=["old-and-run-out", "old", "old-and-long", "future", "critical", "only-cas", "some-reasons", "delta"])
@pytest.mark.parametrize("life", [3000, 1], ids=["current", "run-out"])
@pytest.mark.parametrize("way", ["message", "file"])
def test_once_revoked_stays_revoked(bob, authority, keys, tmp_path, replayed, life, way):
    leaf = authority.leaf(BANK)
    (tmp_path / "new.crl").write_bytes(crl(keys["ca"], authority.ca.subject, [leaf], until=life))
    bob.run(*at(0), "trust", "anchors", "add", tmp_path / "new.crl")
    refused(bob, letter(leaf, [authority.ca], day=2), 2)
    empty = crl(keys["ca"], authority.ca.subject, [], **replayed)
    lists = [empty]
    if way == "file":
        (tmp_path / "old.crl").write_bytes(empty)
        bob.run(*at(2), "trust", "anchors", "add", tmp_path / "old.crl", code=None)
        lists = []
    octets = with_crls(leaf, [authority.ca], lists, 2) if lists else letter(leaf, [authority.ca], day=2)
    assert refused(bob, octets, 2)["signer"]["chain"] == "revoked"
    bob.run(*at(2), "open", "--learn", stdin=octets)
    assert refused(bob, letter(leaf, [authority.ca], day=3), 3)["signer"]["chain"] == "revoked"


def test_forged_lists_in_files_take_no_genuine_one_away(bob, authority, keys, tmp_path):
    leaf, path = authority.leaf(BANK), tmp_path / "list.crl"
    forged = [crl(keys["evil"], authority.ca.subject, [], since=-n / 1000, number=99) for n in range(40)]
    for der in [crl(keys["ca"], authority.ca.subject, [leaf]), *forged]:
        path.write_bytes(der)
        bob.run(*at(0), "trust", "anchors", "add", path, code=None)
    assert refused(bob, letter(leaf, [authority.ca], day=1), 1)["signer"]["chain"] == "revoked"


# ---- proof ----

def names_of(*pairs, together=False):
    found = [seq(oid(n), tlv(0x0C, v.encode())) for n, v in pairs]
    return seq(tlv(0x31, *found)) if together else seq(*(tlv(0x31, f) for f in found))


def is_plain_line(line):
    return line and not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cs") for c in line)


@pytest.mark.parametrize("text", ["Bank\u202egro.elpmaxe", "Bank\r\nFrom: x", "{from}{history}{issuer}", "B" * 3000, "\u200b\u2066\u00ad", "Bank\0Evil", "\u0301" * 500 + "x",
                                  "Bank (service@paypal.com), as Mozilla vouches: the 900th time", "\U000e0041\ufe0f\u3164"])
def test_hostile_organization_names(bob, authority, text):
    leaf = authority.leaf(BANK, name=names_of((O, text)), kind=ORGANIZATION)
    octets = letter(leaf, [authority.ca])
    verdict = judged(bob, octets)
    assert verdict["summary"] == "verified" and is_plain_line(verdict["sentence"]) and len(verdict["sentence"]) < 500
    assert is_plain_line(verdict["signer"]["organization"] or "-") and "service@bank.example" in verdict["sentence"]
    for line in bob.out(*at(0), "verify", stdin=octets).decode().splitlines():
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in line), line


@pytest.mark.parametrize("subject_name", [names_of((O, "Bank"), (O, "Evil")), names_of((O, "Bank"), (O, "Bank")), names_of((O, "Bank"), (O, "Evil"), together=True)])
def test_two_organizations_are_none(bob, authority, subject_name):
    verdict = judged(bob, letter(authority.leaf(BANK, name=subject_name, kind=ORGANIZATION), [authority.ca]))
    assert verdict["signer"]["organization"] is None and verdict["signer"]["proof"] in ("none", "mailbox")


@pytest.mark.parametrize("policies", [[MAILBOX], [MAILBOX, ORGANIZATION], [ORGANIZATION, "2.23.140.1.5.3.2"], ["2.23.140.1.5.2.4"], ["2.23.140.1.5.2.2.1"]])
def test_odd_policies_prove_no_organization(bob, authority, policies):
    leaf = authority.leaf(BANK, name=subject(o="Bank", cn="x"), extensions=[policy(*policies)])
    assert judged(bob, letter(leaf, [authority.ca]))["signer"]["organization"] is None


def test_an_intermediate_without_the_policy_proves_no_organization(bob, authority):
    leaf, certs = chain_of(authority, [*CA, policy(MAILBOX)], [*LEAF, names(*mail(BANK)), policy(ORGANIZATION)], subject(o="Bank", cn="x"))
    verdict = judged(bob, letter(leaf, certs))
    assert verdict["signer"]["organization"] is None and verdict["signer"]["proof"] in ("mailbox", "none")


# ---- histories of organizations ----

def bank_history(home, authority, day_range=range(1, 6)):
    leaf = authority.leaf(BANK, name=subject(cn="Bank", o="Bank of Example"), kind=ORGANIZATION)
    for day in day_range:
        home.run(*at(day), "open", "--learn", stdin=letter(leaf, [authority.ca], day=day))


@pytest.mark.parametrize("o", ["B\u0430nk of Example", "Bank of Example Ltd", "Bank\u200b of Examp1e", "Bank  of\u00a0Example.", "\uff22ank of Example"])
def test_a_look_alike_organization_has_no_history(bob, authority, o):
    bank_history(bob, authority)
    other = authority.leaf("a@evil.example", key="evil", name=subject(o=o, cn="x"), kind=ORGANIZATION)
    verdict = judged(bob, letter(other, [authority.ca], "a@evil.example", day=7), 7)
    assert verdict["history"]["organization_messages"] == 0 and "first time" in verdict["sentence"]


def test_untrusted_claims_make_no_history(bob, authority, keys):
    root = Cert(keys["evil"], subject(cn="Honest Root", o="Honest"), ca=True)
    for day in range(1, 6):
        fake = authority.leaf("a@evil.example", issuer=root, key="evil", name=subject(o="Bank of Example"), kind=ORGANIZATION)
        bob.run(*at(day), "open", "--learn", stdin=letter(fake, [root], "a@evil.example", day=day))
    real = authority.leaf(BANK, name=subject(o="Bank of Example"), kind=ORGANIZATION)
    assert judged(bob, letter(real, [authority.ca], day=7), 7)["history"]["organization_messages"] == 0


def test_an_anchor_without_the_rules_of_the_forum_lends_no_history(bob, authority, keys, tmp_path):
    bank_history(bob, authority)
    club = Cert(keys["evil"], subject(cn="Club Root", o="Club"), ca=True)
    bob.run("trust", "anchors", "add", club.pem(tmp_path))
    leaf = authority.leaf("a@evil.example", issuer=club, key="other", name=subject(o="Bank of Example"))
    assert judged(bob, letter(leaf, [club], "a@evil.example", day=7), 7)["history"]["organization_messages"] == 0


# ---- hostile files ----

def pem(der, label="CERTIFICATE"):
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()


def own_anchors(home):
    return [a for a in home.json_lines("trust", "anchors", "list") if a["origin"] == "own"]


HOSTILE = {
    "empty": lambda a: b"", "begins-only": lambda a: b"-----BEGIN " * 200_000, "long-label": lambda a: b"-----BEGIN " + b"A" * 20_000_000,
    "bomb": lambda a: b"-----BEGIN CERTIFICATE-----\n" + b"A" * 30_000_000 + b"\n-----END CERTIFICATE-----\n",
    "thousands": lambda a: pem(a.root.der) * 20_000, "nul": lambda a: b"\0" * 1_000_000,
    "indefinite": lambda a: b"\x30\x80" + a.root.der[4:] + b"\0\0", "huge-length": lambda a: b"\x30\x84\xff\xff\xff\xff" + a.root.der[4:],
    "trailing": lambda a: a.root.der + b"x" * 100, "cut": lambda a: a.root.der[:-20], "good-then-leaf": lambda a: pem(a.ca.der) + pem(a.leaf(BANK).der),
    "good-then-junk": lambda a: pem(a.ca.der) + pem(b"junk"), "nested": lambda a: b"\x30\x80" * 500_000, "key-only": lambda a: a.keys["root"].path.read_bytes(),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_adds_nothing(bob, authority, tmp_path, case):
    (tmp_path / "file").write_bytes(HOSTILE[case](authority))
    begun = time.monotonic()
    bob.refuse(DATA, "trust", "anchors", "add", tmp_path / "file")
    assert time.monotonic() - begun < 20
    assert [a["fingerprint"] for a in own_anchors(bob)] == [authority.root.fingerprint]


def test_a_private_key_beside_an_anchor_is_not_kept(bob, authority, tmp_path):
    secret = authority.keys["other"].path.read_bytes()
    root = Cert(authority.keys["other"], subject(cn="Second", o="Second"), ca=True)
    (tmp_path / "file").write_bytes(secret + pem(root.der))
    bob.run("trust", "anchors", "add", tmp_path / "file")
    assert len(own_anchors(bob)) == 2
    der = base64.b64decode(b"".join(secret.splitlines()[1:-1]))
    for path in bob.path.rglob("*"):
        assert not path.is_file() or der[36:68] not in path.read_bytes()


def test_what_is_no_file(bob, tmp_path):
    assert [bob.run("trust", "anchors", "add", f, code=None).returncode in (65, 66, 74) for f in (tmp_path, tmp_path / "none")] == [True, True]


# ---- the network ----

class Listener:
    """Counts who calls, on a free port and on port 80 where that may be had."""

    def __init__(self):
        self.calls, self.sockets = [], []
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            for port in (0, 80):
                try:
                    s = socket.socket(family)
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind((host, port))
                    s.listen()
                except OSError:
                    s.close()
                    continue
                self.sockets.append(s)
                threading.Thread(target=self.serve, args=(s,), daemon=True).start()
        self.port = self.sockets[0].getsockname()[1]

    def serve(self, s):
        while True:
            try:
                c, who = s.accept()
            except OSError:
                return
            self.calls.append(who)
            c.close()

    def close(self):
        for s in self.sockets:
            s.close()


@pytest.mark.parametrize("online", [True, False])
def test_nobody_near_is_called(bob, authority, online):
    listener = Listener()
    bob.run("trust", "online", "on" if online else "off")
    hosts = ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433", "127.1", "0", "0.0.0.0", "[::ffff:127.0.0.1]", "[::]", "017700000001",
             "x@127.0.0.1", "8.8.8.8@127.0.0.1", "localhost.", "127.0.0.1%00.example.com", "[fe80::1%25lo]", "[64:ff9b::7f00:1]"]
    urls = [f"http://{h}{p}/x.crl" for h in hosts for p in ("", f":{listener.port}")]
    urls += [f"https://127.0.0.1:{listener.port}/", f"ldap://127.0.0.1:{listener.port}/", "file:///etc/passwd", f"ftp://127.0.0.1:{listener.port}/", "http://", "http:///x"]
    begun = time.monotonic()
    for i in range(0, len(urls), 6):
        group = urls[i:i + 6]
        points = extension("2.5.29.31", seq(*(seq(tlv(0xA0, tlv(0xA0, tlv(0x86, u.encode())))) for u in group)))
        access = extension("1.3.6.1.5.5.7.1.1", seq(*(seq(oid(how), tlv(0x86, u.encode())) for u in group for how in ("1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"))))
        for extensions in ([points], [access], [points, access]):
            leaf = authority.leaf(BANK, extensions=extensions)
            assert judged(bob, letter(leaf, [authority.ca]))["summary"] == "verified"
    assert time.monotonic() - begun < 60
    time.sleep(0.1)
    listener.close()
    assert not listener.calls
