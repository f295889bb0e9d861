"""Who vouches: certificate authorities, what they prove, what they take back, and what never proves a name."""
import datetime
import json

import pytest

from forge import Cert, Key, clear, extension, head, oid, seq, sign, text, tlv
from lib import DATA, NOW, UNAVAILABLE, USAGE, at, date

BANK, BOB = "service@bank.example", "bob@example.net"
O = "2.5.4.10"


def subject(**parts):
    numbers = {"cn": "2.5.4.3", "o": O, "gn": "2.5.4.42", "sn": "2.5.4.4"}
    return seq(*(tlv(0x31, seq(oid(numbers[k]), tlv(0x0C, v.encode()))) for k, v in parts.items()))


def policy(*dotted):
    return extension("2.5.29.32", seq(*(seq(oid(p)) for p in dotted)))


def permitted(*names):
    """Name constraints: only these mail domains or addresses."""
    return extension("2.5.29.30", seq(tlv(0xA0, *(seq(tlv(0x81, n.encode())) for n in names))), True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {name: Key(folder, name) for name in ("root", "ca", "bank", "other", "evil")}


class Authority:
    def __init__(self, keys):
        self.keys = keys
        self.root = Cert(keys["root"], subject(cn="Trusty Root", o="Trusty"), ca=True)
        self.ca = Cert(keys["ca"], subject(cn="Trusty Mail CA", o="Trusty"), issuer=self.root, ca=True,
                       extensions=[policy("2.5.29.32.0")])

    def leaf(self, *addresses, name=None, kind=None, key="bank", **how):
        extensions = how.pop("extensions", []) + ([policy(kind)] if kind else [])
        return Cert(self.keys[key], name or subject(cn=addresses[0] if addresses else "nobody"), addresses,
                    how.pop("issuer", self.ca), extensions=extensions, **how)


@pytest.fixture(scope="module")
def authority(keys):
    return Authority(keys)


@pytest.fixture
def bob(new_home, authority, tmp_path):
    home = new_home()
    home.add(BOB, "--profile", "p256")
    home.run("trust", "anchors", "add", authority.root.pem(tmp_path))
    return home


def letter(leaf, certs, sender=BANK, day=0, body="Your statement is ready.\n", more=""):
    when = NOW + datetime.timedelta(days=day)
    content = text(body)
    cms = sign(content, leaf, certs, when=when)
    return clear(content, cms, head(sender, BOB, "Statement", date(day), more))


def judged(home, octets, day=0):
    return home.verify(octets, *at(day))


def test_a_trusted_chain_is_verified_at_once(bob, authority):
    leaf = authority.leaf(BANK, name=subject(cn="Bank of Example", o="Bank of Example"), kind="2.23.140.1.5.2.2")
    verdict = judged(bob, letter(leaf, [authority.ca]))
    assert verdict["summary"] == "verified" and verdict["signer"]["chain"] == "trusted"
    assert verdict["signer"]["proof"] == "organization" and verdict["signer"]["organization"] == "Bank of Example"
    assert verdict["sentence"] == "Signed by Bank of Example (service@bank.example), as Trusty vouches: the first time."


@pytest.mark.parametrize("kind,proof,organization,person", [
    ("2.23.140.1.5.1.2", "mailbox", None, None),
    ("2.23.140.1.5.2.3", "organization", "Bank", None),
    ("2.23.140.1.5.3.2", "sponsor", "Bank", "Ann Teller"),
    ("2.23.140.1.5.4.2", "individual", None, "Ann Teller"),
])
def test_what_the_policy_proves_may_be_shown(bob, authority, kind, proof, organization, person):
    leaf = authority.leaf(BANK, name=subject(cn="Ann Teller", o="Bank", gn="Ann", sn="Teller"), kind=kind)
    signer = judged(bob, letter(leaf, [authority.ca]))["signer"]
    assert (signer["proof"], signer["organization"], signer["person"]) == (proof, organization, person)
    assert signer["claimed_name"] is None


def test_a_name_in_a_self_made_certificate_is_a_claim(bob, authority):
    fake = Cert(authority.keys["evil"], subject(cn="Bank of Example", o="Bank of Example"), [BANK],
                extensions=[policy("2.23.140.1.5.2.2")])
    verdict = judged(bob, letter(fake, []))
    assert verdict["summary"] == "unprotected" and verdict["signer"]["proof"] == "none"
    assert verdict["signer"]["organization"] is None and verdict["signer"]["claimed_name"] == "Bank of Example"
    assert "Bank of Example" not in verdict["sentence"]


def test_an_issuer_that_nobody_trusts_is_named(bob, authority):
    root = Cert(authority.keys["evil"], subject(cn="Honest Root", o="Honest"), ca=True)
    leaf = authority.leaf(BANK, issuer=root, key="evil")
    verdict = judged(bob, letter(leaf, [root]))
    assert verdict["signer"]["chain"] == "untrusted" and verdict["summary"] == "unprotected"
    warning = [w for w in verdict["warnings"] if w["code"] == "untrusted-issuer"]
    assert warning and "Honest" in warning[0]["text"]


def test_the_chain_may_be_left_out_once_it_is_known(bob, authority):
    leaf = authority.leaf(BANK)
    assert judged(bob, letter(leaf, []))["signer"]["chain"] == "untrusted"
    bob.run(*at(1), "open", "--learn", stdin=letter(leaf, [authority.ca], day=1))
    assert judged(bob, letter(leaf, [], day=2), 2)["signer"]["chain"] == "trusted"


@pytest.mark.parametrize("case", ["tls-only", "no-ca", "constraint", "weak"])
def test_who_may_not_vouch(bob, authority, case):
    how = {
        "tls-only": {"ca": True, "eku": "1.3.6.1.5.5.7.3.1"},
        "no-ca": {"usage": 0x06},
        "constraint": {"ca": True, "extensions": [permitted("other.example")]},
        "weak": {"ca": True, "digest": "sha1"},
    }[case]
    ca = Cert(authority.keys["other"], subject(cn="Sub CA", o="Trusty"), issuer=authority.root, **how)
    leaf = authority.leaf(BANK, issuer=ca)
    verdict = judged(bob, letter(leaf, [ca]))
    assert verdict["signer"]["chain"] != "trusted" and verdict["summary"] == "unprotected"


def test_a_constraint_that_fits_is_fine(bob, authority):
    ca = Cert(authority.keys["other"], subject(cn="Sub CA", o="Trusty"), issuer=authority.root, ca=True,
              extensions=[permitted("bank.example")])
    assert judged(bob, letter(authority.leaf(BANK, issuer=ca), [ca]))["summary"] == "verified"


def test_a_removed_anchor_judges_again(bob, authority, tmp_path):
    octets = letter(authority.leaf(BANK), [authority.ca])
    bob.run(*at(0), "open", "--learn", stdin=octets)
    assert judged(bob, octets)["summary"] == "verified"
    assert bob.json("can-seal", BANK)["recipients"][0]["reasons"] == ["ca"]
    bob.run("trust", "anchors", "remove", authority.root.pem(tmp_path))
    assert judged(bob, octets)["summary"] == "unprotected"
    assert bob.json("can-seal", BANK)["recipients"][0]["reasons"] == bob.json("peers", BANK)["reasons"] == ["first-contact"]


def test_an_expired_certificate_does_not_turn_old_mail_red(bob, authority):
    leaf = authority.leaf(BANK, until=(NOW + datetime.timedelta(days=100)).replace(tzinfo=None))
    octets, unseen = letter(leaf, [authority.ca], day=1), letter(leaf, [authority.ca], day=2, body="Another.\n")
    bob.run(*at(1), "open", "--learn", stdin=octets)
    assert judged(bob, octets, 400)["summary"] == "verified"
    late = judged(bob, unseen, 400)
    assert late["signer"]["chain"] == "expired" and late["summary"] == "unprotected"
    assert "expired" in [w["code"] for w in late["warnings"]]


def crl_of(authority, folder, *revoked):
    """A CRL of the mail CA, made by openssl."""
    from forge import openssl
    conf, index = folder / "ca.conf", folder / "index.txt"
    index.write_text("".join(f"R\t360101000000Z\t260601000000Z\t{c.serial:X}\tunknown\t/CN=x\n".replace("\tR", "\tR")
                             if len(f"{c.serial:X}") % 2 == 0 else f"R\t360101000000Z\t260601000000Z\t0{c.serial:X}\tunknown\t/CN=x\n"
                             for c in revoked))
    (folder / "number").write_text("05\n")
    conf.write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={index}\ncrlnumber={folder}/number\ndefault_md=sha256\ndefault_crl_days=3000\n")
    out = folder / "ca.crl"
    openssl("ca", "-config", conf, "-gencrl", "-keyfile", authority.keys["ca"].path, "-cert", authority.ca.pem(folder), "-out", out)
    return out


def test_a_revocation_list_from_a_file(bob, authority, tmp_path):
    leaf, fine = authority.leaf(BANK), authority.leaf(BANK, key="other")
    octets = letter(leaf, [authority.ca], day=1)
    bob.run(*at(1), "open", "--learn", stdin=octets)
    bob.run("trust", "anchors", "add", crl_of(authority, tmp_path, leaf))
    verdict = judged(bob, octets, 2)
    assert verdict["signer"]["chain"] == "revoked" and verdict["summary"] == "unprotected"
    assert "revoked" in verdict["sentence"]
    assert bob.json(*at(2), "can-seal", BANK, code=UNAVAILABLE)["recipients"][0]["reasons"] == ["revoked"]
    assert judged(bob, letter(fine, [authority.ca], day=2), 2)["summary"] == "verified"


def test_mailboxes_of_one_organization_share_their_history(bob, authority):
    bank = dict(name=subject(cn="Bank", o="Bank of Example"), kind="2.23.140.1.5.2.2")
    leaf = authority.leaf(BANK, **bank)
    for day in range(1, 6):
        bob.run(*at(day), "open", "--learn", stdin=letter(leaf, [authority.ca], day=day))
    other = authority.leaf("loans@bank.example", key="other", **bank)
    verdict = judged(bob, letter(other, [authority.ca], sender="loans@bank.example", day=7), 7)
    assert verdict["history"]["messages"] == 0 and verdict["history"]["organization_messages"] == 5
    assert "the 6th time, over 5 days since" in verdict["sentence"]
    stranger = authority.leaf("x@shop.example", key="other", name=subject(cn="Shop", o="Shop"), kind="2.23.140.1.5.2.2")
    assert judged(bob, letter(stranger, [authority.ca], sender="x@shop.example", day=7), 7)["history"]["organization_messages"] == 0


def test_a_new_certificate_of_another_authority_renews(bob, authority, keys, tmp_path):
    second = Authority({**keys, "root": keys["other"]})
    bob.run("trust", "anchors", "add", second.root.pem(tmp_path))
    bob.run(*at(1), "open", "--learn", stdin=letter(authority.leaf(BANK), [authority.ca], day=1))
    octets = letter(second.leaf(BANK), [second.ca], day=2)
    verdict = judged(bob, octets, 2)
    assert verdict["summary"] == "verified" and not verdict["warnings"]
    bob.run(*at(2), "open", "--learn", stdin=octets)
    assert bob.json(*at(2), "can-seal", BANK)["recipients"][0]["reasons"] == ["ca"]


def test_an_authority_over_a_personal_key_is_a_change(bob, authority):
    own = Cert(authority.keys["evil"], subject(cn="me"), [BANK])
    for day in (1, 4, 9):
        bob.run(*at(day), "open", "--learn", stdin=letter(own, [], day=day))
    octets = letter(authority.leaf(BANK), [authority.ca], day=10)
    verdict = judged(bob, octets, 10)
    assert "key-changed" in [w["code"] for w in verdict["warnings"]]
    bob.run(*at(10), "open", "--learn", stdin=octets)
    assert bob.json(*at(10), "can-seal", BANK, code=UNAVAILABLE)["recipients"][0]["state"] == "changed"


def test_a_signature_by_another_valid_identity_is_not_the_senders(bob, authority):
    verdict = judged(bob, letter(authority.leaf("eve@evil.example", key="evil"), [authority.ca]))
    assert verdict["summary"] == "unprotected" and not verdict["signer"]["matches_from"]
    assert "from-mismatch" in [w["code"] for w in verdict["warnings"]]


def test_anchors_of_mozilla_are_listed_and_can_be_taken_away(bob, authority):
    listed = bob.json_lines("trust", "anchors", "list")
    mozilla = [a for a in listed if a["origin"] == "mozilla"]
    assert len(mozilla) > 20 and all(a["trusted"] for a in mozilla)
    own = [a for a in listed if a["origin"] == "own"]
    assert [a["fingerprint"] for a in own] == [authority.root.fingerprint]
    bob.run("trust", "anchors", "remove", mozilla[0]["fingerprint"])
    again = {a["fingerprint"]: a for a in bob.json_lines("trust", "anchors", "list")}
    assert not again[mozilla[0]["fingerprint"]]["trusted"]


def test_what_is_no_anchor_is_refused(bob, authority, tmp_path):
    bob.refuse(DATA, "trust", "anchors", "add", authority.leaf(BANK).pem(tmp_path))
    (tmp_path / "junk").write_bytes(b"junk\n")
    bob.refuse(DATA, "trust", "anchors", "add", tmp_path / "junk")
    bob.refuse(UNAVAILABLE, "trust", "anchors", "remove", "00" * 32)
    bob.refuse(USAGE, "trust", "anchors", "frobnicate")
    assert len([a for a in bob.json_lines("trust", "anchors", "list") if a["origin"] == "own"]) == 1
