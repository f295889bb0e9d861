"""RFC 9216: the sample people and their keys (RSA: Alice, Bob; Ed25519 and X25519: Carlos, Dana)."""
import subprocess

import pytest

import people
from lib import field, message

PAIRS = [("alice", "bob"), ("bob", "alice"), ("carlos", "dana"), ("dana", "carlos")]
CERTS = {"alice": "4.1_Alice", "bob": "5.1_Bob", "carlos": "7.1_Carlos", "dana": "8.1_Dana"}


@pytest.mark.parametrize("name", people.PEOPLE)
def test_their_pkcs12_becomes_an_account(home, shared, name):
    address = people.become(home, shared, name)
    shown = home.json("account", "show", address)
    assert shown["address"] == address
    published = shared / "vectors/rfc9216" / (CERTS[name] + "-s-Signature-Verification-End-Entity-Certificate.crt.pem")
    der = subprocess.run(["openssl", "x509", "-in", published, "-outform", "DER"], capture_output=True, check=True)
    assert home.out("account", "cert", address, "--der") == der.stdout


@pytest.mark.parametrize("name", people.PEOPLE)
def test_wrong_passphrase(home, shared, name):
    wrong = home.passphrase_file("wrong")
    args = ["account", "add", people.address(name), "--p12", people.p12(shared, name), "--passphrase-file", wrong]
    assert home.run(*args, code=None).returncode != 0
    assert home.out("--json", "account", "list") == b""


@pytest.mark.parametrize("sender, reader", PAIRS)
@pytest.mark.parametrize("mode", ["signature", "unobtrusive"])
def test_signed(new_home, shared, sender, reader, mode):
    author, other = new_home(), new_home()
    people.become(author, shared, sender)
    author_address, other_address = people.address(sender), people.address(reader)
    author.run("account", "remove", author_address)
    secret = author.passphrase_file(sender)
    args = ["--p12", people.p12(shared, sender), "--passphrase-file", secret, "--mode", mode]
    author.run("account", "add", author_address, *args)
    verdict = other.verify(author.protect(message(author_address, other_address)))
    assert verdict["signature"]["valid"] and verdict["signature"]["reason"] == "ok"
    assert verdict["signer"]["addresses"] == [author_address] and verdict["signer"]["matches_from"]
    assert verdict["signature"]["algorithm"] == ("rsa" if sender in ("alice", "bob") else "ed25519")


@pytest.mark.parametrize("sender, reader", PAIRS)
def test_sealed(new_home, shared, sender, reader):
    author, other = new_home(), new_home()
    mine, theirs = people.become(author, shared, sender), people.become(other, shared, reader)
    author.meet(other, mine, theirs)
    sealed = author.protect(message(mine, theirs, "the subject", "secret\n"), "sealed")
    assert b"the subject" not in sealed
    text, verdict = other.open(sealed)
    assert field(text, "Subject") == ["the subject"] and b"secret" in text
    assert verdict["encryption"]["reason"] == "ok" and verdict["signature"]["valid"]


def test_rsa_and_ec_recipients_never_share_one_copy(new_home, shared, tmp_path):
    alice, bob, dana = new_home(), new_home(), new_home()
    mine = people.become(alice, shared, "alice")
    readers = [people.become(bob, shared, "bob"), people.become(dana, shared, "dana")]
    for person, address in zip((bob, dana), readers):
        alice.meet(person, mine, address)
    text = message(mine, readers, "both", "secret\n")
    done = alice.run("protect", "--level", "sealed", "--out-dir", tmp_path / "out", stdin=text)
    copies = [p.read_bytes() for p in sorted((tmp_path / "out").glob("*.eml"))]
    assert done.stdout == b"" and copies
    for person in (bob, dana):
        opened = [person.open(c, code=None)[1]["encryption"]["reason"] for c in copies]
        assert opened.count("ok") >= 1
