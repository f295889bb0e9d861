"""Accounts: made, listed, exported, imported, replaced, backed up; nothing is ever lost."""
import os
import subprocess

import pytest

from lib import CREATE, DATA, UNAVAILABLE, USAGE, message

ALICE, BOB = "alice@example.org", "bob@example.net"


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, check=True).stdout.decode()


def test_add_says_what_was_made(home):
    made = home.add(ALICE, "--profile", "p256")
    assert set(made) >= {"address", "root_fingerprint", "leaf_fingerprint", "profile"}
    assert made["address"] == ALICE and made["profile"] == "p256"
    for key, flag in (("leaf_fingerprint", []), ("root_fingerprint", ["--root"])):
        printed = openssl("x509", "-in", home.cert(ALICE, *flag), "-noout", "-fingerprint", "-sha256")
        assert printed.partition("=")[2].strip().replace(":", "").lower() == made[key]


@pytest.mark.parametrize("profile", ["compatible", "rsa2048", "p256", "modern"])
def test_profiles(home, profile):
    assert home.add(ALICE, "--profile", profile)["profile"] == profile
    root, leaf = home.cert(ALICE, "--root"), home.cert(ALICE)
    key = {"compatible": "(3072 bit)", "rsa2048": "(2048 bit)", "p256": "(256 bit)", "modern": "ED25519"}[profile]
    text = openssl("x509", "-in", leaf, "-noout", "-text")
    assert key in text and "email:" + ALICE in text and "E-mail Protection" in text and "CA:TRUE" not in text
    text = openssl("x509", "-in", root, "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in text and "(256 bit)" in text and "email:" + ALICE in text
    openssl("verify", "-purpose", "smimesign", "-CAfile", root, leaf)


def test_address_is_lower_cased_in_the_certificate(home):
    home.add("Alice@Example.ORG", "--profile", "p256")
    text = openssl("x509", "-in", home.cert(ALICE), "-noout", "-ext", "subjectAltName")
    assert "email:" + ALICE in text


def test_mail_addresses_beyond_ascii(home):
    home.add("jürgen@example.org", "--profile", "p256")
    assert b"j\xc3\xbcrgen@example.org" in home.out("account", "list")
    text = openssl("x509", "-in", home.cert("jürgen@example.org"), "-noout", "-ext", "subjectAltName")
    assert "SmtpUTF8Mailbox" in text or "1.3.6.1.5.5.7.8.9" in text


def test_a_second_account_of_the_same_address_is_refused(home):
    made = home.add(ALICE, "--profile", "p256")
    home.refuse(CREATE, "account", "add", ALICE)
    assert made["root_fingerprint"] in home.out("--json", "account", "show", ALICE).decode()


def test_list_show_remove(home):
    home.add(ALICE, "--profile", "p256")
    home.add("anna@example.org", "--profile", "p256")
    assert [a["address"] for a in home.json_lines("account", "list")] == [ALICE, "anna@example.org"]
    home.run("account", "remove", ALICE)
    assert [a["address"] for a in home.json_lines("account", "list")] == ["anna@example.org"]
    home.refuse(UNAVAILABLE, "account", "show", ALICE)


def test_pem_and_der_are_the_same_certificate(home):
    home.add(ALICE, "--profile", "p256")
    der = home.out("account", "cert", ALICE, "--der")
    pem = home.out("account", "cert", ALICE, "--pem")
    assert subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem, capture_output=True).stdout == der


@pytest.mark.parametrize("flavour", [[], ["--modern"]], ids=["old", "modern"])
def test_export_and_import(home, new_home, flavour):
    made = home.add(ALICE, "--profile", "p256")
    file = home.p12(ALICE, *flavour)
    assert os.stat(file).st_mode & 0o077 == 0
    secret = "pass:correct horse"
    keys = openssl("pkcs12", "-in", file, "-passin", secret, "-nodes")
    assert "PRIVATE KEY" in keys and keys.count("BEGIN CERTIFICATE") == 2
    other = new_home()
    other.run("account", "import", file, "--passphrase-file", other.passphrase_file())
    assert other.out("account", "cert", ALICE) == home.out("account", "cert", ALICE)
    assert made["leaf_fingerprint"] in other.out("--json", "account", "show", ALICE).decode()


def test_the_root_key_does_not_leave(home):
    home.add(ALICE, "--profile", "p256")
    keys = openssl("pkcs12", "-in", home.p12(ALICE), "-passin", "pass:correct horse", "-nodes", "-nocerts")
    assert keys.count("BEGIN PRIVATE KEY") == 1
    public = openssl("pkey", "-pubout", stdin=keys.encode())
    assert public != openssl("x509", "-in", home.cert(ALICE, "--root"), "-noout", "-pubkey")


def test_wrong_passphrase(home, new_home):
    home.add(ALICE, "--profile", "p256")
    file, other = home.p12(ALICE), new_home()
    home.run("backup", home.path / "b", "--passphrase-file", home.passphrase_file())
    wrong = other.passphrase_file("wrong")
    for command in (["account", "import", file], ["restore", home.path / "b"]):
        assert "passphrase" in other.refuse(DATA, *command, "--passphrase-file", wrong)
    assert other.out("--json", "account", "list") == b""


def test_import_of_rubbish(home, tmp_path):
    (tmp_path / "x.p12").write_bytes(b"rubbish" * 10)
    for command in (["account", "import"], ["restore"]):
        home.refuse(DATA, *command, tmp_path / "x.p12", "--passphrase-file", home.passphrase_file())
    assert home.out("--json", "account", "list") == b""



def test_old_mail_stays_readable_after_rotation(home, new_home):
    bob = new_home()
    home.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    letters = []
    for rotation in ([], [], ["--new-root"], ["--compromised"]):
        bob.run("open", "--learn", stdin=home.protect(message(ALICE, BOB, "key", "key\n")))
        letters.append(bob.protect(message(BOB, ALICE, "hidden", "secret\n"), "sealed"))
        home.run("account", "rotate", ALICE, *rotation)
    for letter in letters:
        text, verdict = home.open(letter)
        assert b"secret" in text and verdict["encryption"]["reason"] == "ok"


def test_rotation_keeps_the_root_and_new_root_does_not(home):
    home.add(ALICE, "--profile", "p256")
    root, leaf = home.out("account", "cert", ALICE, "--root"), home.out("account", "cert", ALICE)
    home.run("account", "rotate", ALICE)
    assert home.out("account", "cert", ALICE, "--root") == root
    assert home.out("account", "cert", ALICE) != leaf
    home.run("account", "rotate", ALICE, "--new-root")
    assert home.out("account", "cert", ALICE, "--root") != root


def test_backup_and_restore_bring_everything(home, new_home):
    bob, copy = new_home(), new_home()
    home.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    home.meet(bob, ALICE, BOB)
    home.run("rule", "set", BOB, "sealed")
    bob.run("open", "--learn", stdin=home.protect(message(ALICE, BOB)))
    letter = bob.protect(message(BOB, ALICE, "hidden", "secret\n"), "sealed")
    file = home.path / "backup"
    home.run("backup", file, "--passphrase-file", home.passphrase_file())
    assert os.stat(file).st_mode & 0o077 == 0
    copy.run("restore", file, "--passphrase-file", copy.passphrase_file())
    for asked in (["account", "show", ALICE], ["peers"], ["rule", "list"], ["can-seal", BOB]):
        assert copy.out("--json", *asked) == home.out("--json", *asked), asked
    assert b"secret" in copy.open(letter)[0]


def test_backup_needs_a_passphrase(home):
    home.add(ALICE, "--profile", "p256")
    done = home.run("backup", home.path / "b", code=None)
    assert done.returncode in (USAGE, UNAVAILABLE) and not (home.path / "b").exists()


def test_there_is_no_backup_of_nothing(home):
    secret = home.passphrase_file()
    home.run("backup", home.path / "b", "--passphrase-file", secret, code=UNAVAILABLE)
    assert not (home.path / "b").exists()


def test_private_files_are_private(home):
    home.add(ALICE, "--profile", "p256")
    for folder, _, files in os.walk(home.path):
        for name in files:
            assert os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0, name
