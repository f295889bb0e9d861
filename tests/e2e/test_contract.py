"""Names, exit codes, diagnostics and output of the command, as promised to scripts."""
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import termios

import pytest

from lib import CREATE, DATA, IO, NO_INPUT, REFUSED, UNAVAILABLE, USAGE, environment, field, message

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
def test_a_folder_is_no_message(home, tmp_path, command):
    assert f"{tmp_path} is a folder" in home.refuse(IO, command, tmp_path)


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


@pytest.mark.parametrize("how", [b"\x03", b"\x1c", signal.SIGTERM, signal.SIGHUP], ids=["ctrl-c", "ctrl-backslash", "term", "hup"])
def test_the_terminal_is_as_before_when_nobody_gives_a_passphrase(home, tmp_path, how):
    home.add("alice@example.org", "--profile", "p256")
    ours, theirs = pty.openpty()

    def prepare():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it (nohup)
    try:
        before = termios.tcgetattr(theirs)
        with subprocess.Popen(home.command("backup", tmp_path / "b"), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(),
                              start_new_session=True, preexec_fn=prepare) as process:
            said = b""
            while b"Passphrase:" not in said and select.select([ours], [], [], 20)[0]:
                said += os.read(ours, 1000)
            assert b"Passphrase:" in said and not termios.tcgetattr(theirs)[3] & termios.ECHO
            if isinstance(how, bytes):
                os.write(ours, how)
            else:
                process.send_signal(how)
            ended = {b"\x03": signal.SIGINT, b"\x1c": signal.SIGQUIT}.get(how, how)
            assert process.wait(20) == -ended
        assert termios.tcgetattr(theirs)[3] & termios.ECHO and termios.tcgetattr(theirs) == before
    finally:
        os.close(ours)
        os.close(theirs)


PAGE = "/how-to/encrypt/any/any/none/"


@pytest.mark.parametrize("config, base", [
    (None, "http://127.0.0.1:8025"),
    ("[daemon]\nhttp=127.0.0.1:8027\n", "http://127.0.0.1:8027"),
    ("[daemon]\nhttp=127.0.0.1:8027\nhow-to-base=https://example.org/help\n", "https://example.org/help"),
    ("[daemon]\nhttp=\n", "http://127.0.0.1:8025"),
    ("[daemon]\nhttp=127.0.0.1:8027\nnonsense", "http://127.0.0.1:8025"),
], ids=["none", "http", "how-to-base", "no-page", "broken"])
def test_links_lead_where_the_daemon_has_its_pages(home, config, base):
    """How-to pages are named by the same address as the daemon names them by."""
    home.add("alice@example.org", "--profile", "p256")
    if config is not None:
        (home.path / "postseald.conf").write_text(config)
    assert home.out("howto", "url", "--state", "none").decode() == base + PAGE + "\n"
    assert home.refuse(REFUSED, "protect", "--level", "sealed", stdin=HELLO).endswith(f" {base}{PAGE}")
    assert home.out("howto", "url", "--state", "none", "--base", "https://example.net").decode() == "https://example.net" + PAGE + "\n"


def test_a_file_that_cannot_be_is_named_as_it_was_given(home, tmp_path):
    home.add("alice@example.org", "--profile", "p256")
    name = tmp_path / "absent" / "x.bin"
    line = home.refuse(CREATE, "backup", name, "--passphrase-file", home.passphrase_file())
    assert line == f"postseal: backup: {name}: No such file or directory: name another file"


@pytest.mark.parametrize("args", [["howto", "list"], ["verify"], ["open"], ["protect", "--level", "plain"], ["account", "list"]], ids=" ".join)
def test_a_reader_that_left_is_no_error_to_tell(home, args):
    home.add("alice@example.org", "--profile", "p256")
    ours, theirs = os.pipe()
    os.close(ours)
    try:
        assert home.run(*args, stdin=HELLO, stdout=theirs, code=None).stderr == b""
    finally:
        os.close(theirs)


def test_a_full_disk_is_told(home):
    with open("/dev/full", "wb") as full:
        assert b"cannot write: " in home.run("howto", "list", stdout=full, code=IO).stderr
