"""Our writer read by libcrypto's CMS and its writer read by us, at sizes around every block, chunk and line edge."""
import base64
import random

import pytest

import lib
import peers
from matrix import Pair

ALICE, BOB = "alice@example.org", "bob@example.net"
SEED = 20261121
EDGES = [1, 15, 16, 17, 31, 32, 33, 54, 57, 76, 127, 128, 129, 255, 256, 257, 1000, 16383, 16384, 16385, 65535, 65536, 65537, 200_001]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    if reason := peers.missing(peers.OpenSSL):
        pytest.skip(reason)
    return Pair(tmp_path_factory.mktemp("d"), peers.OpenSSL, "RSA")


def entities():
    """MIME entities (CRLF) of every size, 0 octets of body included."""
    rng = random.Random(SEED)
    for size in [0, *EDGES, *(rng.randrange(1, 5000) for _ in range(10))]:
        text = base64.encodebytes(rng.randbytes(size)).replace(b"\n", b"\r\n")
        yield size, b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text
    for size in EDGES[:12]:
        yield -size, b"Content-Type: text/plain\r\n\r\n" + b"x" * size


def decoded(octets):
    return lib.parse(octets).get_payload(decode=True).replace(b"\r\n", b"\n")


def as_message(entity):
    head = f"From: {ALICE}\nTo: {BOB}\nSubject: d\nDate: {lib.date()}\nMessage-ID: <d@x>\nMIME-Version: 1.0\n"
    return head.encode() + entity.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
def test_we_verify_what_openssl_signed(pair, detached):
    for size, entity in entities():
        octets = pair.peer.sign(pair.theirs, entity, detached)
        text = pair.multipart(octets, entity) if detached else pair.bare(octets, "signed-data")
        opened, verdict = pair.alice.open(text)
        assert verdict["signature"]["valid"], (size, verdict["signature"])
        assert decoded(opened) == decoded(entity), size


@pytest.mark.parametrize("cipher", ["CBC", "GCM"])
def test_we_open_what_openssl_sealed(pair, cipher):
    kind = "authEnveloped-data" if cipher == "GCM" else "enveloped-data"
    for size, entity in entities():
        text = pair.bare(pair.peer.encrypt(pair.ours, entity, cipher), kind)
        opened, verdict = pair.alice.open(text)
        assert verdict["encryption"]["reason"] == "ok", (size, verdict["encryption"])
        assert decoded(opened) == decoded(entity), size


def test_openssl_verifies_what_we_signed(pair):
    for size, entity in entities():
        octets, content = Pair.signature_of(pair.alice.protect(as_message(entity)))
        pair.peer.verify(pair.ours, octets, content)
        assert decoded(content) == decoded(entity), size


@pytest.mark.parametrize("cipher", ["CBC", "GCM"])
def test_openssl_opens_what_we_sealed(pair, cipher):
    writer = pair.writer(cipher)
    for size, entity in entities():
        text = as_message(entity).replace(BOB.encode(), pair.theirs.address.encode())
        sealed = writer.protect(text, "sealed")
        inner = pair.peer.decrypt(pair.theirs, base64.b64decode(sealed.partition(b"\n\n")[2]))
        signed = base64.b64decode(inner.replace(b"\r\n", b"\n").partition(b"\n\n")[2])
        (pair.folder / "root.pem").write_bytes(writer.cert(ALICE, "--root").read_bytes())
        content = peers.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-CAfile", pair.folder / "root.pem", stdin=signed)
        # Text goes out with a Legacy Display of the hidden Subject on top (RFC 9788 2.1.2).
        assert decoded(content).endswith(decoded(entity)), size


def test_nothing_at_all(pair):
    """0 octets of content: no header, no body; it ends in order."""
    for octets, kind in ((pair.peer.encrypt(pair.ours, b"", "CBC"), "enveloped-data"),
                         (pair.peer.encrypt(pair.ours, b"", "GCM"), "authEnveloped-data"),
                         (pair.peer.sign(pair.theirs, b"", False), "signed-data")):
        done = pair.alice.run("open", stdin=pair.bare(octets, kind), code=None)
        assert done.returncode in (0, lib.DATA)
