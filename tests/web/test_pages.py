"""The pages without JavaScript: what stands on them, and the forms; the story of item 1 as a browser without scripts does it."""
import html
import re
import urllib.parse

import pytest

from lib import message
from world import ALICE, BOB, CAROL, Browser, World

STORED = (f"/mail/{ALICE}/INBOX/", f"/people/{ALICE}/", f"/keys/{ALICE}/", "/", "/waiting/", "/check", "/health", f"/mail/{ALICE}/write")


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("pages")) as world:
        yield world


@pytest.fixture(name="browser")
def fixture_browser(world):
    return Browser(world, world.ask("/v1/login-link", b"").json()["url"])


def links(page, pattern):
    return [html.unescape(u) for u in re.findall(r'href="([^"]*)"', page) if re.search(pattern, html.unescape(u))]


def value(page, name):
    """What a field of the form holds."""
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>(.*?)</textarea>', page, re.S) or \
        re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    return html.unescape(found[1])


def seen(page):
    """The text of a page, more or less as people see it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def verdict(page):
    return re.search(r'<section class="verdict.*?</section>', page, re.S)[0]


def open_newest(browser, address, folder="INBOX"):
    page = browser.get(f"/mail/{urllib.parse.quote(address)}/{folder}/").page()
    return browser.get(links(page, rf"^/mail/[^/]+/{folder}/[^/?]+/$")[0]).page()


# ---- the story ----

def test_the_story(tmp_path):
    with World(tmp_path) as world:
        browser = Browser(world)
        start = browser.get("/").page()
        assert all(a in start for a in (ALICE, BOB, CAROL))

        page = browser.get(f"/mail/{ALICE}/write?to={BOB}").page()
        steps = links(page, "/how-to/")
        assert f"http://127.0.0.1:{world.port}/how-to/encrypt/postseal/any/none/" in steps and 'name="encrypt"' not in page
        assert world.plain(steps[-1].partition(str(world.port))[2]).status == 200

        sent = browser.post(f"/mail/{ALICE}/write", (), action="send", to=f"Bob <{BOB}>", subject="Lunch?", text="At noon.\n", level="auto")
        assert sent.status == 303 and sent.headers["Location"] == f"/mail/{ALICE}/Sent/"

        letter = open_newest(browser, BOB)
        assert "At noon." in letter and "Brings a key for the first time" in seen(letter)
        answer = browser.get(links(letter, "kind=reply$")[0]).page()
        assert value(answer, "to") == f"Alice <{ALICE}>" and re.search('name="encrypt" value="1">', answer)
        fields = {n: value(answer, n) for n in ("to", "subject", "text", "in_reply_to", "kind", "draft")}
        assert "> At noon." in fields["text"]
        sealed = browser.post(f"/mail/{BOB}/write", (), action="send", encrypt="1", **fields | {"text": "Yes!\n" + fields["text"]})
        assert sealed.status == 303, seen(sealed.text)

        letter = open_newest(browser, ALICE)
        assert "Yes!" in letter and "Re: Lunch?" in seen(letter)
        source = browser.get(links(letter, "/source$")[0])
        assert b"Lunch" not in source.octets and b"pkcs7-mime" in source.octets
        assert 'name="encrypt"' in browser.get(f"/mail/{ALICE}/write?to={BOB}").page()
        answer = browser.get(links(letter, "kind=reply$")[0]).page()
        assert 'name="encrypt" value="1" checked' in answer and "leaves sealed" in seen(answer)

        # Somebody else's key for Bob's address, three times: a decision waits.
        other = world.homes[BOB].__class__(tmp_path / "other")
        other.add(BOB, "--profile", "p256")
        for i in range(3):
            world.deliver(ALICE, other.protect(message(BOB, ALICE, f"new key {i}"), "signed"))
        browser.get(f"/mail/{ALICE}/INBOX/")
        assert links(verdict(open_newest(browser, ALICE)), r"^/waiting/$")
        waiting = browser.get("/waiting/").page()
        person = browser.get(links(waiting, rf"^/people/.*/{BOB}/$")[0]).page()
        assert "How to decide" in person and "Another key for this address" in person
        prints = re.findall(r'name="fingerprint" value="([0-9a-f]{64})"', person)
        done = browser.post(f"/people/{ALICE}/{BOB}/decide", None, decision="refuse", address=BOB, fingerprint=prints[1])
        assert done.status == 303 and "How to decide" not in browser.get(done.headers["Location"]).page()
        assert not links(verdict(open_newest(browser, ALICE)), r"^/waiting/$")


# ---- forms ----

def test_a_refusal_loses_nothing(world, browser):
    fields = {"to": BOB, "cc": CAROL, "subject": "A & B <c>", "text": "line one\n<b>&amp;\n", "level": "sealed", "rule_forward": "no", "rule_expires": "2030-12-31"}
    page = browser.post(f"/mail/{ALICE}/write", [("files", "a b.txt", "text/plain", b"hello")], action="send", **fields).page(422)
    assert "/how-to/encrypt/postseal/any/none/" in page and "nothing was sent" in seen(page)
    for name in ("to", "cc", "subject", "text", "rule_expires"):
        assert value(page, name) == fields[name], name
    assert re.search(r'name="level" value="sealed" checked', page) and re.search(r'value="no" selected', page)
    keep = re.search(r'name="keep" value="([0-9a-f]{32})" checked', page)[1]
    draft = value(page, "draft")
    assert draft and "a b.txt" in page
    page = browser.post(f"/mail/{ALICE}/write", (), action="send", keep=keep, draft=draft, **fields | {"level": "plain"})
    assert page.status == 303, seen(page.text)
    assert not world.letters(ALICE, "Drafts")
    assert [a["name"] for a in world.newest(BOB)["attachments"]] == ["a b.txt"]


def test_drafts(world, browser):
    kept = browser.post(f"/mail/{CAROL}/write", [("files", "x.bin", "application/x", b"\0\1")], action="save", to="not yet", subject="later", text="t")
    assert kept.headers["Location"] == f"/mail/{CAROL}/Drafts/"
    page = open_newest(browser, CAROL, "Drafts")
    page = browser.get(links(page, r"/write\?draft=")[0]).page()
    assert value(page, "to") == "not yet" and value(page, "subject") == "later" and "x.bin" in page
    fields = {n: value(page, n) for n in ("to", "subject", "text", "draft")}
    keep = re.findall(r'name="keep" value="([0-9a-f]{32})"', page)
    again = browser.post(f"/mail/{CAROL}/write", (), action="keep", keep=keep, **fields).json()
    assert again["draft"] != fields["draft"] and len(world.letters(CAROL, "Drafts")) == 1
    last = browser.post(f"/mail/{CAROL}/write", [("files", "y.bin", "application/x", b"\2")], action="save", keep=keep, **fields | {"draft": again["draft"]})
    assert last.status == 303
    assert [a["name"] for a in world.newest(CAROL, "Drafts")["attachments"]] == ["x.bin", "y.bin"]


def test_checking_without_a_script(world, browser):
    page = browser.post(f"/mail/{ALICE}/write", (), action="check", to="dave@example.com", subject="a", text="b").page()
    assert "dave@example.com" in page and "No key yet" in seen(page)
    assert "Name somebody" in seen(browser.get(f"/mail/{ALICE}/seal?to=nonsense").page())
    part = browser.get(f"/mail/{ALICE}/seal?to=dave@example.com&cc=&bcc=&in_reply_to=&kind=").page()
    assert "<html" not in part and "/how-to/encrypt/postseal/any/none/" in part


def test_moving(world, browser):
    world.send(BOB, CAROL, "to the bin")
    page = open_newest(browser, CAROL)
    place = re.search(r'action="([^"]*/do)"', page)[1]
    done = browser.post(place, None, action="trash")
    assert done.status == 303 and done.headers["Location"] == f"/mail/{CAROL}/INBOX/"
    assert world.letters(CAROL, "Trash")[0]["subject"] == "to the bin"


def test_reading_marks_as_read(world, browser):
    world.send(ALICE, CAROL, "read me")
    assert world.letters(CAROL)[0]["unread"]
    open_newest(browser, CAROL)
    assert not world.letters(CAROL)[0]["unread"]


def test_keys(world, browser):
    page = browser.get(f"/keys/{CAROL}/").page()
    assert f'src="/keys/{CAROL}/qr.svg"' in page
    assert browser.post(f"/keys/{CAROL}/", None, action="renew").headers["Location"] == f"/keys/{CAROL}/"
    assert ["The certificate is new" in seen(browser.get(f"/keys/{CAROL}/").page()) for _ in range(2)] == [True, False]
    assert browser.post(f"/keys/{CAROL}/", None, action="burn").status == 400
    file = browser.post(f"/keys/{CAROL}/export", None, passphrase="correct horse")
    assert file.status == 200 and file.headers["Content-Disposition"].startswith("attachment") and file.octets[:1] == b"\x30"
    assert browser.post(f"/keys/{CAROL}/export", None, passphrase="").status == 400


def test_checking_a_file(world, browser):
    octets = world.homes[BOB].protect(message(BOB, ALICE, "in a file"), "signed")
    page = browser.post("/check", [("file", "x.eml", "message/rfc822", octets)]).page()
    assert "in a file" in page and "key for bob@example.org" in seen(page).lower()
    for files in ((), [("file", "x.eml", "message/rfc822", b"")]):
        assert "<form" in browser.post("/check", files).page(400)


@pytest.mark.parametrize("octets", [b"\n\n\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR:\0\1", b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", bytes(range(256)) * 64, b"Dear Bob\n\nhello\n"],
                         ids=["lines", "png", "pdf", "octets", "letter"])
def test_what_is_no_message_is_called_so(browser, octets):
    page = browser.post("/check", [("file", "x", "application/octet-stream", octets)]).page(400)
    assert "<form" in page and "This file is no mail message" in seen(page) and ".eml" in page


def test_languages(browser):
    assert '<html lang="de"' in browser.get("/?language=de").page() and '<html lang="de"' in browser.get("/check").page()
    assert '<html lang="en"' in browser.get("/?language=en").page() and '<html lang="en"' in browser.get("/?language=xx").page()


# ---- hostile letters ----

EVIL = """<html><head><meta http-equiv=refresh content="0;url=http://evil.example/"><base href="http://evil.example/">
<style>@import "http://evil.example/a.css"; body{background:url(http://evil.example/b.png)} .mark{position:fixed;top:0}</style></head>
<body onload="alert(1)"><script>alert(2)</script><img src="http://evil.example/c.png" onerror="alert(3)"><form action="http://evil.example/">
<input name=a><button>go</button></form><iframe src="http://evil.example/d"></iframe><svg onload="alert(4)"><use href="http://evil.example/e"/></svg>
<a href="javascript:alert(5)" style="position:fixed">Verified</a><object data="http://evil.example/f"></object><p>visible words</p></body></html>"""


def test_hostile_html_stays_in_its_frame(world, browser):
    head = f"From: Eve <eve@example.com>\r\nTo: {ALICE}\r\nSubject: <script>alert(0)</script>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n" \
           "Message-ID: <evil@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    world.deliver(ALICE, (head + EVIL).encode())
    name = next(r["id"] for r in world.letters(ALICE) if "script" in r["subject"])
    page = browser.get(f"/mail/{ALICE}/INBOX/{name}/").page()
    assert "<script>alert" not in page and not re.search(r'="[^"]*evil\.example', page)
    frame = re.search(r"<iframe[^>]*>", page)[0]
    assert 'sandbox=""' in frame and f'src="/mail/{ALICE}/INBOX/{name}/html"' in frame
    answer = browser.get(f"/mail/{ALICE}/INBOX/{name}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert {p.strip() for p in policy.split(";")} == {"sandbox", "default-src 'none'", "img-src data:", "style-src 'unsafe-inline'",
                                                      "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"}
    inner = answer.text.lower()
    assert "visible words" in inner
    for word in ("<script", "<form", "<iframe", "<svg", "<object", "<meta http-equiv", "<base", "<link", "onload", "onerror", "javascript:", "href=", "src=\"http", "@import"):
        assert word not in inner, word


def test_pages_are_quick(world, browser):
    import time
    for path in STORED:
        browser.get(path)
        begin = time.monotonic()
        browser.get(path).page()
        assert time.monotonic() - begin < (2 if path == "/health" else 0.5), path
