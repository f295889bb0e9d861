"""The life of postseald: start, configuration, TLS on both sides, providers that fail or lie, and the end."""
import imaplib
import itertools
import poplib
import smtplib
import socket
import ssl
import stat
import subprocess
import threading
import time

import pytest

from daemon import POSTSEALD, Daemon, require_daemon
from imapraw import Raw, blind
from lib import Home, environment, field, message
from provider import Provider, make_certificates, wait_for

ALICE, BOB = "alice@example.test", "bob@example.test"
REFUSALS = (imaplib.IMAP4.error, smtplib.SMTPException, poplib.error_proto, OSError, EOFError, AssertionError)


@pytest.fixture(scope="module")
def provider():
    require_daemon()
    with Provider() as made:
        yield made


@pytest.fixture(scope="module")
def alice(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("alice"))
    home.add(ALICE, "--profile", "p256")
    return home


@pytest.fixture(scope="module")
def daemon(provider, alice):
    with Daemon(alice, provider, ALICE) as made:
        yield made


def run(home, text, *args):
    """postseald with such a configuration; it must end by itself."""
    config = home.path / "wrong.conf"
    config.write_text(text, encoding="utf-8")
    return subprocess.run([POSTSEALD, "--home", str(home.path), "--config", str(config), "--foreground", *args],
                          capture_output=True, timeout=20, env=environment())


def test_logins(daemon):
    box = daemon.imap(ALICE)
    assert box.select()[0] == "OK"
    box.logout()
    daemon.smtp(ALICE).quit()
    assert daemon.pop3(ALICE).quit().startswith(b"+OK")


def test_login_by_address(daemon):
    """Programs that type the whole address."""
    with daemon.raw() as raw:
        raw.login(ALICE, "alice-secret")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_sasl(daemon, mechanism):
    answers = {"PLAIN": lambda _: b"\0alice\0alice-secret",
               "LOGIN": lambda c: b"alice" if b"ser" in c else b"alice-secret"}[mechanism]
    box = imaplib.IMAP4("127.0.0.1", daemon.ports["imap"], timeout=20)
    assert f"AUTH={mechanism}" in box.capabilities
    assert box.authenticate(mechanism, answers)[0] == "OK"
    box.logout()
    with smtplib.SMTP("127.0.0.1", daemon.ports["smtp"], timeout=20) as smtp:
        smtp.ehlo()
        smtp.user, smtp.password = "alice", "alice-secret"
        assert smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))[0] == 235


def test_wrong_password_everywhere(daemon):
    for connect in (daemon.imap, daemon.smtp, daemon.pop3):
        with pytest.raises(REFUSALS):
            connect(ALICE, password="guess")
    daemon.imap(ALICE).logout()
    assert "guess" not in daemon.log()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_local_tls(provider, new_home, tls):
    """With TLS on the loopback no password goes in the clear, and the key of the certificate is the owner's alone."""
    alice = new_home()
    alice.add(ALICE, "--profile", "p256")
    with Daemon(alice, provider, ALICE, tls=tls) as daemon:
        with daemon.raw(ALICE) as raw:
            raw.ok(b"SELECT INBOX")
        if tls == "starttls":
            with Raw(daemon.ports["imap"]) as raw:
                assert b"LOGINDISABLED" in raw.ok(b"CAPABILITY")[0]
                assert raw.command(b"LOGIN alice alice-secret")[-1].split()[1] in (b"NO", b"BAD")
            daemon.smtp(ALICE).quit()
            daemon.pop3(ALICE).quit()
            with smtplib.SMTP("127.0.0.1", daemon.ports["smtp"], timeout=20) as box:
                box.ehlo()
                assert "starttls" in box.esmtp_features and "auth" not in box.esmtp_features
        else:
            smtplib.SMTP_SSL("127.0.0.1", daemon.ports["smtp"], context=blind(), timeout=20).quit()
            poplib.POP3_SSL("127.0.0.1", daemon.ports["pop3"], context=blind(), timeout=20).quit()
    for path in alice.path.rglob("*"):
        if path.is_file() and b"PRIVATE KEY" in path.read_bytes() and "export" not in path.name:
            assert not path.stat().st_mode & 0o077, path


def test_the_local_certificate_is_good(provider, new_home):
    """It names 127.0.0.1 and localhost and holds for a while; it stays the same from start to start."""
    alice = new_home()
    seen = set()
    for _ in range(2):
        with Daemon(alice, provider, ALICE, tls="implicit") as daemon:
            seen.add(ssl.get_server_certificate(("127.0.0.1", daemon.ports["imap"])))
    (pem,) = seen
    text = subprocess.run(["openssl", "x509", "-noout", "-text", "-checkend", "864000"], input=pem.encode(),
                          capture_output=True, check=True).stdout.decode()
    assert "IP Address:127.0.0.1" in text and "DNS:localhost" in text


@pytest.mark.parametrize("fault, words", [
    ("[daemon]\nnonsense=1\n", ["nonsense"]), ("[nonsense]\na=b\n", ["nonsense"]),
    ("[account alice@example.test]\nimap=imap.example.org\n", ["imap"]), ("[daemon]\ntls=maybe\n", ["tls"]),
    ("[account alice@example.test]\nimap=imaps://127.0.0.1:1\nmode=both\n", ["mode"]),
    ("[account nobody]\nimap=imaps://127.0.0.1:1\n", ["nobody"]), ("no key file\n", ["line"]),
    ("[daemon]\nsmtp=0.0.0.0:1025\ntls=none\n", ["smtp"]), ("[daemon]\nsmtp=127.0.0.1:99999\n", ["smtp"])])
def test_wrong_configuration(provider, new_home, fault, words):
    """Told in one line that names it, with the exit code of a malformed file or wrong use."""
    done = run(new_home(), fault)
    said = done.stderr.decode()
    assert done.returncode in (64, 65, 78), (done.returncode, said)
    assert len(said.splitlines()) == 1 and any(w in said for w in words), said
    assert b"ready" not in done.stdout


def test_no_configuration(new_home):
    require_daemon()
    home = new_home()
    done = subprocess.run([POSTSEALD, "--home", str(home.path), "--config", str(home.path / "none"), "--foreground"],
                          capture_output=True, timeout=20, env=environment())
    assert done.returncode in (66, 78) and len(done.stderr.splitlines()) == 1


def test_help():
    require_daemon()
    done = subprocess.run([POSTSEALD, "--help"], capture_output=True, timeout=20, env=environment())
    assert done.returncode == 0
    for word in (b"--config", b"--home", b"--foreground"):
        assert word in done.stdout


def test_port_taken(provider, new_home):
    """The next free port is taken and told, or the failure is."""
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        daemon = Daemon(home, provider, ALICE, daemon={"imap": f"127.0.0.1:{port}"}, start=False)
        try:
            daemon.start()
        except RuntimeError as error:
            assert "imap" in str(error) or str(port) in str(error)
            return
        with daemon:
            assert daemon.ports["imap"] != port
            daemon.imap(ALICE).logout()


def test_listens_on_loopback_only(daemon):
    found = subprocess.run(["ss", "-ltnp"], capture_output=True, check=False).stdout.decode()
    mine = [line.split()[3] for line in found.splitlines() if f"pid={daemon.process.pid}," in line]
    if not mine:
        pytest.skip("ss does not tell")
    assert all(place.startswith("127.0.0.1:") or place.startswith("[::1]:") for place in mine), mine


def test_home_is_private(daemon):
    for path in [daemon.home.path / "run", *(p for p in daemon.home.path.rglob("*") if p.is_socket())]:
        assert not path.stat().st_mode & 0o077 or not stat.S_ISSOCK(path.stat().st_mode) or path.parent.stat().st_mode & 0o077 == 0


# -- providers that are not what they should be

def test_wrong_authority(provider, new_home, tmp_path):
    """A certificate that the account's authority did not make: no login goes there."""
    make_certificates(tmp_path)
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    with Daemon(home, provider, ALICE, options={"tls-ca": tmp_path / "ca.pem"}) as daemon:
        for connect in (daemon.imap, daemon.smtp, daemon.pop3):
            with pytest.raises(REFUSALS) as raised:
                connect(ALICE)
            assert "alice-secret" not in str(raised.value)


class Fake:
    """A provider by script: (what to wait for, what to say); keeps what it heard."""

    def __init__(self, greeting, answers=(), starttls=None):
        self.heard, self.greeting, self.answers, self.starttls = [], greeting, dict(answers), starttls
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                try:
                    self.talk(peer)
                except OSError:
                    pass

    def talk(self, peer):
        peer.settimeout(10)
        peer.sendall(self.greeting)
        buffer = b""
        while got := peer.recv(4096):
            buffer += got
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                self.heard.append(line.strip())
                word = next((w for w in self.answers if w in line.upper()), None)
                if word is None:
                    continue
                peer.sendall(self.answers[word].replace(b"TAG", line.split()[0]))
                if word == b"STARTTLS" and self.starttls:
                    peer = self.starttls.wrap_socket(peer, server_side=True)


EHLO = b"250-fake\r\n250-AUTH PLAIN LOGIN\r\n%s250 PIPELINING\r\n"


def secret_heard(fake):
    said = b" ".join(fake.heard)
    return any(w in said for w in (b"alice-secret", b"YWxpY2Ut", b"AGFsaWNl", b"AUTH ", b"LOGIN ", b"USER "))


@pytest.mark.parametrize("lie", ["no STARTTLS", "STARTTLS refused", "injected answer"])
def test_provider_without_tls(provider, new_home, tmp_path, lie):
    """STARTTLS is required of the provider; without it, or with something slipped in before it, nothing is told."""
    make_certificates(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    offer = b"" if lie == "no STARTTLS" else b"250-STARTTLS\r\n"
    answer = {"no STARTTLS": b"502 no\r\n", "STARTTLS refused": b"454 not now\r\n",
              "injected answer": b"220 go\r\n250-fake\r\n250 AUTH PLAIN\r\n235 welcome\r\n"}[lie]
    imap = {"no STARTTLS": b"TAG BAD no\r\n", "STARTTLS refused": b"TAG NO not now\r\n",
            "injected answer": b"TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}[lie]
    pop3 = {"no STARTTLS": b"-ERR what?\r\n", "STARTTLS refused": b"-ERR not now\r\n",
            "injected answer": b"+OK go\r\n+OK\r\nSASL PLAIN\r\n.\r\n"}[lie]
    with Fake(b"220 fake\r\n", {b"EHLO": EHLO % offer, b"STARTTLS": answer, b"AUTH": b"235 ok\r\n"}) as smtp, \
            Fake(b"* OK fake\r\n", {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 %s\r\nTAG OK\r\n" % (b"STARTTLS" if offer else b""),
                                    b"STARTTLS": imap, b"LOGIN": b"TAG OK\r\n", b"AUTHENTICATE": b"+ \r\n"}) as box, \
            Fake(b"+OK fake\r\n", {b"STLS": pop3, b"USER": b"+OK\r\n", b"PASS": b"+OK\r\n", b"AUTH": b"+ \r\n"}) as post:
        home = new_home()
        home.add(ALICE, "--profile", "p256")
        options = {"submission": f"submission://127.0.0.1:{smtp.port}", "imap": f"imap://127.0.0.1:{box.port}",
                   "pop3": f"pop3://127.0.0.1:{post.port}", "tls-ca": tmp_path / "ca.pem"}
        with Daemon(home, provider, ALICE, options=options) as daemon:
            for connect in (daemon.smtp, daemon.imap, daemon.pop3):
                with pytest.raises(REFUSALS):
                    connect(ALICE)
        for fake in (smtp, box, post):
            assert fake.heard and not secret_heard(fake)


def test_starttls_upstream(provider, new_home):
    """The same providers as they should be: submission, imap and pop3 with STARTTLS."""
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    options = {s: provider.url(s) for s in ("submission", "imap", "pop3")}
    with Daemon(home, provider, ALICE, options=options) as daemon:
        daemon.imap(ALICE).logout()
        daemon.pop3(ALICE).quit()
        daemon.send(ALICE, message(ALICE, BOB, "by STARTTLS"))


def test_provider_down(new_home):
    """Told within seconds; and when the provider is back, so is the mail."""
    with Provider() as provider:
        home = new_home()
        home.add(ALICE, "--profile", "p256")
        with Daemon(home, provider, ALICE) as daemon:
            session = daemon.imap(ALICE)
            provider.kill_dovecot()
            provider.kill_postfix()
            start = time.monotonic()
            for connect in (daemon.imap, daemon.smtp, daemon.pop3):
                with pytest.raises(REFUSALS):
                    connect(ALICE)
            with pytest.raises(REFUSALS):
                session.select()
            assert time.monotonic() - start < 20
            provider.start_dovecot()
            provider.start_postfix()
            assert wait_for(lambda: logs_in(daemon))
            daemon.send(ALICE, message(ALICE, BOB, "back again"))


def logs_in(daemon):
    try:
        daemon.imap(ALICE).logout()
        return True
    except REFUSALS:
        return False


def test_silent_provider(provider, new_home):
    """A provider that accepts and says nothing holds up nobody else, and not the end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        home = new_home()
        home.add(ALICE, "--profile", "p256")
        with Daemon(home, provider, ALICE, options={"imap": f"imaps://127.0.0.1:{silent.getsockname()[1]}"}) as daemon:
            with Raw(daemon.ports["imap"], timeout=5) as raw:
                raw.send(b"t1 LOGIN alice alice-secret\r\n")
                daemon.smtp(ALICE).quit()


def test_clients_that_vanish(daemon):
    """Sessions cut off at any point leave no thread behind."""
    assert wait_for(lambda: daemon.threads() < 12)
    before = daemon.threads()
    for cut in (b"", b"a", b"a LOGIN alice {12}\r\n", b"a LOGIN alice alice-secret\r\nb SELECT INBOX\r\nc IDLE\r\n",
                b"a LOGIN alice alice-secret\r\nb APPEND INBOX {100}\r\nxx"):
        with socket.create_connection(("127.0.0.1", daemon.ports["imap"])) as box:
            box.sendall(cut)
            time.sleep(0.05)
    for cut in (b"EHLO x\r\n", b"EHLO x\r\nAUTH PLAIN AGFsaWNlAGFsaWNlLXNlY3JldA==\r\nMAIL FROM:<alice@example.test>\r\nDATA\r\nx"):
        with socket.create_connection(("127.0.0.1", daemon.ports["smtp"])) as box:
            box.sendall(cut)
            time.sleep(0.05)
    assert wait_for(lambda: daemon.threads() <= before + 2, 20), (before, daemon.threads())


class Hasty(Daemon):
    """A daemon that gives its clients a second to log in."""

    def command(self):
        return [*super().command(), "--login-seconds", "1"]


def drip(port, pieces):
    """A piece each 20 ms, over and over; the seconds until the daemon has had enough."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 10) as box:
        box.settimeout(0.02)
        for piece in itertools.cycle(pieces):
            if time.monotonic() - start > 20:
                break
            try:
                box.sendall(piece)
                if not box.recv(65536):
                    break
            except TimeoutError:
                pass
            except OSError:
                break
    return time.monotonic() - start


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_clients_that_never_log_in(provider, new_home, tls):
    """Whoever only keeps a connection busy is cut; whoever has logged in may be silent."""
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    with Hasty(home, provider, ALICE, tls=tls) as daemon:
        if tls != "implicit":
            known = daemon.imap(ALICE), daemon.smtp(ALICE), daemon.pop3(ALICE)
        for name in ("imap", "smtp", "pop3"):
            busy = [b"a NOOP\r\n" if name == "imap" else b"NOOP\r\n"]
            hello = [b"\x16", b"\x03", b"\x01", b"\x40", b"\x00"] * 100  # of TLS, as long as a record can be
            for pieces in [hello] if tls == "implicit" else [[b"x"], busy]:
                assert 0.9 < drip(daemon.ports[name], pieces) < 10, (name, pieces[0])
        if tls != "implicit":
            imap, smtp, pop3 = known
            assert imap.noop()[0] == "OK" and smtp.noop()[0] == 250 and pop3.noop().startswith(b"+OK")
            imap.logout(), smtp.quit(), pop3.quit()


@pytest.mark.parametrize("seconds", ["0", "-1", "86401", "x"])
def test_login_seconds(new_home, seconds):
    done = subprocess.run([POSTSEALD, "--home", str(new_home().path), "--login-seconds", seconds], capture_output=True,
                          timeout=20, env=environment())
    assert done.returncode == 64 and len(done.stderr.splitlines()) == 1


def test_garbage(daemon):
    """Octets that are no protocol: an answer or a cut, never more."""
    for port in ("imap", "smtp", "pop3"):
        for junk in (b"\0" * 1000, b"\xff\xfe\r\n" * 100, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
                     b"a" * 3000000, b"a {99999999999999999999}\r\n", b"a LOGIN {4294967295}\r\n", b"\r\n" * 1000):
            with socket.create_connection(("127.0.0.1", daemon.ports[port]), 5) as box:
                try:
                    box.sendall(junk)
                    box.shutdown(socket.SHUT_WR)
                    while box.recv(65536):
                        pass
                except OSError:
                    pass
    assert daemon.process.poll() is None
    daemon.imap(ALICE).logout()
    assert daemon.memory() < 64 << 10


def test_end_with_open_sessions(provider, new_home):
    """SIGTERM ends idle sessions with a good-bye and the process with 0."""
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    daemon = Daemon(home, provider, ALICE)
    smtp, pop3 = daemon.smtp(ALICE), daemon.pop3(ALICE)
    with daemon.raw(ALICE) as raw, daemon.raw():
        raw.ok(b"SELECT INBOX")
        raw.send(b"i1 IDLE\r\n")
        assert raw.response().startswith(b"+")
        daemon.stop()
        assert raw.response().startswith(b"* BYE")
    assert smtp.noop()[0] == 421
    with pytest.raises((poplib.error_proto, OSError, EOFError)):
        pop3.noop()


def test_new_keys_while_it_runs(provider, new_home):
    """What the command does to an account counts at once: nothing is signed by a key that was given up."""
    home, reader = new_home(), new_home()
    signers = []
    with Daemon(home, provider, ALICE) as daemon:
        for change in ("add", "rotate", "remove"):
            home.run("account", change, ALICE, *(["--compromised"] if change == "rotate" else []))
            text = message(ALICE, BOB, change)
            (identity,) = field(text, "Message-ID")
            daemon.send(ALICE, text)
            got = wait_for(lambda i=identity: [m for m in provider.messages(BOB) if field(m, "Message-ID") == [i]], 20)
            signers.append(reader.verify(got[0])["signer"]["fingerprint"])
    assert signers[0] and signers[1] and signers[0] != signers[1] and signers[2] is None


def test_the_program_is_known_by_its_imap_id(daemon):
    """A message that does not tell which program wrote it: the steps are still those for the right one."""
    with daemon.raw(ALICE) as raw:
        raw.ok(b'ID ("name" "Thunderbird" "version" "153.7.0")')
    with pytest.raises(smtplib.SMTPDataError) as refused:
        daemon.send(ALICE, message(ALICE, BOB, "[seal] hello"))
    assert b"/how-to/encrypt/thunderbird/any/none/" in refused.value.smtp_error
