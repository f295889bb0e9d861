"""The interface: web/openapi.json says what is there and what the answers hold, and the answers hold it."""
import base64
import json
import re
import urllib.parse

import pytest

from lib import ROOT, message
from world import ALICE, BOB, CAROL, World

API = json.loads((ROOT / "web/openapi.json").read_text(encoding="utf-8"))
TYPES = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list, "null": type(None)}


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("api")) as world:
        world.meet(ALICE, BOB)
        yield world


def faults(schema, value, at="answer"):
    """Where the value is not what the schema says; objects hold what is documented and nothing else."""
    while "$ref" in schema:
        schema = API["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(type(value) is TYPES[k] for k in kinds):
        return [f"{at}: {value!r} is no {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if isinstance(value, list):
        return [f for i, one in enumerate(value) for f in faults(schema["items"], one, f"{at}[{i}]")]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    missing = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    more = [f"{at}: {name} is not documented" for name in value if name not in known and schema.get("additionalProperties") is False]
    return missing + more + [f for n, v in value.items() if n in known for f in faults(known[n], v, f"{at}.{n}")]


def documented(path, method, status=200):
    """The schema of the answer to /v1/desks/alice@example.org/..."""
    for pattern, operations in API["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path.partition("?")[0]) and method in operations:
            return operations[method]["responses"][str(status)]["content"]["application/json"]["schema"]
    raise AssertionError(f"{method} {path} is not documented")


def ask(world, path, body=None, status=200):
    answer = world.ask(path, body).json(status)
    assert not faults(documented(path, "get" if body is None else "post", status), answer), path
    return answer


def desk(world, address, path, body=None, status=200):
    return ask(world, f"/v1/desks/{address}/{path}", body, status)


# ---- the description ----

def routes():
    """(method, path) of the table in routes.c."""
    text = (ROOT / "src/web/routes.c").read_text(encoding="utf-8")
    macros = {name: value for name, value in re.findall(r'#define (\w+)\s+(.+)', text)}
    for method, path in re.findall(r'\{"(GET|POST)", ([^,]+),', text):
        for _ in range(3):
            for name, value in macros.items():
                path = re.sub(rf"\b{name}\b(?![^\"]*\"(?:[^\"]*\"[^\"]*\")*$)", lambda _, value=value: value, path)
        yield method.lower(), "".join(re.findall(r'"([^"]*)"', path))


def test_every_address_is_described():
    table = {(m, p) for m, p in routes() if p.startswith("/v1/")}
    described = {(m, re.sub(r"{\w+}", "{}", p)) for p, ops in API["paths"].items() for m in ops if m in ("get", "post")}
    assert table == described and len(table) > 25


def test_the_description_is_served(world):
    assert world.ask("/v1/openapi.json").json() == API


def test_the_description_holds_together():
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(API)))
    assert names == set(API["components"]["schemas"])


# ---- reading ----

def test_desks_folders_lists(world):
    assert [d["id"] for d in ask(world, "/v1/desks")["desks"]] == [ALICE, BOB, CAROL]
    folders = desk(world, ALICE, "folders")["folders"]
    assert [f["role"] for f in folders] == ["inbox", "sent"] and folders[0]["total"] == 1
    rows = desk(world, ALICE, "folders/INBOX/messages")
    assert rows["total"] == 1 and rows["messages"][0]["mark"] == "first"
    assert rows["messages"][0]["from"] == {"address": BOB, "display": "Bob"}
    assert desk(world, BOB, "folders/Sent/messages")["messages"][0]["mark_text"] == "Signed by you"


def test_pages_of_a_list(world):
    for i in range(5):
        world.send(ALICE, CAROL, f"number {i}")
    seen = [r["subject"] for o in range(0, 6, 2) for r in world.letters(CAROL, offset=o, limit=2)]
    assert seen == [f"number {i}" for i in (4, 3, 2, 1, 0)]


def test_a_sealed_letter(world):
    sent = desk(world, ALICE, "send", {"to": f"Bob <{BOB}>", "subject": "a secret", "text": "of ours\n", "level": "sealed"})
    assert sent["sent"] and not sent["failed"]
    for address, folder in ((BOB, "INBOX"), (ALICE, sent["folder"])):
        row = world.letters(address, folder)[0]
        assert row["subject"] == "a secret" and row["mark"] == "sealed" or row["mark"] == "confidential"
        letter = desk(world, address, f"messages/{folder}/{row['id']}")
        assert letter["text"] == "of ours\n" and letter["opened"] and not letter["inert"]
        protection = {h["name"]: h["protection"] for h in letter["headers"]}
        assert protection["Subject"] == "signed-and-encrypted" and protection["From"] == "signed-only"
        source = world.ask(f"/v1/desks/{address}/messages/{folder}/{row['id']}/source")
        assert source.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert b"[...]" in source.octets and b"secret" not in source.octets and b"pkcs7-mime" in source.octets


def test_what_lies_in_sent_is_what_left(world):
    sent = desk(world, ALICE, "send", {"to": BOB, "subject": "the same", "text": "x", "level": "sealed"})
    here = world.ask(f"/v1/desks/{ALICE}/messages/{sent['folder']}/{sent['id']}/source").octets
    there = world.ask(f"/v1/desks/{BOB}/messages/INBOX/{world.letters(BOB)[0]['id']}/source").octets
    assert there.endswith(here) and len(there) - len(here) < 400


def test_a_letter_that_cannot_be_opened_is_shown_closed(world):
    desk(world, ALICE, "send", {"to": BOB, "subject": "not for you", "text": "x", "level": "sealed"})
    octets = world.ask(f"/v1/desks/{BOB}/messages/INBOX/{world.letters(BOB)[0]['id']}/source").octets
    name = world.deliver(CAROL, octets)
    row = next(r for r in world.letters(CAROL) if r["id"] == name)
    assert row["mark"] == "closed" and row["subject"] == "[...]" and "key" in row["mark_text"]
    letter = desk(world, CAROL, f"messages/INBOX/{name}")
    assert letter["mark"] == "closed" and letter["text"] == "" and not letter["html"] and not letter["opened"]


@pytest.mark.parametrize("octets", [b"", b"\n", b"no message at all", b"\x00\xff" * 5000, b"From: a\n" * 2000,
                                    b"Content-Type: application/pkcs7-mime\n\nMIIB", b"Subject: " + b"x" * 300000 + b"\n\n"])
def test_what_is_no_message_breaks_no_list(world, octets):
    name = world.deliver(CAROL, octets)
    rows = desk(world, CAROL, "folders/INBOX/messages?limit=200")["messages"]
    assert name in [r["id"] for r in rows]
    answer = world.ask(f"/v1/desks/{CAROL}/messages/INBOX/{name}")
    assert answer.status in (200, 400, 413), answer.text


def test_search_finds_what_was_sealed(world):
    desk(world, ALICE, "send", {"to": BOB, "subject": "zebra crossing", "text": "with giraffes\n", "level": "sealed"})
    for words in ("zebra", "giraffes", "ZEBRA giraffes"):
        found = desk(world, BOB, "folders/INBOX/messages?search=" + urllib.parse.quote(words))
        assert [r["subject"] for r in found["messages"]] == ["zebra crossing"], words
    assert not desk(world, BOB, "folders/INBOX/messages?search=elephants")["messages"]


def test_what_is_done_with_a_letter(world):
    world.send(ALICE, BOB, "to be moved")
    name = world.letters(BOB)[0]["id"]
    def act(action, **more):
        assert desk(world, BOB, f"messages/INBOX/{name}", {"action": action, **more}) == {"done": True}
    def row():
        return next(r for r in world.letters(BOB) if r["id"] == name)
    assert row()["unread"] and not row()["flagged"]
    act("read"), act("flag")
    assert not row()["unread"] and row()["flagged"]
    act("unread"), act("unflag")
    assert row()["unread"] and not row()["flagged"]
    act("trash")
    assert [r["subject"] for r in world.letters(BOB, "Trash")] == ["to be moved"]
    moved = world.letters(BOB, "Trash")[0]["id"]
    desk(world, BOB, f"messages/Trash/{moved}", {"action": "move", "to": "INBOX"})
    assert not world.letters(BOB, "Trash") and world.letters(BOB)[0]["subject"] == "to be moved"
    for wrong in ({"action": "burn"}, {}, {"action": 1}, {"action": "move"}, {"action": "move", "to": "../x"}):
        assert world.ask(f"/v1/desks/{BOB}/messages/INBOX/{moved}", wrong).status in (400, 404), wrong


def test_attachments(world):
    files = [{"name": "letter.html", "type": "text/html", "data": base64.b64encode(b"<script>").decode()},
             {"name": "../../etc/pass\"wd\r\n\u202e.png", "type": "image/png", "data": base64.b64encode(b"\x89PNG").decode()},
             {"name": "empty", "type": "nonsense", "data": ""}]
    desk(world, ALICE, "send", {"to": BOB, "subject": "files", "text": "x", "attachments": files, "level": "sealed"})
    name = world.letters(BOB)[0]["id"]
    assert world.letters(BOB)[0]["attachments"]
    letter = desk(world, BOB, f"messages/INBOX/{name}")
    assert len(letter["attachments"]) == 3
    for one, octets in zip(letter["attachments"], (b"<script>", b"\x89PNG", b"")):
        assert not set('/\\"\r\n\u202e') & set(one["name"])
        answer = world.ask(f"/v1/desks/{BOB}/messages/INBOX/{name}/part/{one['part']}")
        assert answer.status == 200 and answer.octets == octets
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=\"")
        assert answer.headers["Content-Type"] in ("application/octet-stream", "image/png")
        assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.headers["X-Content-Type-Options"] == "nosniff"
    for part in ("0", "99", "x", "-1", "4294967296"):
        assert world.ask(f"/v1/desks/{BOB}/messages/INBOX/{name}/part/{part}").status == 404


# ---- writing ----

def test_can_it_be_sealed(world):
    told = desk(world, ALICE, f"can-seal?to=Bob%20%3C{BOB}%3E&cc=dave@example.com,%20nonsense&to=")
    assert [(r["address"], r["name"], r["ready"]) for r in told["recipients"]] == [(BOB, "Bob", True), ("dave@example.com", "", False)]
    base = f"http://127.0.0.1:{world.port}/how-to/encrypt/postseal/"
    assert not told["ready"] and told["how_to"] == base + "any/none/" == told["recipients"][1]["how_to"]
    assert world.plain(told["how_to"].partition(str(world.port))[2]).status == 200
    assert desk(world, ALICE, "can-seal?to=" + BOB)["ready"]
    for nobody in ("", "?to=", "?to=nonsense", "?to=a@", "?to=%ff"):
        told = desk(world, ALICE, "can-seal" + nobody)
        assert not told["ready"] and not told["recipients"]


def test_a_refusal(world):
    draft = {"to": f"{BOB}, dave@example.com", "subject": "secret", "text": "x", "level": "sealed"}
    before = len(world.letters(BOB))
    checked = desk(world, ALICE, "check", draft)
    refused = desk(world, ALICE, "send", draft, 422)["error"]
    assert refused["code"] == "refused" and refused["text"] == checked["refused"] and "dave@example.com" in refused["text"]
    assert refused["how_to"].endswith("/how-to/encrypt/postseal/any/none/") and "http" not in refused["text"]
    assert {r["address"]: r["state"] for r in refused["recipients"]} == {BOB: "ready", "dave@example.com": "none"}
    assert len(world.letters(BOB)) == before


def test_nobody_by_that_name(world):
    before = len(world.letters(BOB))
    answer = world.ask(f"/v1/desks/{ALICE}/send", {"to": f"{BOB}, nobody@example.com", "subject": "x", "text": "x"})
    assert answer.status == 502 and "nobody here by that name" in answer.json(502)["error"]["text"]
    assert len(world.letters(BOB)) == before


@pytest.mark.parametrize("draft, status", [
    ({}, 400), ({"to": ""}, 400), ({"to": "nonsense"}, 400), ({"to": BOB, "level": "secret"}, 400), ({"to": BOB, "subject": "a\nBcc: x@y.z"}, 400),
    ({"to": BOB, "rules": {"lists": "never"}}, 400), ({"to": BOB, "attachments": [{"data": "eA=="}]}, 400),
    ({"to": BOB, "attachments": [{"name": "x", "data": "%%%"}]}, 400), ({"to": BOB, "in_reply_to": "INBOX"}, 400),
    ({"to": BOB, "in_reply_to": "INBOX/none"}, 404), ({"to": BOB, "in_reply_to": "..%2f/x"}, 404), ({"to": BOB, "in_reply_to": "a/b/c"}, 400)])
def test_wrong_drafts(world, draft, status):
    for path in ("send", "check"):
        assert world.ask(f"/v1/desks/{ALICE}/{path}", draft).status == status, path


def test_answers(world):
    world.send(ALICE, f"{BOB}, {CAROL}", "all of you", "Hello!\n")
    reference = "INBOX/" + world.letters(BOB)[0]["id"]
    reply = desk(world, BOB, f"draft?reply={reference}&kind=reply")
    assert reply["to"] == f"Alice <{ALICE}>" and not reply["cc"] and reply["subject"] == "Re: all of you" and "> Hello!" in reply["text"]
    everybody = desk(world, BOB, f"draft?reply={reference}&kind=reply-all")
    assert CAROL in everybody["to"] + everybody["cc"] and BOB not in everybody["to"] + everybody["cc"]
    forward = desk(world, BOB, f"draft?reply={reference}&kind=forward")
    assert forward["subject"] == "Fwd: all of you" and not forward["to"] and "Hello!" in forward["text"]
    desk(world, BOB, "send", reply)
    assert next(r for r in world.letters(BOB) if reference.endswith(r["id"]))["answered"]
    got = world.newest(ALICE)
    assert "In-Reply-To" in [h["name"] for h in got["headers"]]
    assert world.ask(f"/v1/desks/{BOB}/draft?reply={reference}&kind=burn").status == 400


def test_an_answer_to_sealed_mail_leaves_sealed(world):
    desk(world, ALICE, "send", {"to": BOB, "subject": "closed", "text": "x", "level": "sealed"})
    reply = desk(world, BOB, "draft?reply=INBOX/" + world.letters(BOB)[0]["id"])
    assert reply["floor"] == "sealed" and reply["floor_text"] and reply["level"] == "auto"
    assert desk(world, BOB, "check", reply)["level"] == "sealed"
    refused = desk(world, BOB, "send", reply | {"cc": "dave@example.com"}, 422)["error"]
    assert refused["reason"] == "answers-sealed"
    assert desk(world, BOB, "check", reply | {"level": "plain"})["level"] == "plain"


def test_the_author_forbids(world):
    desk(world, ALICE, "send", {"to": BOB, "subject": "mine", "text": "x", "level": "sealed", "rules": {"forward": "no", "reply": "sealed", "expires": "2030-12-31"}})
    name = world.letters(BOB)[0]["id"]
    rules = {r["key"]: r for r in desk(world, BOB, f"messages/INBOX/{name}")["rules"]}
    assert rules["forward"]["value"] == "no" and rules["reply"]["value"] == "sealed" and rules["expires"]["value"] == "2030-12-31T23:59:59Z"
    forward = desk(world, BOB, f"draft?reply=INBOX/{name}&kind=forward")
    assert desk(world, BOB, "send", forward | {"to": ALICE}, 422)["error"]["refused"]


def test_a_visible_signature(world):
    for visible, form in ((False, "unobtrusive"), (True, "signature")):
        outcome = desk(world, ALICE, "check", {"to": CAROL, "subject": "a", "text": "b", "visible_signature": visible})
        assert outcome["form"] == form
    desk(world, ALICE, "send", {"to": CAROL, "subject": "visible", "text": "b", "visible_signature": True})
    name = next(r["id"] for r in world.letters(CAROL) if r["subject"] == "visible")
    assert b"multipart/signed" in world.ask(f"/v1/desks/{CAROL}/messages/INBOX/{name}/source").octets


def test_hidden_copies(world):
    world.meet(ALICE, CAROL)
    desk(world, ALICE, "send", {"to": BOB, "bcc": CAROL, "subject": "hidden", "text": "x", "level": "sealed"})
    for address in (BOB, CAROL):
        name = next(r["id"] for r in world.letters(address) if r["subject"] == "hidden")
        letter = desk(world, address, f"messages/INBOX/{name}")
        assert letter["opened"] and CAROL not in json.dumps(letter["headers"][2:]).replace(f'"{address}"', "")


def test_drafts(world):
    files = [{"name": "a.txt", "type": "text/plain", "data": base64.b64encode(b"hello").decode()}]
    draft = {"to": "bob, not finished", "cc": CAROL, "bcc": BOB, "subject": "half a letter", "text": "Dear B\n", "level": "sealed",
             "rules": {"lists": "no", "expires": "2030-01-01"}, "attachments": files}
    kept = desk(world, ALICE, "drafts", draft)
    source = world.ask(f"/v1/desks/{ALICE}/messages/{kept['folder']}/{kept['id']}/source").octets
    assert b"half" not in source and b"finished" not in source and BOB.encode() not in source and b"pkcs7-mime" in source
    again = desk(world, ALICE, "draft?draft=" + kept["draft"])
    for name in ("to", "cc", "bcc", "subject", "text", "level"):
        assert again[name] == draft[name], name
    assert again["rules"]["lists"] == "no" and again["rules"]["expires"] == "2030-01-01"
    assert [f["name"] for f in again["attachments"]] == ["a.txt"] and again["draft"] == kept["draft"]
    second = desk(world, ALICE, "drafts", again | {"text": "Dear Bob\n"})
    assert len(world.letters(ALICE, "Drafts")) == 1 and world.letters(ALICE, "Drafts")[0]["subject"] == "half a letter"
    again = desk(world, ALICE, "draft?draft=" + second["draft"])
    desk(world, ALICE, "send", again | {"to": BOB, "cc": "", "bcc": ""})
    assert not world.letters(ALICE, "Drafts")
    got = world.newest(BOB)
    assert got["text"] == "Dear Bob\n" and [a["name"] for a in got["attachments"]] == ["a.txt"]


# ---- people and keys ----

def test_people_and_decisions(world):
    people = desk(world, ALICE, "people")["people"]
    assert BOB in [p["address"] for p in people]
    person = desk(world, ALICE, "people?address=" + BOB)["people"][0]
    assert person["state"] == "ready" and person["timeline"][0]["what"] == "first"
    decided = desk(world, ALICE, "people", {"address": BOB, "fingerprint": person["identities"][0]["root_fingerprint"], "decision": "verify"})
    assert decided["people"][0]["identities"][0]["verified"]
    assert world.ask(f"/v1/desks/{ALICE}/people?address=stranger@example.com").status == 404
    for wrong in ({}, {"address": BOB}, {"address": BOB, "fingerprint": "00", "decision": "accept"}, {"address": BOB, "fingerprint": "0" * 64, "decision": "burn"}):
        assert world.ask(f"/v1/desks/{ALICE}/people", wrong).status in (400, 404), wrong


def test_a_new_identity_waits_for_a_decision(world):
    """Without the hand-over it would be a change; here a stranger claims the address."""
    stranger = world.homes[CAROL].path.parent / "stranger"
    from lib import Home
    other = Home(stranger)
    other.add(BOB, "--profile", "p256")
    for day in (1, 2, 3):
        octets = other.protect(message(BOB, ALICE, f"my new key {day}"), "signed")
        world.deliver(ALICE, octets)
    assert world.letters(ALICE)
    waiting = desk(world, ALICE, "waiting")["waiting"]
    assert [w["address"] for w in waiting] == [BOB] and waiting[0]["known"] != waiting[0]["fingerprint"]
    desk(world, ALICE, "people", {"address": BOB, "fingerprint": waiting[0]["fingerprint"], "decision": "refuse"})
    assert not desk(world, ALICE, "waiting")["waiting"]
    assert desk(world, ALICE, "can-seal?to=" + BOB)["ready"]


def test_keys(world):
    before = desk(world, CAROL, "keys")["keys"]
    assert before["root_fingerprint"] in world.homes[CAROL].out("account", "show", CAROL).decode()
    renewed = desk(world, CAROL, "keys", {"action": "renew"})["keys"]
    assert renewed["root_fingerprint"] == before["root_fingerprint"] and renewed["leaf_fingerprint"] != before["leaf_fingerprint"]
    other = desk(world, CAROL, "keys", {"action": "new-identity"})["keys"]
    assert other["root_fingerprint"] != before["root_fingerprint"]
    assert world.ask(f"/v1/desks/{CAROL}/keys", {"action": "make"}).status == 409
    assert world.ask(f"/v1/desks/{CAROL}/keys", {"action": "burn"}).status == 400
    svg = world.ask(f"/v1/desks/{CAROL}/keys/qr.svg")
    assert svg.headers["Content-Type"] == "image/svg+xml" and svg.octets.startswith(b"<svg ") and b"script" not in svg.octets


def test_taking_keys_along(world, new_home):
    answer = world.ask(f"/v1/desks/{BOB}/keys/export", {"passphrase": "correct horse", "modern": True})
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{BOB.replace("@", "_")}.p12"')
    word = world.path / "word"
    word.write_text("correct horse\n", encoding="utf-8")
    p12 = world.path / "bob.p12"
    p12.write_bytes(answer.octets)
    assert new_home().json("account", "import", p12, "--passphrase-file", word)["address"] == BOB
    backup = world.path / "backup"
    backup.write_bytes(world.ask(f"/v1/desks/{BOB}/keys/backup", {"passphrase": "correct horse"}).octets)
    again = new_home()
    again.run("restore", backup, "--passphrase-file", word)
    assert again.json_lines("account", "list")[0]["root_fingerprint"] == desk(world, BOB, "keys")["keys"]["root_fingerprint"]
    for path in ("export", "backup"):
        assert world.ask(f"/v1/desks/{BOB}/keys/{path}", {"passphrase": ""}).status == 400


# ---- more ----

def test_checking_a_message(world):
    octets = world.homes[BOB].protect(message(BOB, ALICE, "to be checked"), "signed")
    before = desk(world, CAROL, "people")["people"]
    letter = desk(world, CAROL, "check-message", octets)
    assert letter["subject"] == "to be checked" and letter["verdict"]["signature"]["valid"] and letter["id"] is None
    assert desk(world, CAROL, "people")["people"] == before
    assert world.ask(f"/v1/desks/{CAROL}/check-message", b"").status == 400


def test_health_and_status(world):
    findings = ask(world, "/v1/health")["findings"]
    assert [f["text"].partition(":")[0] for f in findings if f["code"] == "account"] == [ALICE, BOB, CAROL]
    assert {f["code"] for f in findings} >= {"openssl", "clock"} and not {f["code"] for f in findings} & {"http", "server"}
    assert [a["address"] for a in ask(world, "/v1/status")["accounts"]] == [ALICE, BOB, CAROL]


def test_languages(world):
    def language(**headers):
        return re.search('<html lang="([a-z]+)"', world.plain("/login", Accept="text/html", **headers).text)[1]
    assert language() == "en" and language(Accept_Language="fr,xx;q=0.1") == "en"
    assert language(Accept_Language="de-AT,de;q=0.9,en;q=0.5") == "de"


def test_a_desk_uses_no_key_of_another(world):
    """What is sealed to Alice opens at her desk only, though one daemon has all three."""
    desk(world, BOB, "send", {"to": ALICE, "subject": "for her", "text": "x", "level": "sealed"})
    (letter,) = [row for row in world.letters(ALICE) if row["subject"] == "for her"]
    octets = world.ask(f"/v1/desks/{ALICE}/messages/INBOX/{letter['id']}/source").octets
    assert desk(world, ALICE, "check-message", octets)["mark"] != "closed"
    assert desk(world, CAROL, "check-message", octets)["mark"] == "closed"


def test_what_others_sealed_is_no_draft(world):
    """A mail server that puts a captured letter among the drafts must not get it opened and sent."""
    desk(world, BOB, "send", {"to": ALICE, "subject": "captured", "text": "x", "level": "sealed"})
    row = next(r for r in world.letters(ALICE) if r["subject"] == "captured")
    kept = desk(world, ALICE, "drafts", {"to": BOB, "subject": "mine", "text": "x"})
    desk(world, ALICE, f"messages/INBOX/{row['id']}", {"action": "move", "to": "Drafts"})
    rows = {r["subject"]: r for r in world.letters(ALICE, "Drafts")}
    assert rows["mine"]["mark_text"] == "A draft, sealed to yourself" != rows["captured"]["mark_text"]
    assert desk(world, ALICE, "draft?draft=" + kept["draft"])["subject"] == "mine"
    assert world.ask(f"/v1/desks/{ALICE}/draft?draft=Drafts/{rows['captured']['id']}").status == 400
    answer = desk(world, ALICE, "check", {"to": CAROL, "draft": f"Drafts/{rows['captured']['id']}", "thread": ""})
    assert answer["level"] == "signed"
    assert world.ask(f"/v1/desks/{ALICE}/draft?draft=INBOX/{world.letters(ALICE)[0]['id']}").status == 400


def test_every_file_of_the_page_is_in_the_program():
    listed = set(re.findall("<file>(.*)</file>", (ROOT / "src/web/files.gresource.xml").read_text(encoding="utf-8")))
    there = {str(p.relative_to(ROOT / "web")) for p in (ROOT / "web").rglob("*") if p.is_file()}
    assert listed == there


def test_who_was_introduced_is_ready_in_that_thread(tmp_path):
    """Alice knows Bob and Carol, who do not know each other: a sealed letter to both introduces them."""
    with World(tmp_path) as world:
        world.meet(ALICE, BOB)
        world.meet(ALICE, CAROL)
        known = desk(world, ALICE, "keys")["keys"]["root_fingerprint"]
        desk(world, BOB, "people", {"address": ALICE, "fingerprint": known, "decision": "verify"})
        world.send(ALICE, f"{BOB}, {CAROL}", "the three of us", level="sealed")
        reference = "INBOX/" + world.letters(BOB)[0]["id"]
        assert not desk(world, BOB, f"can-seal?to={CAROL}")["ready"]
        told = desk(world, BOB, f"can-seal?to={CAROL}&cc={ALICE}&in_reply_to={reference}&kind=reply-all")
        assert told["ready"] and "introduced" in told["recipients"][0]["reasons"] + told["recipients"][1]["reasons"]
        draft = desk(world, BOB, f"draft?reply={reference}&kind=reply-all")
        assert desk(world, BOB, "send", draft)["sent"] and world.letters(CAROL)[0]["subject"] == "Re: the three of us"
