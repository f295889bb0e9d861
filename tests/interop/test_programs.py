"""Whole messages of postseal in the hands of other programs: they verify what is signed and open what is sealed."""
import base64
import email
import hashlib
import re

import pytest

import peers
from lib import PASSPHRASE, Home, field, message, parse

ALICE, BOB = "alice@example.org", "bob@example.net"
PROFILES = ["compatible", "rsa2048", "p256"]
BODY = "Grüße  \nFrom here\n-- \n" + "x" * 3000 + "\n"


@pytest.fixture(scope="module", params=PROFILES)
def pair(request, tmp_path_factory):
    """Alice and Bob, who exported their keys to other programs; their identities."""
    folder = tmp_path_factory.mktemp(request.param)
    alice, bob = Home(folder / "alice"), Home(folder / "bob")
    identities = []
    for home, address in ((alice, ALICE), (bob, BOB)):
        home.add(address, "--profile", request.param, "--mode", "signature")
        identities.append(peers.Identity(folder / ("id-" + address), address, home.p12(address)))
        identities[-1].root = home.cert(address, "--root")
    alice.meet(bob, ALICE, BOB)
    bob.meet(alice, BOB, ALICE)
    return alice, bob, *identities


@pytest.fixture(params=peers.PEERS, ids=lambda p: p.name)
def program(request, tmp_path):
    reason = peers.missing(request.param)
    if reason:
        pytest.skip(reason)
    # gpg-agent's socket name must stay short
    made = request.param(tmp_path / "p")
    yield made
    if hasattr(made, "close"):
        made.close()


def known_trouble(program, reader, ours):
    """Skips what another program cannot do (doc/interop.md)."""
    kind = peers.run("openssl", "x509", "-in", reader.reader[0], "-noout", "-text").decode()
    if program.name != "openssl" and "id-ecPublicKey" in kind.split("Signature Algorithm")[1].split("X509v3")[0]:
        pytest.skip(f"{program.version()} does not {'read' if ours else 'write'} what is sealed to an EC key")


def parts_of(signed):
    """The signed octets and the signature of multipart/signed, without a MIME library."""
    crlf = re.sub(rb"\r?\n", b"\r\n", signed)
    boundary = re.search(rb'boundary="([^"]+)"', crlf).group(1)
    pieces = crlf.split(b"\r\n--" + boundary)
    return pieces[1].removeprefix(b"\r\n"), base64.b64decode(pieces[2].split(b"\r\n\r\n", 1)[1])


def der_of(octets):
    return parse(octets).get_payload(decode=True)


def text_of(entity):
    return email.message_from_bytes(entity).get_payload(decode=True).replace(b"\r\n", b"\n").decode()


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_they_verify_what_is_signed(pair, program, ends):
    alice, _, identity, _ = pair
    program.trust(identity)
    text = message(ALICE, BOB, "Grüße", BODY).replace(b"\n", ends)
    content, signature = parts_of(alice.protect(text, "signed"))
    program.verify(identity, signature, content)
    assert text_of(content) == BODY and b"hp=" in content
    with pytest.raises(peers.Cannot):
        program.verify(identity, signature, content.replace(b"xxx", b"yyy", 1))


def test_they_open_and_verify_what_is_sealed(pair, program):
    alice, _, identity, reader = pair
    known_trouble(program, reader, True)
    program.own(reader)
    program.trust(identity)
    sealed = alice.protect(message(ALICE, BOB, "hidden subject", BODY), "sealed")
    entity = program.decrypt(reader, der_of(sealed))
    head = re.split(rb"\r?\n\r?\n", entity, maxsplit=1)[0].lower()
    assert b"smime-type=signed-data" in head
    opened = program.verify(identity, der_of(entity), None)
    assert text_of(opened).removeprefix("Subject: hidden subject\n\n") == BODY
    assert field(opened, "Subject") == ["hidden subject"]
    assert "Subject: [...]" in field(opened, "HP-Outer") and re.search(rb'hp="?cipher', opened)


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_openssl_reads_the_message_as_it_is(pair, tmp_path, level):
    alice, _, identity, reader = pair
    octets = alice.protect(message(ALICE, BOB, "as it is", BODY), level)
    if level == "sealed":
        (tmp_path / "in").write_bytes(octets)
        cert, key = reader.reader
        octets = peers.run("openssl", "cms", "-decrypt", "-in", tmp_path / "in", "-recip", cert, "-inkey", key)
    (tmp_path / "in").write_bytes(octets)
    opened = peers.run("openssl", "cms", "-verify", "-in", tmp_path / "in", "-CAfile", identity.root, "-purpose", "smimesign")
    assert BODY in text_of(opened)


def test_they_seal_and_we_open(pair, program):
    _, bob, _, reader = pair
    known_trouble(program, reader, False)
    program.own(reader)
    entity = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{BODY}".replace("\r\n", "\n").replace("\n", "\r\n")
    der = program.encrypt(reader, entity.encode(), "CBC")
    head = f"From: {ALICE}\nTo: {BOB}\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
    sealed = (head + "Content-Transfer-Encoding: base64\n\n").encode() + base64.encodebytes(der)
    verdict = bob.open(sealed)[1]
    assert verdict["encryption"]["reason"] == "ok" and verdict["summary"] == "encrypted-only"


def test_a_key_that_moved_to_another_program_comes_back(pair, new_home):
    alice, bob, _, reader = pair
    home = new_home()
    home.run("account", "import", reader.p12, "--passphrase-file", home.passphrase_file(PASSPHRASE))
    sealed = alice.protect(message(ALICE, BOB, "x", BODY), "sealed")
    assert home.open(sealed)[1]["encryption"]["reason"] == "ok"
    signed = home.protect(message(BOB, ALICE, "back"), "signed")
    verdict = alice.verify(signed)
    assert verdict["signature"]["valid"] and verdict["history"]["state"] in ("same", "new", "first")
    assert home.json("account", "show", BOB)["root_fingerprint"] == bob.json("account", "show", BOB)["root_fingerprint"]


def first_octets(salt, secret, rounds=10000):
    """The first octet of each block of I after one round of the key derivation of RFC 7292 appendix B.2."""
    text = secret.encode("utf-16-be") + b"\0\0"
    size = -(-len(text) // 64) * 64
    blocks = (salt * 64)[:64] + (text * 64)[:size]
    a = b"\1" * 64 + blocks
    for _ in range(rounds):
        a = hashlib.sha1(a).digest()
    b = int.from_bytes((a * 4)[:64], "big") + 1
    return [(int.from_bytes(blocks[j : j + 64], "big") + b) % 2**512 >> 504 for j in range(0, len(blocks), 64)]


def test_no_export_meets_the_fault_of_gpgsm(home):
    """GnuPG 2.2 derives another key when such a block begins with a zero: it calls the passphrase wrong."""
    home.add(BOB, "--profile", "p256")
    oid = bytes.fromhex("060a2a864886f70d010c0103")
    for _ in range(40):
        octets = home.p12(BOB).read_bytes()
        salts = re.findall(re.escape(oid) + rb"\x30.\x04\x08(.{8})", octets, re.S)
        assert len(salts) == 2
        assert not [s for s in salts if 0 in first_octets(s, PASSPHRASE)]
