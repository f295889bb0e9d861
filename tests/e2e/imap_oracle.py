"""A Dovecot of the tests' own, as the oracle of what an IMAP server answers, and a client that shows raw octets."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

MAIL_UID = 54322  # of the mailboxes when the tests run as root

CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


class Dovecot:
    """The server, as long as the object is open."""

    def __init__(self, folder):
        program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None or shutil.which("doveadm", path=os.environ.get("PATH", "") + ":/usr/bin") is None:
            pytest.skip("Dovecot is not installed")
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid())
        uid, gid = (MAIL_UID, MAIL_UID) if root else (me.pw_uid, me.pw_gid)
        (self.folder / "mail").mkdir(parents=True)
        if root:
            for path in (self.folder, *self.folder.parents):
                if path.stat().st_uid == 0 and len(path.parts) > 2:
                    path.chmod(path.stat().st_mode | 0o111)
            os.chown(self.folder / "mail", uid, gid)
        conf = self.folder / "dovecot.conf"
        conf.write_text(CONF.format(
            folder=self.folder, port=self.port, uid=uid, gid=gid, login="dovenull" if root else me.pw_name,
            internal="dovecot" if root else me.pw_name, group="dovecot" if root else gid))
        self.process = subprocess.Popen([program, "-F", "-c", str(conf)], stderr=subprocess.PIPE)
        self.wait()

    def wait(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        error = self.process.stderr.read().decode() if self.process.poll() is not None else ""
        self.close()
        pytest.skip(f"Dovecot does not start here: {error.strip() or 'no answer'}")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)
        self.process.stderr.close()

    def client(self):
        return Client(self.port)


class Client:
    """A connection that is logged in."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")
        self.count = 0
        self.file.readline()
        self.command(b"LOGIN me secret")

    def close(self):
        self.file.close()
        self.socket.close()

    def response(self):
        """One response with its literals, raw."""
        octets = b""
        while True:
            line = self.file.readline()
            assert line, "the server closed the connection"
            octets += line
            literal = re.search(rb"\{(\d+)\}\r\n\Z", line)
            if literal is None:
                return octets
            octets += self.file.read(int(literal[1]))

    def send(self, line):
        self.count += 1
        self.socket.sendall(b"a%d %s\r\n" % (self.count, line))

    def finish(self):
        """The untagged responses of the last command, and the tagged one."""
        untagged = []
        while not (line := self.response()).startswith(b"a"):
            untagged.append(line)
        return untagged, line

    def command(self, line):
        self.send(line)
        untagged, tagged = self.finish()
        assert tagged.split()[1] == b"OK", (line[:200], tagged)
        return untagged

    def append(self, mailbox, octets, flags=b"", date=None):
        dated = b' "%s"' % date if date else b""
        self.count += 1
        self.socket.sendall(b"a%d APPEND %s (%s)%s {%d}\r\n" % (self.count, mailbox, flags, dated, len(octets)))
        assert self.response().startswith(b"+")
        self.socket.sendall(octets + b"\r\n")
        _, tagged = self.finish()
        assert tagged.split()[1] == b"OK", tagged

    def fetch(self, number, items):
        """The raw values of the items as the server names them: b'BODY[] {5}...'; None for those it refuses.

        All are asked at once; Dovecot answers in that order, but may say OK to several commands at the end."""
        for item in items:
            self.send(b"FETCH %d (%s)" % (number, item))
        values, refused = [], 0
        for _ in items:
            untagged, tagged = self.finish()
            refused += tagged.split()[1] != b"OK"
            values += [line[len(b"* %d FETCH (" % number):-3] for line in untagged
                       if line.startswith(b"* %d FETCH (" % number)]
        if len(items) == 1:
            return [None] if refused else values
        if refused:
            return [self.fetch(number, [item])[0] for item in items]
        assert len(values) == len(items)
        return values

    def search(self, program):
        """The sequence numbers; None if the program is refused."""
        self.send(b"SEARCH " + program)
        untagged, tagged = self.finish()
        if tagged.split()[1] == b"BAD":
            return None
        assert tagged.split()[1] == b"OK", (program, tagged)
        lines = [line.partition(b"(MODSEQ")[0] for line in untagged if line.startswith(b"* SEARCH")]
        return {int(word) for line in lines for word in line.split()[2:]}
