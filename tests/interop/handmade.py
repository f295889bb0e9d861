"""A detached SignedData put together by hand around openssl's raw signature, to announce any capabilities."""
import hashlib

import der
import lib
from peers import run

DATA, SIGNED = der.oid("1.2.840.113549.1.7.1"), der.oid("1.2.840.113549.1.7.2")
CONTENT_TYPE, MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.3"), der.oid("1.2.840.113549.1.9.4")
SIGNING_TIME, CAPABILITIES = der.oid("1.2.840.113549.1.9.5"), der.oid("1.2.840.113549.1.9.15")
KEY_PREFERENCE = der.oid("1.2.840.113549.1.9.16.2.11")
SHA256, SHA512 = der.oid("2.16.840.1.101.3.4.2.1"), der.oid("2.16.840.1.101.3.4.2.3")
CIPHERS = {"CBC": der.oid("2.16.840.1.101.3.4.1.42"), "GCM": der.oid("2.16.840.1.101.3.4.1.46")}
SIGNATURES = {
    "RSA": der.sequence(der.oid("1.2.840.113549.1.1.11"), b"\x05\x00"),
    "P-256": der.sequence(der.oid("1.2.840.10045.4.3.2")),
    "Ed25519": der.sequence(der.oid("1.3.101.112")),
}


def certificate(pem):
    return run("openssl", "x509", "-in", pem, "-outform", "DER")


def issuer_and_serial(cert):
    _, serial, _, issuer, *_ = der.children(der.children(cert)[0])
    return serial, issuer


def attribute(name, value):
    return der.sequence(name, der.tlv(0x31, value))


def sign(identity, kind, entity, ciphers, folder):
    """DER of the detached signature over `entity`; `ciphers` are announced, the best first."""
    signer, key = identity.signer
    certs = [certificate(c) for c, _ in identity.pairs] + [certificate(identity.root)]
    digest, name = (SHA512, "sha512") if kind == "Ed25519" else (SHA256, "sha256")
    serial, issuer = issuer_and_serial(certificate(identity.reader[0]))
    attributes = [
        attribute(CONTENT_TYPE, DATA),
        attribute(MESSAGE_DIGEST, der.octets(hashlib.new(name, entity).digest())),
        attribute(SIGNING_TIME, der.tlv(0x17, lib.NOW.strftime("%y%m%d%H%M%SZ").encode())),
        attribute(CAPABILITIES, der.sequence(*(der.sequence(CIPHERS[c]) for c in ciphers))),
        attribute(KEY_PREFERENCE, der.explicit(0, issuer, serial)),
    ]
    signed = der.set_of(*attributes)
    (folder / "attributes").write_bytes(signed)
    args = ["-rawin"] if kind == "Ed25519" else ["-rawin", "-digest", "sha256"]
    value = run("openssl", "pkeyutl", "-sign", "-inkey", key, *args, "-in", folder / "attributes")
    serial, issuer = issuer_and_serial(certificate(signer))
    info = der.sequence(der.integer(1), der.sequence(issuer, serial), der.sequence(digest), b"\xa0" + signed[1:],
                        SIGNATURES[kind], der.octets(value))
    body = der.sequence(der.integer(1), der.tlv(0x31, der.sequence(digest)), der.sequence(DATA), der.explicit(0, *sorted(certs)),
                        der.tlv(0x31, info))
    return der.sequence(SIGNED, der.explicit(0, body))
