"""Laws: open(protect(m)) = m; a changed octet never gives altered plaintext or a valid signature."""
import base64
import email.message
import email.policy
import random
import re

import pytest

from lib import Home, date, field, message, parse

ALICE, BOB = "alice@example.org", "bob@example.net"
SEED = 20261121
SIZES = [0, 1, 2, 56, 57, 58, 75, 76, 77, 997, 998, 999, 1000, 4095, 4096, 4097, 65535, 65536, 65537, 1048577]
QUOTE = '"'
MODES = ["signature", "unobtrusive", "header"]


def couple(folder, cipher="gcm", mode="auto"):
    """Alice and Bob, who know each other; somebody who exported a key is not sealed to with GCM."""
    alice, bob = Home(folder / "alice"), Home(folder / "bob")
    alice.add(ALICE, "--profile", "p256", "--mode", mode)
    bob.add(BOB, "--profile", "p256")
    if cipher == "cbc":
        bob.p12(BOB)
        alice.p12(ALICE)
    alice.meet(bob, ALICE, BOB)
    bob.meet(alice, BOB, ALICE)
    return alice, bob


@pytest.fixture(scope="module", params=["cbc", "gcm"])
def sealing(request, tmp_path_factory):
    return *couple(tmp_path_factory.mktemp(request.param), request.param), request.param


@pytest.fixture(scope="module", params=MODES)
def signing(request, tmp_path_factory):
    return *couple(tmp_path_factory.mktemp(request.param), "gcm", request.param), request.param


def bodies():
    """(name, content type, transfer encoding, octets) of bodies around every edge."""
    rng = random.Random(SEED)
    for size in SIZES:
        yield f"binary {size}", "application/octet-stream", "base64", rng.randbytes(size)
    for size in SIZES[:-1]:
        line = bytes(rng.choices(b"abc .-=F\t", k=size))
        yield f"one line of {size}", "text/plain", "7bit" if size < 998 else "8bit", line
    for name, text in {
        "no final line end": b"a\nb",
        "only line ends": b"\n\n\n",
        "blanks at line ends": b"a \nb\t\n \n",
        "dots": b".\n..\n.a\n",
        "From lines": b"From me\n>From you\n",
        "dashes": b"--\n--x\n--x--\n",
        "utf-8": "Grüße, Ελλάδα, 漢字\n".encode() * 40,
        "latin-1": bytes(range(0xA0, 0x100)) + b"\n",
        "long utf-8 line": "ü".encode() * 2000 + b"\n",
    }.items():
        yield name, "text/plain; charset=utf-8", "8bit", text


def build(kind, encoding, octets):
    head = f"From: {ALICE}\nTo: {BOB}\nSubject: law\nDate: {date()}\nMessage-ID: <law@example>\n"
    head += f"MIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + (base64.encodebytes(octets) if encoding == "base64" else octets)


def nested():
    """A message with a tree of parts, an attached message and inline files."""
    rng = random.Random(SEED)
    top = email.message.EmailMessage(policy=email.policy.default)
    top["From"], top["To"], top["Subject"] = ALICE, BOB, "tree"
    top["Date"], top["Message-ID"] = date(), "<tree@example>"
    top.set_content("plain\n")
    top.add_alternative("<p>html</p>\n", subtype="html")
    top.get_payload()[1].add_related(rng.randbytes(3000), "image", "png", cid="<i@example>")
    top.add_attachment(rng.randbytes(10000), maintype="application", subtype="pdf", filename="ö.pdf")
    inner = email.message.EmailMessage(policy=email.policy.default)
    inner["From"], inner["Subject"] = "carol@example.com", "inner"
    inner.set_content("inner body\n")
    top.add_attachment(inner)
    return top.as_bytes()


def leaves(octets):
    parts = [p for p in parse(octets).walk() if not p.is_multipart()]
    return [(p.get_content_type(), (p.get_payload(decode=True) or b"").replace(b"\r\n", b"\n")) for p in parts]


def same(original, opened):
    old, new = leaves(original), leaves(opened)
    assert [t for t, _ in new] == [t for t, _ in old]
    assert [len(b) for _, b in new] == [len(b) for _, b in old] and new == old
    assert field(opened, "Subject") == field(original, "Subject")


CASES = {name: build(kind, encoding, octets) for name, kind, encoding, octets in bodies()} | {"tree": nested()}


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_sealed_comes_back(sealing, ends):
    alice, bob, cipher = sealing
    for name, text in CASES.items():
        text = text.replace(b"\n", ends)
        sealed = alice.protect(text, "sealed")
        kind = {"cbc": "enveloped-data", "gcm": "authEnveloped-data"}[cipher].lower()
        assert f"smime-type={kind}" in " ".join(field(sealed, "Content-Type")).lower().replace(QUOTE, ""), name
        opened, verdict = bob.open(sealed)
        assert verdict["encryption"]["reason"] == verdict["signature"]["reason"] == "ok", name
        same(text, opened)


def test_signed_comes_back_and_holds(signing):
    alice, bob, mode = signing
    for name, text in CASES.items():
        opened, verdict = bob.open(alice.protect(text, "signed"))
        assert verdict["signature"]["valid"] == (mode != "header"), (name, verdict["signature"])
        same(text, opened)


def decoded_body(octets):
    head, _, body = octets.partition(b"\n\n")
    return head + b"\n\n", bytearray(base64.b64decode(body))


def test_a_flipped_bit_in_the_ciphertext_gives_no_plaintext(sealing):
    alice, bob, cipher = sealing
    text = message(ALICE, BOB, "MARKER subject", "MARKER line of text\n" * 600)
    head, der = decoded_body(alice.protect(text, "sealed"))
    rng = random.Random(SEED)
    content = range(len(der) - 9000, len(der) - (16 if cipher == "cbc" else 0))
    for at in rng.sample(content, 40) + list(range(len(der) - 20, len(der), 3)):
        broken = der[:]
        broken[at] ^= 1 << rng.randrange(8)
        done = bob.run("open", stdin=head + base64.encodebytes(bytes(broken)), code=None)
        assert b"MARKER" not in done.stdout and b"MARKER" not in done.stderr, at


def test_a_flipped_bit_anywhere_gives_the_same_plaintext_or_none(sealing):
    alice, bob, _ = sealing
    text = message(ALICE, BOB, "MARKER subject", "MARKER line of text\n")
    sealed = alice.protect(text, "sealed")
    whole = bob.open(sealed)[0]
    head, der = decoded_body(sealed)
    rng = random.Random(SEED)
    for at in rng.sample(range(len(der)), 120):
        broken = der[:]
        broken[at] ^= 1 << rng.randrange(8)
        done = bob.run("open", stdin=head + base64.encodebytes(bytes(broken)), code=None)
        assert b"MARKER" not in done.stdout or leaves(done.stdout) == leaves(whole), at


def test_a_flipped_bit_in_signed_text_is_never_valid(signing):
    alice, bob, mode = signing
    if mode == "header":
        pytest.skip("the form header has no signature of the text")
    text = message(ALICE, BOB, "subject", "MARKER line of text\n" * 20)
    signed = alice.protect(text)
    rng = random.Random(SEED)
    spans = [m.span() for m in re.finditer(rb"MARKER line of text", signed)]
    for start, end in rng.sample(spans, 10):
        broken = bytearray(signed)
        broken[rng.randrange(start, end)] ^= 1
        signature = bob.verify(bytes(broken))["signature"]
        assert signature["present"] and not signature["valid"] and signature["reason"] == "digest-mismatch"


def test_a_flipped_bit_in_the_signature_value_is_never_valid(signing):
    alice, bob, mode = signing
    if mode != "signature":
        pytest.skip("looks for the signature in a part of its own")
    signed = alice.protect(message(ALICE, BOB))
    found = list(re.finditer(rb"(?m)(?:^[A-Za-z0-9+/=]{4,}\r?\n)+", signed))[-1]
    der = bytearray(base64.b64decode(found.group()))
    for back in range(1, 60, 3):
        broken = der[:]
        broken[-back] ^= 4
        forged = signed[: found.start()] + base64.encodebytes(bytes(broken)) + signed[found.end() :]
        assert not bob.verify(forged)["signature"]["valid"], back
