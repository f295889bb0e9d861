"""What was closed does not leave open, and nothing that was written gets lost, whatever happens to a form on its way."""
import base64
import contextlib
import re
import socket
import subprocess
import threading
import urllib.parse

import pytest

from lib import PASSPHRASE
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


def openssl(octets, *words):
    return subprocess.run(["openssl", *map(str, words)], input=octets, capture_output=True, check=True).stdout


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
        refused = world.desk(BOB, path, parts(form, "thread", "in_reply_to") | {"subject": "open b", "draft": kept}, 409)["error"]
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


@contextlib.contextmanager
def closed(world, address):
    """Nothing can be delivered to this person for a while."""
    box = world.path / "mail" / address.partition("@")[0]
    box.rename(box.with_name("away"))
    box.write_text("no mailbox", encoding="utf-8")
    try:
        yield
    finally:
        box.unlink()
        box.with_name("away").rename(box)


def subjects(world, address):
    return [r["subject"] for r in world.letters(address)]


def partly(world, subject):
    """Alice writes to Bob, and hidden from him to Carol, whom the letter does not reach."""
    with closed(world, CAROL):
        sent = world.desk(ALICE, "send", {"to": BOB, "bcc": CAROL, "subject": subject, "text": "x", "level": "sealed"})
        assert sent["sent"] and [(f["address"], f["waits"]) for f in sent["failed"]] == [(CAROL, True)]
        assert world.desk(ALICE, "outbox") == {"waiting": [CAROL]} and world.desk(BOB, "outbox") == {"waiting": []}


def test_who_did_not_get_it_stands_on_the_letter(world, browser):
    """Carol has a copy of her own, which cannot be delivered."""
    page = browser.get(f"/mail/{ALICE}/write?to={BOB}&subject=partly").page()
    with closed(world, CAROL):
        sent = browser.post(f"/mail/{ALICE}/write", (), action="send", **form_of(page) | {"text": "x", "bcc": CAROL, "encrypt": "1"})
    place = sent.headers["Location"]
    assert sent.status == 303 and place.startswith(f"/mail/{ALICE}/Sent/") and place != f"/mail/{ALICE}/Sent/"
    for _ in range(2):
        page = browser.get(place).page()
        assert f"Not everybody got this letter at once. {CAROL}:" in seen(page), seen(page)
        assert f"has not reached {CAROL} yet" in seen(page)
    other = seen(Browser(world, world.ask("/v1/login-link", b"").json()["url"]).get(place).page())
    assert "Not everybody" not in other and f"has not reached {CAROL} yet" in other
    assert browser.post(f"/mail/{ALICE}/outbox", None, action="retry").headers["Location"] == f"/mail/{ALICE}/INBOX/"
    assert "has not reached" not in seen(browser.get(place).page())
    assert subjects(world, CAROL).count("partly") == 1 == subjects(world, BOB).count("partly")


def test_what_is_left_goes_with_the_next_letter(world):
    partly(world, "left over")
    assert world.send(ALICE, BOB, "the next one")["earlier"] == []
    assert [subjects(world, a).count("left over") for a in (BOB, CAROL)] == [1, 1]
    assert world.desk(ALICE, "outbox") == {"waiting": []}


def test_what_is_left_survives_a_kill(tmp_path):
    with World(tmp_path) as world:
        for one, other in ((ALICE, BOB), (ALICE, CAROL)):
            world.meet(one, other)
        partly(world, "survives")
        world.process.kill()
        world.process.wait()
        world.process.stdout.close()
        world.start()
        assert world.desk(ALICE, "outbox") == {"waiting": [CAROL]}
        with closed(world, CAROL):
            again = world.desk(ALICE, "outbox", {"action": "retry"})
            assert [f["address"] for f in again["failed"]] == again["waiting"] == [CAROL]
        for _ in range(2):
            assert world.desk(ALICE, "outbox", {"action": "retry"}) == {"waiting": [], "failed": []}
        assert [subjects(world, a).count("survives") for a in (BOB, CAROL)] == [1, 1]


def test_what_is_left_can_be_given_up(world):
    partly(world, "given up")
    assert world.desk(ALICE, "outbox", {"action": "give-up"}) == {"waiting": [], "failed": []}
    world.send(ALICE, BOB, "the next one")
    assert "given up" not in subjects(world, CAROL)
    assert world.desk(ALICE, "outbox", {"action": "nonsense"}, 400)["error"]["code"] == "argument"


def test_neighbours_of_one_copy(world):
    """An open letter is one copy for all; who cannot have it now gets it later, and nobody twice."""
    with closed(world, CAROL):
        sent = world.send(ALICE, f"{BOB}, {CAROL}", "to both")
        assert sent["sent"] and [(f["address"], f["waits"]) for f in sent["failed"]] == [(CAROL, True)]
    world.desk(ALICE, "outbox", {"action": "retry"})
    assert [subjects(world, a).count("to both") for a in (BOB, CAROL)] == [1, 1]


def test_nothing_left(world):
    with closed(world, BOB):
        assert "Nothing was sent" in world.send(ALICE, BOB, "not at all", status=502)["error"]["text"]
    assert world.desk(ALICE, "outbox") == {"waiting": []}
    assert not list((world.path / "alice").glob("queue/*/*"))


# ---- the author's rules ----

AGAINST = re.compile(r'<input type="checkbox" name="override_author" value="1"( checked)?>')


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_a_forward_that_its_author_does_not_want(world, browser, level):
    world.send(ALICE, BOB, f"h {level}", SECRET, level=level, rules={"forward": "no"})
    name = named(world, BOB, f"h {level}")
    page = browser.get(f"/mail/{BOB}/write?reply=INBOX%2F{name}&kind=forward").page()
    assert "The author of this letter does not want it forwarded." in seen(page) and AGAINST.search(page)[1] is None
    assert "does not want" not in seen(browser.get(f"/mail/{BOB}/write?reply=INBOX%2F{name}&kind=reply").page())
    fields = form_of(page) | {"to": CAROL, "subject": f"passed on {level}"}
    again = browser.post(f"/mail/{BOB}/write", (), action="send", **fields).page(422)
    assert "does not want it to be forwarded" in seen(again) and AGAINST.search(again)
    world.desk(BOB, f"messages/INBOX/{name}", {"action": "archive"})  # the form alone knows now what it forwards
    assert browser.post(f"/mail/{BOB}/write", (), action="send", **form_of(again)).status == 422
    assert f"passed on {level}" not in [r["subject"] for r in world.letters(CAROL)]
    sent = browser.post(f"/mail/{BOB}/write", (), action="send", override_author="1", **form_of(again))
    assert sent.status == 303, seen(sent.text)
    row = next(r for r in world.letters(CAROL) if r["subject"] == f"passed on {level}")
    assert (row["summary"] == "unprotected") == (level == "signed")  # what was sealed stays so


def test_an_answer_that_its_author_wants_sealed(world, browser):
    world.send(ALICE, BOB, "k", SECRET, level="signed", rules={"reply": "sealed"})
    name = named(world, BOB, "k")
    page = browser.get(f"/mail/{BOB}/write?reply=INBOX%2F{name}&kind=reply").page()
    assert "wants answers to be sealed" in seen(page) and AGAINST.search(page)[1] is None
    fields = form_of(page) | {"to": f"{ALICE}, dave@example.com", "subject": "answer to k"}
    assert "dave@example.com" in seen(browser.post(f"/mail/{BOB}/write", (), action="send", **fields).page(422))
    fields["to"] = ALICE
    part = browser.get(f"/mail/{BOB}/seal?" + urllib.parse.urlencode(fields | {"encrypt": "1", "override_author": "1"})).page()
    assert AGAINST.search(part)[1] == " checked"
    assert browser.post(f"/mail/{BOB}/write", (), action="send", override_author="1", **fields).status == 303
    assert next(r for r in world.letters(ALICE) if r["subject"] == "answer to k")["summary"] not in ("encrypted-only", "confidential")
    assert world.desk(BOB, "check", {"to": ALICE, "text": "x", "in_reply_to": f"INBOX/{name}", "level": "plain"})["level"] == "sealed"
    assert world.desk(BOB, "check", {"to": ALICE, "text": "x", "in_reply_to": f"INBOX/{name}", "level": "plain", "override_author": True})["level"] == "plain"


def test_what_can_be_done_instead_is_true(world, browser):
    """No tick sends it open where something forbids that."""
    away = "Take the tick away to send it open."
    assert away in seen(browser.get(f"/mail/{ALICE}/seal?to=dave@example.com&encrypt=1").page())
    world.send(ALICE, BOB, "l", SECRET, level="sealed")
    thread = {"in_reply_to": f"INBOX/{named(world, BOB, 'l')}", "kind": "reply", "to": "dave@example.com", "encrypt": "1"}
    part = seen(browser.get(f"/mail/{BOB}/seal?" + urllib.parse.urlencode(thread)).page())
    assert away not in part and "leaves sealed, or not at all" in part
    world.homes[ALICE].run("rule", "set", "*@secret.example", "sealed")
    part = seen(browser.get(f"/mail/{ALICE}/seal?to=eve@secret.example&encrypt=1").page())
    assert away not in part and "A rule of yours" in part


# ---- what a draft keeps ----

@pytest.mark.parametrize("kind", ["reply", "forward"])
def test_a_draft_keeps_every_choice(world, browser, kind):
    world.send(ALICE, BOB, f"m {kind}", SECRET, level="signed", rules={"forward": "sealed"})
    name = named(world, BOB, f"m {kind}")
    draft = world.desk(BOB, f"draft?reply=INBOX%2F{name}&kind={kind}")
    choices = {"level": "signed", "visible_signature": True, "override_author": True,
               "rules": {"lists": "reseal", "forward": "no", "reply": "sealed", "expires": "2030-12-31"}}
    fields = parts(draft, "draft") | choices | {"to": CAROL, "subject": f"kept {kind}"}
    checked = world.desk(BOB, "check", fields)
    form = saved(world, BOB, world.desk(BOB, "drafts", fields)["draft"])
    assert {n: form[n] for n in choices} == choices and (form["in_reply_to"], form["kind"]) == (f"INBOX/{name}", kind)
    page = browser.get(f"/mail/{BOB}/write?draft=" + urllib.parse.quote(form["draft"], safe="")).page()
    assert 'name="visible_signature" value="1" checked' in page and re.search(r'name="level" value="signed" checked', page)
    assert world.desk(BOB, "check", parts(form) | {n: form[n] for n in choices}) == checked
    assert checked["form"] == "signature" and checked["level"] == "signed"
    assert world.desk(BOB, "send", parts(form) | {n: form[n] for n in choices})["sent"]
    letter = next(r for r in world.letters(CAROL) if r["subject"] == f"kept {kind}")
    verdict = world.desk(CAROL, "messages/INBOX/" + letter["id"])["verdict"]
    assert verdict["signature"]["form"] == "multipart" and verdict["rules"]["lists"] == "reseal" and verdict["rules"]["forward"] == "no"
    flags = next(r for r in world.letters(BOB) if r["id"] == name)
    assert flags["answered"] == (kind == "reply")


def test_a_draft_of_a_forward_stays_one(world):
    """Its Subject alone does not tell."""
    world.send(ALICE, BOB, "n", SECRET, level="signed", rules={"forward": "no"})
    draft = world.desk(BOB, f"draft?reply=INBOX%2F{named(world, BOB, 'n')}&kind=forward")
    kept = world.desk(BOB, "drafts", parts(draft, "draft") | {"to": CAROL, "subject": "something else"})["draft"]
    world.desk(BOB, f"messages/INBOX/{named(world, BOB, 'n')}", {"action": "archive"})
    form = saved(world, BOB, kept)
    assert form["author"]["rule"] == "forward=no"
    assert world.desk(BOB, "send", parts(form), 422)["error"]["code"] == "refused"


def test_a_draft_kept_as_plain_still_says_what_forbids_it(world):
    world.send(ALICE, BOB, "y", SECRET, level="sealed")
    draft = world.desk(BOB, f"draft?reply=INBOX%2F{named(world, BOB, 'y')}")
    kept = world.desk(BOB, "drafts", parts(draft, "draft") | {"level": "plain"})["draft"]
    form = saved(world, BOB, kept)
    assert (form["level"], form["floor"]) == ("plain", draft["floor"]) == ("plain", "sealed")


def test_a_draft_that_anybody_may_have_put_there_decides_nothing(world):
    """Whoever can write into the folder of drafts could choose a level there, and go on against an author."""
    world.send(ALICE, BOB, "z", SECRET, level="sealed", rules={"reply": "sealed"})
    world.desk(BOB, "drafts", {"subject": "makes the folder", "text": "x"})
    thread = world.desk(BOB, f"draft?reply=INBOX%2F{named(world, BOB, 'z')}")["thread"]
    text = (f"From: {BOB}\nTo: {ALICE}\nSubject: planted\nIn-Reply-To: {thread.split()[-1]}\nX-Postseal-Level: plain\n"
            "X-Postseal-Draft-Against: yes\nX-Postseal-Draft-Visible: yes\n\nhello\n")
    [folder] = (world.path / "mail" / "bob").glob(".Drafts")
    (folder / "cur" / "1700000000.planted.test:2,DS").write_text(text, encoding="ascii")
    form = saved(world, BOB, "Drafts/1700000000.planted.test")
    assert form["subject"] == "planted" and form["floor"] == "sealed" and form["author"]["rule"] == "reply=sealed"
    assert (form["level"], form["override_author"], form["visible_signature"]) == ("auto", False, False)


@pytest.mark.parametrize("field, author", [
    (f"{ALICE}\\<{CAROL}>", CAROL), (f"{CAROL}[<{ALICE}>", ALICE), (f'{CAROL}"x"<{ALICE}>', ALICE),
    (f"{CAROL} <{ALICE}>", ALICE), (f'"{CAROL}" <{ALICE}>', ALICE)])
def test_an_answer_goes_to_the_author_that_is_named(world, field, author):
    """However odd the field is that names him."""
    name = world.deliver(BOB, f"From: {field}\nTo: {BOB}\nSubject: odd\n\nhello\n".encode())
    assert world.desk(BOB, f"messages/INBOX/{name}")["from"]["address"] == author
    to = world.desk(BOB, f"draft?reply=INBOX%2F{name}")["to"]
    assert re.findall(r'[^<> ",]+@[^<> ",]+(?=>|$)', to) == [author] and ", " not in to


@pytest.mark.parametrize("kind", ["reply", "forward"])
@pytest.mark.parametrize("inside", ["From: {a}\nSubject: plans\n", "From: {a}\nSubject: plans\nMessage-ID: <{i}@x.example>\n", ""])
def test_an_answer_stays_closed_whatever_stands_inside(world, tmp_path, inside, kind):
    """As other programs seal: their header may protect little, and nothing of the Message-ID."""
    key, name = tmp_path / "key.pem", f"{kind}{len(inside)}"
    key.write_bytes(openssl(b"", "pkcs12", "-in", world.homes[ALICE].p12(ALICE), "-nodes", "-passin", "pass:" + PASSPHRASE))
    hp = '; hp="cipher"' if inside else ""
    text = f"{inside.format(a=ALICE, i=name)}MIME-Version: 1.0\nContent-Type: text/plain{hp}\n\n{SECRET}\n".encode()
    signed = openssl(text.replace(b"\n", b"\r\n"), "cms", "-sign", "-signer", key, "-nodetach", "-binary", "-outform", "DER")
    part = b"Content-Type: application/pkcs7-mime; smime-type=%s\nContent-Transfer-Encoding: base64\n\n"
    layer = (part % b"signed-data" + base64.encodebytes(signed)).replace(b"\n", b"\r\n")
    sealed = openssl(layer, "cms", "-encrypt", "-aes-256-gcm", "-outform", "DER", "-recip", world.homes[BOB].cert(BOB))
    outside = f"From: {ALICE}\nTo: {BOB}\nSubject: ...\nMessage-ID: <{name}@x.example>\nMIME-Version: 1.0\n".encode()
    letter = world.deliver(BOB, outside + part % b"authEnveloped-data" + base64.encodebytes(sealed))
    form = world.desk(BOB, f"draft?reply=INBOX%2F{letter}&kind={kind}")
    assert SECRET in form["text"] and form["floor"] == "sealed"
    checked = world.desk(BOB, "check", parts(form) | {"to": ALICE, "subject": "quite another matter"})
    assert (checked["level"], checked["reason"]) == ("sealed", "answers-sealed")


# ---- lists ----

def test_a_letter_that_is_too_large_for_a_list_is_not_called_unprotected(world):
    text = f"From: {ALICE}\nTo: {BOB}\nSubject: a big secret\nContent-Type: text/plain\n\n".encode() + (b"y" * 75 + b"\n") * 60000
    name = world.deliver(BOB, world.homes[ALICE].protect(text, "sealed"))
    row = next(r for r in world.letters(BOB) if r["id"] == name)
    assert (row["mark"], row["summary"], row["mark_text"]) == ("unknown", None, "Open it to see")
    assert world.desk(BOB, f"messages/INBOX/{name}")["subject"] == "a big secret"


def test_what_is_done_with_chosen_letters(world, browser):
    for i in range(3):
        world.send(ALICE, CAROL, f"chosen {i}")
    names = [named(world, CAROL, f"chosen {i}") for i in range(3)]
    for action, unread in (("read", [False, False, True]), ("unread", [True, True, True])):
        done = browser.post(f"/mail/{CAROL}/INBOX/do?page=1&search=chosen", None, action=action, id=names[:2] + ["elsewhere"])
        assert done.headers["Location"] == f"/mail/{CAROL}/INBOX/?page=1&search=chosen"
        assert [r["unread"] for r in reversed(world.letters(CAROL, search="chosen"))] == unread
    browser.post(f"/mail/{CAROL}/INBOX/do", None, action="trash", id=names)
    assert "chosen 0" not in subjects(world, CAROL)
    browser.post(f"/mail/{CAROL}/Trash/do", None, action="inbox", id=[r["id"] for r in world.letters(CAROL, "Trash")][:1])
    assert "chosen 2" in subjects(world, CAROL)
    browser.post(f"/mail/{CAROL}/Trash/do", None, action="trash", id=[r["id"] for r in world.letters(CAROL, "Trash")])
    assert not world.letters(CAROL, "Trash")
    assert browser.post(f"/mail/{CAROL}/INBOX/do", None, action="burn", id=names).status == 400
    assert browser.post(f"/mail/{CAROL}/INBOX/do", None, action="read").status == 303


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
    away.chmod(0o600)
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: popen(command + ["--config", str(away)], **more))
    monkeypatch.setenv("HOME", str(tmp_path))
    with world:
        monkeypatch.undo()
        findings = world.ask("/v1/health").json()["findings"]
        assert [f["text"] for f in findings if f["level"] == "fail"] == []
        assert sum(f["code"] == "account" for f in findings) == 3
