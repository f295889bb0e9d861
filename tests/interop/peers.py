"""The other programs: each signs, verifies, encrypts and decrypts bare CMS objects (DER) with a key it was given."""
import pathlib
import re
import shutil
import subprocess

PASSPHRASE = "correct horse"


class Cannot(Exception):
    """The peer did not do it; its own words."""


def run(*args, stdin=b"", env=None, cwd=None):
    """Standard output of a peer's command; raises Cannot with the last lines it said."""
    done = subprocess.run([str(a) for a in args], input=stdin, capture_output=True, env=env, cwd=cwd, timeout=60)
    if done.returncode:
        raise Cannot(words(done.stderr or done.stdout))
    return done.stdout


def words(stderr):
    """The telling line of what a program said, without addresses, times and file names."""
    lines = [re.sub(r"^(gpgsm|cmsutil|[0-9A-F]{8,}): *(error:[0-9A-F]+:)?", "", line.strip())
             for line in stderr.decode("utf-8", "replace").splitlines()]
    lines = [re.sub(r":\S*\.c:\d+:.*$|, from .*$|/tmp/\S+", "", line) for line in lines if line]
    lines = [line for line in lines if not re.match(r" *(total|not imported|keybox)", line)] or lines
    telling = [line for line in lines if re.search(r"(?i)error|fail|not |invalid|unsupported|unable|problem|no ", line)]
    return (telling or lines or ["(no message)"])[-1].strip(" .:")


class Identity:
    """A key pair with certificate and root, as files: leaf.pem, root.pem, sign.key, p12 (PASSPHRASE)."""

    def __init__(self, folder, address, p12):
        self.folder, self.address, self.p12 = pathlib.Path(folder), address, pathlib.Path(p12)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pairs, self.root, self.pack = [], None, None
        self.split(run("openssl", "pkcs12", "-in", p12, "-passin", "pass:" + PASSPHRASE, "-nodes"))

    def split(self, bags):
        """Writes each (certificate, key) pair and the root of the output of openssl pkcs12."""
        blocks = re.findall(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", bags, re.S)
        texts = [m.group(0) for m in re.finditer(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", bags, re.S)]
        keys = [t for b, t in zip(blocks, texts) if b"KEY" in b]
        certs = [t for b, t in zip(blocks, texts) if b"CERT" in b]
        public = {run("openssl", "pkey", "-pubout", stdin=k): k for k in keys}
        for number, cert in enumerate(certs):
            name = self.folder / f"cert{number}.pem"
            name.write_bytes(cert)
            key = public.get(run("openssl", "x509", "-noout", "-pubkey", stdin=cert))
            if key is None:
                self.root = name
                continue
            (self.folder / f"cert{number}.key").write_bytes(key)
            self.pairs.append((name, self.folder / f"cert{number}.key"))

    def pair(self, usage):
        """(certificate, key) for "Digital Signature" or "Encipherment|Agreement"."""
        for cert, key in self.pairs:
            if re.search(usage, run("openssl", "x509", "-in", cert, "-noout", "-ext", "keyUsage").decode()):
                return cert, key
        return self.pairs[0]

    @property
    def signer(self):
        return self.pair("Digital Signature")

    @property
    def reader(self):
        return self.pair("Encipherment|Agreement")


class OpenSSL:
    name, program = "openssl", "openssl"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)

    def version(self):
        return run("openssl", "version").decode().split(" (")[0]

    def own(self, identity):
        pass

    def trust(self, identity):
        pass

    def file(self, name, octets):
        (self.folder / name).write_bytes(octets)
        return self.folder / name

    def sign(self, identity, content, detached):
        cert, key = identity.signer
        form = [] if detached else ["-nodetach"]
        return run("openssl", "cms", "-sign", "-binary", "-signer", cert, "-inkey", key, "-certfile", identity.root,
                   "-outform", "DER", "-in", self.file("content", content), *form)

    def verify(self, identity, octets, content):
        args = ["-content", self.file("content", content)] if content is not None else []
        return run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-CAfile", identity.root, *args,
                   "-in", self.file("signature", octets))

    def encrypt(self, identity, content, cipher):
        return run("openssl", "cms", "-encrypt", "-binary", "-aes-256-" + cipher.lower(), "-outform", "DER",
                   "-in", self.file("content", content), identity.reader[0])

    def decrypt(self, identity, octets):
        cert, key = identity.reader
        return run("openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-recip", cert, "-inkey", key,
                   "-in", self.file("sealed", octets))


class Gpgsm:
    name, program = "gpgsm", "gpgsm"

    def __init__(self, folder):
        # The agent's socket name must stay below 108 octets.
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, mode=0o700)
        (self.folder / "gpgsm.conf").write_text("disable-crl-checks\ndisable-dirmngr\nno-tty\nno-secmem-warning\n")
        (self.folder / "gpg-agent.conf").write_text("allow-loopback-pinentry\nno-allow-mark-trusted\n")

    def close(self):
        subprocess.run(["gpgconf", "--homedir", str(self.folder), "--kill", "all"], capture_output=True, check=False)

    def version(self):
        return run("gpgsm", "--version").decode().splitlines()[0]

    def gpgsm(self, *args, stdin=b""):
        (self.folder / "in").write_bytes(stdin)
        return run("gpgsm", "--homedir", self.folder, "--batch", "--yes", "--pinentry-mode", "loopback",
                   "--passphrase-fd", "0", *args, stdin=PASSPHRASE.encode() + b"\n")

    def own(self, identity):
        self.trust(identity)
        try:
            self.gpgsm("--import", identity.p12)
        except Cannot:
            if identity.pack is None:
                raise
            identity.pack()  # gpgsm 2.2 fails on one salt in a hundred; our own files have salts that suit
            self.gpgsm("--import", identity.p12)

    def trust(self, identity):
        print_of = run("openssl", "x509", "-in", identity.root, "-noout", "-fingerprint", "-sha1").decode()
        with (self.folder / "trustlist.txt").open("a", encoding="ascii") as listed:
            listed.write(print_of.partition("=")[2].strip() + " S relax\n")
        subprocess.run(["gpgconf", "--homedir", str(self.folder), "--reload", "gpg-agent"], capture_output=True, check=False)
        for cert in (identity.root, *(c for c, _ in identity.pairs)):
            self.gpgsm("--import", cert)

    def made(self, *args, stdin):
        out = self.folder / "out"
        out.unlink(missing_ok=True)
        self.gpgsm("--output", out, *args, self.folder / "in", stdin=stdin)
        return out.read_bytes()

    def sign(self, identity, content, detached):
        form = "--detach-sign" if detached else "--sign"
        return self.made("--include-certs", "-1", "--local-user", identity.address, form, stdin=content)

    def verify(self, identity, octets, content):
        if content is None:
            return self.opaque(octets)
        (self.folder / "signature").write_bytes(octets)
        (self.folder / "content").write_bytes(content)
        return self.gpgsm("--verify", self.folder / "signature", self.folder / "content")

    def opaque(self, octets):
        out = self.folder / "out"
        out.unlink(missing_ok=True)
        self.gpgsm("--output", out, "--verify", self.folder / "in", stdin=octets)
        return out.read_bytes()

    def encrypt(self, identity, content, cipher):
        if cipher == "GCM":
            raise Cannot("no option to encrypt with GCM")
        return self.made("--cipher-algo", "AES256", "--recipient", identity.address, "--encrypt", stdin=content)

    def decrypt(self, identity, octets):
        return self.made("--decrypt", stdin=octets)


class Nss:
    name, program = "NSS", "cmsutil"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.base = "sql:" + str(self.folder)
        run("certutil", "-N", "-d", self.base, "--empty-password")

    def version(self):
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libnss3-tools"], capture_output=True, check=False)
        return "NSS " + re.sub(rb"^\d+:|-.*", b"", done.stdout).decode()

    def own(self, identity):
        self.trust(identity)
        run("pk12util", "-i", identity.p12, "-d", self.base, "-W", PASSPHRASE, "-K", "")

    def trust(self, identity):
        name = identity.address
        run("certutil", "-A", "-d", self.base, "-n", "root " + name, "-t", ",C,", "-i", identity.root)
        for number, (cert, _) in enumerate(identity.pairs):
            run("certutil", "-A", "-d", self.base, "-n", f"leaf{number} {name}", "-t", ",,", "-i", cert)

    def cmsutil(self, *args, stdin):
        (self.folder / "in").write_bytes(stdin)
        out = self.folder / "out"
        out.unlink(missing_ok=True)
        run("cmsutil", *args, "-d", self.base, "-i", self.folder / "in", "-o", out)
        return out.read_bytes()

    def nickname(self, cert):
        """The name under which the database holds this certificate."""
        der = run("openssl", "x509", "-in", cert, "-outform", "DER")
        for line in run("certutil", "-L", "-d", self.base).decode().splitlines():
            name = re.sub(r"\s+[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*\s*$", "", line)
            if name != line and run("certutil", "-L", "-d", self.base, "-n", name, "-r") == der:
                return name
        raise Cannot("certificate not in the database")

    def sign(self, identity, content, detached):
        form = ["-T"] if detached else []
        return self.cmsutil("-S", "-G", "-N", self.nickname(identity.signer[0]), *form, stdin=content)

    def verify(self, identity, octets, content):
        args = []
        if content is not None:
            (self.folder / "content").write_bytes(content)
            args = ["-c", self.folder / "content"]
        return self.cmsutil("-D", "-u", "4", *args, stdin=octets)

    def encrypt(self, identity, content, cipher):
        if cipher == "GCM":
            raise Cannot("cmsutil has no option to choose GCM")
        return self.cmsutil("-E", "-r", self.nickname(identity.reader[0]), stdin=content)

    def decrypt(self, identity, octets):
        return self.cmsutil("-D", stdin=octets)


PEERS = [OpenSSL, Gpgsm, Nss]


def missing(peer):
    return None if shutil.which(peer.program) else f"{peer.program} is not installed"


KEYS = {
    "RSA": ["-newkey", "rsa:2048"],
    "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "Ed25519": ["-newkey", "ed25519"],
    "X25519": ["-newkey", "x25519"],
}


def certify(folder, address, kind):
    """An identity under a CA of its own, made by openssl alone: kind RSA, P-256 or Ed25519 (with an X25519 leaf)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    root, root_key = folder / "ca.pem", folder / "ca.key"
    ca = [*KEYS["Ed25519" if kind == "Ed25519" else "P-256" if kind == "P-256" else "RSA"], "-nodes", "-x509", "-days", "3650"]
    run("openssl", "req", *ca, "-subj", f"/O=Interop {kind}/CN=CA of {address.partition('@')[0]}", "-keyout", root_key, "-out", root,
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    uses = {"RSA": {"RSA": "digitalSignature,keyEncipherment"}, "P-256": {"P-256": "digitalSignature,keyAgreement"},
            "Ed25519": {"Ed25519": "digitalSignature", "X25519": "keyAgreement"}}[kind]
    bundle = []
    for number, (key_kind, usage) in enumerate(uses.items()):
        key, cert = folder / f"leaf{number}.key", folder / f"leaf{number}.pem"
        make_key(key_kind, key)
        extensions = folder / "extensions"
        extensions.write_text(f"keyUsage=critical,{usage}\nextendedKeyUsage=emailProtection\nsubjectAltName=email:{address}\n"
                              "basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        public = folder / "public.pem"
        public.write_bytes(run("openssl", "pkey", "-in", key, "-pubout"))
        request = folder / "request.pem"
        throwaway = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "unused.key"]
        run("openssl", "req", "-new", *throwaway, "-subj", f"/O=Interop {kind}/CN={address.partition('@')[0]} {key_kind}", "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-force_pubkey", public, "-CA", root, "-CAkey", root_key, "-days", "3000",
            "-CAcreateserial", "-extfile", extensions, "-out", cert)
        bundle.append((key, cert))
    (folder / "chain.pem").write_bytes(root.read_bytes() + b"".join(c.read_bytes() for _, c in bundle[1:]))
    old = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]

    def pack():
        """The file for import, with a salt by chance."""
        run("openssl", "pkcs12", "-export", "-in", bundle[0][1], "-inkey", bundle[0][0], "-certfile", folder / "chain.pem",
            "-name", address, "-passout", "pass:" + PASSPHRASE, *old, "-out", folder / "id.p12")

    pack()
    identity = Identity(folder / "split", address, folder / "id.p12")
    identity.root, identity.pack = root, pack
    identity.pairs = [(cert, key) for key, cert in bundle]
    return identity


def make_key(kind, out):
    algorithm = {"RSA": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "P-256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}
    run("openssl", "genpkey", "-algorithm", *algorithm.get(kind, [kind]), "-out", out)
