"""Real mail programs at somebody's daemon: each knows how to send a message and how to show what is there."""
import email
import email.utils
import imaplib
import os
import pathlib
import pty
import re
import select
import shutil
import smtplib
import ssl
import subprocess
import time

import pytest

from imapraw import blind
from lib import environment, field


class Sent:
    """How a program's sending ended."""

    def __init__(self, ok, said):
        self.ok, self.said = ok, said if isinstance(said, str) else said.decode("utf-8", "replace")


class Client:
    """A program's own configuration for one person's daemon, in a folder of its own."""

    needs = ()

    def __init__(self, person, folder):
        for program in self.needs:
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed")
        self.person, self.folder = person, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.user = person.provider.login(person.address)
        self.password = person.provider.password(person.address)
        self.ports, self.address = person.daemon.ports, person.address
        self.certificate = self.folder / "daemon.pem"
        with person.daemon.raw() as raw:
            if person.daemon.tls != "none":
                pem = ssl.DER_cert_to_PEM_cert(raw.socket.getpeercert(True))
                self.certificate.write_text(pem, encoding="ascii")
        self.set_up()

    def set_up(self):
        """Writes the program's configuration."""

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def run(self, *command, stdin=b"", timeout=60, **env):
        home = {"HOME": str(self.folder), "TERM": "xterm"}
        done = subprocess.run(list(map(str, command)), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, env=environment() | home | env, cwd=self.folder)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def send(self, octets):
        """Sends to the recipients of To, as Sent."""
        raise NotImplementedError

    def subjects(self):
        """The Subjects as the program's list has them."""
        return [" ".join(field(m, "Subject")) for m in self.messages()]

    def messages(self):
        """The messages of the INBOX as the program gets them."""
        raise NotImplementedError

    @staticmethod
    def recipients(octets):
        parsed = email.message_from_bytes(octets)
        return [a for _, a in email.utils.getaddresses(parsed.get_all("To", []))]


class Msmtp(Client):
    needs = ("msmtp",)

    def set_up(self):
        self.rc = self.file("msmtprc", f"account default\nhost 127.0.0.1\nport {self.ports['smtp']}\nauth plain\n"
                            f"user {self.user}\npassword {self.password}\nfrom {self.address}\ntls on\ntls_starttls on\n"
                            f"tls_trust_file {self.certificate}\n")

    def send(self, octets):
        code, said = self.run("msmtp", "-C", self.rc, "-t", stdin=octets)
        return Sent(code == 0, said)


class Mbsync(Client):
    needs = ("mbsync",)

    def set_up(self):
        (self.folder / "mail").mkdir(exist_ok=True)
        self.rc = self.file("mbsyncrc", f"""
IMAPAccount daemon
Host 127.0.0.1
Port {self.ports['imap']}
User {self.user}
Pass {self.password}
SSLType STARTTLS
CertificateFile {self.certificate}

IMAPStore far
Account daemon

MaildirStore near
Path {self.folder}/mail/
Inbox {self.folder}/mail/INBOX

Channel all
Far :far:
Near :near:
Patterns INBOX Drafts Sent
Create Near
Expunge None
SyncState *
""")

    def messages(self):
        code, said = self.run("mbsync", "-c", self.rc, "all")
        assert code == 0, said
        box = self.folder / "mail/INBOX"
        return [p.read_bytes() for part in ("cur", "new") for p in sorted((box / part).iterdir())]


class Curl(Client):
    needs = ("curl",)

    def curl(self, *args):
        return self.run("curl", "--silent", "--show-error", "--verbose", "--ssl-reqd", "--cacert", self.certificate,
                        "--user", f"{self.user}:{self.password}", *args)

    def send(self, octets):
        path = self.folder / "message"
        path.write_bytes(octets)
        to = [w for a in self.recipients(octets) for w in ("--mail-rcpt", a)]
        code, said = self.curl("--crlf", "--url", f"smtp://127.0.0.1:{self.ports['smtp']}/localhost", "--mail-from",
                               self.address, *to, "--upload-file", path)
        return Sent(code == 0, said)

    def messages(self):
        url = f"imap://127.0.0.1:{self.ports['imap']}/INBOX"
        code, said = self.curl(url, "--request", "UID SEARCH ALL")
        assert code == 0, said
        numbers = re.search(r"^(?:< )?\* SEARCH([ \d]*)", said, re.M)[1].split()
        found = []
        for number in numbers:
            path = self.folder / f"{number}.eml"
            code, said = self.curl(f"{url};UID={number}", "--output", path)
            assert code == 0, said
            found.append(path.read_bytes())
        return found

    def subjects(self):
        code, said = self.curl(f"imap://127.0.0.1:{self.ports['imap']}/INBOX", "--request", "FETCH 1:* ENVELOPE")
        assert code == 0, said
        return re.findall(r'^(?:< )?\* \d+ FETCH \(ENVELOPE \("[^"]*" "([^"]*)"', said, re.M)


class Swaks(Client):
    """Without TLS, for which it wants a Perl module more."""

    needs = ("swaks",)

    def send(self, octets):
        code, said = self.run("swaks", "--server", "127.0.0.1", "--port", self.ports["smtp"], "--auth", "LOGIN", "--auth-user",
                              self.user, "--auth-password", self.password, "--from", self.address, "--to",
                              ",".join(self.recipients(octets)), "--data", "-", "--ehlo", "localhost", stdin=octets)
        return Sent(code == 0, said)


class Fetchmail(Client):
    needs = ("fetchmail",)
    protocol = "IMAP"

    def set_up(self):
        box = self.folder / "box"
        box.mkdir(exist_ok=True)
        deliver = self.file("deliver", f"#!/bin/sh\ncat > $(mktemp {box}/XXXXXX.eml)\n")
        deliver.chmod(0o700)
        port = self.ports["imap" if self.protocol == "IMAP" else "pop3"]
        tls = f'sslcertfile "{self.certificate}" sslcommonname "localhost"' if self.certificate.exists() else 'sslproto ""'
        self.rc = self.file("fetchmailrc", f"""
poll 127.0.0.1 proto {self.protocol} port {port}
  user "{self.user}" password "{self.password}" {tls}
  fetchall keep mda "{deliver}"
""")

    def messages(self):
        for path in (self.folder / "box").iterdir():
            path.unlink()
        code, said = self.run("fetchmail", "-f", self.rc, "--nosyslog", "--nodetach", "-v", "--idfile", self.folder / "ids",
                              "--pidfile", self.folder / "pid", FETCHMAILHOME=str(self.folder))
        assert code in (0, 1), said
        return [p.read_bytes() for p in sorted((self.folder / "box").iterdir())]


class FetchmailPop3(Fetchmail):
    protocol = "POP3"


class Python(Client):
    """smtplib and imaplib."""

    def send(self, octets):
        with smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=60) as box:
            if self.person.daemon.tls != "none":
                box.starttls(context=blind())
            box.login(self.user, self.password)
            try:
                box.sendmail(self.address, self.recipients(octets), re.sub(rb"\r?\n", b"\r\n", octets))
                return Sent(True, "")
            except smtplib.SMTPException as error:
                return Sent(False, str(error))

    def messages(self):
        box = imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=60)
        if self.person.daemon.tls != "none":
            box.starttls(blind())
        box.login(self.user, self.password)
        box.select()
        numbers = box.search(None, "ALL")[1][0].split()
        found = [box.fetch(n, "(FLAGS BODY.PEEK[])")[1][0][1] for n in numbers]
        box.logout()
        return found


class Neomutt(Client):
    needs = ("neomutt",)

    def set_up(self):
        tls = "yes" if self.certificate.exists() else "no"
        self.rc = self.file("neomuttrc", f"""
set from="{self.address}" use_from=yes envelope_from=yes realname="" hostname=localhost
set ssl_starttls={tls} ssl_force_tls={tls} certificate_file="{self.certificate}"
set smtp_url="smtp://{self.user}@127.0.0.1:{self.ports['smtp']}/" smtp_pass="{self.password}" smtp_authenticators="plain"
set imap_user="{self.user}" imap_pass="{self.password}" folder="imap://{self.user}@127.0.0.1:{self.ports['imap']}/"
set spoolfile="+INBOX" record="+Sent" postponed="+Drafts" imap_check_subscribed=no imap_passive=no
set header_cache="" message_cachedir="" sleep_time=0 wait_key=no quit=yes confirmappend=no confirmcreate=no
set sort=mailbox-order mail_check=1 timeout=1 beep=no charset=utf-8 index_format="<%s>" crypt_use_gpgme=no
set crypt_autosign=no crypt_verify_sig=no
""")

    def send(self, octets):
        parsed = email.message_from_bytes(octets)
        extra = [("-e", f"my_hdr {n}: {v}") for n, v in parsed.items() if n in ("X-Postseal-Level", "Message-ID", "In-Reply-To")]
        code, said = self.run("neomutt", "-n", "-F", self.rc, *(w for e in extra for w in e), "-s", parsed["Subject"],
                              "--", *self.recipients(octets), stdin=octets.partition(b"\n\n")[2])
        return Sent(code == 0, said)

    def send_from_window(self, octets):
        """The same from the compose menu, which files a copy in Sent; batch mode does not."""
        body = self.folder / "body"
        body.write_bytes(octets.partition(b"\n\n")[2])
        parsed = email.message_from_bytes(octets)
        names = [n for n in ("X-Postseal-Level", "Message-ID") if parsed[n]]
        return self.screen("", "-e", "set editor=true fast_reply=yes abort_unmodified=no", "-s", parsed["Subject"], "-i", str(body),
                           *(w for n in names for w in ("-e", f"my_hdr {n}: {parsed[n]}")), "--", *self.recipients(octets), answer=(b"y:Send", b"y"))

    def screen(self, keys, *args, seconds=30, answer=None):
        """Everything that neomutt draws while it follows the keys; answer: (what is drawn, what is then typed)."""
        command = ["neomutt", "-n", "-F", str(self.rc), "-e", f'push "{keys}"', *args]
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment() | {"HOME": str(self.folder), "TERM": "xterm", "LINES": "60",
                                                             "COLUMNS": "200"})
        drawn, end = b"", time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                if not select.select([fd], [], [], 0.2)[0]:
                    continue
                try:
                    got = os.read(fd, 65536)
                except OSError:
                    break
                if not got:
                    break
                drawn += got
                if answer and answer[0] in drawn:
                    os.write(fd, answer[1])
                    answer = None
        finally:
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
            os.close(fd)
        return re.sub(rb"\x1b(?:\[[0-9;?]*[a-zA-Z]|[()][0-9A-B]|[=>])", b"", drawn).decode("utf-8", "replace")

    def subjects(self):
        return re.findall(r"<([^<>]*)>", self.screen("<refresh><quit>"))

    def messages(self):
        out = self.folder / "piped"
        out.unlink(missing_ok=True)
        self.screen(f"<tag-pattern>~A<enter><tag-prefix><pipe-message>cat >> {out}<enter><quit>")
        return [out.read_bytes()] if out.exists() else []
