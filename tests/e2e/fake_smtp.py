"""A provider's submission server that breaks where a test wants it to, and remembers what it accepted."""
import base64
import collections
import dataclasses
import socket
import ssl
import threading

from provider import make_certificates

KEYWORDS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "DSN", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING",
            "BINARYMIME", "BURL imap", "AUTH PLAIN LOGIN XOAUTH2 SCRAM-SHA-256-PLUS")
CLOSE = object()


@dataclasses.dataclass
class Mail:
    """One accepted message: MAIL and RCPT as they were said, and the octets without dot stuffing."""
    sender: str
    rcpts: list
    octets: bytes


class Gone(Exception):
    """The connection is to end here."""


class FakeSmtp:
    """
    `faults` maps a stage to a list of actions, one taken each time the stage is reached: None (go on), CLOSE (the
    connection breaks), bytes (the reply instead of the right one) or something to call (then it goes on). Stages:
    connect, ehlo, auth, mail, rcpt, rset, data (the command, DATA or BDAT), body (before the first octet is read), dot (all
    is read and nothing accepted) and accepted (it is, but nobody was told).
    """

    def __init__(self, folder, keywords=KEYWORDS, implicit=True, users=None):
        make_certificates(folder)
        self.users = users or {"alice": "alice's password", "bob": "bob's password"}
        self.ca, self.keywords, self.implicit = folder / "ca.pem", keywords, implicit
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.mails, self.said, self.faults = [], [], collections.defaultdict(list)
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        # A thread in accept() does not notice close().
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)

    # -- what Daemon wants to know of a provider

    def login(self, address):
        return address.partition("@")[0]

    def password(self, address):
        return self.users[self.login(address)]

    def url(self, scheme):
        port = self.port if scheme.startswith("submission") else 1
        return f"{scheme if self.implicit else scheme.removesuffix('s')}://127.0.0.1:{port}"

    # -- what a test wants to know

    def rcpts(self):
        """The recipients of all accepted messages, in order."""
        return [r for m in self.mails for r in m.rcpts]

    # -- the server

    def accept(self):
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        self.connections += 1
        try:
            with plain:
                Session(self, plain).run()
        except (Gone, OSError, ssl.SSLError):
            pass

    def stage(self, name):
        """What a test wants to happen here: a reply, or None."""
        action = self.faults[name].pop(0) if self.faults[name] else None
        if action is CLOSE:
            raise Gone
        if callable(action):
            action()
            return None
        return action


class Session:
    """One connection."""

    def __init__(self, server, plain):
        self.server = server
        self.use(server.context.wrap_socket(plain, server_side=True) if server.implicit else plain)
        self.secure = server.implicit
        self.user = self.sender = None
        self.rcpts = []

    def use(self, link):
        self.link, self.file = link, link.makefile("rb")

    def say(self, reply):
        self.link.sendall(reply + b"\r\n")

    def answer(self, stage, good):
        """The reply at this stage; whether it is the right one."""
        wanted = self.server.stage(stage)
        self.say(good if wanted is None else wanted)
        return wanted is None

    def read_line(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise Gone
        return line[:-2].decode()

    def run(self):
        try:
            if self.answer("connect", b"220 fake.example.test ESMTP"):
                while self.command(self.read_line()):
                    pass
        finally:
            self.file.close()
            self.link.close()

    def command(self, line):
        self.server.said.append(line)
        verb, _, rest = line.partition(" ")
        known = {"EHLO": self.ehlo, "STARTTLS": self.starttls, "AUTH": self.auth, "MAIL": self.mail,
                 "RCPT": self.rcpt, "DATA": self.data, "BDAT": self.bdat, "RSET": self.rset, "QUIT": self.quit}
        if verb.upper() not in known:
            self.say(b"500 5.5.1 what?")
            return True
        return known[verb.upper()](rest) is not False

    def ehlo(self, _):
        words = ["fake.example.test", *self.server.keywords] + ([] if self.secure else ["STARTTLS"])
        lines = [f"250{'-' if i + 1 < len(words) else ' '}{w}" for i, w in enumerate(words)]
        self.answer("ehlo", "\r\n".join(lines).encode())

    def starttls(self, _):
        self.say(b"220 go ahead")
        self.use(self.server.context.wrap_socket(self.link, server_side=True))
        self.secure = True

    def auth(self, rest):
        mechanism, _, first = rest.partition(" ")
        assert self.secure, "a password without TLS"
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            user, password = (self.ask(word) for word in (b"Username:", b"Password:"))
        if self.server.users.get(user) != password:
            self.say(b"535 5.7.8 wrong name or password, says the provider")
        elif self.answer("auth", b"235 2.7.0 welcome"):
            self.user = user

    def ask(self, word):
        self.say(b"334 " + base64.b64encode(word))
        return base64.b64decode(self.read_line()).decode()

    def mail(self, rest):
        if self.user is None:
            self.say(b"530 5.7.0 log in")
        elif self.sender is not None:
            self.say(b"503 5.5.1 nested")
        elif self.answer("mail", b"250 2.1.0 sender"):
            self.sender = rest.removeprefix("FROM:")

    def rcpt(self, rest):
        if self.sender is None:
            self.say(b"503 5.5.1 MAIL first")
        elif "nobody@" in rest:
            self.say(b"550 5.1.1 no such person, says the provider")
        elif self.answer("rcpt", b"250 2.1.5 recipient"):
            self.rcpts.append(rest.removeprefix("TO:"))

    def data(self, _):
        if not self.rcpts:
            self.say(b"554 5.5.1 no valid recipients")
            return
        if not self.answer("data", b"354 go ahead"):
            return
        self.server.stage("body")
        self.take(self.body())

    def bdat(self, rest):
        count, last = rest.split(" ")
        assert last == "LAST", "a chunk that is not the last"
        wanted = self.server.stage("data")
        self.server.stage("body")
        octets = self.file.read(int(count))
        if len(octets) != int(count):
            raise Gone
        if wanted is not None or not self.rcpts:
            self.say(wanted or b"554 5.5.1 no valid recipients")
            return
        assert octets.endswith(b"\r\n")
        self.take(octets)

    def take(self, octets):
        wanted = self.server.stage("dot")
        if wanted is None:
            self.server.mails.append(Mail(self.sender, self.rcpts, octets))
            wanted = self.server.stage("accepted")
        self.say(wanted or b"250 2.0.0 queued as %d" % len(self.server.mails))
        self.rset_silently()

    def body(self):
        lines = []
        while True:
            line = self.file.readline()
            if not line.endswith(b"\r\n"):
                raise Gone
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    def rset_silently(self):
        self.sender, self.rcpts = None, []

    def rset(self, _):
        self.rset_silently()
        self.answer("rset", b"250 2.0.0 forgotten")

    def quit(self, _):
        self.say(b"221 2.0.0 bye")
        return False
