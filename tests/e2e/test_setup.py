"""postseal setup and doctor: servers from a file, configuration, files for mail programs, one identity on two devices."""
import base64
import ctypes.util
import hashlib
import os
import plistlib
import re
import shutil
import socket
import stat
import subprocess
import urllib.request
import xml.etree.ElementTree as ET

import pytest

from daemon import Daemon
from lib import DATA, POSTSEAL, ROOT, UNAVAILABLE, USAGE, Home, environment, message, one_diagnostic
from provider import Provider, wait_for

ALICE, BOB, DORA = (name + "@example.test" for name in ("alice", "bob", "dora"))

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="example.test">
    <domain>example.test</domain>
    <incomingServer type="imap"><hostname>{host}</hostname><port>{imaps}</port><socketType>SSL</socketType>
      <username>%EMAILLOCALPART%</username><authentication>{auth}</authentication></incomingServer>
    <outgoingServer type="smtp"><hostname>{host}</hostname><port>{submissions}</port><socketType>SSL</socketType>
      <username>%EMAILLOCALPART%</username><authentication>{auth}</authentication></outgoingServer>
  </emailProvider>
</clientConfig>
"""


def servers(folder, host="mail.example.test", imaps=993, submissions=465, auth="password-cleartext"):
    path = folder / "servers.xml"
    path.write_text(CONFIG.format(host=host, imaps=imaps, submissions=submissions, auth=auth), encoding="utf-8")
    return path


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_everything_is_made(home, tmp_path):
    done = home.json("setup", ALICE, "--name", "Alice & <Co>", "--servers", servers(tmp_path))
    assert done["own"] == "made" and not done["looked"] and done["mode"] == "pass-through"
    assert done["imap"] == "imaps://mail.example.test:993"
    assert done["submission"] == "submissions://mail.example.test:465"
    assert done["root_fingerprint"] == home.json("account", "show", ALICE)["root_fingerprint"]
    assert {e["protocol"] for e in done["local"]} == {"imap", "submission"}
    for name in ("config", "certificate", "autoconfig", "mobileconfig"):
        assert mode(done[name]) == 0o600, name
    assert mode(home.path / "autoconfig") == 0o700
    assert done["unit"] is None and str(home.path) in done["start"]


def test_files_for_mail_programs(home, tmp_path):
    done = home.json("setup", ALICE, "--name", "Alice & <Co>", "--servers", servers(tmp_path))
    ports = {e["protocol"]: e["port"] for e in done["local"]}
    provider = ET.parse(done["autoconfig"]).getroot().find("emailProvider")
    incoming, outgoing = provider.find("incomingServer"), provider.find("outgoingServer")
    assert (incoming.get("type"), incoming.findtext("hostname")) == ("imap", "127.0.0.1")
    assert int(incoming.findtext("port")) == ports["imap"] and int(outgoing.findtext("port")) == ports["submission"]
    with open(done["mobileconfig"], "rb") as f:
        profile = plistlib.load(f)
    (mail,) = profile["PayloadContent"]
    assert profile["PayloadType"] == "Configuration" and mail["PayloadType"] == "com.apple.mail.managed"
    assert mail["EmailAccountName"] == "Alice & <Co>" and mail["EmailAddress"] == ALICE
    assert mail["IncomingMailServerPortNumber"] == ports["imap"]
    assert mail["OutgoingMailServerPortNumber"] == ports["submission"]


def test_the_certificate_is_for_loopback(home, tmp_path):
    done = home.json("setup", ALICE, "--servers", servers(tmp_path))
    text = subprocess.run(["openssl", "x509", "-in", done["certificate"], "-noout", "-text"], check=True,
                          capture_output=True, text=True).stdout
    assert "IP Address:127.0.0.1" in text and "DNS:localhost" in text
    der = subprocess.run(["openssl", "x509", "-in", done["certificate"], "-outform", "DER"], check=True,
                         capture_output=True).stdout
    assert hashlib.sha256(der).hexdigest() == done["certificate_sha256"]


def test_again_changes_nothing(home, tmp_path):
    first = home.json("setup", ALICE, "--servers", servers(tmp_path))
    paths = [first[n] for n in ("config", "certificate", "autoconfig", "mobileconfig")]
    before = [open(p, "rb").read() for p in paths]
    second = home.json("setup", ALICE)
    assert second["own"] == "there" and second["root_fingerprint"] == first["root_fingerprint"]
    assert [open(p, "rb").read() for p in paths] == before


def test_what_the_person_wrote_stays(home, tmp_path):
    config = home.path / "postseald.conf"
    config.write_text("# mine\n[daemon]\nimap=127.0.0.1:31143\ntls=none\n", encoding="utf-8")
    done = home.json("setup", ALICE, "--servers", servers(tmp_path))
    text = config.read_text(encoding="utf-8")
    assert text.startswith("# mine\n[daemon]\nimap=127.0.0.1:31143\ntls=none\n")
    (imap,) = [e for e in done["local"] if e["protocol"] == "imap"]
    assert imap["port"] == 31143 and imap["security"] == "none"
    home.json("setup", "bob@example.test", "--servers", servers(tmp_path))
    assert config.read_text(encoding="utf-8").startswith(text.rstrip("\n"))


def test_a_port_that_is_taken_is_passed_over(home, tmp_path):
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            busy.bind(("127.0.0.1", 1143))
            busy.listen()
        except OSError:
            pass  # somebody else has it: just as good
        done = home.json("setup", ALICE, "--servers", servers(tmp_path))
    (imap,) = [e for e in done["local"] if e["protocol"] == "imap"]
    assert 1143 < imap["port"] < 1200


def test_servers_from_the_command_line(home):
    done = home.json("setup", ALICE, "--imap", "imap://mail.example.test", "--submission", "submissions://a.example.test",
                     "--user", "al")
    assert done["imap"] == "imap://mail.example.test:143" and done["pop3"] is None
    assert "user=al\n" in (home.path / "postseald.conf").read_text(encoding="utf-8")


def test_oauth2_only_is_managed(home, tmp_path):
    done = home.json("setup", ALICE, "--servers", servers(tmp_path, auth="OAuth2"))
    assert done["mode"] == "managed" and any("OAuth2" in n for n in done["notes"])


@pytest.mark.parametrize("text, code", [
    ("<html>404</html>", DATA), ("", DATA), ("<clientConfig", DATA),
    (CONFIG.replace("SSL", "plain"), UNAVAILABLE)])
def test_bad_files_change_nothing(home, tmp_path, text, code):
    (tmp_path / "bad.xml").write_text(text, encoding="utf-8")
    assert "bad.xml: " in home.refuse(code, "setup", ALICE, "--servers", tmp_path / "bad.xml")
    assert not list(home.path.iterdir())


def test_a_broken_configuration_is_left_alone(home, tmp_path):
    config = home.path / "postseald.conf"
    config.write_text("[daemon]\nno-such-option=1\n", encoding="utf-8")
    told = home.refuse(DATA, "setup", ALICE, "--servers", servers(tmp_path))
    assert "no-such-option" in told
    assert [p.name for p in home.path.iterdir()] == ["postseald.conf"]


def test_usage(home, tmp_path):
    home.refuse(USAGE, "setup")
    home.refuse(USAGE, "setup", "alice")
    home.refuse(USAGE, "setup", "a]b@example.test", "--servers", servers(tmp_path))
    home.refuse(USAGE, "setup", ALICE, "--share", "--replace")
    home.refuse(USAGE, "setup", ALICE, "--imap", "http://example.test")
    home.refuse(USAGE, "setup", ALICE, "--imap", "pop3s://example.test")
    home.refuse(UNAVAILABLE, "setup", "alice@nowhere.invalid")


def test_postseal_is_not_its_own_provider(home, tmp_path):
    (home.path / "postseald.conf").write_text("[daemon]\nimap=127.0.0.1:1143\n", encoding="utf-8")
    home.refuse(USAGE, "setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=1143))


def test_the_unit_is_for_the_usual_place_only(tmp_path):
    """A person with the usual folders gets a unit that systemd takes."""
    program = tmp_path / "bin" / "postseald"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    env = environment() | {"HOME": str(tmp_path), "PATH": f"{program.parent}:{os.environ['PATH']}",
                           "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    (tmp_path / "run").mkdir(mode=0o700)
    done = subprocess.run([POSTSEAL, "--json", "setup", ALICE, "--servers", servers(tmp_path)], env=env, check=True,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    unit = tmp_path / ".config/systemd/user/postseald.service"
    assert f'"unit":"{unit}"' in done.stdout and '"unit_state":"written"' in done.stdout
    assert (tmp_path / ".config/postseal/postseald.conf").exists()
    start = re.search(r'^ExecStart="(.*)" --foreground$', unit.read_text(encoding="utf-8"), re.M)
    assert start and start[1].endswith("/postseald")
    text = unit.read_text(encoding="utf-8").replace(f'"{start[1]}"', "@bindir@/postseald")
    assert text == (ROOT / "data/postseald.service.in").read_text(encoding="utf-8")
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", "--user", unit], env=env, capture_output=True, text=True,
                             timeout=60)
    # Other units of the machine may find the test's folder too long for their sockets.
    assert checked.returncode == 0 and "postseald" not in checked.stderr, checked.stderr
    exposure = subprocess.run(["systemd-analyze", "security", "--user", "--offline=true", "--no-pager", unit], env=env,
                              capture_output=True, text=True, timeout=60).stdout
    for kept in ("NoNewPrivileges=", "MemoryDenyWriteExecute=", "RestrictNamespaces=~user", "RestrictSUIDSGID=", "LockPersonality=",
                 "SystemCallArchitectures=", "SystemCallFilter=~@privileged", "UMask=", "RestrictAddressFamilies=~AF_PACKET"):
        (line,) = [w for w in exposure.splitlines() if f" {kept} " in w]
        assert "\u2713" in line, line


# ---- what the doctor says ----

def checks(home, code=UNAVAILABLE):
    return home.json_lines("doctor", code=code)


def state(rows, check, subject=""):
    return {r["state"] for r in rows if r["check"] == check and subject in r["subject"]}


def mends(rows, check):
    (row,) = [r for r in rows if r["check"] == check and r["state"] != "ok"]
    return row["text"], row["mend"]


# ---- with a provider ----

@pytest.fixture(scope="module", name="provider")
def fixture_provider():
    with Provider() as provider:
        yield provider


def at_provider(provider, tmp_path):
    """The options of a set-up at the provider."""
    path = servers(tmp_path, "127.0.0.1", provider.ports["imaps"], provider.ports["submissions"])
    secret = tmp_path / "password"
    secret.write_text(provider.password(ALICE) + "\n", encoding="ascii")
    return ["--servers", path, "--tls-ca", provider.ca, "--password-file", secret]


@pytest.fixture(name="first")
def fixture_first(provider, new_home, tmp_path):
    """A first device whose key lies in the mailbox."""
    for folder in ("INBOX", "Sent"):
        provider.empty(ALICE, folder)
    home = new_home()
    done = home.json("setup", ALICE, *at_provider(provider, tmp_path))
    assert done["own"] == "made" and done["looked"] and done["other_root_fingerprint"] is None
    return home


def test_setup_beside_a_running_daemon(provider, home, tmp_path):
    """It has to be told of the new account."""
    home.add(ALICE, "--profile", "p256")
    words = ("setup", BOB, "--servers", servers(tmp_path))
    with Daemon(home, provider, ALICE):
        assert "A daemon runs and does not know this yet" in home.run(*words).stdout.decode()
    assert "Start the daemon: postseald" in home.run(*words).stdout.decode()


@pytest.mark.parametrize("folder", ["Sent", "INBOX"])
def test_a_second_device_waits(provider, first, new_home, tmp_path, folder):
    """A key in Sent or in INBOX is found."""
    letter = first.protect(message(ALICE, "bob@example.test")).replace(b"\n", b"\r\n")
    provider.deliver(ALICE, message("bob@example.test", ALICE).replace(b"\n", b"\r\n"))
    provider.deliver(ALICE, letter, folder)
    second = new_home()
    done = second.json("setup", ALICE, *at_provider(provider, tmp_path), code=UNAVAILABLE)
    root = first.json("account", "show", ALICE)["root_fingerprint"]
    assert done["own"] == "waiting" and done["root_fingerprint"] is None
    assert done["other_root_fingerprint"] == root
    assert any("--share" in n and "--replace" in n for n in done["notes"])
    second.refuse(UNAVAILABLE, "account", "show", ALICE)
    assert any(r["check"] == "account" and r["state"] == "warn" for r in checks(second))


def test_the_second_device_joins(provider, first, new_home, tmp_path):
    options = at_provider(provider, tmp_path)
    sealed = first.protect(message(ALICE, ALICE, "note", "TO MYSELF\n"), "sealed")
    provider.deliver(ALICE, first.protect(message(ALICE, "bob@example.test")).replace(b"\n", b"\r\n"), "Sent")
    code = first.json("setup", ALICE, "--share", *options[-2:])["code"]
    (transfer,) = [m for m in provider.messages(ALICE) if b"\nPostseal-Transfer:" in m]
    assert code.encode() not in transfer and b"PRIVATE KEY" not in transfer
    second = new_home()
    wrong = "0" * 25
    assert "code" in second.refuse(DATA, "setup", ALICE, *options, "--join-code", wrong)
    done = second.json("setup", ALICE, *options, "--join-code", code.lower().replace("-", " "))
    assert done["own"] == "joined"
    assert done["root_fingerprint"] == first.json("account", "show", ALICE)["root_fingerprint"]
    assert not [m for m in provider.messages(ALICE) if b"\nPostseal-Transfer:" in m]
    assert b"TO MYSELF" in second.out("open", stdin=sealed)
    assert first.verify(second.protect(message(ALICE, "bob@example.test")))["signature"]["valid"]
    assert second.json("setup", ALICE)["own"] == "there"


def test_only_the_one_account_is_shared(provider, first, new_home, tmp_path):
    """Neither the person's other accounts nor correspondents lie in the mailbox, not even locked."""
    first.add(DORA, "--profile", "p256")
    bob = new_home()
    bob.add(BOB, "--profile", "p256")
    first.meet(bob, ALICE, BOB)
    assert [p["address"] for p in first.json_lines("peers")] == [BOB]
    code = first.json("setup", ALICE, "--share", *at_provider(provider, tmp_path)[-2:])["code"]
    (transfer,) = [m for m in provider.messages(ALICE) if b"\nPostseal-Transfer:" in m]
    part = transfer.replace(b"\r", b"").partition(b"Content-Transfer-Encoding: base64\n\n")[2]
    backup, phrase = tmp_path / "backup", tmp_path / "phrase"
    backup.write_bytes(base64.b64decode(part.partition(b"\n--")[0]))
    phrase.write_text(code.replace("-", "") + "\n", encoding="ascii")
    thief = new_home()
    thief.run("restore", backup, "--passphrase-file", phrase)
    assert [a["address"] for a in thief.json_lines("account", "list")] == [ALICE]
    assert not thief.json_lines("peers")
    store = (thief.path / "postseal.db").read_bytes()
    assert DORA.encode() not in store and BOB.encode() not in store and ALICE.encode() in store


def test_replacing_is_a_choice(provider, first, new_home, tmp_path):
    provider.deliver(ALICE, first.protect(message(ALICE, "bob@example.test")).replace(b"\n", b"\r\n"), "Sent")
    second = new_home()
    done = second.json("setup", ALICE, *at_provider(provider, tmp_path), "--replace")
    assert done["own"] == "made"
    assert done["root_fingerprint"] != first.json("account", "show", ALICE)["root_fingerprint"]


def test_what_is_said_without_imap(provider, new_home, tmp_path):
    """Where no look is possible, no advice leads back to the same words."""
    secret = tmp_path / "password"
    secret.write_text("x\n", encoding="ascii")
    words = ("setup", ALICE, "--pop3", provider.url("pop3s"), "--tls-ca", provider.ca, "--password-file", secret)
    home = new_home()
    assert "--imap" in home.refuse(USAGE, *words, "--join-code", "0" * 25)
    notes = home.json(*words)["notes"]
    assert any(f"postseal account add {ALICE} --join FILE" in n for n in notes) and not any("--password-file" in n for n in notes)


def test_a_wrong_password_makes_nothing(provider, new_home, tmp_path):
    options = at_provider(provider, tmp_path)
    (tmp_path / "password").write_text("wrong\n", encoding="ascii")
    home = new_home()
    told = home.refuse(DATA, "setup", ALICE, *options)
    assert "password" in told and "wrong" not in told.replace("what is wrong", "")
    assert not (home.path / "postseald.conf").exists()
    home.refuse(UNAVAILABLE, "account", "show", ALICE)


def test_nobody_is_believed_without_a_good_certificate(provider, new_home, tmp_path):
    options = [o for o in at_provider(provider, tmp_path) if o not in ("--tls-ca", provider.ca)]
    home = new_home()
    done = home.run("setup", ALICE, *options, code=None)
    assert done.returncode in (74, 75)
    one_diagnostic(done.stderr)
    assert not (home.path / "postseald.conf").exists()


def test_nothing_is_waited_for_without_a_terminal(tmp_path):
    """Nobody is asked where nobody can answer."""
    home = Home(tmp_path / "home")
    done = home.run("setup", ALICE, "--servers", servers(tmp_path), stdin=subprocess.DEVNULL, timeout=30)
    assert b"--password-file" in done.stdout


# What the unit asks of systemd, done here: the same filter by libseccomp, and the rest by the kernel itself.
SANDBOX = """
import ctypes, errno, os, resource, subprocess, sys
def calls(name):
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    for line in told.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            yield from calls(word) if word.startswith("@") else [word]
allowed = set(calls("@system-service")) - set(calls("@privileged"))
os.umask(0o077)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
libc, seccomp = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(0x50000 | errno.EPERM))
for name in sorted(allowed):
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    assert number < 0 or not seccomp.seccomp_rule_add(context, 0x7fff0000, number, 0), name
write_execute = libc.prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE: since Linux 6.3
assert not seccomp.seccomp_load(context)
print("sandbox", len(allowed), "no-write-execute" if write_execute == 0 else "write-execute", file=sys.stderr, flush=True)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Confined(Daemon):
    """The daemon under the unit's limits and filters."""

    def command(self):
        return ["/usr/bin/python3", "-c", SANDBOX, *super().command()]


def test_the_daemon_works_under_the_filters_of_the_unit(provider, new_home):
    """Each service of it once, and nothing in its log: no user manager runs here, so the filters are set without one."""
    if not shutil.which("systemd-analyze") or not ctypes.util.find_library("seccomp"):
        pytest.skip("systemd-analyze or libseccomp is not installed")
    alice, bob = new_home(), new_home()
    for home, address in ((alice, ALICE), (bob, BOB)):
        home.add(address, "--profile", "p256")
        provider.empty(address, "INBOX")
    with Confined(alice, provider, ALICE, tls="starttls") as here, Confined(bob, provider, BOB, tls="starttls") as there:
        assert wait_for(lambda: "sandbox" in here.log())
        here.send(ALICE, message(ALICE, BOB, "hello"))
        provider.wait_messages(BOB, 1)
        box = there.imap(BOB)
        box.select()
        assert box.fetch("1", "(BODY[])")[0] == "OK"
        box.logout()
        assert wait_for(lambda: bob.run("can-seal", ALICE, code=None).returncode == 0)
        there.send(BOB, message(BOB, ALICE, "[seal] a secret", "the word is plum\n"))
        (sealed,) = provider.wait_messages(ALICE, 1)
        assert b"plum" not in sealed
        reader = here.pop3(ALICE)
        assert b"the word is plum" in b"\n".join(reader.retr(1)[1])
        reader.quit()
        token = (alice.path / "token").read_text(encoding="ascii").strip()
        asked = urllib.request.Request(f"http://127.0.0.1:{here.ports['http']}/v1/status", headers={"X-Postseal-Token": token})
        with urllib.request.urlopen(asked, timeout=20) as page:
            assert page.status == 200
        assert {line.split()[0] for line in here.log().splitlines()} <= {"sandbox", "postseald:", "stopping"}, here.log()
