"""One's own keys over time: rotation, export, revocation, expiry, renewal, import."""
import json
import shutil
import subprocess
import pytest
from forge import openssl
from lib import PASSPHRASE, REFUSED, UNAVAILABLE, DATA, NOW, Home, at, date, environment, field, message, one_diagnostic
from correspondents import *  # noqa: F403 fixtures


# ---- certificates ----

def test_old_mail_opens_after_rotation_and_removal(pair):
    alice, bob = pair
    first = alice.protect(message(ALICE, BOB, "one", "ONE\n"), "sealed")
    bob.run("account", "rotate", BOB)
    bob.run("account", "rotate", BOB, "--new-root")
    bob.run("account", "rotate", BOB, "--compromised")
    assert b"ONE" in bob.out("open", stdin=first)
    bob.run("account", "remove", BOB)
    assert b"ONE" in bob.out("open", stdin=first)
    bob.refuse(UNAVAILABLE, "account", "show", BOB)
    bob.add(BOB, "--profile", "p256")
    assert b"ONE" in bob.out("open", stdin=first)


def test_export_ends_what_only_postseal_reads(pair, tmp_path):
    alice, bob = pair
    text = message(ALICE, BOB)
    assert "authenveloped-data" in field(alice.protect(text, "sealed"), "Content-Type")[0].lower()
    bob.p12(BOB)
    bob_says = bob.protect(message(BOB, ALICE, "later", Date=date(1)), "signed", "--level", "signed")
    alice.run(*at(1), "open", "--learn", stdin=bob_says)
    sealed = alice.out(*at(1), "protect", "--level", "sealed", stdin=text)
    assert "enveloped-data" in field(sealed, "Content-Type")[0] and "auth" not in field(sealed, "Content-Type")[0].lower()


def test_compromised_leaf_is_learned_by_others(pair):
    alice, bob = pair
    old = bob.protect(message(BOB, ALICE, "one"), "signed")
    before = alice.json("peers", BOB)["identities"][0]
    bob.run("account", "rotate", BOB, "--compromised")
    later = bob.protect(message(BOB, ALICE, "two", Date=date()), "signed")
    alice.run("open", "--learn", stdin=later)
    after = alice.json("peers", BOB)["identities"]
    assert len(after) == 1 and after[0]["root_fingerprint"] == before["root_fingerprint"]
    assert after[0]["leaf_fingerprint"] != before["leaf_fingerprint"]
    assert alice.verify(old)["signer"]["chain"] == "revoked"
    assert bob.open(alice.protect(message(ALICE, BOB, "three"), "sealed"))[1]["encryption"]["reason"] == "ok"


def test_an_expired_account_says_what_to_do(pair):
    """Mail passes, but the person hears that nobody can seal to them any longer, and what helps."""
    alice, _ = pair
    for args in (["protect", "--level", "signed"], ["explain"]):
        done = alice.run("--at", years(24), *args, stdin=message(ALICE, BOB, Date=date(24 * 365)))
        assert b"expired" in done.stderr + (done.stdout if args == ["explain"] else b"") and b"rotate" in done.stderr + done.stdout


SHIFT = """
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t which, struct timespec *t)
{
	int done = (int)syscall(SYS_clock_gettime, which, t);
	t->tv_sec += which == CLOCK_REALTIME ? atol(getenv("TEST_SHIFT")) : 0;
	return done;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}
"""


@pytest.fixture
def later(tmp_path):
    """Runs a command so many years later, by the clock and not by --at."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, library = tmp_path / "shift.c", tmp_path / "shift.so"
    source.write_text(SHIFT)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)

    def run(home, n, *args, stdin=b""):
        env = environment() | {"LD_PRELOAD": str(library), "TEST_SHIFT": str(int(n * 365.25 * 86400)),
                                "ASAN_OPTIONS": "verify_asan_link_order=0"}
        return subprocess.run(home.command(*args), input=stdin, env=env, capture_output=True, check=True).stdout
    return run


def test_a_leaf_is_renewed_by_itself_at_two_thirds(pair, later):
    alice, bob = pair
    old = alice.protect(message(BOB, ALICE, "old", "OLD\n").replace(BOB.encode(), ALICE.encode()), "sealed")
    seen = []
    for n in (0, 3.2, 3.4, 7):
        signed = later(alice, n, "protect", "--level", "signed", stdin=message(ALICE, BOB, Date=date(365.25 * n)))
        later(bob, n, "open", "--learn", stdin=signed)
        seen.append(json.loads(later(alice, n, "--json", "account", "show", ALICE)))
        assert json.loads(later(bob, n, "--json", "can-seal", ALICE))["ready"]
        known = [i for i in json.loads(later(bob, n, "--json", "peers", ALICE))["identities"] if i["pinned"]]
        assert [i["leaf_fingerprint"] for i in known] == [seen[-1]["leaf_fingerprint"]]
    assert len({s["root_fingerprint"] for s in seen}) == 1
    leaves = [s["leaf_fingerprint"] for s in seen]
    assert leaves[0] == leaves[1] and len(set(leaves)) == 3
    assert b"OLD" in alice.out("open", stdin=old)


def test_a_p12_of_a_certificate_that_calls_itself_an_authority(home, tmp_path):
    """What "openssl req -x509" makes unless told otherwise."""
    key, cert, p12 = (tmp_path / n for n in ("own.key", "own.pem", "own.p12"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "900", "-subj", "/CN=Alice", "-addext", "subjectAltName=email:" + ALICE,
            "-keyout", key, "-out", cert)
    openssl("pkcs12", "-export", "-in", cert, "-inkey", key, "-passout", "pass:" + PASSPHRASE, "-out", p12)
    home.run("account", "import", p12, "--passphrase-file", home.passphrase_file())
    assert Home(tmp_path / "reader").verify(home.protect(message(ALICE, BOB)))["history"]["state"] == "first"
    assert home.out("open", stdin=home.protect(message(ALICE, ALICE, body="own\n"), "sealed")).endswith(b"own\n")


def test_a_p12_with_a_chain_made_by_openssl(home, people, tmp_path):
    ca_key, ca, key, cert, p12 = (tmp_path / n for n in ("ca.key", "ca.pem", "k.pem", "c.pem", "id.p12"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=Some CA", "-keyout", ca_key, "-out", ca)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "900", "-subj", "/CN=Alice", "-keyout", key, "-out", cert, "-CA", ca, "-CAkey", ca_key,
            "-addext", f"subjectAltName=email:{ALICE}", "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "keyUsage=critical,digitalSignature,keyEncipherment", "-addext", "extendedKeyUsage=emailProtection")
    openssl("pkcs12", "-export", "-in", cert, "-inkey", key, "-certfile", ca, "-passout", "pass:" + PASSPHRASE, "-out", p12)
    made = home.json("account", "add", ALICE, "--name", "Alice Example", "--p12", p12, "--passphrase-file", home.passphrase_file())
    assert made["profile"] == "imported" and made["name"] == "Alice Example" == home.json("account", "show", ALICE)["name"]
    signed = home.protect(message(ALICE, BOB), "signed")
    verdict = people[BOB].verify(signed)
    assert verdict["signature"]["valid"] and verdict["signer"]["addresses"] == [ALICE]
    home.refuse(DATA, "account", "rotate", ALICE)
    home.run("account", "rotate", ALICE, "--new-root")
    assert home.json("account", "show", ALICE)["profile"] == "compatible"
