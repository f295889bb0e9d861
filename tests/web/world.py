"""Three people in one daemon, each with keys and a Maildir of their own; asked as a browser or as a program would."""
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse
import uuid

import pytest

from lib import ROOT, Home, environment

POSTSEALD = os.environ.get("POSTSEALD") or str(ROOT / "build/src/daemon/postseald")
ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", "carol@example.net"


class Answer:
    """Status, header fields and octets of one answer."""

    def __init__(self, answer):
        self.status, self.headers, self.octets = answer.status, answer.headers, answer.read()
        self.text = self.octets.decode("utf-8", "replace")

    def json(self, status=200):
        assert self.status == status, (self.status, self.text[:2000])
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.octets)

    def page(self, status=200):
        assert self.status == status, (self.status, self.text[:2000])
        assert self.headers["Content-Type"] == "text/html; charset=utf-8"
        return self.text


class World:
    """The daemon and its people. `ask` is a program with the token, `Browser` somebody who logged in."""

    def __init__(self, path, extra=""):
        if not os.path.exists(POSTSEALD):
            pytest.skip(f"{POSTSEALD} is not built")
        self.path, self.homes = path, {}
        self.home = Home(path / "daemon")
        config = "[daemon]\n" + "".join(f"{p}=127.0.0.1:0\n" for p in ("smtp", "imap", "pop3", "http")) + extra
        for address in (ALICE, BOB, CAROL):
            name = address.partition("@")[0]
            self.homes[address] = Home(path / name)
            self.homes[address].add(address, "--name", name.title(), "--profile", "p256")
            config += f"\n[account {address}]\nhome={path / name}\nmaildir={path / 'mail' / name}\n"
        (path / "mail").mkdir()
        (self.home.path / "postseald.conf").write_text(config, encoding="utf-8")
        (path / "run").mkdir(mode=0o700)
        self.process, self.arguments, self.variables = None, [], {"XDG_RUNTIME_DIR": str(path / "run")}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(20)
            self.process.stdout.close()
            log = (self.path / "log").read_text("utf-8", "replace")
            assert kind or (code == 0 and not re.search("CRITICAL|WARNING|Sanitizer", log)), log[-3000:]

    def start(self):
        with open(self.path / "log", "ab") as log:
            self.process = subprocess.Popen([POSTSEALD, "--home", str(self.home.path), "--foreground", *self.arguments], stderr=log,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                            env=environment() | self.variables)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), line
        self.port = int(dict(w.split("=") for w in line.split()[1:])["http"].rpartition(":")[2])
        line = self.process.stdout.readline()
        assert line.startswith(f"page http://127.0.0.1:{self.port}/login?code="), line
        self.link = line.split()[1]

    @property
    def token(self):
        return (self.home.path / "token").read_text(encoding="ascii").strip()

    def plain(self, path, method="GET", body=None, **headers):
        """One request with exactly these header fields, as X_Postseal_Token=...; None leaves one out."""
        headers = {k.replace("_", "-"): v for k, v in headers.items() if v is not None}
        box = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(box):
            box.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                box.putheader(name, value)
            if body is not None and "Content-Length" not in headers:
                box.putheader("Content-Length", str(len(body)))
            box.endheaders(body)
            return Answer(box.getresponse())

    def ask(self, path, body=None, **headers):
        """As a program: GET, or POST of octets or of something that becomes JSON."""
        headers.setdefault("X_Postseal_Token", self.token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        return self.plain(path, "GET" if body is None else "POST", body, **headers)

    def desk(self, address, path, body=None, status=200):
        return self.ask(f"/v1/desks/{address}/{path}", body).json(status)

    def letters(self, address, folder="INBOX", **query):
        return self.desk(address, f"folders/{folder}/messages?" + urllib.parse.urlencode(query))["messages"]

    def newest(self, address, folder="INBOX"):
        """The newest letter, opened."""
        return self.desk(address, f"messages/{folder}/" + self.letters(address, folder)[0]["id"])

    def send(self, sender, to, subject="hello", text="How are you?\n", status=200, **draft):
        return self.desk(sender, "send", {"to": to, "subject": subject, "text": text} | draft, status)

    def meet(self, one, other):
        """Each sees a letter of the other, so that both have keys."""
        for sender, reader in ((one, other), (other, one)):
            self.send(sender, reader, "my key")
            self.letters(reader)

    def deliver(self, address, octets):
        """Puts a message into somebody's inbox, as a mail server would; its id."""
        self.desk(address, "folders")
        name = f"{int(time.time())}.{uuid.uuid4().hex}.test"
        (self.path / "mail" / address.partition("@")[0] / "new" / name).write_bytes(octets)
        return name


class Browser:
    """Somebody who opened a link; forms carry the token of the page they came from."""

    def __init__(self, world, link=None):
        self.world = world
        answer = world.plain((link or world.link).partition(str(world.port))[2], Accept="text/html")
        assert answer.status == 303 and answer.headers["Location"] == "/", answer.text
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.token = re.search(r'<meta name="token" content="([0-9a-f]{64})">', self.get("/").page())[1]

    def get(self, path, method="GET", **headers):
        return self.world.plain(path, method, Cookie=self.cookie, Accept="text/html", **headers)

    def post(self, path, files=(), token="own", **fields):
        """A form, as multipart/form-data if it has files: (field, name, type, octets)."""
        if token is not None:
            fields["token"] = self.token if token == "own" else token
        pairs = [(k, v) for k, vs in fields.items() for v in (vs if isinstance(vs, list) else [vs])]
        if files is None:
            body, kind = urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        else:
            parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n'.encode() + v.encode() for k, v in pairs]
            parts += [f'Content-Disposition: form-data; name="{k}"; filename="{n}"\r\nContent-Type: {t}\r\n\r\n'.encode() + o
                      for k, n, t, o in files]
            body = b"".join(b"--limit\r\n" + part + b"\r\n" for part in parts) + b"--limit--\r\n"
            kind = "multipart/form-data; boundary=limit"
        return self.world.plain(path, "POST", body, Cookie=self.cookie, Accept="text/html", Content_Type=kind,
                                Origin=f"http://127.0.0.1:{self.world.port}")
