"""What was closed does not leave open, and nothing that was written gets lost, whatever happens to a form on its way."""
import base64
import re
import socket
import subprocess
import threading
import urllib.parse

import pytest

from test_pages import seen, value
from world import ALICE, BOB, CAROL, Browser, World

SECRET = "walnut-secret"


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("writing")) as world:
        for one, other in ((ALICE, BOB), (BOB, CAROL), (ALICE, CAROL)):
            world.meet(one, other)
        yield world


@pytest.fixture(name="browser", scope="module")
def fixture_browser(world):
    return Browser(world)


def named(world, address, subject, folder="INBOX"):
    return next(row["id"] for row in world.letters(address, folder) if row["subject"] == subject)


def answer(world, subject, kind="reply"):
    """Bob's draft of an answer to a sealed letter of Alice."""
    world.send(ALICE, BOB, subject, SECRET + "\n", level="sealed")
    return world.desk(BOB, f"draft?reply=INBOX%2F{named(world, BOB, subject)}&kind={kind}")


def saved(world, address, reference):
    return world.desk(address, "draft?draft=" + urllib.parse.quote(reference, safe=""))


def parts(draft, *left_out):
    names = {"to", "subject", "text", "level", "in_reply_to", "kind", "thread", "draft"} - set(left_out)
    return {name: draft[name] for name in names}


def replaced(world, address, draft):
    """The name of a draft that another window has replaced since, and the form that showed it."""
    kept = world.desk(address, "drafts", draft)["draft"]
    form = saved(world, address, kept)
    world.desk(address, "drafts", draft | {"draft": kept, "attachments": [{"id": a["id"]} for a in form["attachments"]]})
    return kept, form


def form_of(page):
    return {name: value(page, name) for name in ("to", "subject", "text", "in_reply_to", "kind", "thread", "draft", "form")}


# ---- the thread ----

@pytest.mark.parametrize("kind", ["reply", "forward"])
def test_an_answer_whose_draft_is_gone_leaves_sealed(world, kind):
    draft = answer(world, f"a {kind}", kind) | {"to": CAROL}
    kept, form = replaced(world, BOB, parts(draft, "draft"))
    assert form["thread"] == draft["thread"] != "" and form["floor"] == "sealed"
    sent = world.desk(BOB, "send", parts(form) | {"subject": f"other {kind}", "draft": kept})
    assert sent["sent"]
    row = next(r for r in world.letters(CAROL) if r["subject"] == f"other {kind}")
    assert row["summary"] in ("encrypted-only", "confidential")


def test_a_program_that_carries_no_thread_cannot_send_such_a_draft(world):
    kept, form = replaced(world, BOB, parts(answer(world, "b"), "draft"))
    for path in ("send", "check", "drafts"):
        refused = world.desk(BOB, path, parts(form, "thread") | {"subject": "open b", "draft": kept}, 409)["error"]
        assert "cannot be read any more" in refused["text"]
    assert "open b" not in [r["subject"] for r in world.letters(ALICE)]


def test_an_answer_to_a_letter_that_was_moved(world, browser):
    draft = answer(world, "c")
    page = browser.get(f"/mail/{BOB}/write?reply={draft['in_reply_to']}&kind=reply").page()
    world.desk(BOB, f"messages/{draft['in_reply_to']}", {"action": "archive"})
    fields = form_of(page) | {"subject": "open c"}
    assert browser.post(f"/mail/{BOB}/write", (), action="send", **fields).status == 303
    assert next(r for r in world.letters(ALICE) if r["subject"] == "open c")["summary"] in ("encrypted-only", "confidential")
    assert world.desk(BOB, "send", parts(draft, "thread"), 404)["error"]["code"] == "not-found"


# ---- attachments ----

def test_an_attachment_that_is_gone_is_told(world, browser):
    file = {"name": "a.txt", "type": "text/plain", "data": base64.b64encode(b"hello").decode()}
    kept = world.desk(ALICE, "drafts", {"to": BOB, "subject": "d", "text": "see the attachment", "attachments": [file]})["draft"]
    page = browser.get(f"/mail/{ALICE}/write?draft=" + urllib.parse.quote(kept, safe="")).page()
    keep = re.findall(r'name="keep" value="([0-9a-f]{32})" checked', page)
    world.desk(ALICE, "drafts", {"to": BOB, "subject": "d", "text": "without it", "draft": kept})
    fields = form_of(page)
    assert world.ask(f"/v1/desks/{ALICE}/send", fields | {"attachments": [{"id": keep[0]}]}).status == 409
    assert browser.post(f"/mail/{ALICE}/write", (), action="keep", keep=keep, **fields).json(409)["error"]["text"]
    again = browser.post(f"/mail/{ALICE}/write", (), action="send", keep=keep, **fields).page(409)
    assert "is not there any more" in seen(again) and "see the attachment" in again and 'name="keep"' not in again
    assert "d" not in [r["subject"] for r in world.letters(BOB)]
    assert browser.post(f"/mail/{ALICE}/write", (), action="send", **form_of(again)).status == 303
    assert "d" in [r["subject"] for r in world.letters(BOB)]


# ---- the wish to encrypt ----

HIDDEN = '<input type="hidden" name="encrypt" value="1">'


def test_the_wish_to_encrypt_stays_while_nobody_is_named(browser):
    for to in ("", "bob", "nonsense%20here"):
        assert HIDDEN in browser.get(f"/mail/{ALICE}/seal?to={to}&encrypt=1").page()
        assert 'name="encrypt"' not in browser.get(f"/mail/{ALICE}/seal?to={to}&encrypt=").page()
    for to in (BOB, "dave@example.com", f"{BOB},dave@example.com"):
        assert re.search(r'type="checkbox" name="encrypt" value="1" checked', browser.get(f"/mail/{ALICE}/seal?to={to}&encrypt=1").page())


def test_a_draft_without_recipients_stays_sealed(world, browser):
    kept = world.desk(ALICE, "drafts", {"subject": "e", "text": "x", "level": "sealed"})["draft"]
    assert HIDDEN in browser.get(f"/mail/{ALICE}/write?draft=" + urllib.parse.quote(kept, safe="")).page()
    assert HIDDEN in browser.get(f"/mail/{BOB}/write?reply={answer(world, 'f', 'forward')['in_reply_to']}&kind=forward").page()
    assert 'name="encrypt"' not in browser.get(f"/mail/{ALICE}/write").page()


# ---- sending ----

def test_a_form_that_comes_several_times_is_one_letter(world, browser):
    fields = form_of(browser.get(f"/mail/{ALICE}/write?to={BOB}&subject=once").page()) | {"text": "x"}
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(browser.post(f"/mail/{ALICE}/write", (), action="send", **fields)))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.append(browser.post(f"/mail/{ALICE}/write", (), action="send", **fields))
    assert {(a.status, a.headers["Location"]) for a in answers} == {(303, f"/mail/{ALICE}/Sent/")}
    assert [r["subject"] for r in world.letters(BOB)].count("once") == 1
    assert browser.post(f"/mail/{ALICE}/write", (), action="send", **fields | {"text": "y"}).status == 303
    assert [r["subject"] for r in world.letters(BOB)].count("once") == 2


def test_copies_kept_at_the_same_time_are_one_draft(world, browser):
    fields = {"to": BOB, "subject": "g", "text": "x"}
    kept = browser.post(f"/mail/{CAROL}/write", (), action="keep", **fields).json()["draft"]
    threads = [threading.Thread(target=browser.post, args=(f"/mail/{CAROL}/write", ()), kwargs=fields | {"action": "keep", "draft": kept})
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([r for r in world.letters(CAROL, "Drafts") if r["subject"] == "g"]) == 1


def test_who_did_not_get_it_stands_on_the_letter(world, browser):
    """Carol has a copy of her own, which cannot be delivered."""
    page = browser.get(f"/mail/{ALICE}/write?to={BOB}&subject=partly").page()
    box = world.path / "mail/carol"
    box.rename(box.with_name("away"))
    box.write_text("no mailbox", encoding="utf-8")
    sent = browser.post(f"/mail/{ALICE}/write", (), action="send", **form_of(page) | {"text": "x", "bcc": CAROL, "encrypt": "1"})
    box.unlink()
    box.with_name("away").rename(box)
    place = sent.headers["Location"]
    assert sent.status == 303 and place.startswith(f"/mail/{ALICE}/Sent/") and place != f"/mail/{ALICE}/Sent/"
    for _ in range(2):
        page = browser.get(place).page()
        assert f"Not everybody got this letter. {CAROL}:" in seen(page), seen(page)
    assert "Not everybody" not in seen(Browser(world, world.ask("/v1/login-link", b"").json()["url"]).get(place).page())


def test_a_forward_that_its_author_does_not_want(world, browser):
    world.send(ALICE, BOB, "h", SECRET, level="sealed", rules={"forward": "no"})
    name = named(world, BOB, "h")
    page = browser.get(f"/mail/{BOB}/write?reply=INBOX%2F{name}&kind=forward").page()
    assert "Its author does not want it forwarded." in seen(page)
    assert "does not want" not in seen(browser.get(f"/mail/{BOB}/write?reply=INBOX%2F{name}&kind=reply").page())


# ---- words ----

def test_no_codes_among_what_was_checked(world):
    world.send(ALICE, BOB, "i", "x", level="sealed")
    rows = {r["name"]: r["value"] for r in world.desk(BOB, "messages/INBOX/" + named(world, BOB, "i"))["verdict_rows"]}
    assert rows["Signature"] == "Good" and rows["Encryption"] == "Opened" and rows["Result"].startswith("Sealed, ")
    assert rows["Key compared with before"].startswith("The same") and rows["Chain"].startswith("Leads to")
    assert not [v for v in rows.values() if re.fullmatch(r"ok|none|same|new|first|untrusted|pinned|confidential|\d{4}-.*Z", v)], rows


def test_folders_in_german(world):
    mine = Browser(world, world.ask("/v1/login-link", b"").json()["url"])
    page = mine.get(f"/mail/{BOB}/Drafts/?language=de").page()
    page = mine.get(f"/mail/{BOB}/").headers["Location"] and mine.get(f"/mail/{BOB}/INBOX/").page()
    assert "Gesendet" in page and ">Sent<" not in page


def test_an_address_for_a_name_is_not_shown_as_one(world):
    world.deliver(CAROL, f'From: "{BOB}" <eve@evil.example>\r\nTo: {CAROL}\r\nSubject: j\r\n\r\nx\r\n'.encode())
    assert next(r for r in world.letters(CAROL) if r["subject"] == "j")["who"] == "eve@evil.example"


# ---- at the door ----

def test_connections_that_only_stay_open_keep_nobody_out(world, browser):
    idle = [socket.create_connection(("127.0.0.1", world.port), 5) for _ in range(80)]
    try:
        for one in idle:
            one.sendall(b"GET / HTTP/1.1\r\n")
        assert browser.get("/").status == 200
    finally:
        for one in idle:
            one.close()
    assert browser.get("/").status == 200


@pytest.mark.parametrize("part", [b"--b\r\n\r\n\r\n", b"--b\n", b"--b\r\n" + b"X: y\r\n" * 2000 + b"\r\n\r\n"], ids=["tiny", "bare", "long"])
def test_forms_of_too_many_parts(world, browser, part):
    body = part * ((4 << 20) // len(part)) + b"--b--\r\n"
    answer = world.plain(f"/mail/{ALICE}/write", "POST", body, Cookie=browser.cookie, X_Postseal_Session=browser.token,
                         Content_Type="multipart/form-data; boundary=b")
    assert answer.status == 400
    lines = b"\r\n--b --\r\n--not the limit\r\n" * 3000
    answer = world.plain("/check", "POST", b'--limit\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nSubject: x\r\n\r\n'
                         + lines + b"\r\n--limit--\r\n", Cookie=browser.cookie, X_Postseal_Session=browser.token,
                         Content_Type='multipart/form-data; boundary="limit"', Accept="text/html")
    assert answer.status == 200


def test_names_with_slashes_and_signs_of_percent(world):
    """Each segment is decoded once, after the path was taken apart."""
    assert world.ask(f"/v1/desks/{ALICE}/folders/a%252Fb/messages").status == 404
    assert world.ask(f"/v1/desks/{ALICE.replace('a', '%61', 1)}/folders").status == 200
    assert world.ask(f"/v1/desks/{ALICE.replace('a', '%2561', 1)}/folders").status == 404


def test_health_of_a_daemon_with_its_configuration_elsewhere(tmp_path, monkeypatch):
    away = tmp_path / "elsewhere.conf"
    world = World(tmp_path / "world")
    (world.home.path / "postseald.conf").rename(away)
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: popen(command + ["--config", str(away)], **more))
    monkeypatch.setenv("HOME", str(tmp_path))
    with world:
        monkeypatch.undo()
        findings = world.ask("/v1/health").json()["findings"]
        assert [f["text"] for f in findings if f["level"] == "fail"] == []
        assert sum(f["code"] == "account" for f in findings) == 3
