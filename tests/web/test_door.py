"""The door of the page: Host, Origin, links that are good once, sessions, tokens, header fields."""
import contextlib
import json
import os
import re
import socket
import subprocess

import pytest

from lib import POSTSEAL, environment
from world import ALICE, BOB, Browser, World

PAGES = ("/", f"/mail/{ALICE}/INBOX/", f"/mail/{ALICE}/write", f"/people/{ALICE}/", f"/keys/{ALICE}/", "/waiting/", "/check",
         "/health", f"/keys/{ALICE}/qr.svg", f"/mail/{ALICE}/seal?to={BOB}", "/v1/desks", f"/v1/desks/{ALICE}/folders")
OPEN = ("/login", "/static/style.css", "/static/page.mjs", "/how-to/", "/how-to/encrypt/any/any/none/")


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("door")) as world:
        yield world


def new_link(world):
    return world.ask("/v1/login-link", b"").json()["url"]


# ---- links ----

def test_a_link_is_good_once(world):
    link = new_link(world)
    assert re.fullmatch(rf"http://127\.0\.0\.1:{world.port}/login\?code=[0-9a-f]{{64}}", link)
    Browser(world, link)
    again = world.plain(link.partition(str(world.port))[2], Accept="text/html")
    assert again.status == 403 and "Set-Cookie" not in again.headers and "postseal page" in again.page(403)


def test_looking_at_a_link_does_not_use_it_up(world):
    link = new_link(world)
    assert world.plain(link.partition(str(world.port))[2], "HEAD").status == 200
    Browser(world, link)


def test_only_the_newest_links_are_good(world):
    first, *others = [new_link(world) for _ in range(9)]
    assert world.plain(first.partition(str(world.port))[2]).status == 403
    Browser(world, others[-1])


@pytest.mark.parametrize("code", ["", "0" * 64, "x", "%20", "a" * 5000])
def test_wrong_codes(world, code):
    answer = world.plain("/login?code=" + code)
    assert answer.status == 403 and "Set-Cookie" not in answer.headers


def test_only_the_token_makes_links(world):
    browser = Browser(world, new_link(world))
    assert world.plain("/v1/login-link", "POST", b"", Cookie=browser.cookie, X_Postseal_Session=browser.token).status == 401
    assert world.plain("/v1/login-link", "POST", b"").status == 401


def test_the_command(world):
    done = world.home.run("page", "--print").stdout.decode().strip()
    Browser(world, done)
    Browser(world, world.home.json("page")["url"])


def test_the_command_without_a_daemon(new_home):
    assert b"start postseald" in subprocess.run([POSTSEAL, "--home", str(new_home().path), "page", "--print"], env=environment(),
                                                capture_output=True, timeout=20).stderr


def test_the_command_tells_its_token_to_nobody_else(tmp_path):
    """After the daemon was killed somebody else listens at its port."""
    with World(tmp_path) as world:
        world.process.kill()
        world.process.wait(10)
        world.process.stdout.close()
        with socket.create_server(("127.0.0.1", world.port)) as other:
            other.settimeout(0.5)
            assert b"start postseald" in world.home.run("page", code=69).stderr
            with pytest.raises(TimeoutError):
                other.accept()


# ---- cookies ----

def test_the_cookie(world):
    answer = world.plain(new_link(world).partition(str(world.port))[2])
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert re.fullmatch("postseal=[0-9a-f]{64}", name) and set(attributes) == {"Path=/", "HttpOnly", "SameSite=Strict"}


def test_without_a_login(world):
    for path in PAGES:
        for cookie in (None, "postseal=" + "0" * 64, "postseal=", "other=1", "postseal", "x" * 9000):
            answer = world.plain(path, Cookie=cookie, Accept="text/html")
            assert answer.status in (401, 431) and "@" not in answer.text.replace("@media", ""), (path, cookie)
    assert "postseal page" in world.plain("/", Accept="text/html").page(401)
    for path in OPEN:
        assert world.plain(path).status == 200, path


def test_two_cookies_of_our_name_are_nobodys(world):
    browser = Browser(world, new_link(world))
    assert world.plain("/", Cookie=f"{browser.cookie}; postseal={'0' * 64}").status == 401
    assert world.plain("/", Cookie=f"a=b; {browser.cookie}; c=d").status == 200


def test_logging_out(world):
    browser = Browser(world, new_link(world))
    assert browser.post("/logout", None, token=None).status == 403
    answer = browser.post("/logout", None)
    assert answer.status == 303 and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert browser.get("/").status == 401


def test_sessions_are_few(tmp_path):
    with World(tmp_path) as world:
        first = Browser(world)
        second = Browser(world, new_link(world))
        for _ in range(31):
            Browser(world, new_link(world))
            first.get("/")
        assert first.get("/").status == 200 and second.get("/").status == 401


def test_other_people_of_this_machine_get_nothing(world):
    """Even with a cookie: browsers send it to all ports of a host."""
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    browser = Browser(world, new_link(world))
    code = ("import http.client, sys; c = http.client.HTTPConnection(sys.argv[3], int(sys.argv[1]), timeout=10); "
            "c.request('GET', '/', headers={'Cookie': sys.argv[2], 'Host': '127.0.0.1:' + sys.argv[1]}); print(c.getresponse().status)")
    for host in ("127.0.0.1", "::ffff:127.0.0.1"):  # the second is a socket for IPv6, which the system lists elsewhere
        for user, good in ((65534, False), (0, True)):
            done = subprocess.run(["/usr/bin/python3", "-c", code, str(world.port), browser.cookie, host], user=user,
                                  capture_output=True, timeout=20)
            assert (done.stdout == b"200\n") == good, (host, done)


# ---- who may post ----

def test_a_form_needs_the_token_of_its_session(world):
    browser, other = Browser(world, new_link(world)), Browser(world, new_link(world))
    path = f"/mail/{ALICE}/write"
    for token in (None, other.token, "0" * 64, browser.token[:-1], ""):
        for files in (None, ()):
            answer = browser.post(path, files, token=token, action="save", to=BOB)
            assert answer.status == 403, token
    assert not world.desk(ALICE, "folders")["folders"][0]["total"]
    assert browser.post(path, (), action="check", to=BOB, subject="a").status == 200


def test_scripts_say_it_in_a_header(world):
    browser = Browser(world, new_link(world))
    path, body = f"/v1/desks/{ALICE}/check", json.dumps({"to": BOB, "subject": "a", "text": "b"}).encode()
    kwargs = {"Cookie": browser.cookie, "Content_Type": "application/json"}
    assert world.plain(path, "POST", body, **kwargs).status == 403
    assert world.plain(path, "POST", body, X_Postseal_Session="0" * 64, **kwargs).status == 403
    assert world.plain(path, "POST", body, X_Postseal_Session=browser.token, **kwargs).json()["level"] == "signed"


# ---- where from ----

def test_host_origin_and_site(world):
    browser = Browser(world, new_link(world))
    own = f"http://127.0.0.1:{world.port}"
    for path in (*PAGES, *OPEN):
        assert browser.get(path, Host=f"localhost:{world.port}").status == 200, path
        for host in ("evil.example", f"evil.example:{world.port}", "127.0.0.1", f"127.0.0.1.evil.example:{world.port}"):
            assert browser.get(path, Host=host).status in (400, 403), (path, host)
        for origin in ("http://evil.example", "null", own + ".evil.example", own.replace("http", "https"), "http://127.0.0.1:1"):
            assert browser.get(path, Origin=origin).status == 403, (path, origin)
        for site in ("cross-site", "same-site"):
            assert browser.get(path, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="script").status == 403, path


def test_a_link_to_an_explanation_may_be_followed_from_anywhere(world):
    fetch = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert world.plain("/how-to/", **fetch).status == 200
    assert world.plain("/how-to/", **fetch | {"Sec_Fetch_Dest": "iframe"}).status == 403
    assert world.plain("/login", **fetch).status == 403 and Browser(world, new_link(world)).get("/", **fetch).status == 403


# ---- what leaves with every answer ----

def test_header_fields(world):
    browser = Browser(world, new_link(world))
    for path in (*PAGES, *OPEN, "/nothing"):
        headers = browser.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == ("no-cache" if path.startswith("/static/") else "no-store")
        assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, path
        assert not [h for h in headers if h.lower().startswith("access-control")]
    policy = dict(d.strip().partition(" ")[::2] for d in browser.get("/").headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["frame-src"] == "'self'"
    assert policy["base-uri"] == policy["font-src"] == "'none'"


def test_no_page_has_anything_inline(world):
    browser = Browser(world, new_link(world))
    for path in (*PAGES[:8], "/login", "/nothing"):
        text = browser.get(path).text
        assert not re.search(r"<style|\son[a-z]+=|\sstyle=|javascript:", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path
        assert not re.search(r'(src|href)="(https?:)?//(?!127\.0\.0\.1)', text), path


def test_methods(world):
    browser = Browser(world, new_link(world))
    for method in ("OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"):
        answer = browser.get("/", method)
        assert answer.status in (405, 501) and (answer.status == 501 or answer.headers["Allow"] == "GET, HEAD"), method
    assert browser.get(f"/mail/{ALICE}/write", "OPTIONS").headers["Allow"] == "GET, HEAD, POST"
    assert browser.get(f"/v1/desks/{ALICE}/send").headers["Allow"] == "POST"
    head = browser.get("/", "HEAD")
    assert head.status == 200 and not head.octets and head.headers["Content-Type"].startswith("text/html")


def test_sizes(world):
    browser = Browser(world, new_link(world))
    path = f"/mail/{ALICE}/write"
    assert world.plain(path, "POST", b"x" * ((32 << 20) + 1), Cookie=browser.cookie).status == 413
    assert world.plain(path, "POST", None, Cookie=browser.cookie).status == 411
    assert world.plain("/", "GET", b"x", Cookie=browser.cookie).status == 413
    for length in ("-1", "18446744073709551615", "33554433", ""):
        with socket.create_connection(("127.0.0.1", world.port), 20) as box:
            box.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nCookie: {browser.cookie}\r\nContent-Length: {length}\r\n\r\n".encode()
                        + b"x" * 20000)
            box.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                answer = box.recv(65536)
            assert not answer or answer[9:12] in (b"400", b"403", b"411", b"413"), (length, answer[:200])
    assert browser.get("/").status == 200


def test_files_of_the_page_are_kept(world):
    browser = Browser(world, new_link(world))
    page = browser.get("/").page()
    kept = re.findall(r'"(/static/[\w.]+\?[0-9a-f]{16})"', page)
    assert len(kept) == 4 and len({k.partition("?")[2] for k in kept}) == 1
    for path in kept:
        answer = world.plain(path)
        assert answer.status == 200 and answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    name, _, version = kept[0].partition("?")
    for other in (name, name + "?", name + "?" + "0" * 16, f"{name}?v={version}"):
        answer = world.plain(other)
        assert answer.status == 200 and answer.headers["Cache-Control"] == "no-cache", other
        again = world.plain(other, If_None_Match=answer.headers["ETag"])
        assert again.status == 304 and not again.octets and again.headers["ETag"] == answer.headers["ETag"] == f'"{version}"'
        assert world.plain(other, If_None_Match='"0000000000000000"').status == 200
    for path in (*PAGES, "/how-to/", "/static/nothing.css", f"/static/nothing.css?{version}", f"/login?{version}"):
        assert browser.get(path).headers["Cache-Control"] == "no-store" and not browser.get(path).headers["ETag"], path


def test_no_part_of_an_answer_is_repeated(world):
    """Ranges would be cut by the library, as many as fit into a header."""
    whole = world.plain("/static/style.css")
    for ranges in ("bytes=0-9", "bytes=" + ",".join(["0-"] * 9000), "bytes=99999999-"):
        answer = world.plain("/static/style.css", Range=ranges)
        assert answer.status == 200 and answer.octets == whole.octets, ranges[:40]


def test_a_refusal_speaks_the_language_of_its_session(world):
    browser, stranger = Browser(world, new_link(world)), {"Accept": "text/html", "Accept_Language": "de"}
    def language(answer):
        return re.search('<html lang="([a-z]+)"', answer.text)[1]
    assert language(world.plain("/nothing", **stranger)) == "de" and language(world.plain("/nothing", Accept="text/html")) == "en"
    assert language(browser.get("/", Host="evil.example:1", Accept_Language="de")) == "de"
    browser.get("/?language=de")
    for path, words in (("/nothing", "Hier ist nichts"), ("/logout", "auf diese Weise nicht"), (f"/v1/desks/{ALICE}/send", "auf diese Weise nicht")):
        assert words in browser.get(path, Accept_Language="en").text, path
    assert browser.get("/nothing?language=en").status == 404
    assert language(browser.get("/nothing")) == "de"  # what was refused changes nothing


@pytest.mark.parametrize("path", [
    "/static/..%2fopenapi.json", "/static/%2e%2e/x.css", "/static/templates/top.html", "/static/templates%2ftop.html", "/static/",
    "/static/openapi.json", f"/mail/{ALICE}", "/mail/nobody@example.org/INBOX/", f"/mail/{ALICE}/..%2f..%2fx/",
    f"/mail/{ALICE}/INBOX/..%2f..%2fx/", f"/mail/{ALICE}/INBOX/x/", f"/mail/{ALICE}/%00/", f"/mail/{ALICE}/%ff/",
    f"/people/{ALICE}/nobody@example.org/", "/" + "a/" * 100, "/%", "/mail//INBOX/", f"/v1/desks/{ALICE}/messages/INBOX/x/part/1"])
def test_what_is_not_there(world, path):
    answer = Browser(world, new_link(world)).get(path)
    assert answer.status in (400, 404), answer.text[:500]


def test_many_at_once(world):
    """More than a session may ask at once: each is answered or told to wait, and none is lost."""
    browser = Browser(world, new_link(world))
    boxes = [socket.create_connection(("127.0.0.1", world.port), 20) for _ in range(40)]
    for box in boxes:
        box.sendall(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nCookie: {browser.cookie}\r\n\r\n".encode())
    answers = [box.recv(64).split(b" ")[1] for box in boxes]
    assert set(answers) <= {b"200", b"429"} and b"200" in answers
    for box in boxes:
        box.close()
    assert browser.get("/").status == 200
