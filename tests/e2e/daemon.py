"""postseald as the tests start it: configuration, ports, an orderly end, and no secrets in its logs."""
import contextlib
import email
import email.utils
import imaplib
import os
import pathlib
import poplib
import re
import signal
import smtplib
import subprocess

import pytest

from imapraw import Raw, blind
from lib import ROOT, Home, environment, field
from provider import die_with_parent, wait_for

POSTSEALD = os.environ.get("POSTSEALD") or str(ROOT / "build/src/daemon/postseald")
PROTOCOLS = ("smtp", "imap", "pop3", "http")


def require_daemon():
    if not os.path.exists(POSTSEALD):
        pytest.skip(f"{POSTSEALD} is not built")


class Daemon:
    """
    One daemon for `home` in front of `provider`. An account is an address of the provider's, or (address, Home) where
    it belongs to another person. `options` go into every account's group, `daemon` into [daemon].
    """

    def __init__(self, home, provider, *accounts, tls="none", options=None, daemon=None, start=True):
        require_daemon()
        self.home, self.provider, self.tls = home, provider, tls
        self.accounts = [a if isinstance(a, tuple) else (a, None) for a in accounts]
        self.options, self.daemon = dict(options or {}), dict(daemon or {})
        self.config = pathlib.Path(home.path) / "postseald.conf"
        self.errors = pathlib.Path(home.path) / "postseald.log"
        self.process, self.ports = None, {}
        self.write()
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            print(self.log()[-6000:])
            self.kill()

    def write(self):
        """The configuration as cli.md shows it."""
        main = {p: f"127.0.0.1:{self.ports.get(p, 0)}" for p in PROTOCOLS} | {"tls": self.tls} | self.daemon
        groups = [("daemon", main)]
        for address, other in self.accounts:
            account = {"user": self.provider.login(address), "mode": "pass-through", "tls-ca": self.provider.ca}
            account |= {k: self.provider.url(v) for k, v in
                        (("imap", "imaps"), ("pop3", "pop3s"), ("submission", "submissions"))}
            account |= {"home": other.path} if other else {}
            groups.append((f"account {address}", account | self.options))
        self.config.write_text("".join(f"[{name}]\n" + "".join(f"{k}={v}\n" for k, v in keys.items()) + "\n"
                                       for name, keys in groups), encoding="utf-8")

    def command(self):
        return [*os.environ.get("POSTSEALD_UNDER", "").split(), POSTSEALD, "--home", str(self.home.path), "--config", str(self.config), "--foreground"]

    def start(self):
        run = pathlib.Path(self.home.path) / "run"
        run.mkdir(mode=0o700, exist_ok=True)
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=errors, preexec_fn=die_with_parent,
                                            env=environment() | {"XDG_RUNTIME_DIR": str(run)})
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            self.process.kill()
            raise RuntimeError(f"postseald did not start: {line!r} {self.process.wait()}\n{self.log()}")
        found = dict(word.split("=", 1) for word in line.split()[1:])
        self.ports = {name: int(place.rpartition(":")[2]) for name, place in found.items() if place != "off"}
        assert {"smtp", "imap", "pop3"} <= self.ports.keys() and 0 not in self.ports.values(), line

    def stop(self, seconds=15):
        """The end in order: SIGTERM, exit 0, nothing secret and nothing wrong in the log."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"postseald does not end at SIGTERM:\n{self.log()[-4000:]}") from None
        finally:
            self.process.stdout.close()
        log = self.log()
        assert code == 0, f"exit {code}:\n{log[-4000:]}"
        self.check_log(log)
        self.check_home()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def restart(self, hard=False):
        """Another daemon with the same home and the same ports."""
        if hard:
            self.kill()
        else:
            self.stop()
        self.write()
        self.start()

    def log(self):
        return self.errors.read_text("utf-8", "replace") if self.errors.exists() else ""

    def check_log(self, log):
        assert "Sanitizer" not in log and "CRITICAL" not in log and "WARNING" not in log, log[-4000:]
        for password in self.provider.users.values():
            assert password not in log, "a password in the log"
        for address, _ in self.accounts:
            assert address not in log, "an address in the log"

    def check_home(self):
        """What the mail program told the provider is nowhere kept."""
        secrets = [password.encode() for password in self.provider.users.values()]
        for path in pathlib.Path(self.home.path).rglob("*"):
            octets = path.read_bytes() if path.is_file() else b""
            assert not any(secret in octets for secret in secrets), f"a password in {path}"

    def memory(self, what="VmRSS"):
        """Resident memory in KiB; VmHWM: the most there ever was."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{what}:\s+(\d+)", status, re.M)[1])

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    # -- connections of a mail program that knows only the daemon

    def context(self):
        return None if self.tls == "none" else blind()

    def imap(self, address, password=None):
        box = imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=60)
        if self.tls == "starttls":
            box.starttls(blind())
        box.login(self.provider.login(address), password or self.provider.password(address))
        return box

    def subscribe(self, address):
        """As accounts are that were used before: what has no folders, Thunderbird 140 files in its local ones."""
        with self.imap(address) as box:
            for folder in ("Sent", "Drafts"):
                box.create(folder)
                box.subscribe(folder)

    def raw(self, address=None):
        raw = Raw(self.ports["imap"], blind() if self.tls == "implicit" else None)
        if self.tls == "starttls":
            raw.starttls(blind())
        if address:
            raw.login(self.provider.login(address), self.provider.password(address))
        return raw

    def smtp(self, address, user=None, password=None):
        box = smtplib.SMTP("127.0.0.1", self.ports["smtp"], local_hostname="localhost", timeout=60)
        if self.tls == "starttls":
            box.starttls(context=blind())
        box.login(user or self.provider.login(address), password or self.provider.password(address))
        return box

    def pop3(self, address, password=None):
        box = poplib.POP3("127.0.0.1", self.ports["pop3"], timeout=60)
        if self.tls == "starttls":
            box.stls(blind())
        box.user(self.provider.login(address))
        box.pass_(password or self.provider.password(address))
        return box

    def send(self, address, octets, to=None, **kwargs):
        """Submits a message; to: the recipients, default those of To. Returns the refused ones."""
        if to is None:
            fields = email.message_from_bytes(octets)
            to = [a for _, a in email.utils.getaddresses(fields.get_all("To", []) + fields.get_all("Cc", []))]
        crlf = re.sub(rb"\r?\n", b"\r\n", octets)
        with self.smtp(address, **kwargs) as box:
            return box.sendmail(address, to, crlf)


def wait_log(daemon, words, seconds=10):
    assert wait_for(lambda: words in daemon.log(), seconds), daemon.log()[-3000:]


class Person:
    """Somebody with an address at the provider, a home and a daemon of their own."""

    def __init__(self, provider, address, home, **kwargs):
        self.provider, self.address, self.home = provider, address, home
        home.add(address, "--profile", "p256")
        self.daemon = Daemon(home, provider, address, **kwargs)

    def send(self, octets, to=None, **kwargs):
        return self.daemon.send(self.address, octets, to, **kwargs)

    def arrived(self, octets, seconds=20, folder="INBOX"):
        """The message with the Message-ID of `octets`, as it lies in this mailbox at the provider."""
        (wanted,) = field(octets, "Message-ID")

        def look():
            return [m for m in self.provider.messages(self.address, folder) if field(m, "Message-ID") == [wanted]]
        found = wait_for(look, seconds)
        assert found, f"{wanted} did not arrive:\n{self.provider.logs()[-2000:]}\n{self.daemon.log()[-3000:]}"
        assert len(found) == 1, f"{wanted} arrived {len(found)} times"
        return found[0]

    def refused(self, octets, to=None, **kwargs):
        """The reply to a submission that must fail, as (code, text)."""
        with pytest.raises(smtplib.SMTPException) as raised:
            self.send(octets, to, **kwargs)
        error = raised.value
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return next(iter(error.recipients.values()))
        return error.smtp_code, error.smtp_error

    def numbers(self, octets):
        """The UIDs in the INBOX, seen through the daemon, of the message with this Message-ID."""
        (wanted,) = field(octets, "Message-ID")
        with self.daemon.raw(self.address) as raw:
            raw.ok(b"SELECT INBOX")
            return raw.search(f'HEADER Message-ID "{wanted}"', uid=True)

    def read(self, octets):
        """What this person's mail program shows of the message with this Message-ID."""
        (number,) = self.numbers(octets)
        with self.daemon.raw(self.address) as raw:
            raw.ok(b"SELECT INBOX")
            return raw.fetch(number, "BODY.PEEK[]", uid=True)[number]["BODY[]"]


@contextlib.contextmanager
def people(provider, folder, *addresses, acquainted=True, **kwargs):
    """{name: Person} with running daemons; acquainted: everybody has seen a signed message of everybody."""
    made = {}
    try:
        for address in addresses:
            name = address.partition("@")[0]
            made[name] = Person(provider, address, Home(pathlib.Path(folder) / name), **kwargs)
        for one in made.values() if acquainted else ():
            for other in made.values():
                if one is not other:
                    one.home.meet(other.home, one.address, other.address)
        yield made
        for person in made.values():
            person.daemon.stop()
    finally:
        for person in made.values():
            if person.daemon.process and person.daemon.process.poll() is None:
                print(f"-- {person.address}:\n{person.daemon.log()[-6000:]}")
                person.daemon.kill()
