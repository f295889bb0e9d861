"""An account whose key a CA certified (made with openssl): the chain travels, and openssl finds its way to the root."""
import subprocess

import pytest

import peers
from lib import PASSPHRASE, message
from matrix import Pair

ALICE, BOB = "alice@example.org", "bob@example.net"


@pytest.fixture(scope="module", autouse=True)
def openssl():
    if reason := peers.missing(peers.OpenSSL):
        pytest.skip(reason)


def ssl(*args):
    return subprocess.run(["openssl", *map(str, args)], capture_output=True, check=True).stdout


@pytest.fixture
def chain(tmp_path):
    """root -> intermediate -> leaf as PKCS#12; the intermediate travels in the bundle, the root does not."""
    def issue(name, subject, extensions, issuer=None):
        key, cert, request = (tmp_path / f"{name}.{end}" for end in ("key", "pem", "csr"))
        ssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", subject, "-out", request)
        (tmp_path / "ext").write_text(extensions)
        signed = ["-CA", tmp_path / f"{issuer}.pem", "-CAkey", tmp_path / f"{issuer}.key", "-CAcreateserial"]
        signed = signed if issuer else ["-signkey", key]
        ssl("x509", "-req", "-in", request, *signed, "-days", "1000", "-extfile", tmp_path / "ext", "-out", cert)
        return key, cert

    ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    _, root = issue("root", "/CN=Root", ca)
    _, middle = issue("middle", "/CN=Intermediate", ca, "root")
    leaf = f"keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=emailProtection\nsubjectAltName=email:{ALICE}\n"
    key, cert = issue("leaf", "/CN=Alice", leaf, "middle")
    bundle = tmp_path / "id.p12"
    ssl("pkcs12", "-export", "-in", cert, "-inkey", key, "-certfile", middle, "-passout", "pass:" + PASSPHRASE, "-out", bundle)
    return root, cert, bundle


def test_openssl_finds_the_root_through_what_travels(home, new_home, chain, tmp_path):
    root, cert, bundle = chain
    secret = home.passphrase_file()
    home.run("account", "add", ALICE, "--p12", bundle, "--passphrase-file", secret, "--mode", "signature")
    assert home.out("account", "cert", ALICE, "--der") == ssl("x509", "-in", cert, "-outform", "DER")
    signed = home.protect(message(ALICE, BOB))
    octets, content = Pair.signature_of(signed)
    (tmp_path / "s").write_bytes(octets)
    (tmp_path / "c").write_bytes(content)
    ssl("cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "s", "-content", tmp_path / "c", "-CAfile", root)
    verdict = new_home().verify(signed)
    assert verdict["signature"]["valid"] and verdict["signer"]["addresses"] == [ALICE]


def test_a_certificate_for_somebody_else_is_no_account(home, chain):
    _, _, bundle = chain
    home.refuse(69, "account", "add", BOB, "--p12", bundle, "--passphrase-file", home.passphrase_file())
