"""An IMAP provider that the tests script: it answers like a small honest server until a test tells it otherwise."""
import base64
import contextlib
import re
import socket
import ssl
import threading

from provider import make_certificates

CAPABILITY = b"IMAP4rev1 SASL-IR LITERAL+ ID IDLE UIDPLUS SPECIAL-USE MOVE ENABLE AUTH=PLAIN"
DATE = b'"17-Jul-2026 02:44:25 +0000"'
ITEM = re.compile(rb'[A-Za-z0-9.]+(?:\[[^]]*\])?(?:<[0-9.]+>)?')
SELECT = (b"* FLAGS (\\Seen \\Draft)", b"* OK [PERMANENTFLAGS (\\Seen \\*)] yes")


class Gone(Exception):
    """The connection is to end here."""


class Mail:
    """One message of a mailbox."""

    def __init__(self, uid, octets, flags=b""):
        crlf = octets if b"\r\n" in octets[:200] else octets.replace(b"\n", b"\r\n")
        self.uid, self.octets, self.flags = uid, crlf, flags

    def header(self):
        return self.octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def fields(self, names):
        wanted = {n.upper() for n in names}
        found = re.findall(rb"(?m)^([^\s:]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n", self.header()[:-2])
        return b"".join(n + b":" + v + b"\r\n" for n, v in found if n.upper() in wanted) + b"\r\n"

    def section(self, name):
        if name == b"":
            return self.octets
        if name.upper() == b"HEADER":
            return self.header()
        if name.upper().startswith(b"HEADER.FIELDS "):
            return self.fields(name[14:].strip(b"()").replace(b'"', b"").split())
        return self.octets[len(self.header()):]


class FakeImap:
    """
    `boxes` maps names to lists of Mail. `hooks` maps a command's name (FETCH also for UID FETCH) to a function of
    (session, tag, args, uid) that answers it; if it returns a false value, the honest answer follows. `said` has all
    commands in order, `heard` every octet that came.
    """

    def __init__(self, folder, capability=CAPABILITY, users=None):
        make_certificates(folder)
        self.users = users or {"alice": "alice's password", "bob": "bob's password"}
        self.anybody = False
        self.ca, self.capability, self.special = folder / "ca.pem", capability, {b"Drafts": b"\\Drafts", b"Sent": b"\\Sent"}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.boxes = {b"INBOX": [], b"Drafts": [], b"Sent": [], b"Archive": []}
        self.validity = {}
        self.hooks, self.said, self.heard, self.stored, self.logins = {}, [], bytearray(), [], []
        self.greeting = b"* OK fake ready\r\n"
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.sessions = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for session in list(self.sessions):
            session.shut()
        self.thread.join(10)

    # -- what Daemon wants to know of a provider

    @staticmethod
    def login(address):
        return address.partition("@")[0]

    def password(self, address):
        return self.users[self.login(address)]

    def url(self, scheme):
        return f"{scheme}://127.0.0.1:{self.port if scheme.startswith('imap') else 1}"

    def reset(self):
        """As at the beginning, for the next test."""
        self.hooks.clear()
        self.said.clear()
        self.heard.clear()
        self.stored.clear()
        self.validity.clear()
        for box in self.boxes.values():
            box.clear()

    def fill(self, *octets, box=b"INBOX", uid=1, flags=b""):
        self.boxes[box] += [Mail(uid + i, o, flags) for i, o in enumerate(octets)]

    def commands(self, name):
        return [line for line in self.said if re.match(rb"\S+ (?:UID )?%s\b" % name, line, re.I)]

    # -- the server

    def accept(self):
        while True:
            try:
                plain, _ = self.socket.accept()
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        plain.settimeout(120)
        session = None
        with contextlib.suppress(Gone, OSError, ssl.SSLError), plain:
            session = Session(self, self.context.wrap_socket(plain, server_side=True))
            self.sessions.append(session)
            session.run()
        if session:
            session.shut()
            self.sessions.remove(session)


class Session:
    """One connection."""

    def __init__(self, server, link):
        self.server, self.link, self.buffer = server, link, bytearray()
        self.box, self.user = None, None

    def shut(self):
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.link.close()

    def send(self, octets):
        self.link.sendall(octets)

    def more(self):
        got = self.link.recv(1 << 16)
        if not got:
            raise Gone
        self.buffer += got
        self.server.heard += got

    def octets(self, count):
        while len(self.buffer) < count:
            self.more()
        got = bytes(self.buffer[:count])
        del self.buffer[:count]
        return got

    def line(self):
        while b"\n" not in self.buffer:
            self.more()
        return self.octets(self.buffer.index(b"\n") + 1)

    def read(self):
        """One command with its literals."""
        parts = [self.line()]
        while literal := re.search(rb"~?\{(\d+)(\+?)\}\r?\n$", parts[-1]):
            if not literal[2]:
                self.send(b"+ go\r\n")
            parts += [self.octets(int(literal[1])), self.line()]
        return parts

    def run(self):
        self.send(self.server.greeting)
        while True:
            parts = self.read()
            self.server.said.append(parts[0].strip())
            words = parts[0].split(None, 2)
            tag, name = words[0], words[1].upper() if len(words) > 1 else b""
            args, uid = words[2] if len(words) > 2 else b"", name == b"UID"
            if uid:
                name, _, args = args.partition(b" ")
                name = name.upper()
            hook = self.server.hooks.get(name.decode())
            if hook and hook(self, tag, args.strip(), uid):
                continue
            handler = getattr(self, "do_" + name.decode().lower(), None)
            if not handler:
                self.send(tag + b" BAD what?\r\n")
            elif handler(tag, args.strip(), uid, parts) is False:
                return

    def ok(self, tag, code=b""):
        self.send(tag + b" OK " + code + b"done\r\n")

    def do_capability(self, tag, *_):
        self.send(b"* CAPABILITY " + self.server.capability + b"\r\n")
        self.ok(tag)

    def do_noop(self, tag, *_):
        self.ok(tag)

    do_check = do_close = do_unselect = do_create = do_enable = do_store = do_copy = do_rename = do_delete = do_noop

    def do_id(self, tag, *_):
        self.send(b'* ID NIL\r\n')
        self.ok(tag)

    def do_logout(self, tag, *_):
        self.send(b"* BYE bye\r\n")
        self.ok(tag)
        return False

    def enter(self, tag, user, password):
        self.server.logins.append(user)
        if self.server.anybody or self.server.users.get(user) == password:
            self.user = user
            self.ok(tag)
        else:
            self.send(tag + b" NO [AUTHENTICATIONFAILED] who are you?\r\n")

    def do_login(self, tag, args, *_):
        user, password = re.match(rb'"?((?:[^"\\ ]|\\.)*)"? "?((?:[^"\\]|\\.)*)"?$', args).groups()
        self.enter(tag, user.decode(), password.decode())

    def do_authenticate(self, tag, args, *_):
        _, _, first = args.partition(b" ")
        if not first:
            self.send(b"+ \r\n")
            first = self.line()
        _, user, password = base64.b64decode(first).decode().split("\0")
        self.enter(tag, user, password)

    def do_list(self, tag, *_):
        for name in self.server.boxes:
            self.send(b'* LIST (%s) "/" %s\r\n' % (self.server.special.get(name, b""), name))
        self.ok(tag)

    def do_select(self, tag, args, _, parts):
        name = parts[1] if len(parts) > 1 else args.strip(b'"')
        name = b"INBOX" if name.upper() == b"INBOX" else name
        if name not in self.server.boxes:
            self.send(tag + b" NO no such mailbox\r\n")
            return
        self.box = self.server.boxes[name]
        self.send(b"\r\n".join([*SELECT, b"* %d EXISTS" % len(self.box), b"* OK [UIDVALIDITY %d] valid"
                                % self.server.validity.get(name, 77), b"* OK [UIDNEXT 4000] next", b""]))
        self.ok(tag, b"[READ-WRITE] ")

    do_examine = do_select

    def chosen(self, numbers, uid):
        """[(sequence number, Mail)] of a set."""
        last = max([m.uid for m in self.box], default=0) if uid else len(self.box)
        ranges = [[int(n.replace(b"*", b"%d" % last)) for n in r.split(b":")] for r in numbers.split(b",")]
        return [(i, m) for i, m in enumerate(self.box, 1)
                if any(min(r) <= (m.uid if uid else i) <= max(r) for r in ranges)]

    def value(self, mail, item):
        """b"NAME value" of one item."""
        name = item.upper().replace(b".PEEK[", b"[")
        partial = re.search(rb"<(\d+)\.(\d+)>$", name)
        if section := re.match(rb"BODY\[([^]]*)\]", name):
            octets = mail.section(section[1])
            if partial:
                octets = octets[int(partial[1]):int(partial[1]) + int(partial[2])]
                name = name[:partial.start()] + b"<" + partial[1] + b">"
            return b"%s {%d}\r\n%s" % (name, len(octets), octets)
        words = {b"UID": b"%d" % mail.uid, b"FLAGS": b"(" + mail.flags + b")", b"INTERNALDATE": DATE,
                 b"RFC822.SIZE": b"%d" % len(mail.octets), b"MODSEQ": b"(5)",
                 b"ENVELOPE": b'(NIL "outer" NIL NIL NIL NIL NIL NIL NIL "<outer@x>")',
                 b"BODYSTRUCTURE": b'("application" "pkcs7-mime" NIL NIL NIL "base64" 5 NIL NIL NIL NIL)'}
        return name + b" " + words.get(name, b"NIL")

    def answer(self, number, mail, items):
        """The honest response about one message."""
        self.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(self.value(mail, i) for i in items)))

    @staticmethod
    def items(args, uid):
        numbers, _, wanted = args.partition(b" ")
        items = ITEM.findall(wanted)
        return numbers, ([] if not uid or b"UID" in items else [b"UID"]) + items

    def do_fetch(self, tag, args, uid, *_):
        numbers, items = self.items(args, uid)
        for number, mail in self.chosen(numbers, uid):
            self.answer(number, mail, items)
        self.ok(tag)

    def do_search(self, tag, args, uid, *_):
        mails = list(enumerate(self.box, 1))
        if b"pkcs7-mime" in args:
            mails = [(i, m) for i, m in mails if b"pkcs7-mime" in m.header()]
        elif text := re.search(rb"(?:BODY|TEXT) (\S+)$", args):
            mails = [(i, m) for i, m in mails if text[1] in m.octets]
        self.send(b"* SEARCH" + b"".join(b" %d" % (m.uid if uid else i) for i, m in mails) + b"\r\n")
        self.ok(tag)

    def do_idle(self, tag, *_):
        self.send(b"+ idling\r\n")
        self.server.said.append(self.line().strip())
        self.ok(tag)

    def do_append(self, tag, args, _, parts):
        self.server.stored.append((args, parts[1] if len(parts) > 1 else b""))
        self.ok(tag, b"[APPENDUID 77 3000] ")
