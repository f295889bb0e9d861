"""IMAP octet for octet: a client that sends what it is told and hands back exactly what came."""
import re
import socket
import ssl


class Raw:
    """A connection whose responses are kept raw. Tags are t1, t2, ..., so that two runs can be compared."""

    def __init__(self, port, context=None, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.buffer = b""
        self.tags = 0
        self.greeting = self.response()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def more(self):
        got = self.socket.recv(1 << 18)
        if not got:
            raise EOFError(f"connection closed after {self.buffer[-200:]!r}")
        self.buffer += got

    def line(self):
        seen = 0
        while (end := self.buffer.find(b"\n", max(0, seen - 1))) < 0:
            seen = len(self.buffer)
            self.more()
        got, self.buffer = self.buffer[:end + 1], self.buffer[end + 1:]
        return got

    def octets(self, count):
        parts = [self.buffer]
        held = len(self.buffer)
        while held < count:
            parts.append(self.socket.recv(min(1 << 20, max(count - held, 1 << 16))))
            if not parts[-1]:
                raise EOFError(f"connection closed in a literal, {count - held} octets missing")
            held += len(parts[-1])
        whole = b"".join(parts)
        self.buffer = whole[count:]
        return whole[:count]

    def response(self):
        """One response, its literals inside."""
        parts = []
        while True:
            parts.append(self.line())
            literal = re.search(rb"\{(\d+)\}\r?\n$", parts[-1])
            if not literal:
                return b"".join(parts)
            parts.append(self.octets(int(literal[1])))

    def until(self, tag):
        """Everything up to the tagged response, in order; the last is the tagged one."""
        found = []
        while not found or not found[-1].startswith(tag + b" "):
            found.append(self.response())
        return found

    def tag(self):
        self.tags += 1
        return b"t%d" % self.tags

    def command(self, *parts):
        """Sends a command: octets with synchronizing literals between them, as [octets, literal, octets, ...]."""
        tag = self.tag()
        found = []
        text = tag + b" " + parts[0]
        for index in range(1, len(parts), 2):
            literal, rest = parts[index], parts[index + 1] if index + 1 < len(parts) else b""
            self.send(text + b"{%d}\r\n" % len(literal))
            found.append(self.response())
            while found[-1].startswith(b"* "):
                found.append(self.response())
            if not found[-1].startswith(b"+"):
                return found
            self.send(literal)
            text = rest
        self.send(text + b"\r\n")
        return found + self.until(tag)

    def ok(self, *parts):
        found = self.command(*parts)
        assert found[-1].split(b" ", 2)[1] == b"OK", (parts[0], found[-3:])
        return found

    def login(self, user, password):
        return self.ok(b'LOGIN "%s" "%s"' % (user.encode(), password.encode()))

    def starttls(self, context):
        self.ok(b"STARTTLS")
        assert not self.buffer
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")

    def fetch(self, numbers, items, uid=False):
        """{number or UID: {item: value}} with parsed values."""
        verb = "UID FETCH" if uid else "FETCH"
        found = {}
        for octets in self.ok(f"{verb} {numbers} {items}".encode()):
            number, got = fetched(octets)
            if number is not None:
                found.setdefault(int(got["UID"]) if uid else number, {}).update(got)
        return found

    def search(self, criteria, *parts, uid=False):
        """The numbers found, in order."""
        verb = b"UID SEARCH " if uid else b"SEARCH "
        for octets in self.ok(verb + (criteria.encode() if isinstance(criteria, str) else criteria), *parts):
            if octets.upper().startswith(b"* SEARCH"):
                return sorted(int(n) for n in re.findall(rb"\d+", octets))
        return []


def blind():
    """TLS to the daemon's own loopback certificate, which these tests do not pin."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


TOKEN = re.compile(rb'[ \r\n]*(?:(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]|\\.)*)"|~?\{(?P<literal>\d+)\}\r\n'
                   rb'|(?P<atom>[^ \r\n()"\[]+(?:\[[^]]*\])?(?:<\d+>)?))', re.S)


def parse(octets):
    """A response as nested lists of bytes; NIL is None, an empty string b""."""
    stack, at = [[]], 0
    while octets[at:].strip(b" \r\n"):
        token = TOKEN.match(octets, at)
        assert token, f"no IMAP: {octets[at:at + 80]!r}"
        at = token.end()
        if token["open"]:
            stack.append([])
        elif token["close"]:
            done = stack.pop()
            stack[-1].append(done)
        elif token["quoted"] is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", token["quoted"]))
        elif token["literal"]:
            size = int(token["literal"])
            stack[-1].append(octets[at:at + size])
            at += size
        else:
            stack[-1].append(None if token["atom"].upper() == b"NIL" else token["atom"])
    assert len(stack) == 1, octets[:200]
    return stack[0]


def fetched(octets):
    """(number, {ITEM: value}) of a FETCH response, names in capitals without quotes; (None, {}) of any other."""
    head = re.match(rb"\* (\d+) FETCH ", octets, re.I)
    if not head:
        return None, {}
    items = parse(octets[head.end():])[0]
    names = [n.decode().upper().replace('"', "") for n in items[::2]]
    assert len(items) % 2 == 0 and len(set(names)) == len(names), items
    return int(head[1]), dict(zip(names, items[1::2]))
