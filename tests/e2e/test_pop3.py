"""POP3 through the daemon: ordinary mail octet for octet, sealed mail opened, sizes exact, keys harvested."""
import base64
import email
import email.policy
import os
import poplib
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest

from daemon import Daemon, Person
from forge import openssl
from lib import Home, message
from provider import Provider, wait_for

poplib._MAXLINE = 1 << 20
ALICE, BOB = "alice@example.test", "bob@example.test"
CRLF = re.compile(rb"\r?\n")


@pytest.fixture(scope="module")
def provider():
    with Provider() as made:
        yield made


@pytest.fixture
def alice(provider, tmp_path):
    home = Home(tmp_path / "alice")
    home.add(ALICE, "--profile", "p256")
    return home


@pytest.fixture
def bob(provider, tmp_path):
    """Bob, who has a daemon and an empty mailbox."""
    clear(provider, BOB)
    person = Person(provider, BOB, Home(tmp_path / "bob"))
    with person.daemon:
        yield person
    clear(provider, BOB)


def clear(provider, address):
    for path in provider.files(address):
        path.unlink()


def crlf(octets):
    return CRLF.sub(b"\r\n", octets)


def whole(lines):
    return b"".join(line + b"\r\n" for line in lines)


def meet(alice, bob):
    alice.meet(bob, ALICE, BOB)
    bob.meet(alice, BOB, ALICE)


def sealed(alice, subject, text="for your eyes\n"):
    return alice.protect(message(ALICE, BOB, subject, text), "sealed")


def direct(provider, address):
    box = poplib.POP3_SSL("127.0.0.1", provider.ports["pop3s"], context=provider.context(), timeout=60)
    box.user(provider.login(address))
    box.pass_(provider.password(address))
    return box


def sizes(box):
    return {int(n): int(octets) for n, octets in (line.split() for line in box.list()[1])}


# -- sealed mail

def test_sealed_is_opened_and_sizes_are_exact(provider, alice, bob):
    meet(alice, bob.home)
    plain = message("carol@example.net", BOB, "an ordinary one", ".a dot\n..two\n")
    provider.deliver(BOB, crlf(plain))
    secrets = [sealed(alice, f"the true subject {n}", f".dot {n}\n" * 50 * n) for n in range(1, 4)]
    for secret in secrets:
        assert b"the true subject" not in secret
        provider.deliver(BOB, crlf(secret))
    box = bob.daemon.pop3(BOB)
    told, (count, total) = sizes(box), box.stat()
    assert count == 4 and total == sum(told.values())
    for number in told:
        shown = whole(box.retr(number)[1])
        assert len(shown) == told[number], f"message {number}"
        assert int(box.list(number).split()[2]) == len(shown)
        assert whole(box.top(number, 0)[1]) == shown.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        head = whole(box.top(number, 2)[1])
        assert shown.startswith(head) and head.count(b"\r\n") == shown.partition(b"\r\n\r\n")[0].count(b"\r\n") + 4
        if number == 1:
            assert shown == crlf(plain)
        else:
            parsed = email.message_from_bytes(shown, policy=email.policy.default)
            assert parsed["Subject"] == f"the true subject {number - 1}"
            assert parsed["Postseal-Status"]
            assert f".dot {number - 1}" in parsed.get_body().get_content()
    assert sizes(box) == told and box.stat() == (count, total)
    box.dele(2)
    assert box.stat() == (3, total - told[2]) and 2 not in sizes(box)
    box.rset()
    assert box.stat() == (4, total)
    box.quit()
    # another session, and another daemon: the same octets and sizes without a look at the mailbox first
    bob.daemon.restart()
    again = bob.daemon.pop3(BOB)
    assert [len(whole(again.retr(n)[1])) for n in told] == list(told.values())
    assert sizes(again) == told
    again.quit()


def test_status_on_every_message(provider, alice, tmp_path):
    """An option: the field first, LIST and STAT tell it, the signature holds, and the next daemon shows the same."""
    clear(provider, BOB)
    bob = Person(provider, BOB, Home(tmp_path / "bob"), options={"status": "every"})
    meet(alice, bob.home)
    plain = crlf(message("carol@example.net", BOB, "an ordinary one", ".a dot\n..two\n", Postseal_Status="verified; forged"))
    signed = crlf(alice.protect(message(ALICE, BOB, "signed", "by me\n"), "signed"))
    broken = crlf(message(ALICE, BOB, "broken", "MIIB\n", Content_Type="application/pkcs7-mime"))
    for octets in (plain, signed, broken, crlf(sealed(alice, "the true subject"))):
        provider.deliver(BOB, octets)
    with bob.daemon:
        box = bob.daemon.pop3(BOB)
        told, (count, total) = sizes(box), box.stat()
        shown = {n: whole(box.retr(n)[1]) for n in told}
        assert count == 4 and total == sum(told.values()) and told == {n: len(view) for n, view in shown.items()}
        for number, view in shown.items():
            assert view.startswith(b"Postseal-Status: ") and view.count(b"Postseal-Status: ") == 1
            assert whole(box.top(number, 0)[1]) == view.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            if number in (2, 3):
                assert view.partition(b"\r\n")[2] == (signed, broken)[number - 2]
        assert shown[1].partition(b"\r\n")[2] == plain.replace(b"Postseal-Status: verified; forged\r\n", b"")
        assert b"signature=ok" in shown[2] and b"encryption=ok" in shown[4] and b"Subject: the true subject" in shown[4]
        (tmp_path / "view.eml").write_bytes(shown[2])
        openssl("cms", "-verify", "-noverify", "-in", tmp_path / "view.eml", "-out", tmp_path / "text")
        box.quit()
        bob.daemon.restart()
        again = bob.daemon.pop3(BOB)
        assert {n: whole(again.retr(n)[1]) for n in told} == shown and sizes(again) == told
        again.quit()
        # without the option: their own octets
        bob.daemon.options.clear()
        bob.daemon.restart()
        again = bob.daemon.pop3(BOB)
        assert [whole(again.retr(n)[1]) for n in (2, 3, 4)] == [signed, broken, shown[4]]
        again.quit()
    clear(provider, BOB)


def test_unique_ids_are_the_providers(provider, alice, bob):
    meet(alice, bob.home)
    for n in range(3):
        provider.deliver(BOB, crlf(sealed(alice, f"number {n}")))
    through = bob.daemon.pop3(BOB)
    ids = through.uidl()[1], [through.uidl(n) for n in (1, 2, 3)]
    through.list()
    assert ids == (through.uidl()[1], [through.uidl(n) for n in (1, 2, 3)])
    through.quit()
    box = direct(provider, BOB)
    assert ids == (box.uidl()[1], [box.uidl(n) for n in (1, 2, 3)])
    box.quit()


def test_one_that_cannot_be_opened_is_shown_as_it_is(provider, alice, bob, new_home):
    """Sealed to somebody else, and damaged: both as they came, and the others are not held up."""
    meet(alice, bob.home)
    carol = new_home()
    carol.add(BOB, "--profile", "p256")
    alice2 = new_home()
    alice2.add(ALICE, "--profile", "p256")
    alice2.meet(carol, ALICE, BOB)
    foreign = crlf(sealed(alice2, "not for this key"))
    damaged = crlf(sealed(alice, "damaged"))
    damaged = damaged[:len(damaged) // 2 // 4 * 4] + b"\r\n"
    good = crlf(sealed(alice, "a good one"))
    for octets in (foreign, damaged, good):
        provider.deliver(BOB, octets)
    box, straight = bob.daemon.pop3(BOB), None
    told = sizes(box)
    shown = [whole(box.retr(n)[1]) for n in (1, 2, 3)]
    box.quit()
    straight = direct(provider, BOB)
    assert [whole(straight.retr(n)[1]) for n in (1, 2)] == shown[:2]
    straight.quit()
    assert b"\r\nSubject: a good one\r\n" in shown[2]
    assert [len(s) for s in shown] == [told[n] for n in (1, 2, 3)]


def test_pass_through_mode_opens_nothing(provider, alice, tmp_path):
    clear(provider, BOB)
    home = Home(tmp_path / "reader")
    home.add(BOB, "--profile", "p256")
    meet(alice, home)
    provider.deliver(BOB, crlf(sealed(alice, "stays closed")))
    with Daemon(home, provider, BOB, options={"opens": "false"}) as daemon:
        box = daemon.pop3(BOB)
        through = box.stat(), box.list(), box.retr(1), box.top(1, 3)
        box.quit()
    box = direct(provider, BOB)
    assert through == (box.stat(), box.list(), box.retr(1), box.top(1, 3))
    box.quit()


def test_a_large_sealed_message(provider, alice, bob):
    """Larger than what is held in memory."""
    meet(alice, bob.home)
    text = "a line of a long report\n" * 150000
    provider.deliver(BOB, crlf(sealed(alice, "large", text)))
    box = bob.daemon.pop3(BOB)
    told = sizes(box)[1]
    shown = whole(box.retr(1)[1])
    assert len(shown) == told > 3 << 20
    assert b"\r\nSubject: large\r\n" in shown
    box.quit()


# -- harvest

def peers(home):
    return {peer["address"] for peer in home.json_lines("peers")}


def test_harvest_from_what_was_read(provider, alice, bob):
    provider.deliver(BOB, crlf(alice.protect(message(ALICE, BOB, "signed", "hello\n"))))
    assert ALICE not in peers(bob.home)
    box = bob.daemon.pop3(BOB)
    box.retr(1)
    assert wait_for(lambda: ALICE in peers(bob.home), 10)
    box.quit()


def test_harvest_from_a_header(provider, new_home, bob):
    """TOP is all that some programs ask for; a key in the header is enough."""
    alice = new_home()
    alice.add(ALICE, "--profile", "p256", "--mode", "header")
    provider.deliver(BOB, crlf(alice.protect(message(ALICE, BOB, "key only", "hello\n"))))
    box = bob.daemon.pop3(BOB)
    box.top(1, 0)
    assert wait_for(lambda: ALICE in peers(bob.home), 10)
    box.quit()


def test_harvest_from_a_large_message(provider, alice, bob):
    text = "a line of a long report\n" * 150000
    provider.deliver(BOB, crlf(alice.protect(message(ALICE, BOB, "large and signed", text))))
    box = bob.daemon.pop3(BOB)
    through = whole(box.retr(1)[1])
    assert through == provider.messages(BOB)[0]
    box.quit()
    assert wait_for(lambda: ALICE in peers(bob.home), 20)


# -- ordinary mail

def test_real_mail_passes_octet_for_octet(provider, bob, shared):
    files = sorted((shared / "mail").rglob("*.txt"))[::5]
    if not files:
        pytest.skip("no real mail")
    for path in files:
        provider.deliver(BOB, path.read_bytes())
    talks = []
    for box in (direct(provider, BOB), bob.daemon.pop3(BOB)):
        count, _ = box.stat()
        assert count == len(files)
        talks.append([box.stat(), box.list(), box.uidl()] + [box.retr(n) for n in range(1, count + 1)] +
                     [box.top(n, lines) for n in range(1, count + 1) for lines in (0, 5)])
        box.quit()
    for one, other in zip(*talks):
        assert one == other


# -- the wire

class Wire:
    """A connection on which nothing is interpreted."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        return self.file.readline()

    def lines(self):
        found = []
        while (line := self.line()) not in (b".\r\n", b""):
            found.append(line)
        return found


def login(provider, wire):
    assert wire.line().startswith(b"+OK")
    wire.send(b"USER bob\r\nPASS " + provider.password(BOB).encode() + b"\r\n")
    assert wire.line().startswith(b"+OK") and wire.line().startswith(b"+OK")


@pytest.mark.parametrize("end", ["gone", "stop", "quit"])
def test_deleted_at_quit_only(provider, bob, end):
    """RFC 1939 section 6: whoever does not say QUIT has deleted nothing."""
    provider.deliver(BOB, crlf(message("carol@example.net", BOB, "still there", "text\n")))
    wire = Wire(bob.daemon.ports["pop3"])
    login(provider, wire)
    wire.send(b"DELE 1\r\n" + (b"QUIT\r\n" if end == "quit" else b""))
    assert wire.line().startswith(b"+OK")
    if end == "quit":
        assert wire.line().startswith(b"+OK")
    elif end == "stop":
        bob.daemon.restart()
    wire.file.close()
    wire.socket.close()
    time.sleep(1)
    assert provider.count_messages(BOB) == (0 if end == "quit" else 1)


def test_pipelined_commands_are_answered_in_order(provider, bob):
    for n in range(5):
        provider.deliver(BOB, crlf(message("carol@example.net", BOB, f"number {n}", "text\n")))
    commands = (b"USER bob\r\nPASS " + provider.password(BOB).encode() + b"\r\nNOOP\r\nSTAT\r\nUIDL 1\r\nRETR 9\r\n" +
                b"".join(b"RETR %d\r\n" % n for n in range(1, 6)) + b"NONSENSE\r\nDELE 1\r\nRSET\r\nQUIT\r\n")
    for pieces in (len(commands), 1):
        with Wire(bob.daemon.ports["pop3"]) as wire:
            for at in range(0, len(commands), pieces):
                wire.send(commands[at:at + pieces])
            assert [wire.line()[:3] for _ in range(7)] == [b"+OK"] * 6 + [b"-ER"]
            for n in range(5):
                assert wire.line().startswith(b"+OK")
                assert b"Subject: number %d\r\n" % n in wire.lines()
            assert wire.line().startswith(b"-ERR Unknown command: NONSENSE")
            assert [wire.line()[:3] for _ in range(3)] == [b"+OK"] * 3
            assert wire.line() == b""


def test_capabilities(provider, bob):
    with Wire(bob.daemon.ports["pop3"]) as wire:
        assert wire.line() == b"+OK postseal\r\n"  # no timestamp: no APOP
        wire.send(b"CAPA\r\n")
        assert wire.line().startswith(b"+OK")
        before = wire.lines()
        assert b"SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n" in before and b"PIPELINING\r\n" in before
        assert b"STLS\r\n" not in before  # this daemon has no TLS
        wire.send(b"USER bob\r\nPASS " + provider.password(BOB).encode() + b"\r\nCAPA\r\n")
        assert [wire.line()[:3] for _ in range(3)] == [b"+OK"] * 3
        after = wire.lines()
        assert {b"TOP\r\n", b"UIDL\r\n", b"PIPELINING\r\n"} <= set(after)
        assert not any(line.startswith((b"STLS", b"UTF8", b"LANG", b"IMPLEMENTATION")) for line in after)


def test_before_login_nothing_is_told(provider, bob):
    with Wire(bob.daemon.ports["pop3"]) as wire:
        wire.line()
        for command in (b"STAT", b"LIST", b"RETR 1", b"UIDL", b"RETR x", b"STLS", b"APOP bob x", b"PASS x"):
            wire.send(command + b"\r\n")
            assert wire.line().startswith(b"-ERR"), command


def test_wrong_logins(provider, bob):
    with Wire(bob.daemon.ports["pop3"]) as wire:
        wire.line()
        wire.send(b"USER bob\r\nPASS wrong\r\n")
        assert wire.line().startswith(b"+OK") and wire.line().startswith(b"-ERR [AUTH]")
        wire.send(b"USER nobody\r\nPASS wrong\r\n")
        assert wire.line().startswith(b"+OK") and wire.line().startswith(b"-ERR [AUTH]")
        login_again = b"USER bob\r\nPASS " + provider.password(BOB).encode() + b"\r\n"
        wire.send(login_again)
        assert wire.line().startswith(b"+OK") and wire.line().startswith(b"+OK")
    with Wire(bob.daemon.ports["pop3"]) as wire:
        wire.line()
        for _ in range(3):
            wire.send(b"USER nobody\r\nPASS wrong\r\n")
            assert wire.line().startswith(b"+OK") and wire.line().startswith(b"-ERR [AUTH]")
        assert wire.line() == b""


def test_sasl(provider, bob):
    secret = provider.password(BOB).encode()
    with Wire(bob.daemon.ports["pop3"]) as wire:
        wire.line()
        wire.send(b"AUTH PLAIN " + base64.b64encode(b"\0bob\0" + secret) + b"\r\nSTAT\r\n")
        assert wire.line().startswith(b"+OK") and wire.line().startswith(b"+OK 0 0")
    with Wire(bob.daemon.ports["pop3"]) as wire:
        wire.line()
        wire.send(b"AUTH SCRAM-SHA-256 eCw=\r\nAUTH LOGIN\r\n*\r\nAUTH PLAIN !\r\nAUTH LOGIN\r\n")
        assert wire.line().startswith(b"-ERR")
        assert wire.line() == b"+ VXNlcm5hbWU6\r\n"
        assert wire.line().startswith(b"-ERR") and wire.line().startswith(b"-ERR")
        assert wire.line() == b"+ VXNlcm5hbWU6\r\n"
        wire.send(base64.b64encode(b"bob") + b"\r\n")
        assert wire.line() == b"+ UGFzc3dvcmQ6\r\n"
        wire.send(base64.b64encode(secret) + b"\r\nNOOP\r\n")
        assert wire.line().startswith(b"+OK") and wire.line().startswith(b"+OK")


def test_tls_of_the_listener(provider, tmp_path):
    """STLS: what came in the clear behind it ends the session; implicit TLS."""
    home = Home(tmp_path / "tls")
    home.add(BOB, "--profile", "p256")
    with Daemon(home, provider, BOB, tls="starttls") as daemon:
        box = poplib.POP3("127.0.0.1", daemon.ports["pop3"], timeout=30)
        assert "STLS" in box.capa() and not {"SASL", "USER"} & box.capa().keys()
        with pytest.raises(poplib.error_proto, match="STLS first"):
            box.user("bob")
        box.close()
        box = daemon.pop3(BOB)
        assert "STLS" not in box.capa()
        assert box.stat()[0] == provider.count_messages(BOB)
        box.quit()
        with Wire(daemon.ports["pop3"]) as wire:
            wire.line()
            wire.send(b"STLS\r\nUSER bob\r\n")
            assert wire.line() == b""
    with Daemon(home, provider, BOB, tls="implicit") as daemon:
        context = ssl._create_unverified_context()
        box = poplib.POP3_SSL("127.0.0.1", daemon.ports["pop3"], context=context, timeout=30)
        box.user("bob")
        box.pass_(provider.password(BOB))
        assert box.stat()[0] == provider.count_messages(BOB)
        box.quit()


def test_provider_with_stls(provider, alice, tmp_path):
    home = Home(tmp_path / "stls")
    home.add(BOB, "--profile", "p256")
    clear(provider, BOB)
    with Daemon(home, provider, BOB, options={"pop3": provider.url("pop3")}) as daemon:
        box = daemon.pop3(BOB)
        assert box.stat() == (0, 0)
        box.quit()


# -- real programs

def test_curl(provider, alice, bob):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    meet(alice, bob.home)
    provider.deliver(BOB, crlf(sealed(alice, "read by curl", ".a dot\n")))
    url = f"pop3://127.0.0.1:{bob.daemon.ports['pop3']}/"

    def curl(*args):
        return subprocess.run(["curl", "-sS", "--user", "bob:" + provider.password(BOB), *args], check=True, timeout=60,
                              capture_output=True).stdout
    shown = curl(url + "1")
    assert b"\r\nSubject: read by curl\r\n" in shown and b"\n.a dot\r\n" in shown
    assert curl(url).split() == [b"1", str(len(shown)).encode()]
    assert curl("-X", "TOP 1 0", url).strip() in shown


def test_fetchmail(provider, alice, bob, tmp_path):
    if not shutil.which("fetchmail"):
        pytest.skip("fetchmail is not installed")
    meet(alice, bob.home)
    ordinary = message("carol@example.net", BOB, "ordinary", "text\n.\n..\n")
    provider.deliver(BOB, crlf(ordinary))
    provider.deliver(BOB, crlf(sealed(alice, "read by fetchmail")))
    out = tmp_path / "out"
    config = tmp_path / "fetchmailrc"
    config.write_text(f"poll 127.0.0.1 protocol POP3 port {bob.daemon.ports['pop3']} auth password uidl\n"
                      f"  user bob password {provider.password(BOB)} is root here sslproto '' nokeep fetchall\n"
                      f"  no rewrite mda \"cat >> {out}\"\n")
    config.chmod(0o600)
    done = subprocess.run(["fetchmail", "-f", config, "--nosyslog", "--nodetach", "-i", tmp_path / "ids", "--pidfile",
                           tmp_path / "pid", "-v"], timeout=60, capture_output=True,
                          env=os.environ | {"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    text = out.read_bytes()
    assert b"Subject: ordinary" in text and b"Subject: read by fetchmail" in text and b"for your eyes" in text
    assert provider.count_messages(BOB) == 0
    assert b"unexpected" not in done.stdout + done.stderr and b"message delimiter" not in done.stdout
