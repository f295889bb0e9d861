"""
Mail providers that are neither Dovecot nor Postfix, on loopback. Debian lets only one IMAP server and one mail server be
installed, so POSTSEAL_FOREIGN may name a folder into which the others were unpacked (tools/foreign); default: the system.
"""
import contextlib
import imaplib
import os
import pathlib
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import pytest

from provider import Provider, answers, die_with_parent, free_ports, make_certificates, wait_for

ROOT = pathlib.Path(os.environ.get("POSTSEAL_FOREIGN", "/"))
LIBRARIES = "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib"
NOBODY = pwd.getpwnam("nobody")


def program(path, package):
    """A foreign server's program; skips where it is missing."""
    if not (ROOT / path).exists():
        pytest.skip(f"{ROOT / path} is missing: unpack {package} (tools/foreign)")
    if os.getuid() != 0:
        pytest.skip("servers that change their user start only as root")
    return ROOT / path


class Foreign:
    """What Daemon and the tests want of a provider; the folder belongs to nobody, as whom the servers run."""

    PORTS = ()
    user_of = staticmethod(Provider.login)

    def __init__(self, users=None):
        self.users = dict(users or {"alice@example.test": "alice-secret", "bob@example.test": "bob-secret"})
        self.ports = dict(zip(self.PORTS, free_ports(len(self.PORTS))))
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postseal-foreign-"))
        self.folder.chmod(0o755)
        self.ca = self.folder / "ca.pem"
        try:
            make_certificates(self.folder)
            self.set_up()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for process in reversed(self.processes):
            Provider.end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
        path.chmod(mode)
        return path

    def own(self, path):
        for name in (path, *path.rglob("*")):
            os.chown(name, NOBODY.pw_uid, NOBODY.pw_gid)

    def environment(self):
        found = [str(ROOT / p) for p in LIBRARIES] if ROOT != pathlib.Path("/") else []
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(found), "SASL_PATH": str(ROOT / LIBRARIES[0] / "sasl2")}

    def run(self, *command, **kwargs):
        return subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60, env=self.environment(), **kwargs)

    def start(self, port, *command, **kwargs):
        """A server of its own session, ready when the port (None: at once) answers."""
        with open(self.folder / "out.log", "ab") as out:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment(),
                                       start_new_session=True, preexec_fn=die_with_parent, **kwargs)
        self.processes.append(process)
        if port and (not wait_for(lambda: process.poll() is not None or answers(port)) or process.poll() is not None):
            raise RuntimeError(f"{command[0]} does not start:\n{self.logs()}")
        return process

    def logs(self):
        return "".join(f"-- {p.name}:\n{p.read_text('utf-8', 'replace')[-4000:]}" for p in self.folder.glob("*.log"))

    # -- what Daemon wants to know

    login = user_of
    prefix = ""  # of mailboxes beside INBOX
    tells_while_idle = True

    def password(self, address):
        return self.users[address]

    def url(self, service):
        return f"{service}://127.0.0.1:{self.ports.get(service, 1)}"

    # -- what lies there

    def context(self):
        return ssl.create_default_context(cafile=str(self.ca))

    def imap(self, address):
        box = imaplib.IMAP4_SSL("127.0.0.1", self.ports["imaps"], ssl_context=self.context(), timeout=30)
        box.login(self.login(address), self.password(address))
        return box

    def place(self, folder):
        """The mailbox as the server calls it."""
        return folder if folder == "INBOX" else self.prefix + folder

    def deliver(self, address, octets, folder="INBOX"):
        box = self.imap(address)
        done = box.append(self.place(folder), None, None, octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        assert done[0] == "OK", done
        box.logout()

    def messages(self, address, folder="INBOX"):
        """The octets of a folder's messages, as they lie at the provider."""
        box = self.imap(address)
        found = []
        if box.select(self.place(folder), readonly=True)[0] == "OK":
            numbers = box.search(None, "ALL")[1][0].split()
            found = [box.fetch(n, "(BODY.PEEK[])")[1][0][1] for n in numbers]
        box.logout()
        return found


CYRUS_CONF = """
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imaps cmd="{bin}/imapd -s -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{imaps}" prefork=1 maxchild=50
  pop3s cmd="{bin}/pop3d -s -C {folder}/imapd.conf -U 30" listen="127.0.0.1:{pop3s}" prefork=0 maxchild=50
}}
EVENTS {{
}}
"""
CYRUS_IMAPD = """
configdirectory: {folder}/cyrus
partition-default: {folder}/spool
defaultpartition: default
cyrus_user: nobody
cyrus_group: nogroup
syslog_prefix: postseal
admins: admin
allowplaintext: yes
altnamespace: yes
unixhierarchysep: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb
tls_server_cert: {folder}/server.pem
tls_server_key: {folder}/server.key
tls_session_timeout: 0
autocreate_quota: 0
autocreate_inbox_folders: Drafts|Sent|Trash|Junk
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-junk: Junk
specialuse_extra: \\Drafts \\Sent \\Trash \\Junk
popminpoll: 0
imapidlepoll: 1
fulldirhash: no
hashimapspool: yes
lmtp_downcase_rcpt: yes
mboxlist_db: skiplist
duplicate_db: skiplist
statuscache: off
"""


class Cyrus(Foreign):
    """Cyrus IMAPD 3.6."""

    PORTS = ("imaps", "pop3s")

    def set_up(self):
        path = program("usr/lib/cyrus/bin/imapd", "cyrus-imapd")
        master = program("usr/sbin/cyrmaster", "cyrus-common")
        values = {"folder": self.folder, "bin": path.parent, **self.ports}
        self.write("imapd.conf", CYRUS_IMAPD.format(**values))
        self.write("cyrus.conf", CYRUS_CONF.format(**values))
        for name in ("cyrus", "spool", "cyrus/db", "cyrus/socket", "cyrus/proc", "cyrus/log", "cyrus/msg", "cyrus/ptclient", "cyrus/lock"):
            (self.folder / name).mkdir()
        passwd = program("usr/sbin/saslpasswd2", "sasl2-bin")
        for address, password in self.users.items():
            self.run(passwd, "-p", "-c", "-f", self.folder / "sasldb", "-u", os.uname().nodename, self.login(address), input=password.encode())
        self.own(self.folder)
        self.start(self.ports["imaps"], master, "-C", self.folder / "imapd.conf", "-M", self.folder / "cyrus.conf",
                   "-p", self.folder / "master.pid", "-L", self.folder / "master.log", "-D")


class Front:
    """TLS and LOGIN for a server that talks on its standard input and output; `server` starts it for (user, tag)."""

    def __init__(self, provider, port, capability, server):
        self.provider, self.capability, self.server = provider, capability, server
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(provider.folder / "server.pem", provider.folder / "server.key")
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, plain):
        with contextlib.suppress(OSError), self.context.wrap_socket(plain, server_side=True) as link:
            link.sendall(b"* OK ready\r\n")
            buffer = b""
            while got := link.recv(1 << 16):
                buffer += got
                while b"\r\n" in buffer:
                    line, _, buffer = buffer.partition(b"\r\n")
                    tag, _, rest = line.partition(b" ")
                    user = self.allows(rest)
                    if user:
                        return self.relay(link, user, tag.decode(), buffer)
                    words = {b"CAPABILITY": b"* CAPABILITY %s\r\n" % self.capability}.get(rest.upper(), b"")
                    link.sendall(words + tag + (b" OK done\r\n" if words else b" NO not that\r\n"))

    def allows(self, rest):
        login = re.fullmatch(rb'LOGIN "?(\S+?)"? "?(\S+?)"?', rest, re.I)
        for address, password in self.provider.users.items():
            user = self.provider.login(address)
            if login and (login[1].decode(), login[2].decode()) == (user, password):
                return user
        return None

    def relay(self, link, user, tag, buffer):
        """All octets, both ways, until one side is gone."""
        near, far = socket.socketpair()
        process = self.server(user, tag, far)
        far.close()
        try:
            near.sendall(buffer)
            threading.Thread(target=self.pump, args=(near, link), daemon=True).start()
            self.pump(link, near)
        finally:
            near.close()
            process.kill()
            process.wait()

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while got := source.recv(1 << 16):
                target.sendall(got)
            target.shutdown(socket.SHUT_RDWR)


class Inetd(Foreign):
    """Servers that are started for each connection."""

    PORTS = ("imaps",)
    CAPABILITY = b"IMAP4rev1"

    def set_up(self):
        self.prepare()
        for address in self.users:
            self.make_mailbox(self.folder / "mail" / self.login(address))
        self.own(self.folder / "mail")
        self.front = Front(self, self.ports["imaps"], self.CAPABILITY, self.serve)

    def stop(self):
        if hasattr(self, "front"):
            self.front.close()
        super().stop()

    def spawn(self, far, *command, **env):
        errors = open(self.folder / "out.log", "ab")
        return subprocess.Popen(list(map(str, command)), stdin=far, stdout=far, stderr=errors, env=self.environment() | env, preexec_fn=die_with_parent,
                                user=NOBODY.pw_uid, group=NOBODY.pw_gid, extra_groups=(), cwd=env["HOME"])


class Courier(Inetd):
    """Courier IMAP 5.0: no SPECIAL-USE, no LITERAL+, quotes what it repeats; all mailboxes are below INBOX."""

    prefix = "INBOX."

    CAPABILITY = (b"IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION")

    def prepare(self):
        self.path = program("usr/bin/imapd", "courier-imap")
        self.maker = program("usr/bin/maildirmake.courier", "courier-base")

    def make_mailbox(self, home):
        home.mkdir(parents=True)
        self.run(self.maker, home / "Maildir")
        for name in ("Drafts", "Sent", "Trash"):
            self.run(self.maker, "-f", name, home / "Maildir")

    def serve(self, user, tag, far):
        home = self.folder / "mail" / user
        return self.spawn(far, self.path, "Maildir", HOME=str(home), MAILDIR="Maildir", IMAPLOGINTAG=tag, AUTHENTICATED=user, AUTHADDR=user, AUTHFULLNAME="",
                          IMAP_CAPABILITY=self.CAPABILITY.decode(), IMAP_USELOCKS="0", IMAP_IDLE_TIMEOUT="1", IMAP_EMPTYTRASH="", TCPREMOTEIP="127.0.0.1", TCPREMOTEPORT="1", IMAP_TLS="1",
                          PROTOCOL="IMAP", OPTIONS="", IMAP_ENHANCEDIDLE="0", IMAP_TRASHFOLDERNAME="Trash", IMAP_MAILBOX_SANITY_CHECK="0")


MAILUTILS_CONF = """
mode daemon;
foreground yes;
tls-mode connection;
tls {{ ssl-certificate-file {folder}/server.pem; ssl-key-file {folder}/server.key; }};
tls-file-checks {{ key-file none; cert-file none; ca-file none; }};
server 127.0.0.1:{imaps} {{ tls-mode connection; }};
auth {{ authentication "generic"; authorization "virtdomain:system"; }};
virtdomain {{ passwd-dir {folder}/domains; }};
mailbox {{ mailbox-pattern "mbox:${{home}}/INBOX"; }};
namespace personal {{ prefix "" {{ directory "${{home}}"; }}; }};
logging {{ syslog no; }};
"""


class Mailutils(Foreign):
    """imap4d of GNU Mailutils 3.15: no UIDPLUS, no SPECIAL-USE."""

    PORTS = ("imaps",)
    tells_while_idle = False

    @staticmethod
    def login(address):
        return address

    def set_up(self):
        path = program("usr/sbin/imap4d", "mailutils-imap4d")
        conf = self.write("imap4d.conf", MAILUTILS_CONF.format(folder=self.folder, **self.ports))
        for address, password in self.users.items():
            name, _, domain = address.partition("@")
            home = self.folder / "mail" / name
            home.mkdir(parents=True)
            for box in ("INBOX", "Drafts", "Sent", "Trash"):
                (home / box).touch()
            known = self.run("openssl", "passwd", "-6", password).stdout.decode().strip()
            (self.folder / "domains").mkdir(exist_ok=True)
            with open(self.folder / "domains" / domain, "a", encoding="ascii") as f:
                f.write(f"{name}:{known}:{NOBODY.pw_uid}:{NOBODY.pw_gid}::{home}:/bin/sh\n")
        self.own(self.folder / "mail")
        self.start(self.ports["imaps"], path, f"--config-file={conf}")

    def messages(self, address, folder="INBOX"):
        """Without what the server itself writes into a file of many messages."""
        return [re.sub(rb"(?m)^(?:X-IMAPbase|X-UID|Status): .*\r\n", b"", m) for m in super().messages(address, folder)]


EXIM_CONF = """
primary_hostname = mx.example.test
exim_path = {path}
exim_user = nobody
exim_group = nogroup
never_users =
spool_directory = {folder}/exim
log_file_path = {folder}/exim-%slog.log
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {submissions}
tls_on_connect_ports = {submissions}
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.key
host_lookup =
rfc1413_hosts =
message_size_limit = 20M
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  deny message = no such user here
       local_parts = nobody-here
  accept authenticated = *
  deny message = who are you?
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
begin authenticators
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = "Username:: : Password::"
  server_condition = ${{if eq{{$auth2}}{{${{lookup{{$auth1}}lsearch{{{folder}/passwords}}{{$value}}}}}}}}
  server_set_id = $auth1
"""


class Exim(Foreign):
    """Exim 4.96 as the server for submission; AUTH LOGIN alone, as at Exchange. All mail comes into one box."""

    PORTS = ("submissions",)

    def set_up(self):
        path = program("usr/sbin/exim4", "exim4-daemon-light")
        if not any(user.pw_name == "Debian-exim" for user in pwd.getpwall()):
            pytest.skip("there is no user Debian-exim, whom exim4 was built for")
        self.write("passwords", "".join(f"{self.login(a)}: {p}\n" for a, p in self.users.items()))
        (self.folder / "exim").mkdir()
        (self.folder / "mail").mkdir()
        for name in ("exim", "mail"):
            self.own(self.folder / name)
        conf = self.write("exim.conf", EXIM_CONF.format(folder=self.folder, path=path, **self.ports))
        for path_of in (self.folder, self.folder / "server.key"):
            os.chown(path_of, NOBODY.pw_uid, NOBODY.pw_gid)
        self.start(self.ports["submissions"], path, "-C", conf, "-bdf")

    def arrived(self):
        return [p.read_bytes() for p in sorted((self.folder / "mail/new").glob("*"), key=lambda p: p.stat().st_mtime_ns)]


class Aiosmtpd(Foreign):
    """Python's own: no PIPELINING, no DSN, no CHUNKING, no ENHANCEDSTATUSCODES."""

    PORTS = ("submissions",)

    def set_up(self):
        smtp = pytest.importorskip("aiosmtpd.smtp", reason="python3-aiosmtpd is not installed")
        controller = pytest.importorskip("aiosmtpd.controller")
        self.box = []
        provider = self

        class Handler:
            async def handle_RCPT(self, _server, _session, envelope, address, _options):
                if address.startswith("nobody-here@"):
                    return "550 no such user here"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, _server, _session, envelope):
                provider.box.append(envelope.original_content)
                return "250 OK"

        def known(_server, _session, _envelope, _mechanism, data):
            fine = any((self.login(a).encode(), p.encode()) == (data.login, data.password) for a, p in self.users.items())
            return smtp.AuthResult(success=fine)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        self.controller = controller.Controller(Handler(), hostname="127.0.0.1", port=self.ports["submissions"], ssl_context=context,
                                                authenticator=known, auth_required=True, auth_require_tls=False, enable_SMTPUTF8=True)
        self.controller.start()

    def stop(self):
        if hasattr(self, "controller"):
            self.controller.stop()
        super().stop()

    def arrived(self):
        return list(self.box)
