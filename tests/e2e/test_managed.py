"""
Managed accounts end to end: Dovecot and Postfix take OAuth2 tokens and nothing else, the mail programs of two people have
local passwords, for SMTP, IMAP and POP3.
"""
import base64
import concurrent.futures
import http.server
import imaplib
import itertools
import poplib
import re
import smtplib
import threading
import time
import urllib.parse

import pytest

from correspondents import is_sealed
from daemon import Daemon, people
from lib import Home, field, message
from provider import Provider, wait_for
from test_oauth import Authority, Handler, Login, device_login, managed_options, visit

ALICE, BOB = "alice@example.test", "bob@example.test"
SECRET = "The merger is on Friday"
ASKS_DOVECOT = """
introspection_url = http://127.0.0.1:{port}/introspect?token=
introspection_mode = get
username_attribute = username
active_attribute = active
active_value = true
"""


class TokenProvider(Provider):
    """The real servers; who they let in, the token server tells them."""

    def __init__(self, mechanisms="xoauth2 oauthbearer"):
        self.mechanisms, self.authority, self.introspection = mechanisms, None, None
        super().__init__({ALICE: "unused", BOB: "unused"})

    def write_dovecot(self):
        self.authority = Authority(self.folder)
        self.introspection = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.introspection.authority = self.authority
        threading.Thread(target=self.introspection.serve_forever, daemon=True).start()
        super().write_dovecot()
        asks = self.folder / "oauth2.conf"
        asks.write_text(ASKS_DOVECOT.format(port=self.introspection.server_address[1]), encoding="ascii")
        self.set_mechanisms(self.mechanisms)

    def set_mechanisms(self, mechanisms):
        path = self.folder / "dovecot.conf"
        text = re.sub(r"auth_mechanisms = .*", f"auth_mechanisms = {mechanisms}", path.read_text("ascii"))
        new = f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {self.folder}/oauth2.conf\n}}"
        path.write_text(re.sub(r"passdb \{[^}]*\}", new, text), encoding="ascii")

    def stop(self):
        for server in (self.authority, self.introspection):
            if server:
                server.shutdown()
                server.server_close()
        super().stop()

    # -- one mail program's login by each protocol, with the local password

    def log_in(self, daemon, address, protocol):
        if protocol == "imap":
            daemon.imap(address).logout()
        elif protocol == "pop3":
            daemon.pop3(address).quit()
        else:
            daemon.smtp(address).quit()

    def refusal(self, daemon, address, protocol):
        try:
            self.log_in(daemon, address, protocol)
        except (imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException) as error:
            return str(error)
        raise AssertionError("it let us in")


PROTOCOLS = ("smtp", "imap", "pop3")


@pytest.fixture(scope="module")
def provider():
    with TokenProvider() as made:
        yield made


@pytest.fixture
def authority(provider):
    """As it is on a good day."""
    one = provider.authority
    one.lasts, one.rotates, one.broken, one.before, one.after, one.person = 3600, True, None, None, None, "bob"
    one.asked.clear()
    one.introspected.clear()
    return one


def allow(provider, person, how="--device"):
    """`postseal login` and, on the other side, the person's yes; the mail program gets the local password."""
    authority, address = provider.authority, person.address
    authority.person, authority.pending = provider.login(address), 0
    if how == "--device":
        provider.users[address] = device_login(person.home, address)
        return
    login = Login(person.home, address=address)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(login.word("open")).query))
    assert query["login_hint"] == provider.login(address)
    authority.codes["a code"] = (query["code_challenge"], query["redirect_uri"])
    visit(query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": "a code", "state": query["state"]}))
    provider.users[address] = login.word("password")
    login.end()


@pytest.fixture
def two(provider, authority, tmp_path):
    """Alice and Bob, who have never met, with a daemon each."""
    for address in (ALICE, BOB):
        provider.empty(address)
    with people(provider, tmp_path, ALICE, BOB, acquainted=False, options=managed_options(authority)) as made:
        allow(provider, made["alice"])
        allow(provider, made["bob"], "browser")
        yield made["alice"], made["bob"]
        check_hidden(provider, made["alice"], made["bob"])


def secrets_of(provider):
    """In every way in which they might be written."""
    said = [*provider.authority.given, provider.users[ALICE], provider.users[BOB]]
    return [s.encode() for s in said if s != "unused"] + [base64.b64encode(s.encode())[:60] for s in said if s != "unused"]


def check_hidden(provider, *persons):
    """Neither a token nor a local password lies on the disk or in a log, and no log names anybody."""
    hidden = secrets_of(provider)
    for person in persons:
        for path in person.home.path.rglob("*"):
            octets = path.read_bytes() if path.is_file() else b""
            assert not any(s in octets for s in hidden), path
        assert person.address not in person.daemon.log() and "AUTH" not in person.daemon.log()


@pytest.fixture
def bob(provider, authority, tmp_path):
    """Bob alone, logged in."""
    with people(provider, tmp_path, BOB, options=managed_options(authority)) as made:
        allow(provider, made["bob"])
        yield made["bob"]
        check_hidden(provider, made["bob"])


def test_signed_then_sealed(provider, two):
    """Two people who only ever ran `postseal login` and typed a local password into their mail programs."""
    alice, bob = two
    hello = message(ALICE, BOB, "Shall we talk", "Hello Bob.\n")
    alice.send(hello)
    assert bob.home.verify(bob.arrived(hello))["signature"]["valid"]
    assert b"Hello Bob." in bob.read(hello)
    assert wait_for(lambda: bob.home.run("can-seal", ALICE, code=None).returncode == 0, 10)
    answer = message(BOB, ALICE, SECRET, "Meet me at the bridge.\n", X_Postseal_Level="sealed")
    bob.send(answer)
    got = alice.arrived(answer)
    assert is_sealed(got) and b"merger" not in got and b"bridge" not in got
    with alice.daemon.raw(ALICE) as raw:
        raw.ok(b"SELECT INBOX")
        shown = raw.fetch(1, "BODY.PEEK[]")[1]["BODY[]"]
    assert field(shown, "Subject") == [SECRET] and b"Meet me at the bridge." in shown
    box = alice.daemon.pop3(ALICE)
    lines = box.retr(box.stat()[0])[1]
    box.quit()
    assert f"Subject: {SECRET}".encode() in lines and b"Meet me at the bridge." in lines
    assert len(provider.authority.introspected) > 4 and set(provider.authority.introspected) <= provider.authority.given


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_renewal(provider, bob, authority, protocol):
    """A token is used while it lasts, then another one is asked for, with the refresh token of last time."""
    authority.lasts = 6  # half of it is left aside
    for _ in range(2):
        provider.log_in(bob.daemon, BOB, protocol)
    assert len(set(authority.introspected)) == 1
    time.sleep(3.1)
    provider.log_in(bob.daemon, BOB, protocol)
    assert len(set(authority.introspected)) == 2
    bob.daemon.restart(hard=True)
    provider.log_in(bob.daemon, BOB, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_token_that_was_taken_back(provider, bob, authority, protocol):
    """The provider refuses a token that should last: another one is asked for, and the mail program notices nothing."""
    provider.log_in(bob.daemon, BOB, protocol)
    authority.access.clear()
    before = len(authority.asked)
    provider.log_in(bob.daemon, BOB, protocol)
    assert len(authority.asked) == before + 1


def test_revoked(provider, bob, authority):
    """The mail program is told what to do; after that the local password is as it was."""
    for protocol in PROTOCOLS:
        provider.log_in(bob.daemon, BOB, protocol)
    authority.refresh.clear()
    authority.access.clear()
    for protocol in PROTOCOLS:
        assert "run postseal login" in provider.refusal(bob.daemon, BOB, protocol), protocol
    before = len(authority.asked)
    provider.refusal(bob.daemon, BOB, "imap")
    assert len(authority.asked) == before, "a dead token is asked about again and again"
    authority.person, authority.pending = "bob", 0
    assert "stays as it is" in Login(bob.home, "--device").end()
    for protocol in PROTOCOLS:
        provider.log_in(bob.daemon, BOB, protocol)


def test_nobody_has_logged_in(provider, authority, tmp_path):
    """Every local password is wrong then; after a login that was removed, the text says what to do."""
    with people(provider, tmp_path, BOB, options=managed_options(authority)) as made:
        assert doctor(made["bob"]) == ("fail", f"postseal login {BOB}")
        for protocol in PROTOCOLS:
            assert "wrong password" in provider.refusal(made["bob"].daemon, BOB, protocol)
        allow(provider, made["bob"])
        assert doctor(made["bob"]) == ("ok", "")
        (made["bob"].home.path / "oauth" / (BOB + ",token")).unlink()
        for protocol in PROTOCOLS:
            assert "nobody has logged in at the provider yet" in provider.refusal(made["bob"].daemon, BOB, protocol)


def doctor(person):
    (row,) = [r for r in person.home.json_lines("doctor", code=None) if r["check"] == "login"]
    return row["state"], row["mend"]


def test_wrong_local_password(provider, bob, authority):
    """It never reaches the provider or its token server, and the provider's own password is no better."""
    right = provider.users[BOB]
    provider.log_in(bob.daemon, BOB, "imap")
    asked, seen = len(authority.asked), len(authority.introspected)
    token = authority.introspected[-1]
    for protocol, wrong in itertools.product(PROTOCOLS, (right + "x", token)):
        provider.users[BOB] = wrong
        assert "wrong password" in provider.refusal(bob.daemon, BOB, protocol)
    provider.users[BOB] = right
    assert (len(authority.asked), len(authority.introspected)) == (asked, seen)
    provider.log_in(bob.daemon, BOB, "imap")


def test_guesses_are_slow(provider, bob):
    """Somebody else on this machine guesses, by many connections: one a second in all; who knows it comes in at once."""
    provider.log_in(bob.daemon, BOB, "imap")

    def guess(number):
        try:
            bob.daemon.imap(BOB, password=f"guess {number}")
        except imaplib.IMAP4.error:
            return True
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        start = time.monotonic()
        guesses = [pool.submit(guess, n) for n in range(6)]
        time.sleep(0.3)
        middle = time.monotonic()
        provider.log_in(bob.daemon, BOB, "imap")
        came_in = time.monotonic() - middle
        assert all(g.result() for g in guesses)
    assert time.monotonic() - start >= 5.5 and came_in < 4


def test_the_daemon_ends_while_somebody_guesses(provider, authority, tmp_path):
    with people(provider, tmp_path, BOB, options=managed_options(authority)) as made:
        allow(provider, made["bob"])
        daemon = made["bob"].daemon
        raws = [daemon.raw() for _ in range(20)]
        for raw in raws:
            raw.socket.sendall(b"a LOGIN bob guess\r\n")
        time.sleep(0.3)
        start = time.monotonic()
        daemon.stop()
        assert time.monotonic() - start < 8
        daemon.start()


def killed(daemon, authority, when):
    """A login during whose renewal the daemon is killed, before or after the token server has decided."""
    done = threading.Event()

    def kill():
        authority.before = authority.after = None
        daemon.kill()
        done.set()
    setattr(authority, when, kill)
    try:
        daemon.imap(BOB)
    except (OSError, imaplib.IMAP4.error):
        pass
    assert done.wait(10)
    daemon.write()
    daemon.start()


def test_killed_before_the_token_server_decides(provider, bob, authority):
    """With a provider that leaves the old token good, whatever came of the question, nothing is lost."""
    authority.rotates = False
    killed(bob.daemon, authority, "before")
    provider.log_in(bob.daemon, BOB, "imap")


def test_killed_before_the_next_token_is_known(provider, bob, authority):
    """The provider has thrown away the old token and nobody has the new one: that is said, and mended by a login."""
    killed(bob.daemon, authority, "after")
    for protocol in PROTOCOLS:
        assert "run postseal login" in provider.refusal(bob.daemon, BOB, protocol)
    authority.person, authority.pending = "bob", 0
    Login(bob.home, "--device").end()
    provider.log_in(bob.daemon, BOB, "imap")


def test_killed_at_any_time(provider, bob, authority):
    """Between the answer and the disk, and later: it works, or says what to do. Nothing half-written is ever read."""
    lost = 0
    for step in range(8):
        bob.daemon.restart(hard=True)
        answered = threading.Event()
        authority.after = answered.set
        thread = threading.Thread(target=lambda: swallow(bob.daemon.imap, BOB))
        thread.start()
        assert answered.wait(10)
        time.sleep(step * 0.005)
        bob.daemon.kill()
        thread.join()
        authority.after = None
        bob.daemon.write()
        bob.daemon.start()
        try:
            provider.log_in(bob.daemon, BOB, "imap")
        except imaplib.IMAP4.error as error:
            assert "run postseal login" in str(error)
            lost += 1
            authority.person, authority.pending = "bob", 0
            Login(bob.home, "--device").end()
    assert lost < 8, "the next token is not kept at once"


def swallow(what, *args):
    try:
        what(*args)
    except (OSError, imaplib.IMAP4.error):
        pass


def test_the_next_token_cannot_be_written(provider, bob, authority):
    """The daemon goes on with what it has in memory, and says so in the log."""
    authority.lasts = 2
    provider.log_in(bob.daemon, BOB, "imap")
    blocker = bob.home.path / "oauth" / (BOB + ",token.tmp")  # where the file is made before it gets its name
    blocker.mkdir()
    for _ in range(3):
        time.sleep(1.1)
        for protocol in PROTOCOLS:
            provider.log_in(bob.daemon, BOB, protocol)
    assert "cannot be written" in bob.daemon.log()
    blocker.rmdir()
    time.sleep(1.1)
    provider.log_in(bob.daemon, BOB, "imap")
    bob.daemon.restart(hard=True)
    provider.log_in(bob.daemon, BOB, "imap")


def test_two_processes_renew(provider, bob, authority):
    """`postseal reopen` and the daemon share one refresh token: neither spoils it for the other."""
    authority.lasts = 2
    secret = bob.home.path.parent / "local-password"
    secret.write_text(provider.users[BOB] + "\n")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            time.sleep(1.1)
            runs = [pool.submit(bob.home.run, "reopen", "INBOX", "--password-file", secret) for _ in range(2)]
            provider.log_in(bob.daemon, BOB, "imap")
            for run in runs:
                run.result()
    renewals = [form["refresh_token"] for _, form in authority.asked if form.get("grant_type") == "refresh_token"]
    assert len(set(renewals)) == len(renewals), "a refresh token was used twice"


def test_only_oauthbearer(authority, provider, tmp_path):
    """RFC 7628 instead of the older way: whichever the provider has is taken."""
    provider.kill_dovecot()
    provider.set_mechanisms("oauthbearer")
    provider.start_dovecot()
    try:
        with people(provider, tmp_path, BOB, options=managed_options(authority)) as made:
            allow(provider, made["bob"])
            for protocol in PROTOCOLS:
                provider.log_in(made["bob"].daemon, BOB, protocol)
            authority.access.clear()
            for protocol in PROTOCOLS:
                provider.log_in(made["bob"].daemon, BOB, protocol)
    finally:
        provider.kill_dovecot()
        provider.set_mechanisms(provider.mechanisms)
        provider.start_dovecot()


def test_two_accounts_of_one_daemon(provider, authority, tmp_path):
    """Each has a token and a password of its own; the one of the other is wrong."""
    home, other = Home(tmp_path / "one"), Home(tmp_path / "two")
    home.add(ALICE, "--profile", "p256")
    other.add(BOB, "--profile", "p256")
    with Daemon(home, provider, ALICE, (BOB, other), options=managed_options(authority)) as daemon:
        for address in (ALICE, BOB):
            authority.person, authority.pending = provider.login(address), 0
            provider.users[address] = device_login(home, address)
        assert (other.path / "oauth" / (BOB + ",token")).exists() and not (home.path / "oauth" / (BOB + ",token")).exists()
        for address, protocol in itertools.product((ALICE, BOB), PROTOCOLS):
            provider.log_in(daemon, address, protocol)
        passwords = dict(provider.users)
        provider.users |= {ALICE: passwords[BOB], BOB: passwords[ALICE]}
        for address, protocol in itertools.product((ALICE, BOB), PROTOCOLS):
            assert "wrong password" in provider.refusal(daemon, address, protocol)
        provider.users |= passwords
