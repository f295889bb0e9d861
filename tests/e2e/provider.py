"""A mail provider of the tests' own: Dovecot (IMAP, POP3) and Postfix (submission, delivery) on loopback."""
import ctypes
import grp
import imaplib
import os
import pathlib
import pwd
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time

import pytest

POSTFIX = "/usr/lib/postfix/sbin/master"
MAIL_UID = 54321  # of the mailboxes when the tests run as root: neither server touches mail as root
DOMAINS = ("example.test", "example.org", "example.net", "example.com")

DOVECOT_CONF = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap pop3{more}
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
ssl_min_protocol = TLSv1.2
auth_mechanisms = plain login
auth_failure_delay = 0
auth_verbose = yes
mail_max_userip_connections = 0
mailbox_idle_check_interval = 2s
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords
}}
userdb {{
  driver = passwd-file
  args = {folder}/passwords
  default_fields = uid={uid} gid={uid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  client_limit = 4000
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 1500
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 1000
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
{services}
"""

DOVECOT_SUBMISSION = """
submission_relay_host = 127.0.0.1
submission_relay_port = {smtp}
submission_relay_trusted = yes
submission_host = localhost
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {dovecot_submission}
  }}
}}
"""

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 200000000
default_transport = error:5.1.2 no such place in this test
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.key
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/sasl
smtpd_sasl_authenticated_header = yes
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
disable_dns_lookups = yes
biff = no
in_flow_delay = 0
minimal_backoff_time = 1s
queue_run_delay = 1s
smtputf8_enable = yes
"""

MASTER_CF = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd {tail}
  -o smtpd_tls_security_level=encrypt {auth}
127.0.0.1:{submissions} inet n - n - - smtpd {tail}
  -o smtpd_tls_wrappermode=yes {auth}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MASTER_AUTH = """-o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o smtpd_recipient_restrictions=reject_unauth_destination
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject"""


def is_free(port):
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count):
    """That many ports that nobody has now; below those that the kernel gives to any connection that goes out."""
    ports = random.SystemRandom().sample(range(20000, 32768), 200)
    return [port for port in ports if is_free(port)][:count]


def wait_for(what, seconds=15, step=0.02):
    """Polls until what() is true and returns that; None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(step)
    return None


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def die_with_parent():
    """For preexec_fn: the kernel ends the process when the tests die, however they die."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True, timeout=60)


def make_certificates(folder):
    """ca.pem and, from it, server.pem for 127.0.0.1 and localhost."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(folder, "req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", "/CN=Test provider CA", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl(folder, "req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n"
                                       "extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "20", "-extfile", "server.ext")


def require_servers():
    """Skips where the real servers are missing or cannot run."""
    for path, package in (("/usr/sbin/dovecot", "dovecot-core"), ("/usr/lib/dovecot/imap", "dovecot-imapd"),
                          ("/usr/lib/dovecot/pop3", "dovecot-pop3d"), (POSTFIX, "postfix")):
        if not os.path.exists(path):
            pytest.skip(f"{path} is missing: install {package}")
    if os.getuid() != 0:
        pytest.skip("Postfix starts only as root")


class Provider:
    """
    Users are ADDRESS: PASSWORD; the login name is the local part. Ports: imap and pop3 (STARTTLS required), imaps,
    pop3s, submission (STARTTLS required), submissions, smtp (port 25: from outside, no login) and, where Dovecot's
    own submission service is installed, dovecot_submission. Users in mbox have one file for an INBOX, mail/LOGIN/inbox.
    """

    PORTS = "imap imaps pop3 pop3s submission submissions smtp dovecot_submission".split()

    def __init__(self, users=None, submission_options="", mbox=()):
        require_servers()
        self.users = dict(users or {"alice@example.test": "alice-secret", "bob@example.test": "bob-secret"})
        # Neither pytest's folders (closed to other users) nor long names (of sockets) will do.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postseal-provider-"))
        self.folder.chmod(0o755)
        self.ports = dict(zip(self.PORTS, free_ports(len(self.PORTS))))
        self.tail, self.mbox = submission_options, mbox
        self.dovecot = self.postfix = None
        self.count = 0
        self.ca = self.folder / "ca.pem"
        try:
            make_certificates(self.folder)
            self.write_dovecot()
            self.write_postfix()
            self.start_dovecot()
            self.start_postfix()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # -- set-up

    def write_dovecot(self):
        for address, password in self.users.items():
            self.add_mailbox(address)
            with open(self.folder / "passwords", "a", encoding="ascii") as f:
                mbox = "userdb_mail=mbox:~/mbox:INBOX=~/inbox" if address in self.mbox else ""
                f.write(f"{self.login(address)}:{password}::::::{mbox}\n")
        extra = os.path.exists("/usr/lib/dovecot/submission")
        services = DOVECOT_SUBMISSION.format(**self.ports) if extra else ""
        conf = DOVECOT_CONF.format(folder=self.folder, run=self.folder / "run", uid=MAIL_UID,
                                   more=" submission" if extra else "", services=services, **self.ports)
        (self.folder / "dovecot.conf").write_text(conf, encoding="ascii")
        (self.folder / "run").mkdir()

    def write_postfix(self):
        owner, group = pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
        queue = self.folder / "queue"
        for name, mode in (("", 0o755), ("pid", 0o755), ("private", 0o700), ("public", 0o710), ("maildrop", 0o730)):
            (queue / name).mkdir()
            (queue / name).chmod(mode)
            if name not in ("", "pid"):
                os.chown(queue / name, owner.pw_uid, group.gr_gid)
        for name in "active bounce corrupt defer deferred flush hold incoming saved trace".split():
            (queue / name).mkdir(mode=0o700)
            os.chown(queue / name, owner.pw_uid, owner.pw_gid)
        (self.folder / "data").mkdir(mode=0o700)
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        (self.folder / "postfix").mkdir()
        main = MAIN_CF.format(folder=self.folder, domains=" ".join(DOMAINS), uid=MAIL_UID)
        (self.folder / "postfix/main.cf").write_text(main, encoding="ascii")
        master = MASTER_CF.format(auth=MASTER_AUTH, tail=self.tail, **self.ports)
        (self.folder / "postfix/master.cf").write_text(master, encoding="ascii")
        boxes = "".join(f"{address} {self.login(address)}/Maildir/\n" for address in self.users)
        (self.folder / "mailboxes").write_text(boxes, encoding="ascii")

    def add_mailbox(self, address):
        for folder in ("INBOX", "Drafts", "Sent", "Trash", "Junk"):
            for part in ("cur", "new", "tmp"):
                (self.maildir(address, folder) / part).mkdir(parents=True)
        self.own(self.folder / "mail" / self.login(address))

    @staticmethod
    def own(path):
        """Gives a tree to the servers' mail user."""
        os.chown(path, MAIL_UID, MAIL_UID)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(os.path.join(folder, name), MAIL_UID, MAIL_UID)

    def start(self, command, port, log):
        with open(self.folder / log, "ab") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       start_new_session=True, preexec_fn=die_with_parent)
        if not wait_for(lambda: process.poll() is not None or answers(port)) or process.poll() is not None:
            self.end(process)
            raise RuntimeError(f"{command[0]} does not start:\n{self.logs()}")
        return process

    def start_dovecot(self):
        self.dovecot = self.start(["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")],
                                  self.ports["imaps"], "dovecot.out")

    def start_postfix(self):
        self.postfix = self.start([POSTFIX, "-c", str(self.folder / "postfix"), "-d"], self.ports["submissions"],
                                  "postfix.out")

    @staticmethod
    def end(process, sign=signal.SIGTERM):
        """Ends a server and whatever it started; each has a session of its own."""
        for sig in (sign, signal.SIGKILL):
            try:
                os.killpg(process.pid, sig)
            except ProcessLookupError:
                pass
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        return process.returncode

    def kill_dovecot(self, sign=signal.SIGKILL):
        self.end(self.dovecot, sign)

    def kill_postfix(self, sign=signal.SIGKILL):
        self.end(self.postfix, sign)

    def stop(self):
        for process in (self.dovecot, self.postfix):
            if process:
                self.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        return "".join(f"-- {n}:\n" + (self.folder / n).read_text("utf-8", "replace") for n in
                       ("dovecot.out", "dovecot.log", "postfix.out", "postfix.log") if (self.folder / n).exists())

    # -- mailboxes

    @staticmethod
    def login(address):
        return address.partition("@")[0]

    def password(self, address):
        return self.users[address]

    def maildir(self, address, folder="INBOX"):
        base = self.folder / "mail" / self.login(address) / "Maildir"
        return base if folder == "INBOX" else base / ("." + folder.replace("/", "."))

    def files(self, address, folder="INBOX"):
        """The files of a folder's messages, in order of delivery."""
        box = self.maildir(address, folder)
        found = [p for part in ("cur", "new") if (box / part).is_dir() for p in (box / part).iterdir()]
        return sorted(found, key=lambda p: (p.stat().st_mtime_ns, p.name))

    def messages(self, address, folder="INBOX"):
        """The octets of a folder's messages, as they lie at the provider."""
        return [p.read_bytes() for p in self.files(address, folder)]

    def count_messages(self, address, folder="INBOX"):
        return len(self.files(address, folder))

    def deliver(self, address, octets, folder="INBOX", when=None):
        """Puts a message into a mailbox as it is, without any server in between."""
        self.count += 1
        box = self.maildir(address, folder)
        when = when if when is not None else time.time()
        name = f"{int(when)}.M{self.count:06d}P{os.getpid()}.test"
        path = box / "tmp" / name
        path.write_bytes(octets)
        os.utime(path, (when, when))
        os.chown(path, MAIL_UID, MAIL_UID)
        return path.rename(box / "new" / name)

    def wait_messages(self, address, count, folder="INBOX", seconds=20):
        """Waits for so many messages in a folder and returns them all."""
        wait_for(lambda: self.count_messages(address, folder) >= count, seconds)
        found = self.messages(address, folder)
        assert len(found) >= count, f"{len(found)} of {count} messages for {address}:\n{self.logs()[-4000:]}"
        return found

    def settled(self, address, folder="INBOX", seconds=10):
        """Waits until Postfix' queue is empty, and returns the folder's messages."""
        queues = [self.folder / "queue" / n for n in ("incoming", "active", "deferred", "maildrop")]
        wait_for(lambda: not any(p.is_file() for q in queues for p in q.rglob("*")), seconds)
        return self.messages(address, folder)

    def empty(self, address, folder="INBOX"):
        for path in self.files(address, folder):
            path.unlink()

    # -- direct connections

    def context(self):
        return ssl.create_default_context(cafile=str(self.ca))

    def imap(self, address):
        """A login at the provider itself."""
        box = imaplib.IMAP4_SSL("127.0.0.1", self.ports["imaps"], ssl_context=self.context(), timeout=30)
        box.login(self.login(address), self.password(address))
        return box

    def smtp(self, address):
        box = smtplib.SMTP_SSL("127.0.0.1", self.ports["submissions"], context=self.context(), timeout=30)
        box.login(self.login(address), self.password(address))
        return box

    def send(self, sender, to, octets):
        """Mail from outside, through Postfix' open port."""
        with smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=30) as box:
            box.sendmail(sender, to, octets)

    def url(self, service):
        """As the daemon's configuration has it."""
        return f"{service}://127.0.0.1:{self.ports[service]}"
