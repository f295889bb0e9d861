"""Names, exit codes, diagnostics and output of the command, as promised to scripts."""
import json

import pytest

from lib import CREATE, DATA, NO_INPUT, REFUSED, UNAVAILABLE, USAGE, field, message

HELLO = message("alice@example.org", "bob@example.net")


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["--nonsense"],
        ["protect", "--nonsense"],
        ["protect", "--level", "secret"],
        ["protect", "one.eml", "two.eml"],
        ["account"],
        ["account", "nonsense"],
        ["account", "add"],
        ["account", "add", "no-address"],
        ["account", "add", "alice@example.org", "--profile", "nonsense"],
        ["account", "add", "alice@example.org", "--mode", "nonsense"],
        ["can-seal"],
        ["can-seal", "no-address"],
        ["learn"],
        ["trust", "accept", "bob@example.net"],
        ["trust", "nonsense", "bob@example.net", "00"],
        ["trust", "accept", "bob@example.net", "not-a-fingerprint"],
        ["rule", "set", "bob@example.net", "nonsense"],
        ["rule", "set", "bob@example.net"],
        ["protect", "--rule", "lists=nonsense"],
        ["--at", "yesterday", "verify"],
        ["backup"],
    ],
    ids=" ".join,
)
def test_usage(home, args):
    home.refuse(USAGE, *args, stdin=HELLO)


def test_no_command_shows_the_help(home):
    done = home.run(code=USAGE)
    assert not done.stdout and b"Commands:" in done.stderr


def test_json_of_open_needs_a_file(home):
    home.refuse(USAGE, "--json", "open", stdin=HELLO)


@pytest.mark.parametrize("command", ["open", "verify", "protect", "explain", "learn"])
def test_missing_input(home, tmp_path, command):
    home.add("alice@example.org", "--profile", "p256")
    line = home.refuse(NO_INPUT, command, tmp_path / "absent.eml")
    assert line.startswith(f"postseal: {command}: ") and "absent.eml" in line


@pytest.mark.parametrize("command", ["open", "verify", "protect", "explain"])
@pytest.mark.parametrize("octets", [b"", b"\n", b"\0\1\2\3" * 100, b"just a line of text"], ids=["empty", "line", "nul", "text"])
def test_not_a_message(home, command, octets):
    home.add("alice@example.org", "--profile", "p256")
    home.refuse(DATA, command, stdin=octets)


def test_no_account(home):
    home.refuse(UNAVAILABLE, "protect", "--level", "signed", stdin=HELLO)
    home.refuse(UNAVAILABLE, "account", "show", "alice@example.org")
    home.refuse(UNAVAILABLE, "account", "cert", "alice@example.org")
    home.refuse(UNAVAILABLE, "account", "rotate", "alice@example.org")
    home.refuse(UNAVAILABLE, "account", "remove", "alice@example.org")


def test_no_key_refuses_to_seal(home):
    home.add("alice@example.org", "--profile", "p256")
    line = home.refuse(REFUSED, "protect", "--level", "sealed", stdin=HELLO)
    assert "bob@example.net" in line


def test_one_unready_recipient_refuses_all(home, new_home):
    home.add("alice@example.org", "--profile", "p256")
    bob = new_home()
    bob.add("bob@example.net", "--profile", "p256")
    home.meet(bob, "alice@example.org", "bob@example.net")
    both = message("alice@example.org", ["bob@example.net", "carol@example.net"])
    home.refuse(REFUSED, "protect", "--level", "sealed", stdin=both)
    home.protect(HELLO, "sealed")


def test_plain_is_untouched(home):
    home.add("alice@example.org", "--profile", "p256")
    for text in (HELLO, HELLO.replace(b"\n", b"\r\n"), HELLO + b"no line end", HELLO + b"\xff\x80\n"):
        assert home.protect(text, "plain") == text


def test_line_ends_are_kept(home):
    home.add("alice@example.org", "--profile", "p256")
    assert b"\r" not in home.protect(HELLO)
    crlf = home.protect(HELLO.replace(b"\n", b"\r\n"))
    assert crlf.count(b"\r\n") == crlf.count(b"\n") == crlf.count(b"\r")


def test_dash_and_file_and_stdin_are_the_same(home, tmp_path):
    name = tmp_path / "m.eml"
    name.write_bytes(HELLO)
    asked = [home.run("--json", "verify", *args, stdin=HELLO, code=1).stdout for args in ([], ["-"], [name])]
    assert asked[0] == asked[1] == asked[2]


def test_home_from_the_environment(home):
    home.add("alice@example.org", "--profile", "p256")
    import os
    import subprocess
    from lib import POSTSEAL

    listed = subprocess.run(
        [POSTSEAL, "account", "list"], env=os.environ | {"POSTSEAL_HOME": str(home.path)}, capture_output=True, check=True
    )
    assert b"alice@example.org" in listed.stdout


def test_unsigned_message(home):
    verdict = home.verify(HELLO)
    assert verdict["summary"] == "unprotected"
    assert verdict["signature"]["reason"] == "none" and not verdict["signature"]["present"]
    assert verdict["encryption"]["reason"] == "none" and not verdict["encryption"]["present"]
    assert verdict["history"]["state"] == "none"
    assert verdict["from"]["address"] == "alice@example.org"


def test_open_of_an_unprotected_message(home):
    text, verdict = home.open(HELLO)
    assert verdict["summary"] == "unprotected"
    first, _, rest = text.partition(b"\n")
    assert first.startswith(b"Postseal-Status:") and rest == HELLO


def test_open_replaces_a_forged_status(home):
    text, _ = home.open(b"Postseal-Status: verified\n" + HELLO)
    assert len(field(text, "Postseal-Status")) == 1
    assert "verified" not in field(text, "Postseal-Status")[0].split()


def test_version_and_help(home):
    assert home.out("--version").strip()
    text = home.out("--help").decode()
    for command in ("account", "protect", "open", "verify", "learn", "explain", "can-seal", "peers", "trust", "rule", "backup", "restore"):
        assert command in text
    for command in ("protect", "open", "verify", "learn", "explain", "can-seal", "peers"):
        assert home.out(command, "--help")


def test_out_dir_that_cannot_be(home, tmp_path):
    home.add("alice@example.org", "--profile", "p256")
    (tmp_path / "file").write_text("")
    home.refuse(CREATE, "protect", "--level", "signed", "--out-dir", tmp_path / "file" / "dir", stdin=HELLO)


def test_verdict_file_that_cannot_be(home, tmp_path):
    (tmp_path / "file").write_text("")
    home.refuse(CREATE, "open", "--verdict", tmp_path / "file" / "v.json", stdin=HELLO)


def test_several_copies_need_a_folder(home, new_home, tmp_path):
    home.add("alice@example.org", "--profile", "p256")
    for address in ("bob@example.net", "carol@example.net"):
        other = new_home()
        other.add(address, "--profile", "p256")
        home.meet(other, "alice@example.org", address)
    text = message("alice@example.org", "bob@example.net", Bcc="carol@example.net")
    home.refuse(USAGE, "protect", "--level", "sealed", stdin=text)
    home.run("protect", "--level", "sealed", "--out-dir", tmp_path / "out", stdin=text)
    copies = sorted((tmp_path / "out").iterdir())
    assert [c.name for c in copies] == ["0001.eml", "0001.json", "0002.eml", "0002.json"]
    sheets = [json.loads(c.read_text()) for c in copies if c.suffix == ".json"]
    assert sorted(tuple(s["to"]) for s in sheets) == [("bob@example.net",), ("carol@example.net",)]
    for sheet in sheets:
        assert sheet["from"] == "alice@example.org" and sheet["level"] == "sealed"
        assert {"from", "to", "level", "form", "cipher"} <= set(sheet)
    for copy in copies:
        if copy.suffix == ".eml":
            assert not field(copy.read_bytes(), "Bcc")
