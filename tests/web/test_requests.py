"""Requests as they come: forms, queries and bodies of which nothing goes missing unseen; and what another program changed."""
import socket
import urllib.parse

import pytest

from test_api import desk
from world import ALICE, BOB, World


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("requests")) as world:
        world.meet(ALICE, BOB)
        yield world


def test_recipients_are_not_left_out(world):
    """Whoever asks about more than can be answered must not hear that all of them are ready."""
    many = "&to=".join([BOB] * 500 + ["dave@example.com"])
    for path in (f"/v1/can-seal?from={ALICE}&to={many}", f"/v1/desks/{ALICE}/can-seal?to={many}"):
        answer = world.ask(path)
        assert answer.status == 413 or not answer.json()["ready"], path
    for odd in ("%ff", "%00", "%c3%28", "%"):
        for path in (f"/v1/can-seal?from={ALICE}&to={BOB}&to={odd}&to=dave@example.com", f"/v1/desks/{ALICE}/can-seal?a={odd}&to=dave@example.com,{BOB}"):
            answer = world.ask(path)
            assert answer.status == 400 or not answer.json()["ready"], path


def test_what_comes_after_an_odd_field_counts(world):
    """Latin-1 in a form must not lose the level that stands behind it."""
    form = f"to={urllib.parse.quote(BOB)}&subject=Gr%FC%DFe%00&text=x&level=sealed&action=send".encode()
    answer = world.ask(f"/mail/{ALICE}/write", form, Content_Type="application/x-www-form-urlencoded")
    assert answer.status == 303 and "#" not in answer.headers["Location"]
    got = world.letters(BOB)[0]
    assert got["subject"].startswith("Gr\ufffd\ufffde") and got["mark"] in ("sealed", "confidential")
    many = b"&".join([b"a=b"] * 2001) + b"&level=sealed"
    assert world.ask(f"/mail/{ALICE}/write", many, Content_Type="application/x-www-form-urlencoded").status == 413


@pytest.mark.parametrize("body, status", [
    (b"--b\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\ncheck\r\n--b--\r\n", 200), (b"--b--\r\n", 422), (b"", 400), (b"--b", 400),
    (b"--b\r\n\r\nx\r\n--b--", 400), (b"--b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nx", 400), (b"preamble\r\n--b--", 400),
    (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", 400), (b"--b\r\nX: " + b"y" * 9000 + b"\r\n\r\nx\r\n--b--", 400),
    (b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n" * 2001 + b"--b--", 413), (b"--b\nContent-Disposition: form-data; name=a\n\nx\n--b--", 400)])
def test_forms_in_parts(world, body, status):
    answer = world.ask(f"/mail/{ALICE}/write", body, Content_Type="multipart/form-data; boundary=b")
    assert answer.status == status, answer.text[:500]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b"[" * 100000, b'{"to":' * 50, b"\xff", b'{"to":1,"text":[],"rules":"x"}',
                                  b'{"to":/*"*/' + b"[" * 2000000, b"{'to':'\"'," + b"'a':[" * 400000, b'{"to":"a"} // "', b'var a={"to":"a"}'])
def test_bodies_that_are_no_draft(world, body):
    assert world.ask(f"/v1/desks/{ALICE}/send", body, Content_Type="application/json").status == 400


@pytest.mark.parametrize("size, behind", [(1, b""), (7, b""), (10000, b""), (10000, b"\r\n"), (10000, b"GET / HTTP/1.1\r\n\r\n")])
def test_a_request_in_pieces_and_what_stands_behind_it(world, size, behind):
    body = b'{"passphrase":"in pieces","modern":true}'
    octets = (f"POST /v1/desks/{ALICE}/keys/export HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nX-Postseal-Token: {world.token}\r\n"
              f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body + behind
    with socket.create_connection(("127.0.0.1", world.port), 20) as box:
        box.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(octets), size):
            box.sendall(octets[i:i + size])
        with box.makefile("rb") as answer:
            head, _, file = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and f"Content-Length: {len(file)}".encode() in head


def test_decisions_of_the_command_show_in_lists(tmp_path):
    """Another program decides, while the daemon keeps in mind what it saw."""
    with World(tmp_path) as world:
        world.send(BOB, ALICE, "a key")
        world.send(BOB, ALICE, "another letter")
        def marks():
            return [r["mark"] for r in world.letters(ALICE)]
        first = marks()
        assert first == marks() and "verified" not in first
        key = desk(world, ALICE, "people?address=" + BOB)["people"][0]["identities"][0]["root_fingerprint"]
        world.homes[ALICE].run("trust", "verify", BOB, key)
        assert marks() == ["verified", "verified"]
        world.homes[ALICE].run("trust", "refuse", BOB, key)
        assert marks() == ["refused", "refused"]
        assert "a key that you refused" in world.newest(ALICE)["sentence"]


def test_health_is_that_of_the_daemons_own_configuration(tmp_path):
    """Others lie where the command would look."""
    world, usual = World(tmp_path), tmp_path / "usual/postseal/postseald.conf"
    own = (world.home.path / "postseald.conf").rename(tmp_path / "own.conf")
    own.chmod(0o600)
    usual.parent.mkdir(parents=True)
    for other in (usual, world.home.path / "postseald.conf"):
        other.write_text("nonsense\n", encoding="utf-8")
    world.arguments, world.variables = ["--config", str(own)], world.variables | {"XDG_CONFIG_HOME": str(tmp_path / "usual")}
    with world:
        findings = world.ask("/v1/health").json()["findings"]
        assert {(f["text"], f["level"]) for f in findings if f["code"] == "config"} >= {(f"{own}: can be read", "ok")}, findings
        assert not [f for f in findings if f["level"] == "fail" or "postseald.conf" in f["text"]], findings
