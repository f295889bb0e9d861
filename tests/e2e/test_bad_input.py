"""Hostile and broken input: one clear line, the right exit code, bounded time and memory."""
import base64
import itertools
import json
import os
import subprocess
import threading
import time
import zlib

import pytest

import der
from lib import DATA, UNAVAILABLE, Home, at, check_verdict, date, environment, message, one_diagnostic

ALICE, BOB = "alice@example.org", "bob@example.net"
SECONDS, MEBIBYTES = 20, 200
SANITIZED = bool(os.environ.get("ASAN_OPTIONS"))
HEAD = f"From: {ALICE}\nTo: {BOB}\nSubject: x\nMIME-Version: 1.0\n".encode()


def bounded(home, args, pieces, codes):
    """Feeds the pieces to one command and holds it to time, memory, exit codes and one line of diagnostics."""
    child = subprocess.Popen(home.command(*args), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment())

    def feed():
        try:
            for piece in pieces:
                child.stdin.write(piece)
            child.stdin.close()
        except BrokenPipeError:
            pass

    def collect(stream, into):
        while piece := stream.read(1 << 16):
            if len(into) < 1 << 22:
                into.extend(piece)

    out, err = bytearray(), bytearray()
    threads = [threading.Thread(target=feed), threading.Thread(target=collect, args=(child.stdout, out)),
               threading.Thread(target=collect, args=(child.stderr, err))]
    start = time.monotonic()
    timer = threading.Timer(SECONDS * 3, child.kill)
    timer.start()
    for thread in threads:
        thread.start()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    for thread in threads[1:]:
        thread.join()
    took = time.monotonic() - start
    assert child.returncode in codes, (child.returncode, bytes(err[-500:]))
    assert took < SECONDS, f"{took:.0f} s"
    if not SANITIZED:
        assert usage.ru_maxrss < MEBIBYTES * 1024, f"{usage.ru_maxrss >> 10} MiB"
    if child.returncode in range(64, 79):
        one_diagnostic(bytes(err), args)
    return bytes(out)


COMMANDS = [["open"], ["--json", "verify"], ["protect", "--level", "signed"]]


@pytest.fixture(scope="module")
def alice(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("alice"))
    home.add(ALICE, "--profile", "p256")
    return home


@pytest.fixture(scope="module")
def bob(tmp_path_factory, alice):
    home = Home(tmp_path_factory.mktemp("bob"))
    home.add(BOB, "--profile", "p256")
    home.p12(BOB)
    alice.meet(home, ALICE, BOB)
    return home


def repeat(piece, octets):
    block = piece * (1 + (1 << 20) // len(piece))
    return itertools.repeat(block, octets // len(block) + 1)


@pytest.mark.parametrize("args", COMMANDS, ids=lambda a: a[-1])
@pytest.mark.parametrize("line", [b"X-Long: " + b"a" * 60 + b"\n", b" " + b"a" * 70 + b"\n", b"a" * 80, b"\0" * 80],
                         ids=["fields", "one folded field", "one line", "nul"])
def test_a_header_of_1_gigabyte(alice, args, line):
    bounded(alice, args, itertools.chain([HEAD + b"X: y\n"], repeat(line, 1 << 30)), [DATA])


@pytest.mark.parametrize("args", COMMANDS, ids=lambda a: a[-1])
@pytest.mark.parametrize("shape", ["wide", "deep", "open"])
def test_100000_parts(alice, args, shape):
    if shape == "wide":
        text = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000 + b"--b--\n"
    elif shape == "deep":
        parts = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(100_000))
        text = b"".join(parts) + b"\nx\n"
    else:
        text = b"Content-Type: message/rfc822\n\n" * 100_000 + b"x\n"
    bounded(alice, args, [HEAD + text], [0, 1, DATA])


def wrap(octets, kind="enveloped-data"):
    head = HEAD + f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'.encode()
    return head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(octets)


def unwrap(text):
    return base64.b64decode(text.partition(b"\n\n")[2])


@pytest.fixture(scope="module")
def sealed(alice, bob):
    assert bob
    return alice.protect(message(ALICE, BOB, "MARKER", "MARKER body\n" * 50), "sealed")


def test_10000_recipients(bob, sealed):
    kind, wrapped = der.children(unwrap(sealed))
    version, recipients, *rest = der.children(der.children(wrapped)[0])
    infos = der.children(recipients)
    for order in (infos * 5000, [infos[0]] * 10000):
        many = der.sequence(kind, der.explicit(0, der.sequence(version, der.tlv(0x31, *order), *rest)))
        out = bounded(bob, ["open"], [wrap(many)], [0, DATA, UNAVAILABLE])
        bounded(bob, ["--json", "verify"], [wrap(many)], [1, DATA])
        assert len(out) < 1 << 20


def test_truncated_at_every_place(bob, sealed):
    octets = unwrap(sealed)
    places = sorted({*range(0, 64), *range(0, len(octets), len(octets) // 80), *range(len(octets) - 40, len(octets))})
    for at in places:
        done = bob.run("open", stdin=wrap(octets[:at]), code=None)
        assert done.returncode in (0, DATA, UNAVAILABLE) and b"MARKER" not in done.stdout, at


def test_truncated_base64(bob, sealed):
    for at in range(len(sealed) - 200, len(sealed) - 2, 7):
        assert b"MARKER" not in bob.run("open", stdin=sealed[:at], code=None).stdout, at


BOMBS = {
    "definite": der.sequence(der.sequence(der.sequence())) * 30000,
    "indefinite": b"\x30\x80" * 500_000,
    "constructed strings": b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + b"\x24\x80" * 500_000,
    "length of 4 GiB": b"\x30\x84\xff\xff\xff\xff\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
    "length of lengths": b"\x30\xff" + b"\xff" * 1000,
    "nothing": b"",
    "zeros": b"\0" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("kind", ["enveloped-data", "authEnveloped-data", "signed-data", "compressed-data"])
def test_bombs(bob, name, kind):
    out = bounded(bob, ["--json", "verify"], [wrap(BOMBS[name], kind)], [1, DATA])
    if out:
        assert check_verdict(json.loads(out))["summary"] == "unprotected"


def compressed(octets):
    algorithm = der.sequence(der.oid("1.2.840.113549.1.9.16.3.8"))
    content = der.sequence(der.oid("1.2.840.113549.1.7.1"), der.explicit(0, der.octets(octets)))
    return der.sequence(der.oid("1.2.840.113549.1.9.16.1.9"), der.explicit(0, der.sequence(der.integer(0), algorithm, content)))


def deflated(pieces):
    engine = zlib.compressobj(9)
    return b"".join([*map(engine.compress, pieces), engine.flush()])


def test_compression_bomb(bob):
    bomb = deflated(itertools.chain([b"Content-Type: text/plain\r\n\r\n"], repeat(b"\0", 1 << 30)))
    for args in (["open"], ["--json", "verify"]):
        bounded(bob, args, [wrap(compressed(bomb), "compressed-data")], [0, 1, DATA])


def test_layers_in_layers(bob):
    text = b"Content-Type: text/plain\r\n\r\nMARKER\r\n"
    for _ in range(30):
        text = wrap(compressed(zlib.compress(text)), "compressed-data").replace(b"\n", b"\r\n")
    assert b"MARKER" not in bounded(bob, ["open"], [text], [0, DATA])


def test_missing_key(alice, bob, sealed):
    stranger = Home(bob.path.parent / "stranger")
    stranger.add("carol@example.net", "--profile", "p256")
    verdict = stranger.verify(sealed)
    assert verdict["encryption"]["reason"] == "no-key" and verdict["summary"] == "unprotected"
    done = stranger.run("open", stdin=sealed, code=None)
    assert done.returncode in (0, UNAVAILABLE) and b"MARKER" not in done.stdout


def test_expired_certificate(alice, bob):
    late = at(6 * 365)
    signed = alice.protect(message(ALICE, BOB, Date=date(6 * 365)))
    assert bob.verify(signed, *late)["signer"]["chain"] == "expired"
    early = bob.verify(signed, *at(-365))
    assert early["signer"]["chain"] == "not-yet-valid" and early["summary"] == "unprotected"


def test_odd_messages(alice):
    odd = {
        "only a From line": b"From a@b Sat Nov 21 10:00:00 2026\n",
        "no body": HEAD,
        "no From": b"To: " + BOB.encode() + b"\n\nx\n",
        "several From": b"From: a@example.org\n" + HEAD + b"\nx\n",
        "nul in the body": HEAD + b"\n\0\0\0\n",
        "bare CR": HEAD.replace(b"\n", b"\r") + b"\r\rx",
        "mixed line ends": HEAD.replace(b"\n", b"\r\n") + b"\na\r\nb\nc\r",
        "no boundary": HEAD + b"Content-Type: multipart/mixed\n\nx\n",
        "boundary of 1000": HEAD + b'Content-Type: multipart/mixed; boundary="' + b"b" * 1000 + b'"\n\nx\n',
        "signed without signature": HEAD + b'Content-Type: multipart/signed; boundary="b"\n\n--b\n\nx\n--b--\n',
        "control characters": HEAD + b"X: \x01\x02\x1b[31m\n\nx\n",
    }
    for name, text in odd.items():
        for args in COMMANDS:
            done = alice.run(*args, stdin=text, code=None)
            assert done.returncode in (0, 1, DATA, UNAVAILABLE), (name, args, done)
            assert b"\x1b" not in done.stderr and b"\x01" not in done.stderr, name


def test_control_characters_do_not_reach_the_terminal(alice, tmp_path):
    line = alice.refuse(66, "verify", tmp_path / "a\x1b[31mb")
    assert "\x1b" not in line
