"""web/openapi.json, walked: every operation is asked rightly and wrongly, and each answer is what the description says."""
import base64
import json
import re
import urllib.parse

import pytest

from lib import ROOT, message
from test_api import API, faults
from world import ALICE, BOB, CAROL, World

OPERATIONS = [(method, path, operation) for path, operations in API["paths"].items() for method, operation in operations.items()
              if method != "parameters"]
FILES = [{"name": "a.png", "type": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}]
DRAFT = {"to": BOB, "subject": "described", "text": "x\n", "level": "sealed", "attachments": FILES}


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("described")) as world:
        world.meet(ALICE, BOB)
        world.send(BOB, ALICE, "with a picture", "x\n", attachments=FILES)
        page = message(BOB, ALICE, "in colour").replace(b"\n\n", b"\nContent-Type: text/html\n\n<p>", 1)
        world.deliver(ALICE, page)
        rows = {r["subject"]: r["id"] for r in world.letters(ALICE)}
        world.letter = f"messages/INBOX/{rows['with a picture']}"
        world.picture = world.letter + "/part/" + str(world.desk(ALICE, world.letter)["attachments"][0]["part"])
        world.coloured = f"messages/INBOX/{rows['in colour']}"
        world.root = world.desk(ALICE, "people?address=" + BOB)["people"][0]["identities"][0]["root_fingerprint"]
        yield world


def right(world):
    """What to ask: {(method, path of the description): [(path, body)]}; the body is octets or something that becomes JSON."""
    octets = message(ALICE, BOB, "to be explained")
    here = {
        ("post", "unlock"): [("unlock", {"password": "x"})],
        ("get", "folders"): [("folders", None)],
        ("get", "folders/{folder}/messages"): [("folders/INBOX/messages", None), ("folders/INBOX/messages?offset=1&limit=1", None),
                                               ("folders/Sent/messages?search=x", None)],
        ("get", "messages/{folder}/{id}"): [(world.letter, None), (world.coloured, None)],
        ("post", "messages/{folder}/{id}"): [(world.letter, {"action": "flag"})],
        ("get", "messages/{folder}/{id}/html"): [(world.coloured + "/html", None)],
        ("get", "messages/{folder}/{id}/source"): [(world.letter + "/source", None)],
        ("get", "messages/{folder}/{id}/part/{part}"): [(world.picture, None)],
        ("post", "check-message"): [("check-message", octets)],
        ("get", "can-seal"): [("can-seal?to=" + BOB, None), ("can-seal?to=dave@example.com&cc=x", None), ("can-seal", None)],
        ("get", "draft"): [("draft", None), ("draft?to=a@example.com&subject=x", None),
                           ("draft?kind=forward&reply=" + world.letter.removeprefix("messages/").replace("%", "%25"), None)],
        ("post", "check"): [("check", DRAFT), ("check", DRAFT | {"to": "dave@example.com"}), ("check", DRAFT | {"level": "plain"})],
        ("post", "send"): [("send", DRAFT)],
        ("post", "drafts"): [("drafts", DRAFT)],
        ("get", "outbox"): [("outbox", None)],
        ("post", "outbox"): [("outbox", {"action": "retry"})],
        ("get", "people"): [("people", None), ("people?address=" + BOB, None)],
        ("post", "people"): [("people", {"address": BOB, "fingerprint": world.root, "decision": "verify"})],
        ("get", "waiting"): [("waiting", None)],
        ("get", "keys"): [("keys", None)],
        ("post", "keys"): [("keys", {"action": "renew"})],
        ("get", "keys/qr.svg"): [("keys/qr.svg", None)],
        ("post", "keys/export"): [("keys/export", {"passphrase": "a", "modern": True})],
        ("post", "keys/backup"): [("keys/backup", {"passphrase": "a"})],
    }
    everywhere = {(m, "/v1/desks/{desk}/" + p): [(f"/v1/desks/{ALICE}/{path}", body) for path, body in asked]
                  for (m, p), asked in here.items()}
    return everywhere | {
        ("post", "/v1/login-link"): [("/v1/login-link", b"")],
        ("get", "/v1/openapi.json"): [("/v1/openapi.json", None)],
        ("get", "/v1/status"): [("/v1/status", None)],
        ("get", "/v1/can-seal"): [(f"/v1/can-seal?from={ALICE}&to={BOB}&to={CAROL}", None)],
        ("get", "/v1/verdict"): [],  # of what passed the proxy: tests/e2e/test_side_channel.py
        ("post", "/v1/explain"): [(f"/v1/explain?account={ALICE}&to={BOB}", octets)],
        ("get", "/v1/health"): [("/v1/health", None)],
        ("get", "/v1/desks"): [("/v1/desks", None)],
    }


def check(operation, answer, path):
    """The answer is of a documented status, type and shape."""
    responses = operation["responses"]
    content = responses.get(str(answer.status), responses["default"] if answer.status >= 400 else {}).get("content", {})
    kind = answer.headers["Content-Type"]
    wanted = content.get(kind) or (content["application/octet-stream"] if kind.partition("/")[0] == "image" else None)
    assert wanted, (path, answer.status, kind, list(content))
    if kind == "application/json":
        found = faults(wanted["schema"], json.loads(answer.octets))
        assert not found, (path, found)


def test_every_operation(world):
    asked = right(world)
    assert set(asked) == {(method, path) for method, path, _ in OPERATIONS}
    for method, pattern, operation in OPERATIONS:
        kinds = operation.get("requestBody", {}).get("content", {})
        for path, body in asked[method, pattern]:
            if not isinstance(body, (bytes, type(None))):
                assert not faults(kinds["application/json"]["schema"], body), path
            answer = world.ask(path, body)
            assert answer.status == 200, (method, path, answer.text[:500])
            check(operation, answer, path)
            if method == "get":
                head = world.plain(path, "HEAD", X_Postseal_Token=world.token)
                assert head.status == 200 and not head.octets and head.headers["Content-Type"] == answer.headers["Content-Type"]


def test_every_operation_asked_wrongly(world):
    """Whoever is not logged in, asks for nobody's desk, in another way, or says nonsense, gets a documented error."""
    for method, pattern, operation in OPERATIONS:
        path = re.sub(r"{\w+}", "x", pattern.replace("{desk}", ALICE))
        body = b"" if method == "post" else None
        answers = [(401, world.plain(path, method.upper(), body)), (403, world.ask(path, body, Host="evil.example")),
                   (405, world.plain(path, "PUT", b"", X_Postseal_Token=world.token))]
        if "{desk}" in pattern:
            answers.append((404, world.ask(path.replace(ALICE, "nobody@example.org"), body)))
        if method == "post" and "/messages/" not in pattern and "application/json" in operation.get("requestBody", {}).get("content", {}):
            answers.append((400, world.ask(path, b"[]", Content_Type="application/json")))
            answers += [(400, world.ask(path, {}))] if not path.endswith("/drafts") else []  # an empty draft is one
        for status, answer in answers:
            wanted = (400, 422) if status == 400 else (status,)
            assert answer.status in wanted and answer.headers["Content-Type"] == "application/json", (method, path, status, answer.text[:300])
            check(operation, answer, path)
        allowed = {m.upper() for m in API["paths"][pattern] if m != "parameters"}
        assert set(answers[2][1].headers["Allow"].split(", ")) == allowed | ({"HEAD"} if "GET" in allowed else set()), path


def test_refusals(world):
    operation = API["paths"]["/v1/desks/{desk}/send"]["post"]
    answer = world.ask(f"/v1/desks/{ALICE}/send", DRAFT | {"to": "dave@example.com"})
    assert answer.status == 422
    check(operation, answer, "send")


def objects(schema, at):
    """Every schema of an object within another."""
    if schema.get("type") == "object" or "properties" in schema:
        yield schema, at
    for name, inner in schema.get("properties", {}).items():
        yield from objects(inner, f"{at}.{name}")
    if "items" in schema:
        yield from objects(schema["items"], at + "[]")


def test_what_is_described_is_all():
    """A member that is not described would be found only where the schema forbids more."""
    schemas = list(API["components"]["schemas"].items())
    for _, path, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            schemas += [(f"{path} {status}", c["schema"]) for c in response.get("content", {}).values()]
    for name, schema in schemas:
        for one, at in objects(schema, name):
            assert "properties" not in one or one.get("additionalProperties") is False or name in ("DraftIn", "NewFile", "Error"), at
            assert set(one.get("required", [])) <= set(one.get("properties", {})), at


def test_what_is_asked_with_is_read():
    """Each parameter and each member of a request that is described has its name somewhere in the program."""
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/web").glob("*.c"))
    for _, path, operation in OPERATIONS:
        names = [p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"]
        for kind in operation.get("requestBody", {}).get("content", {}).values():
            schema = kind["schema"]
            schema = API["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            names += schema.get("properties", {})
        for name in names:
            assert f'"{urllib.parse.quote(name)}"' in code, (path, name)
