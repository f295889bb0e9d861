"""Hand-made certificates, CMS and messages for the attacks: every octet is the attacker's choice; openssl only does the arithmetic."""
import base64
import datetime
import hashlib
import json
import pathlib
import subprocess
import zlib

NOW = "2026-11-21T12:00:00Z"
AT = ("--at", NOW)
SENT = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.timezone.utc)
DATE = "Fri, 20 Nov 2026 10:00:00 +0000"
ALICE, BOB, EVE = "alice@example.org", "bob@example.net", "eve@evil.example"

DIGESTS = {"sha256": "2.16.840.1.101.3.4.2.1", "sha1": "1.3.14.3.2.26", "md5": "1.2.840.113549.2.5", "sha512": "2.16.840.1.101.3.4.2.3"}
ECDSA = {"sha256": "1.2.840.10045.4.3.2", "sha1": "1.2.840.10045.4.1", "sha512": "1.2.840.10045.4.3.4"}
RSA = {"sha256": "1.2.840.113549.1.1.11", "sha1": "1.2.840.113549.1.1.5", "md5": "1.2.840.113549.1.1.4", "sha512": "1.2.840.113549.1.1.13"}
PKCS9 = "1.2.840.113549.1.9."
DATA, SIGNED, ENVELOPED, AUTH_ENVELOPED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3", PKCS9 + "16.1.23"
COMPRESSED = PKCS9 + "16.1.9"


# ---- DER ----

def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda o: bytes([128 + len(o)]) + o)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def octets(data):
    return tlv(0x04, data)


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = (int(n) for n in dotted.split("."))
    out = bytearray()
    for n in [first * 40 + second, *rest]:
        group = [n & 127]
        while n := n >> 7:
            group.append(128 | (n & 127))
        out += bytes(reversed(group))
    return tlv(0x06, bytes(out))


def bits(data, unused=0):
    return tlv(0x03, bytes([unused]), data)


def time_of(when):
    return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode()) if when.year < 2050 else tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def digest_alg(name):
    return seq(oid(DIGESTS[name]))


# ---- keys and certificates ----

def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *map(str, args)], input=stdin, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


class Key:
    """A private key in a file; kind is "p256" or the bits of RSA."""

    def __init__(self, folder, name, kind="p256"):
        self.path = pathlib.Path(folder) / f"{name}.key"
        self.rsa = kind != "p256"
        how = ["RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}"] if self.rsa else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-algorithm", *how, "-out", self.path)
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")

    def algorithm(self, digest="sha256"):
        return seq(oid(RSA[digest]), tlv(0x05)) if self.rsa else seq(oid(ECDSA[digest]))

    def sign(self, data, digest="sha256"):
        return openssl("dgst", "-" + digest, "-sign", self.path, stdin=data)


def name(common):
    return seq(set_of(seq(oid("2.5.4.3"), tlv(0x0C, common.encode()))))


def extension(number, value, critical=False):
    return seq(oid(number), tlv(0x01, b"\xff") if critical else b"", octets(value))


def san(*addresses):
    return seq(*(tlv(0x81, a if isinstance(a, bytes) else a.encode()) for a in addresses))


class Cert:
    """A certificate over `key`, issued by `issuer` (a Cert; None: itself) and signed by whatever key is given."""

    serials = iter(range(1000, 10**6))

    def __init__(self, key, common, addresses=(), issuer=None, **how):
        self.key, self.subject = key, name(common) if isinstance(common, str) else common
        self.issuer_name = how.get("issuer_name") or (issuer.subject if issuer else self.subject)
        self.serial = how.get("serial") or next(self.serials)
        ca = how.get("ca", False)
        usage = how.get("usage", 0x06 if ca else 0xE8)
        since = how.get("since", datetime.datetime(2026, 1, 1))
        until = how.get("until", datetime.datetime(2036, 1, 1))
        found = [extension("2.5.29.19", seq(tlv(0x01, b"\xff")) if ca else seq(), True)]
        if usage is not None:
            found.append(extension("2.5.29.15", bits(bytes([usage])), True))
        if how.get("eku", "1.3.6.1.5.5.7.3.4"):
            found.append(extension("2.5.29.37", seq(oid(how.get("eku", "1.3.6.1.5.5.7.3.4")))))
        if addresses:
            found.append(extension("2.5.29.17", san(*addresses)))
        found += how.get("extensions", [])
        digest = how.get("digest", "sha256")
        signer = how.get("signed_by") or (issuer.key if issuer else key)
        tbs = seq(tlv(0xA0, integer(2)), integer(self.serial), signer.algorithm(digest), self.issuer_name,
                  seq(time_of(since), time_of(until)), self.subject, key.spki, tlv(0xA3, seq(*found)))
        self.der = seq(tbs, signer.algorithm(digest), bits(how.get("signature") or signer.sign(tbs, digest)))

    @property
    def fingerprint(self):
        return hashlib.sha256(self.der).hexdigest()

    @property
    def id(self):
        return self.issuer_name + integer(self.serial)

    def pem(self, folder):
        path = pathlib.Path(folder) / f"{self.fingerprint}.pem"
        path.write_text("-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.der).decode() + "-----END CERTIFICATE-----\n")
        return path


# ---- CMS ----

def content_info(kind, body):
    return seq(oid(kind), tlv(0xA0, body))


def attribute(number, *values):
    return seq(oid(number), tlv(0x31, *values))


def signing_certificate(cert):
    return attribute(PKCS9 + "16.2.47", seq(seq(seq(octets(hashlib.sha256(cert.der).digest())))))


def preference(cert):
    return attribute(PKCS9 + "16.2.11", tlv(0xA0, cert.id))


def attributes(content, when=SENT, digest="sha256", kind=DATA):
    found = [attribute(PKCS9 + "3", oid(kind)), attribute(PKCS9 + "4", octets(hashlib.new(digest, content).digest()))]
    return found + ([attribute(PKCS9 + "5", time_of(when))] if when else [])


def signer_info(content, cert, **how):
    """extra: more attributes; attrs: instead of the usual ones, [] for none; key: who signs."""
    digest = how.get("digest", "sha256")
    key = how.get("key") or cert.key
    attrs = how.get("attrs")
    if attrs is None:
        attrs = attributes(content, how.get("when", SENT), digest, how.get("kind", DATA)) + how.get("extra", [])
    body = b"".join(sorted(attrs))
    signature = how.get("signature")
    if signature is None:
        signature = key.sign(tlv(0x31, body) if attrs else content, digest)
    return seq(integer(1), seq(how.get("sid") or cert.id), digest_alg(digest), tlv(0xA0, body) if attrs else b"",
               key.algorithm(digest), octets(signature))


def signed_data(content, infos, certs=(), embed=False, **how):
    kind = how.get("kind", DATA)
    inner = seq(oid(kind), tlv(0xA0, octets(content)) if embed else b"")
    digest = how.get("digest", "sha256")
    known = tlv(0xA0, *(c if isinstance(c, bytes) else c.der for c in certs)) if certs else b""
    return content_info(SIGNED, seq(integer(1), set_of(digest_alg(digest)), inner, known, set_of(*infos)))


def sign(content, cert, certs=(), embed=False, **how):
    return signed_data(content, [signer_info(content, cert, **how)], [cert, *certs], embed, **{k: v for k, v in how.items() if k in ("digest", "kind")})


def compressed(content):
    alg = seq(oid(PKCS9 + "16.3.8"))
    return content_info(COMPRESSED, seq(integer(0), alg, seq(oid(DATA), tlv(0xA0, octets(zlib.compress(content, 9))))))


def encrypt(content, recipients, cipher="aes-256-gcm"):
    """CMS for the certificates in the files `recipients`: openssl makes AuthEnvelopedData of GCM by itself."""
    return openssl("cms", "-encrypt", "-binary", "-outform", "DER", "-" + cipher, *[a for r in recipients for a in ("-recip", r)], stdin=content)


# ---- MIME ----

def crlf(text):
    text = text.encode() if isinstance(text, str) else text
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def head(sender=ALICE, to=BOB, subject="Outer", date=DATE, more=""):
    label = hashlib.sha256(repr((sender, to, subject, date)).encode()).hexdigest()[:12]
    return f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{label}@test.example>\n{more}MIME-Version: 1.0\n"


def text(body="Hello.\n", more=""):
    """A payload without protected fields."""
    return crlf(f"Content-Type: text/plain; charset=utf-8\n{more}\n{body}")


def protected(sender=ALICE, to=BOB, subject="Inner", hp="clear", body="Hello.\n", date=DATE, more=""):
    """A payload with protected fields."""
    return crlf(f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <inner@test.example>\n{more}"
                f"Content-Type: text/plain; charset=utf-8; hp=\"{hp}\"\n\n{body}")


def b64(data):
    return base64.encodebytes(data).decode()


def smime(cms, kind, header=""):
    """An application/pkcs7-mime entity or, with a header, message."""
    return crlf(f'{header}Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'
                f"Content-Transfer-Encoding: base64\n\n{b64(cms)}")


def part_of(cms, kind="application/pkcs7-signature"):
    return crlf(f'Content-Type: {kind}; name="smime.p7s"\nContent-Transfer-Encoding: base64\n\n{b64(cms)}')


def multipart(parts, boundary="b1", subtype="signed", params='; protocol="application/pkcs7-signature"; micalg=sha-256', header="", **around):
    mark = boundary.encode()
    out = crlf(f'{header}Content-Type: multipart/{subtype}{params}; boundary="{boundary}"\n\n') + crlf(around.get("preamble", ""))
    for part in parts:
        out += b"--" + mark + b"\r\n" + part + b"\r\n"
    return out + b"--" + mark + b"--\r\n" + crlf(around.get("epilogue", ""))


def mixed(parts, header="", **how):
    return multipart(parts, how.pop("boundary", "m1"), "mixed", "", header, **how)


def clear(payload, cms, header=None):
    """A whole multipart/signed message."""
    return multipart([payload, part_of(cms)], header=head() if header is None else header)


def sig_field(cms):
    return b"Sig: t=c; b=" + b"\r\n ".join(base64.b64encode(cms)[i : i + 72] for i in range(0, len(base64.b64encode(cms)), 72)) + b"\r\n"


def quiet(child, cms, header=None, extra=(), **around):
    """An unobtrusively signed message: the signature in a field of the only child."""
    fields = b"".join(sig_field(c) for c in (cms if isinstance(cms, list) else [cms]))
    return mixed([fields + child, *extra], head() if header is None else header, **around)


def unobtrusive_octets(child):
    """What such a signature covers: without the empty lines at the end."""
    return child.rstrip(b"\r\n") + b"\r\n"


# ---- the people ----

def look(home, message, *args):
    """The readable message and the verdict, as they are at NOW."""
    verdict = home.path / "look.json"
    done = home.run(*AT, "open", "--verdict", verdict, *args, stdin=message)
    return done.stdout, json.loads(verdict.read_bytes())


class World:
    """Alice (hand-made keys, accepted by Bob), Eve (as good as anybody at making keys), and two homes of Bob."""

    def __init__(self, folder, home):
        self.folder = folder
        self.alice_key, self.eve_key = Key(folder, "alice"), Key(folder, "eve")
        self.alice_root_key, self.eve_root_key = Key(folder, "alice-root"), Key(folder, "eve-root")
        self.root = Cert(self.alice_root_key, "Alice root", ca=True)
        self.leaf = Cert(self.alice_key, "Alice", [ALICE], self.root)
        self.eve_root = Cert(self.eve_root_key, "Eve root", ca=True)
        self.eve = Cert(self.eve_key, "Eve", [EVE], self.eve_root)
        self.stranger = home(folder / "stranger")
        self.stranger.add(BOB, "--profile", "p256")
        self.bob = home(folder / "bob")
        self.bob.add(BOB, "--profile", "p256")
        self.bob.run(*AT, "open", "--learn", stdin=clear(text(), self.sign(text())))
        self.bob.run("trust", "accept", ALICE, self.root.fingerprint)
        self.to_bob = self.bob.cert(BOB)

    def sign(self, content, *certs, **how):
        """Alice's signature with her root."""
        return sign(content, self.leaf, [self.root, *certs], **how)

    def opaque(self, content, header=""):
        return smime(self.sign(content, embed=True), "signed-data", header)

    def seal(self, content, cipher="aes-256-gcm", header=""):
        """An encrypted entity for Bob; with a header, a message."""
        kind = "authEnveloped-data" if cipher.endswith("gcm") else "enveloped-data"
        return smime(encrypt(content, [self.to_bob], cipher), kind, header)
