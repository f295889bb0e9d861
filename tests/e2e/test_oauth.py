"""Managed accounts: the daemon logs in with OAuth2 at a stand-in provider, the mail program with a local password."""
import base64
import hashlib
import http.server
import json
import poplib
import re
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

from daemon import Daemon
from lib import UNAVAILABLE, USAGE, Home, environment
from provider import make_certificates, wait_for
from test_pop3_faults import Stub

BOB = "bob@example.test"
LETTER = b"Subject: read with a token\r\n\r\ntext\r\n"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Authority(http.server.ThreadingHTTPServer):
    """
    The token server: hands out tokens that last `lasts` seconds, each refresh token once. `refresh` and `access` say
    whose a token is that holds, `given` has all there ever were; `person` is who allows what is asked next. `before`
    and `after` are called around each renewal.
    """

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.refresh, self.access, self.codes, self.asked, self.given = {}, {}, {}, [], set()
        self.person, self.before, self.after, self.introspected = "bob", None, None, []
        self.lasts, self.rotates, self.broken, self.pending, self.chunked = 3600, True, None, 1, False
        self.device = {"device_code": "device-1", "user_code": "ABCD-EFGH", "interval": 1,
                       "verification_uri": self.url("/activate"), "expires_in": 60}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"https://127.0.0.1:{self.server_address[1]}{path}"

    def tokens(self, refresh=None):
        person = self.refresh[refresh] if refresh else self.person
        if refresh is None or self.rotates:
            self.refresh.pop(refresh, None)
            refresh = secrets.token_urlsafe(40)
            self.refresh[refresh] = person
        access = secrets.token_urlsafe(400)
        self.access[access] = person
        self.given |= {refresh, access}
        return 200, {"token_type": "Bearer", "access_token": access, "expires_in": self.lasts, "refresh_token": refresh}

    def grant(self, form):
        """RFC 6749, 7636 and 8628, the server's side."""
        kind = form.get("grant_type")
        if self.broken:
            return self.broken
        if form.get("client_id") != "postseal-test":
            return 401, {"error": "invalid_client"}
        if kind == "refresh_token":
            return self.renew(form["refresh_token"])
        if kind == "authorization_code":
            challenge, redirect = self.codes.pop(form["code"], (None, None))
            made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            good = challenge == made and redirect == form["redirect_uri"]
            return self.tokens() if good else (400, {"error": "invalid_grant"})
        if kind != DEVICE or form["device_code"] != "device-1":
            return 400, {"error": "unsupported_grant_type"}
        self.pending -= 1
        if self.pending >= 0:
            return 400, {"error": "authorization_pending"}
        return self.tokens()

    def renew(self, token):
        if self.before:
            self.before()
        said = self.tokens(token) if token in self.refresh else (400, {"error": "invalid_grant"})
        if self.after:
            self.after()
        return said

    def introspect(self, token):
        """RFC 7662, as Dovecot asks for it."""
        self.introspected.append(token)
        person = self.access.get(token)
        return {"active": True, "username": person, "scope": "mail"} if person else {"active": False}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        octets = self.rfile.read(int(self.headers["Content-Length"]))
        form = dict(urllib.parse.parse_qsl(octets.decode()))
        self.server.asked.append((self.path, form))
        if self.path == "/device":
            status, said = 200, self.server.device
            if self.server.broken:
                status, said = self.server.broken
        else:
            status, said = self.server.grant(form)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if self.server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        token = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))["token"]
        body = json.dumps(self.server.authority.introspect(token)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def managed_options(authority):
    """What the provider's pages for developers say."""
    return {"mode": "managed", "oauth-client-id": "postseal-test", "oauth-token-url": authority.url("/token?tenant=1"),
            "oauth-auth-url": authority.url("/authorize"), "oauth-device-url": authority.url("/device"),
            "oauth-scope": "mail offline"}


class Place:
    """Certificates and a mailbox that takes tokens only; what Daemon asks of a provider."""

    def __init__(self, folder):
        self.folder, self.users = folder, {BOB: "no password here"}
        make_certificates(folder)
        self.ca = folder / "ca.pem"
        self.authority = Authority(folder)
        self.seen = []
        self.stub = Stub(self, self.answer)

    def url(self, protocol):
        return f"pop3s://127.0.0.1:{self.stub.port}" if protocol == "pop3s" else f"{protocol}://127.0.0.1:1"

    @staticmethod
    def login(address):
        return address.partition("@")[0]

    def answer(self, verb, args):
        if verb == "CAPA":
            return b"+OK\r\nTOP\r\nUIDL\r\nSASL XOAUTH2\r\n.\r\n"
        if verb == "AUTH":
            return b"+ \r\n"  # the token is longer than a command may be
        said = {"STAT": b"+OK 1 36\r\n", "LIST": b"+OK\r\n1 36\r\n.\r\n", "UIDL": b"+OK\r\n1 a\r\n.\r\n",
                "RETR": b"+OK\r\n" + LETTER + b".\r\n", "TOP": b"+OK\r\n" + LETTER + b".\r\n", "QUIT": b"+OK\r\n"}
        return said.get(verb) or self.check(verb)

    def check(self, response):
        """user=NAME ^A auth=Bearer TOKEN ^A ^A"""
        try:
            text = base64.b64decode(response, validate=True).decode()
        except ValueError:
            return b"-ERR what?\r\n"
        if not text:
            return b"-ERR [AUTH] no such token\r\n"
        found = re.fullmatch("user=bob\1auth=Bearer ([^\1]+)\1\1", text)
        self.seen.append(found and found[1])
        good = found and found[1] in self.authority.access
        return b"+OK welcome\r\n" if good else b"-ERR [AUTH] no such token\r\n"

    def options(self):
        return managed_options(self.authority)

    def close(self):
        self.stub.close()
        self.authority.shutdown()
        self.authority.server_close()


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    made = Place(folder)
    yield made
    made.close()


class Login:
    """postseal login, running: what it says, line by line."""

    def __init__(self, home, *how, address=BOB, screen=None):
        environ = environment() | (screen or {"DISPLAY": "", "WAYLAND_DISPLAY": ""})
        self.process = subprocess.Popen(home.command("login", *how, address), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environ)

    def word(self, name):
        """The word behind `name`, which begins a line, after any that are for people."""
        for line in self.process.stdout:
            if line.startswith(name + " "):
                return line.split()[1]
        raise AssertionError(f"no {name}: {self.process.stderr.read()}")

    def end(self, code=0):
        out, error = self.process.communicate(timeout=30)
        assert self.process.returncode == code, out + error
        return out + error


@pytest.fixture
def managed(place, tmp_path):
    """Bob's home and daemon; nobody has logged in yet."""
    home = Home(tmp_path / "home")
    home.add(BOB, "--profile", "p256")
    with Daemon(home, place, BOB, options=place.options()) as daemon:
        yield home, daemon


def device_login(home, address=BOB):
    """The local password."""
    login = Login(home, "--device", address=address)
    assert login.word("open").endswith("/activate") and login.word("code") == "ABCD-EFGH"
    assert login.word("user") == address
    password = login.word("password")
    login.end()
    return password


def pop3(daemon, password):
    box = poplib.POP3("127.0.0.1", daemon.ports["pop3"], timeout=30)
    box.user("bob")
    box.pass_(password)
    return box


def refused(daemon, password):
    with pytest.raises(poplib.error_proto) as raised:
        pop3(daemon, password)
    return raised.value.args[0].decode()


def read(daemon, password):
    box = pop3(daemon, password)
    assert box.stat() == (1, 36) and box.retr(1)[1][0] == b"Subject: read with a token"
    box.quit()


def test_device_flow_and_reading(place, managed):
    home, daemon = managed
    assert "postseal login" in refused(daemon, "x") or "wrong password" in refused(daemon, "x")
    password = device_login(home)
    assert place.authority.asked[0] == ("/device", {"client_id": "postseal-test", "scope": "mail offline"})
    read(daemon, password)
    read(daemon, password)
    renewals = [form for path, form in place.authority.asked if form.get("grant_type") == "refresh_token"]
    assert len(renewals) == 1, "an access token that lasts is used again"
    assert place.seen[0] == place.seen[1]


def test_wrong_local_passwords(place, managed):
    home, daemon = managed
    password = device_login(home)
    for wrong in ("x", password + "x", password.upper()):
        assert "wrong password" in refused(daemon, wrong)
    assert not place.seen, "a wrong password reached the provider"
    read(daemon, password)


def test_nothing_secret_lies_about(place, managed):
    """Neither a token nor the local password is on the disk or in the log."""
    home, daemon = managed
    place.authority.chunked = True
    password = device_login(home)
    read(daemon, password)
    hidden = [password, *place.authority.given]
    for path in home.path.rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            assert not any(s.encode() in octets for s in hidden), path
            assert path.stat().st_mode & 0o77 == 0 or "oauth" not in path.parts, path


def test_renewal_and_rotation(place, managed):
    """Every renewal brings another refresh token, and the old one is dead: also after a restart."""
    home, daemon = managed
    place.authority.lasts = 2
    password = device_login(home)
    (first,) = place.authority.refresh
    read(daemon, password)
    time.sleep(1.1)
    read(daemon, password)
    assert place.seen[0] != place.seen[1] and first not in place.authority.refresh
    daemon.restart(hard=True)
    read(daemon, password)


def test_revoked(place, managed):
    """A revoked token: a clear text, until somebody logs in anew."""
    home, daemon = managed
    place.authority.lasts = 2
    password = device_login(home)
    read(daemon, password)
    place.authority.refresh.clear()
    place.authority.access.clear()
    time.sleep(1.1)
    text = refused(daemon, password)
    assert "run postseal login" in text and text.startswith("-ERR [SYS/PERM]")
    assert "run postseal login" in refused(daemon, password)
    place.authority.pending = 1
    assert "stays as it is" in Login(home, "--device").end()
    read(daemon, password)  # and the running daemon notices


def test_access_token_that_the_provider_took_back(place, managed):
    """The provider refuses it, so another one is asked for; the mail program notices nothing."""
    home, daemon = managed
    password = device_login(home)
    read(daemon, password)
    place.authority.access.clear()
    read(daemon, password)
    place.stub.answer = lambda verb, args: b"-ERR [AUTH] not today\r\n" if verb == "AUTH" else place.answer(verb, args)
    assert "not today" in refused(daemon, password), "the provider has the last word"


def test_token_server_in_trouble(place, managed):
    home, daemon = managed
    password = device_login(home)
    place.authority.broken = (503, {"error": "temporarily_unavailable"})
    assert refused(daemon, password).startswith("-ERR [SYS/TEMP]")
    place.authority.broken = (400, {"error": "<script>" + "x" * 100})
    assert "status_400" in refused(daemon, password)
    place.authority.broken = (200, {"no": "token"})
    assert refused(daemon, password).startswith("-ERR [SYS/TEMP]")
    place.authority.broken = None
    read(daemon, password)


def browse(url, place, approve=True):
    """What a browser does at the authorisation page."""
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    assert parts.path == "/authorize" and query["response_type"] == "code"
    assert query["client_id"] == "postseal-test" and query["scope"] == "mail offline"
    assert query["code_challenge_method"] == "S256" and len(query["state"]) >= 43
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", query["redirect_uri"])
    place.authority.codes["the-code"] = (query["code_challenge"], query["redirect_uri"])
    return query


def visit(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as page:
            return page.status, page.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_browser_flow(place, managed):
    home, daemon = managed
    login = Login(home)
    query = browse(login.word("open"), place)
    back = query["redirect_uri"]
    assert visit(back + "favicon.ico")[0] == 404
    assert visit(back + "?code=the-code&state=guessed")[0] == 404
    assert visit(back + "?code=the-code")[0] == 404
    assert visit(back + "?" + urllib.parse.urlencode({"code": "the-code", "state": query["state"]}))[0] == 200
    password = login.word("password")
    login.end()
    read(daemon, password)


def test_browser_flow_refused(place, managed):
    home, daemon = managed
    login = Login(home)
    query = browse(login.word("open"), place)
    said = visit(query["redirect_uri"] + "?" + urllib.parse.urlencode({"error": "access_denied", "state": query["state"]}))
    assert said[0] == 200 and b"refused" in said[1]
    assert "refused" in login.end(code=UNAVAILABLE)
    assert not list(home.path.glob("oauth/*"))


def test_many_programs_at_once(place, managed):
    """They share one token: with rotation, two renewals at once would lose the account."""
    home, daemon = managed
    place.authority.lasts = 2
    password = device_login(home)
    place.stub.listener.listen(50)
    done = []
    threads = [threading.Thread(target=lambda: done.append(read(daemon, password))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert wait_for(lambda: len(done) == len(threads), 30)
    renewals = [form for path, form in place.authority.asked if form.get("grant_type") == "refresh_token"]
    assert len({form["refresh_token"] for form in renewals}) == len(renewals)


def test_what_login_says_to_programs(place, managed):
    """--json: a line for the page, a line at the end; nothing is said about a password that stays."""
    home, daemon = managed
    for attempt in range(2):
        login = Login(home, "--json", "--device")
        page, done = (json.loads(line) for line in login.end().splitlines())
        assert page == {"open": place.authority.url("/activate"), "code": "ABCD-EFGH"}
        assert done.keys() == {"address", "password"} and done["address"] == BOB
        if attempt == 0:
            password = done["password"]
        else:
            assert done["password"] is None
    read(daemon, password)


def test_another_local_password(place, managed):
    """Nobody is asked for anything, and the old one no longer holds."""
    home, daemon = managed
    old = device_login(home)
    new = home.json("login", "--new-password", BOB)["password"]
    assert new != old and "wrong password" in refused(daemon, old)
    read(daemon, new)
    assert len(place.authority.asked) == 4  # device, twice pending or granted, one renewal


def test_a_browser_that_is_opened(place, managed, tmp_path):
    """With a screen, the person's browser gets the address."""
    home, daemon = managed
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.new && mv {seen}.new {seen}\n')
    browser.chmod(0o755)
    data = tmp_path / "data/applications"
    data.mkdir(parents=True)
    (data / "test-browser.desktop").write_text(
        f"[Desktop Entry]\nType=Application\nName=Test\nExec={browser} %u\nMimeType=x-scheme-handler/https;\n")
    (data / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/https=test-browser.desktop\n")
    login = Login(home, screen={"DISPLAY": ":99", "XDG_DATA_HOME": str(tmp_path / "data")})
    said = login.word("open")
    assert wait_for(seen.exists) and seen.read_text().strip() == said
    query = browse(said, place)
    visit(query["redirect_uri"] + "?" + urllib.parse.urlencode({"code": "the-code", "state": query["state"]}))
    read(daemon, login.word("password"))
    login.end()


def test_what_login_cannot_do(place, managed, tmp_path):
    """One line that says what to do, before anybody is asked."""
    home, daemon = managed
    assert "--managed" in refusal(home, daemon, {"mode": "pass-through"})
    assert "oauth-device-url" in refusal(home, daemon, {"oauth-device-url": None}, "--device")
    assert "oauth-client-id" in refusal(home, daemon, {"oauth-client-id": None})
    assert "oauth-token-url" in refusal(home, daemon, {"oauth-token-url": None})
    assert "postseal setup" in home.refuse(UNAVAILABLE, "login", "carol@example.test")
    home.refuse(USAGE, "login", "--device", "--new-password", BOB)
    home.refuse(USAGE, "login", "nonsense")
    place.authority.broken = (400, {"error": "invalid_client"})
    daemon.options = place.options()
    daemon.write()
    assert "oauth-client-id" in Login(home, "--device").end(UNAVAILABLE)
    assert not place.authority.given


def refusal(home, daemon, options, *how):
    daemon.options = {k: v for k, v in (daemon.options | options).items() if v}
    daemon.write()
    said = home.refuse(UNAVAILABLE, "login", *how, BOB)
    daemon.options = managed_options(daemon.provider.authority)
    return said


def test_without_a_page_for_browsers(place, managed):
    """Then it is the code."""
    home, daemon = managed
    del daemon.options["oauth-auth-url"]
    daemon.write()
    login = Login(home)
    assert login.word("code") == "ABCD-EFGH"
    login.end()


def test_what_the_provider_says_is_not_for_the_terminal(place, managed):
    home, daemon = managed
    place.authority.device = {"device_code": "device-1", "user_code": "\x1b]0;x\x07A", "interval": 1,
                              "verification_uri": place.authority.url("/activate"), "expires_in": 60}
    assert "gives no code" in Login(home, "--device").end(UNAVAILABLE)
    place.authority.device |= {"user_code": "A", "verification_uri": "javascript:alert(1)"}
    assert "gives no code" in Login(home, "--device").end(UNAVAILABLE)
