"""RFC 4134: historic S/MIME. Everything in it is SHA-1, DSA, 1024-bit RSA, RC2 or 3DES: weak, and said to be."""
import base64
import subprocess

import pytest

WEAK = ("weak-algorithm", "unsupported-algorithm")
SIGNED = ["4.1", "4.2", "4.4", "4.5", "4.6", "4.7", "4.10"]


def wrap(der, kind):
    """A message around a bare CMS object."""
    head = f"From: AliceRSA@example.com\nTo: BobRSA@example.com\nSubject: {kind}\nMIME-Version: 1.0\n"
    head += f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"\n'
    return (head + "Content-Transfer-Encoding: base64\n\n").encode() + base64.encodebytes(der)


def example(shared, name):
    return (shared / "vectors/rfc4134/rfc4134" / name).read_bytes()


@pytest.mark.parametrize("name", SIGNED)
def test_signed(home, shared, name):
    verdict = home.verify(wrap(example(shared, name + ".bin"), "signed-data"))
    assert verdict["signature"]["present"] and not verdict["signature"]["valid"]
    assert verdict["signature"]["reason"] in (*WEAK, "several-signers")
    assert verdict["summary"] == "unprotected"


@pytest.mark.parametrize("name", ["4.8.eml", "4.9.eml"])
def test_signed_messages(home, shared, name):
    verdict = home.verify(example(shared, name))
    assert verdict["signature"]["present"] and verdict["signature"]["reason"] in WEAK
    assert any(w["code"] == "weak-algorithm" for w in verdict["warnings"])


def test_certificates_only(home, shared):
    verdict = home.verify(wrap(example(shared, "4.11.bin"), "certs-only"))
    assert not verdict["signature"]["valid"] and verdict["summary"] == "unprotected"


@pytest.fixture
def bob(home, shared, tmp_path):
    keys = shared / "vectors/rfc4134/pem"
    args = ["-inkey", keys / "BobPrivRSAEncrypt.key.pem", "-in", keys / "Bob.pem", "-passout", "pass:bob"]
    made = subprocess.run(["openssl", "pkcs12", "-export", *args], capture_output=True, check=True).stdout
    (tmp_path / "bob.p12").write_bytes(made)
    secret = home.passphrase_file("bob")
    args = ["account", "add", "BobRSA@example.com", "--p12", tmp_path / "bob.p12", "--passphrase-file", secret]
    done = home.run(*args, code=None)
    if done.returncode:
        pytest.skip("a 1024-bit key is not taken as an account: " + done.stderr.decode().strip())
    return home


@pytest.mark.parametrize("name", ["5.1", "5.2"])
def test_encrypted(bob, shared, name):
    verdict = bob.verify(wrap(example(shared, name + ".bin"), "enveloped-data"))
    assert verdict["encryption"]["present"] and verdict["encryption"]["reason"] in WEAK
    assert verdict["summary"] == "unprotected"


def test_encrypted_message(bob, shared):
    verdict = bob.verify(example(shared, "5.3.eml"))
    assert verdict["encryption"]["present"] and verdict["encryption"]["reason"] in WEAK


@pytest.mark.parametrize("name", ["5.1", "5.2", "6.0", "7.1", "7.2"])
def test_everything_else_ends_in_order(home, shared, name):
    for kind in ("enveloped-data", "signed-data"):
        done = home.run("--json", "verify", stdin=wrap(example(shared, name + ".bin"), kind), code=None)
        assert done.returncode in (1, 65)
