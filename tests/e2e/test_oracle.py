"""Attacks on what is sealed: no plaintext before it is authentic, no telling failures, no leak in what leaves, bounded work."""
import os
import resource
import subprocess

import pytest

import lib
from forge import *  # noqa: F403 the tool box

AES_CBC, AES_GCM = "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.46"
BEACON = '<img src="http://evil.example/'
HTML = crlf(f'Content-Type: text/html; charset=utf-8\n\n{BEACON}">SECRET\n')
EVIL_PART = crlf("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx\n")
GIB = 1 << 30


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"), lib.Home)


@pytest.fixture(scope="module")
def rsa(tmp_path_factory):
    """Bob with an RSA key."""
    home = lib.Home(tmp_path_factory.mktemp("rsa"))
    home.add(BOB, "--profile", "rsa2048")
    return home


def attempt(home, message, *args):
    """What anybody can tell from the outside: exit code, words, output."""
    done = home.run(*AT, *(args or ["open"]), stdin=message, code=None)
    return done.returncode, done.stderr, done.stdout


def nodes(der):
    """[(tag, whole, value)] of definite DER."""
    found, at = [], 0
    while at < len(der):
        size, start = der[at + 1], at + 2
        if size & 128:
            start += size & 127
            size = int.from_bytes(der[at + 2 : start], "big")
        found.append((der[at], der[at : start + size], der[start : start + size]))
        at = start + size
    return found


def letter():
    return protected(hp="cipher", body="SECRET\n")


# ---- failures look alike ----

def rsa_failures(der, pem):
    """The same message with other encrypted keys: bad padding, a wrong key, keys of wrong length, nothing."""
    at = der.index(bytes.fromhex("04820100")) + 4
    yield der[:-1] + bytes([der[-1] ^ 1])
    for block in (b"\0" * 256, b"\xff" * 256, b"\0\1" + b"\2" * 254, der[at : at + 255] + b"\0"):
        yield der[:at] + block + der[at + 256 :]
    for size in (32, 16, 31, 33, 0, 200):
        block = openssl("pkeyutl", "-encrypt", "-certin", "-inkey", pem, stdin=os.urandom(size))
        yield der[:at] + block + der[at + 256 :]


def test_rsa_failures_look_alike(world, rsa):
    pem = rsa.cert(BOB)
    der = encrypt(world.opaque(letter()), [pem])
    seen = {attempt(rsa, smime(d, "authEnveloped-data", head())) for d in rsa_failures(der, pem)}
    assert len(seen) == 1, seen
    code, error, out = seen.pop()
    assert code == lib.DATA and out == b"" and lib.one_diagnostic(error)
    told = [rsa.run("--json", *AT, "verify", stdin=smime(d, "authEnveloped-data", head()), code=1).stdout for d in rsa_failures(der, pem)]
    assert len(set(told)) == 1


def test_agreement_failures_look_alike(world):
    der = encrypt(world.opaque(letter()), [world.to_bob])
    envelope = nodes(nodes(nodes(der)[0][2])[1][2])[0][2]
    recipients = nodes(envelope)[1][1]
    wrapped = nodes(nodes(nodes(nodes(recipients)[0][2])[0][2])[-1][2])[0][2]
    key = nodes(wrapped)[-1][2]
    at = der.index(key)
    seen = set()
    for place in (at, at + len(key) - 1, len(der) - 1, len(der) - 40):
        changed = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
        seen.add(attempt(world.bob, smime(changed, "authEnveloped-data", head())))
    assert len(seen) == 1 and seen.pop()[0] == lib.DATA


@pytest.mark.parametrize("step", [1, 7])
def test_no_octet_of_a_message_that_was_changed(world, step):
    """GCM: whatever is flipped in the content or the tag, nothing is written."""
    der = encrypt(world.opaque(letter()), [world.to_bob])
    for place in range(len(der) - 200, len(der), 40 + step):
        changed = der[:place] + bytes([der[place] ^ step]) + der[place + 1 :]
        code, error, out = attempt(world.bob, smime(changed, "authEnveloped-data", head()))
        assert code == lib.DATA and out == b"" and lib.one_diagnostic(error)


@pytest.mark.parametrize("cut", [1, 20, 200, 400])
@pytest.mark.parametrize("cipher", ["aes-256-gcm", "aes-256-cbc"])
def test_truncated(world, cipher, cut):
    der = encrypt(world.opaque(letter()), [world.to_bob], cipher)
    code, error, out = attempt(world.bob, smime(der[:-cut], "enveloped-data", head()))
    assert code == lib.DATA and out == b"" and lib.one_diagnostic(error)


def with_tag(der, size, claimed):
    """AuthEnvelopedData with a shortened tag that claims some length."""
    *before, content, mac = nodes(nodes(nodes(nodes(der)[0][2])[1][2])[0][2])
    kind, algorithm, text = nodes(content[2])
    cipher, parameters = nodes(algorithm[2])
    nonce = nodes(parameters[2])[0][1]
    shown = seq(cipher[1], seq(nonce, b"" if claimed is None else integer(claimed)))
    body = [b[1] for b in before] + [seq(kind[1], shown, text[1]), octets(mac[2][:size])]
    return content_info(AUTH_ENVELOPED, seq(*body))


@pytest.mark.parametrize("size, claimed, opens", [(16, 16, True), (13, 13, True), (12, None, True), (12, 12, True), (11, 11, False), (8, 8, False),
                                                  (4, 4, False), (1, 1, False), (0, 0, False), (16, 12, False), (12, 16, False), (4, None, False), (0, 16, False)])
def test_tag_length(world, size, claimed, opens):
    der = with_tag(encrypt(world.opaque(letter()), [world.to_bob]), size, claimed)
    code, _, out = attempt(world.bob, smime(der, "authEnveloped-data", head()))
    assert (code == 0 and b"SECRET" in out) if opens else (code == lib.DATA and out == b"")


CONFUSED = {
    "GCM called EnvelopedData": ("aes-256-gcm", AUTH_ENVELOPED, ENVELOPED),
    "CBC called AuthEnvelopedData": ("aes-256-cbc", ENVELOPED, AUTH_ENVELOPED),
    "CBC parameters under the name of GCM": ("aes-256-cbc", AES_CBC, AES_GCM),
    "GCM parameters under the name of CBC": ("aes-256-gcm", AES_GCM, AES_CBC),
}


@pytest.mark.parametrize("what", CONFUSED)
def test_confused_ciphers(world, what):
    cipher, true, false = CONFUSED[what]
    der = encrypt(world.opaque(letter()), [world.to_bob], cipher).replace(oid(true), oid(false), 1)
    code, error, out = attempt(world.bob, smime(der, "enveloped-data", head()))
    assert code == lib.DATA and out == b"" and lib.one_diagnostic(error)


def test_errors_inside_are_not_told_before_the_tag(world):
    """What breaks inside must not show through a tag that fails."""
    bad = crlf("X: " + "a" * 300000 + "\n\nbody\n")
    seen = set()
    for inside in (bad, letter()):
        der = encrypt(inside, [world.to_bob])
        seen.add(attempt(world.bob, smime(der[:-1] + bytes([der[-1] ^ 1]), "authEnveloped-data", head())))
    assert len(seen) == 1


def test_verdict_tells_nothing_of_what_is_not_authentic(world):
    """Types and links of an unauthenticated plaintext are plaintext, too: one bit of the tag is wrong, one answer for all."""
    told = set()
    for inside in (text("x" * 200), HTML, mixed([text(), EVIL_PART]), world.opaque(letter()), mixed([world.opaque(letter())])):
        der = encrypt(inside, [world.to_bob])
        message = smime(der[:-1] + bytes([der[-1] ^ 1]), "authEnveloped-data", head())
        told.add(world.bob.run("--json", *AT, "verify", stdin=message, code=1).stdout)
    assert len(told) == 1, told


def test_large_message_that_was_changed(world):
    """More than is held in memory before the first octet goes out."""
    der = encrypt(text("SECRET\n" * (9 << 17)), [world.to_bob])
    message = smime(der[:-1] + bytes([der[-1] ^ 1]), "authEnveloped-data", head())
    code, error, out = attempt(world.bob, message)
    assert code == lib.DATA and out == b"" and lib.one_diagnostic(error)


def test_result_is_the_same_every_time(world, rsa):
    der = encrypt(world.opaque(letter()), [rsa.cert(BOB)])
    for message in (smime(der, "authEnveloped-data", head()), smime(der[:-9] + b"123456789", "authEnveloped-data", head()), clear(text(), world.sign(text()))):
        assert len({attempt(rsa, message) for _ in range(5)}) == 1


# ---- EFAIL ----

WRAPPED = {
    "CBC": lambda w, m: w.seal(m, "aes-256-cbc", head()),
    "CBC in GCM": lambda w, m: w.seal(w.seal(m, "aes-256-cbc"), header=head()),
    "CBC in CBC": lambda w, m: w.seal(w.seal(m, "aes-256-cbc"), "aes-256-cbc", head()),
    "CBC signed outside": lambda w, m: smime(sign(w.seal(m, "aes-256-cbc"), w.eve, [w.eve_root], embed=True), "signed-data", head()),
    "CBC signed in GCM": lambda w, m: w.seal(smime(sign(w.seal(m, "aes-256-cbc"), w.eve, [w.eve_root], embed=True), "signed-data"), header=head()),
    "signature of another inside": lambda w, m: w.seal(smime(sign(m, w.eve, [w.eve_root], embed=True), "signed-data"), "aes-256-cbc", head()),
    "signature that fails inside": lambda w, m: w.seal(multipart([m, part_of(w.sign(b"other"))]), "aes-256-cbc", head()),
}


@pytest.mark.parametrize("what", WRAPPED)
def test_cbc_that_nobody_signed_is_inert(world, what):
    """An attacker can wrap stolen ciphertext in anything: text only, and not called authenticated."""
    message = WRAPPED[what](world, HTML)
    if attempt(world.bob, message)[0] == lib.DATA:
        assert attempt(world.bob, message)[2] == b""  # closed as altered: better still
        return
    view, verdict = look(world.bob, message)
    assert lib.parse(view).get_content_type() == "text/plain"
    assert not verdict["encryption"]["authenticated"]
    assert verdict["summary"] == "encrypted-only"
    assert "legacy-cbc" in [w["code"] for w in verdict["warnings"]]


def test_cbc_that_its_author_signed_is_shown(world):
    view, _ = look(world.bob, world.seal(world.opaque(HTML), "aes-256-cbc", head()))
    assert lib.parse(view).get_content_type() == "text/html"


CHILD = f'Content-Type: text/html\n\n{BEACON}">\n'
ACTIVE = {
    "html twice named": "Content-Type: text/plain\nContent-Type: text/html\n",
    "html first": "Content-Type: text/html\nContent-Type: text/plain\n",
    "html and more": "Content-Type: text/html junk\n",
    "html in a comment": "Content-Type: (x) text/html\n",
    "blank before the colon": "Content-Type : text/html\n",
    "in an encoded word": "Content-Type: =?utf-8?q?text/html?=\n",
    "folded": "Content-Type:\n text/html\n",
    "xhtml": "Content-Type: application/xhtml+xml\n",
    "picture": "Content-Type: image/svg+xml\n",
    "calendar": "Content-Type: text/calendar; method=REQUEST\n",
    "external body": 'Content-Type: message/external-body; access-type=URL; URL="http://evil.example/"\n',
    "inline": "Content-Type: text/html\nContent-Disposition: inline; filename=x.html\n",
}


def check_inert(world, content):
    """Closed as altered, or no part of the readable message is more than text, whichever field a program believes."""
    code, _, view = attempt(world.bob, world.seal(content, "aes-256-cbc", head()))
    if code != 0:
        assert code == lib.DATA and view == b""
        return
    for part in lib.parse(view).walk():
        types = [t.split(";")[0].split("\0")[0].strip().lower() for t in part.get_all("Content-Type", ["text/plain"])]
        assert len(types) == 1, types
        assert types[0] in ("text/plain", "application/octet-stream") or types[0].startswith("multipart/") or types[0] == "message/rfc822", types
        assert part.get("Content-Type", "").lower().count("boundary") <= 1


@pytest.mark.parametrize("what", ACTIVE)
@pytest.mark.parametrize("deep", [False, True], ids=["root", "part"])
def test_inert_means_inert(world, what, deep):
    content = crlf(ACTIVE[what] + f"\n{BEACON}\n")
    content = mixed([content]) if deep else content
    check_inert(world, content)


CONTAINERS = {
    "alternative": lambda c: multipart([c], "b", "alternative", ""),
    "related": lambda c: multipart([c], "b", "related", ""),
    "no boundary": lambda c: crlf("Content-Type: multipart/mixed\n\n--b\n") + c,
    "two boundaries": lambda c: mixed([c]).replace(b'boundary="m1"', b'boundary="a"; boundary="m1"'),
    "two types": lambda c: crlf("Content-Type: text/plain\n") + mixed([c]),
    "encoded": lambda c: crlf("Content-Transfer-Encoding: quoted-printable\n") + mixed([c]),
    "message": lambda c: crlf(f"Content-Type: message/rfc822\n\nFrom: {EVE}\n") + c,
    "signed": lambda c: multipart([c, part_of(b"x")], params='; protocol="application/pgp-signature"'),
}


@pytest.mark.parametrize("what", CONTAINERS)
def test_inert_containers(world, what):
    content = CONTAINERS[what](crlf(CHILD))
    check_inert(world, content)


def test_errant_ciphertext_stays_shut(world):
    """Stolen ciphertext as a part of a harmless message is never opened into it."""
    for stolen in (world.seal(letter()), world.seal(letter(), "aes-256-cbc")):
        for around in (mixed([text("Hello\n"), stolen], head()), mixed([stolen], head()), multipart([stolen, text()], "a", "alternative", "", head()),
                       crlf(head() + "Content-Type: message/rfc822\n\n") + stolen, quiet(stolen, sign(unobtrusive_octets(stolen), world.eve, [world.eve_root]), head(EVE)),
                       world.seal(mixed([text("Hello\n"), stolen]), header=head())):
            view, verdict = look(world.bob, around)
            assert b"SECRET" not in view
            assert verdict["encryption"]["reason"] in ("not-at-root", "none", "ok")


def test_stolen_ciphertext_in_another_message_is_not_confidential(world):
    view, verdict = look(world.bob, world.seal(letter(), header=head(EVE)))
    assert verdict["summary"] == "encrypted-only" and "from-mismatch" in [w["code"] for w in verdict["warnings"]]


# ---- bounded work ----

def bounded(world, message, limit=GIB // 2, seconds=20, command="verify"):
    """Runs in half a GiB of address space; the sanitizers need their own, so there it is only timed."""
    sanitized = b"__asan_init" in open(lib.POSTSEAL, "rb").read()
    how = {} if sanitized else {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))}
    done = subprocess.run(world.bob.command(*AT, command), input=message, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds, env=lib.environment(), check=False, **how)
    assert done.returncode in (0, 1, lib.DATA), done.stderr
    assert b"Sanitizer" not in done.stderr
    return done


def layers(count, make, content):
    for _ in range(count):
        content = make(content)
    return crlf(head()) + content


def recipients(count):
    one = seq(integer(0), seq(name("x") + integer(1)), seq(oid("1.2.840.113549.1.1.1"), tlv(5)), octets(b"x" * 256))
    content = seq(oid(DATA), seq(oid(AES_CBC), octets(b"i" * 16)), tlv(0x80, b"c" * 64))
    return smime(content_info(ENVELOPED, seq(integer(0), tlv(0x31, one * count), content)), "enveloped-data", head())


HEAVY = {
    "20 signed layers": lambda w: layers(20, lambda c: smime(signed_data(c, [], [], True), "signed-data"), text()),
    "12 clear layers": lambda w: layers(12, lambda c: multipart([c, part_of(w.sign(c, digest="sha512"))]), text()),
    "9 sealed layers, three keys each": lambda w: layers(9, lambda c: smime(encrypt(c, [w.to_bob] * 3), "authEnveloped-data"), text()),
    "20 compressed layers": lambda w: layers(20, lambda c: smime(compressed(c), "compressed-data"), text("A" * 100000)),
    "bomb": lambda w: smime(compressed(b"\r\n" + b"A" * (64 << 20)), "compressed-data", head()),
    "100,000 parts": lambda w: crlf(head() + "Content-Type: multipart/mixed; boundary=x\n\n" + "--x\n\na\n" * 100000),
    "100,000 parts of multipart/signed": lambda w: crlf(head() + 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=x\n\n' + "--x\n\na\n" * 100000),
    "20,000 multiparts in each other": lambda w: crlf(head() + "".join(f"Content-Type: multipart/mixed; boundary=x{i}\n\n--x{i}\n" for i in range(20000))),
    "50,000 messages in each other": lambda w: crlf(head() + "Content-Type: message/rfc822\n\n" * 50000),
    "10,000 recipients": lambda w: recipients(10000),
    "5,000 certificates": lambda w: clear(text(), signed_data(text(), [signer_info(text(), w.leaf)], [w.leaf] * 5000)),
    "100 signers": lambda w: clear(text(), signed_data(text(), [signer_info(text(), w.leaf)] * 100, [w.leaf])),
    "20,000 attributes": lambda w: clear(text(), w.sign(text(), extra=[attribute(f"1.2.3.{i}", octets(b"x")) for i in range(20000)])),
    "BER in BER": lambda w: smime(b"\x30\x80" * 200000, "signed-data", head()),
    "strings in strings": lambda w: smime(b"\x30\x80" + oid(SIGNED) + b"\xa0\x80\x30\x80" + integer(1) + set_of(digest_alg("sha256")) + b"\x30\x80" + oid(DATA) + b"\xa0\x80" + b"\x24\x80" * 100000, "signed-data", head()),
    "length of 2^63": lambda w: smime(bytes.fromhex("30887fffffffffffffff06"), "signed-data", head()),
    "32 MiB header": lambda w: crlf(head() + "X: ") + b"a" * (32 << 20),
    "a million fields": lambda w: crlf(head()) + b"X: a\n" * 1000000,
    "30,000 mailboxes": lambda w: crlf(head("a@b.c, " * 30000) + "\nHello\n"),
    "comments in comments": lambda w: crlf(head("(" * 100000) + "\nHello\n"),
    "20,000 parameters": lambda w: crlf(head() + "Content-Type: text/plain" + "".join(f"; a*{i}=b" for i in range(15000)) + "\n\nHello\n"),
}


@pytest.mark.parametrize("what", HEAVY)
def test_heavy_mail(world, what):
    done = bounded(world, HEAVY[what](world))
    if done.returncode == lib.DATA:
        assert lib.one_diagnostic(done.stderr) and not done.stdout


def padded_deflate(data):
    """Deflate that grows 95 times and can itself be compressed as well: empty stored blocks fill it up."""
    packer, out = zlib.compressobj(9), []
    for at in range(0, len(data), 1 << 20):
        piece = data[at : at + (1 << 20)]
        packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
        out += [packed, b"\0\0\0\xff\xff" * (max(0, len(piece) // 95 - len(packed)) // 5)]
    return b"".join(out) + packer.flush()


def test_compression_does_not_multiply(world):
    """Two layers of a hundred times each would make a gigabyte of a hundred kilobytes: one layer, and a hundred times in all."""
    def layer(data):
        cms = content_info(COMPRESSED, seq(integer(0), seq(oid(PKCS9 + "16.3.8")), seq(oid(DATA), tlv(0xA0, octets(padded_deflate(data))))))
        return crlf("Content-Type: application/pkcs7-mime; smime-type=compressed-data\nContent-Transfer-Encoding: binary\n\n") + cms
    message = crlf(head()) + layer(layer(text("") + b"A" * (64 << 20)))
    assert len(message) < 64 << 10
    done = world.bob.run(*AT, "open", stdin=message, code=None)
    assert len(done.stdout) < 100 * len(message)


# ---- what leaves ----

@pytest.fixture(scope="module")
def sender(tmp_path_factory, world):
    """Alice, who knows the keys of Bob (P-256), Carol (RSA) and Dave."""
    people = {a: lib.Home(tmp_path_factory.mktemp("person")) for a in (ALICE, BOB, "carol@example.com", "dave@hidden.example")}
    for address, home in people.items():
        home.add(address, "--profile", "rsa2048" if address.startswith("carol") else "p256")
    for address, home in list(people.items())[1:]:
        people[ALICE].meet(home, ALICE, address)
    return people


def sealed_copies(sender, tmp_path, message):
    sender[ALICE].run("protect", "--level", "sealed", "--out-dir", tmp_path, stdin=message)
    return [p.read_bytes() for p in sorted(tmp_path.glob("*.eml"))]


def test_hidden_recipients_leave_no_trace(sender, tmp_path):
    message = lib.message(ALICE, [BOB, "carol@example.com"], "SECRET", "Hello\n", Bcc="Dave <dave@hidden.example>")
    main, hidden = sealed_copies(sender, tmp_path, message)
    for address in (ALICE, BOB, "carol@example.com"):
        opened = sender[address].out("open", stdin=main)
        assert b"hidden.example" not in opened and b"Bcc" not in opened and b"Dave" not in opened
        assert sender[address].run("open", stdin=hidden, code=None).returncode == lib.UNAVAILABLE
    shown = openssl("cms", "-cmsout", "-print", "-inform", "DER", stdin=lib.parse(main).get_payload(decode=True))
    assert b"hidden.example" not in shown and not lib.field(main, "Bcc")
    assert shown.count(b"issuerAndSerialNumber") == 3
    assert b"hidden.example" not in sender["dave@hidden.example"].out("open", stdin=hidden)


@pytest.mark.parametrize("field", ["BCC: dave@hidden.example", "Bcc : dave@hidden.example", "bcc:\n dave@hidden.example", "Resent-Bcc: dave@hidden.example"])
@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_odd_bcc_fields_leave_no_trace(sender, level, field):
    message = lib.message(ALICE, BOB, "SECRET").replace(b"Subject:", field.encode() + b"\nSubject:")
    done = sender[ALICE].out("protect", "--level", level, "--rcpt", BOB, stdin=message)
    assert b"hidden" not in done and b"hidden" not in sender[BOB].out("open", stdin=done)


@pytest.mark.parametrize("field", ["Subject", "Comments", "Keywords", "Thread-Topic", "X-Subject", "Content-Description"])
def test_hidden_subject_is_in_no_outer_field(sender, tmp_path, field):
    message = lib.message(ALICE, BOB, "SECRET words").replace(b"MIME-Version", field.encode() + b": SECRET words\nMIME-Version") if field != "Subject" else lib.message(ALICE, BOB, "SECRET words")
    (main,) = sealed_copies(sender, tmp_path, message)
    assert b"SECRET" not in main
    assert b"SECRET words" in sender[BOB].out("open", stdin=main)


def test_what_is_refused_leaves_nothing(sender, tmp_path):
    message = lib.message(ALICE, [BOB, "nobody@example.com"], "SECRET")
    sender[ALICE].refuse(lib.REFUSED, "protect", "--level", "sealed", "--out-dir", tmp_path, stdin=message)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_and_no_key_write_nothing(world, sender):
    message = smime(encrypt(letter(), [sender["carol@example.com"].cert("carol@example.com")]), "authEnveloped-data", head())
    code, error, out = attempt(world.bob, message)
    assert code == lib.UNAVAILABLE and out == b"" and lib.one_diagnostic(error)
