#!/usr/bin/python3
"""postseal against openssl, gpgsm and NSS, both directions: the cells of doc/interop.md.

    tests/interop/matrix.py --write    runs every cell and writes doc/interop.md
"""
import argparse
import base64
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import handmade
import lib
import peers
from peers import Cannot, Identity

OURS, THEIRS = "alice@example.org", "peer@example.net"
KINDS = {"RSA": "rsa2048", "P-256": "p256", "Ed25519": "modern"}
COLUMNS = {
    "it verifies detached": ("they_verify", True),
    "it verifies opaque": ("they_verify", False),
    "we verify detached": ("we_verify", True),
    "we verify opaque": ("we_verify", False),
    "it decrypts CBC": ("they_decrypt", "CBC"),
    "it decrypts GCM": ("they_decrypt", "GCM"),
    "we decrypt CBC": ("we_decrypt", "CBC"),
    "we decrypt GCM": ("we_decrypt", "GCM"),
}
BODY = b"MARKER interop\r\n"
ENTITY = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + BODY

# (peer, key) -> {column: words that the peer says}; anything else that does not work is a failure of the test.
CANNOT = {
    ("openssl", "Ed25519"): {
        "we verify detached": "no default digest",
        "we verify opaque": "no default digest",
        "it verifies detached": "",
        "it verifies opaque": "",
        "it decrypts CBC": "",
        "it decrypts GCM": "",
        "we decrypt CBC": "not supported for this keytype",
        "we decrypt GCM": "not supported for this keytype",
    },
    ("gpgsm", "RSA"): {"it decrypts GCM": "", "we decrypt GCM": "no option"},
    ("gpgsm", "P-256"): {
        "we verify detached": "Segmentation fault|error parsing or decrypting the PKCS#12 file",
        "we verify opaque": "Segmentation fault|error parsing or decrypting the PKCS#12 file",
        "it decrypts CBC": "Segmentation fault|error parsing or decrypting the PKCS#12 file",
        "it decrypts GCM": "Segmentation fault|error parsing or decrypting the PKCS#12 file",
        "we decrypt CBC": "not usable for encryption",
        "we decrypt GCM": "no option",
    },
    ("gpgsm", "Ed25519"): dict.fromkeys(COLUMNS, ""),
    ("NSS", "RSA"): {"it decrypts GCM": "UNRECOGNIZED_OID", "we decrypt GCM": "no option"},
    ("NSS", "P-256"): {
        "it decrypts CBC": "BAD_DER",
        "it decrypts GCM": "UNRECOGNIZED_OID",
        "we decrypt CBC": "INVALID_ALGORITHM",
        "we decrypt GCM": "no option",
    },
    ("NSS", "Ed25519"): dict.fromkeys(COLUMNS, "ADDING_CERT"),
}


class Pair:
    """Alice at postseal and one peer with one kind of key; the peer's key is certified by a CA of its own."""

    def __init__(self, folder, peer, kind):
        folder = pathlib.Path(folder)
        self.kind, self.folder = kind, folder
        self.alice = lib.Home(folder / "alice")
        self.alice.add(OURS, "--profile", KINDS[kind], "--mode", "signature")
        self.theirs = peers.certify(folder / "theirs", THEIRS, kind)
        self.peer = peer(folder / "p")
        self.trouble = {}
        self.ours = self.public_identity()
        for what, give in ((self.theirs, self.peer.own), (self.ours, self.peer.trust)):
            try:
                give(what)
            except Cannot as error:
                self.trouble[what] = str(error)

    def public_identity(self):
        """Alice as the peer sees her: the certificates that her signature carries."""
        ours = Identity.__new__(Identity)
        ours.folder, ours.address = self.folder / "ours", OURS
        ours.folder.mkdir()
        ours.root = self.alice.cert(OURS, "--root")
        signed = self.alice.protect(lib.message(OURS, THEIRS))
        (ours.folder / "signature").write_bytes(self.signature_of(signed)[0])
        bags = peers.run("openssl", "pkcs7", "-inform", "DER", "-in", ours.folder / "signature", "-print_certs")
        root = peers.run("openssl", "x509", "-in", ours.root)
        certs = ["-----BEGIN" + c for c in bags.decode().split("-----BEGIN")[1:]]
        ours.pairs = []
        for number, text in enumerate(certs):
            text = text[: text.index("-----END CERTIFICATE-----") + 26].encode()
            if text.strip() != root.strip():
                name = ours.folder / f"leaf{number}.pem"
                name.write_bytes(text)
                ours.pairs.append((name, None))
        return ours

    def ready(self, identity):
        if identity in self.trouble:
            raise Cannot(self.trouble[identity])

    @staticmethod
    def signature_of(signed):
        """(DER, signed octets with CRLF) of a multipart/signed message."""
        boundary = lib.parse(signed).get_boundary().encode()
        parts = signed.replace(b"\r\n", b"\n").split(b"\n--" + boundary)
        content = parts[1].partition(b"\n")[2].replace(b"\n", b"\r\n")
        return base64.b64decode(parts[2].partition(b"\n\n")[2]), content

    def opaque_of_ours(self):
        """Our opaque SignedData: it only ever travels sealed, so a reader with an RSA key opens it with openssl."""
        reader = lib.Home(self.folder / "reader")
        reader.add("reader@example.net", "--profile", "rsa2048")
        exported = reader.p12("reader@example.net", "--modern")
        self.alice.meet(reader, OURS, "reader@example.net")
        text = lib.message(OURS, "reader@example.net", "s", BODY.decode().replace("\r", ""))
        out = self.folder / "copies"
        self.alice.run("protect", "--level", "sealed", "--out-dir", out, stdin=text)
        identity = Identity(self.folder / "reader-id", "reader@example.net", exported)
        openssl = peers.OpenSSL(self.folder / "o")
        for copy in sorted(out.glob("*.eml")):
            try:
                inner = openssl.decrypt(identity, base64.b64decode(copy.read_bytes().partition(b"\n\n")[2]))
            except Cannot:
                continue
            return base64.b64decode(inner.replace(b"\r\n", b"\n").partition(b"\n\n")[2])
        raise AssertionError("no copy that the RSA reader can open")

    def they_verify(self, detached):
        self.ready(self.ours)
        if detached:
            octets, content = self.signature_of(self.alice.protect(lib.message(OURS, THEIRS, body="MARKER\n")))
        else:
            octets, content = self.opaque_of_ours(), None
        out = self.peer.verify(self.ours, octets, content)
        assert detached or b"MARKER" in out

    def letter(self, head, body):
        fields = f"From: {THEIRS}\nTo: {OURS}\nSubject: interop\nDate: {lib.date()}\nMIME-Version: 1.0\n"
        return (fields + head).encode() + body

    def bare(self, octets, kind):
        head = f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'
        return self.letter(head + "Content-Transfer-Encoding: base64\n\n", base64.encodebytes(octets))

    def multipart(self, octets, entity):
        """A multipart/signed message around an entity and its detached signature."""
        head = 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="=b="\n\n'
        tail = b"Content-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(octets)
        return self.letter(head, b"--=b=\n" + entity.replace(b"\r\n", b"\n") + b"\n--=b=\n" + tail + b"--=b=--\n")

    def we_verify(self, detached):
        self.ready(self.theirs)
        octets = self.peer.sign(self.theirs, ENTITY, detached)
        verdict = self.alice.verify(self.multipart(octets, ENTITY) if detached else self.bare(octets, "signed-data"))
        assert verdict["signature"]["valid"] and verdict["signature"]["reason"] == "ok", verdict["signature"]
        assert verdict["signer"]["addresses"] == [THEIRS] and verdict["signer"]["matches_from"], verdict["signer"]

    def writer(self, cipher):
        """Alice in a home that learned the peer's key from a signature that announces this cipher."""
        writer = lib.Home(self.folder / ("writer" + cipher))
        writer.add(OURS, "--profile", KINDS[self.kind])
        announced = ["GCM", "CBC"] if cipher == "GCM" else ["CBC"]
        octets = handmade.sign(self.theirs, self.kind, ENTITY, announced, self.folder)
        writer.run("open", "--learn", stdin=self.multipart(octets, ENTITY))
        return writer

    def they_decrypt(self, cipher):
        self.ready(self.theirs)
        sealed = self.writer(cipher).protect(lib.message(OURS, THEIRS, "s", "MARKER\n"), "sealed")
        kind = " ".join(lib.field(sealed, "Content-Type")).lower()
        assert ("authenveloped" in kind) == (cipher == "GCM"), kind
        inner = self.peer.decrypt(self.theirs, base64.b64decode(sealed.partition(b"\n\n")[2]))
        assert b"signed-data" in inner[:400]

    def we_decrypt(self, cipher):
        self.ready(self.ours)
        octets = self.peer.encrypt(self.ours, ENTITY, cipher)
        text, verdict = self.alice.open(self.bare(octets, "authEnveloped-data" if cipher == "GCM" else "enveloped-data"))
        assert verdict["encryption"]["reason"] == "ok", verdict["encryption"]
        assert BODY.strip() in text

    def cell(self, column):
        """None if it works, else what the peer says; raises AssertionError where we are at fault."""
        method, argument = COLUMNS[column]
        try:
            getattr(self, method)(argument)
        except Cannot as error:
            return str(error)
        return None

    def close(self):
        getattr(self.peer, "close", lambda: None)()


def table():
    """The text of doc/interop.md."""
    lines, notes, versions = [], [], []
    for peer in peers.PEERS:
        for kind in KINDS:
            row = []
            folder = tempfile.mkdtemp(prefix="interop")
            pair = Pair(folder, peer, kind)
            for column in COLUMNS:
                said = pair.cell(column)
                if said is None:
                    row.append("yes")
                    continue
                note = f"{peer.name}: {said}"
                if note not in notes:
                    notes.append(note)
                row.append(f"no [{notes.index(note) + 1}]")
            versions += [pair.peer.version()] if kind == "RSA" else []
            pair.close()
            shutil.rmtree(folder)
            lines.append(f"| {peer.name} | {kind} | " + " | ".join(row) + " |")
    head = (
        "# What postseal and other programs read of each other\n\n"
        "Written by `tests/interop/matrix.py --write`, the same cells that the test `interop-matrix` runs, with "
        + ", ".join(versions) + ".\nThe peer's key is certified by a CA made with openssl, ours by `postseal account add`; "
        "Ed25519 signs, X25519 encrypts.\n\"It\" is the peer: what \"we\" verify or decrypt, it has made. "
        "A number leads to what the peer says.\n\n"
    )
    titles = ["peer", "key", *COLUMNS]
    rule = "|" + "---|" * len(titles)
    remarks = "\n".join(f"{n}. {note}" for n, note in enumerate(notes, 1))
    return head + "| " + " | ".join(titles) + " |\n" + rule + "\n" + "\n".join(lines) + "\n\n" + remarks + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write doc/interop.md instead of printing it")
    arguments = parser.parse_args()
    text = table()
    if arguments.write:
        document = lib.ROOT / "doc" / "interop.md"
        _, heading, rest = document.read_text(encoding="utf-8").partition("# Mail programs through the daemon")
        document.write_text(text + "\n" + heading + rest, encoding="utf-8")
    else:
        print(text, end="")
