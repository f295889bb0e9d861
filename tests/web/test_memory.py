"""What people type in secret does not stay in the daemon's memory."""
import json
import os
import re
import socket
import urllib.parse
import uuid

import pytest

from world import ALICE, Browser, World


@pytest.fixture(name="world", scope="module")
def fixture_world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("memory")) as world:
        try:
            with open(f"/proc/{world.process.pid}/mem", "rb"):
                pass
        except PermissionError:
            pytest.skip("only root reads the memory of a program that forbids it")
        yield world


def found(world, word):
    """How often the word stands in what the daemon can write to."""
    count = 0
    with open(f"/proc/{world.process.pid}/maps", encoding="ascii") as maps, open(f"/proc/{world.process.pid}/mem", "rb", 0) as memory:
        for begin, end in re.findall(r"(?m)^([0-9a-f]+)-([0-9a-f]+) rw", maps.read()):
            memory.seek(int(begin, 16))
            count += memory.read(int(end, 16) - int(begin, 16)).count(word.encode())
    return count


def post(world, browser, path, kind, body):
    """Header and body in one piece, as browsers send them."""
    head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nCookie: {browser.cookie}\r\nX-Postseal-Session: {browser.token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", world.port), 60) as box:
        box.sendall(head.encode() + body)
        with box.makefile("rb") as answer:
            return int(answer.read().split(b" ", 2)[1])


def form(name, word):
    return "application/x-www-form-urlencoded", urllib.parse.urlencode({"a": "b", name: word, "token": "c"}).encode()


def parts(name, word):
    return "multipart/form-data; boundary=b", f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{word}\r\n--b--\r\n'.encode()


def plain(name, word):
    return "application/json", json.dumps({"a": [1], name: word}).encode()


@pytest.mark.parametrize("write", [form, parts, plain])
@pytest.mark.parametrize("path, name, status", [
    (f"/v1/desks/{ALICE}/keys/export", "passphrase", 200), (f"/v1/desks/{ALICE}/keys/backup", "passphrase", 200),
    (f"/v1/desks/{ALICE}/nothing", "passphrase", 404), (f"/mail/{ALICE}/unlock", "password", 303)])
def test_nothing_stays(world, path, name, status, write):
    browser = Browser(world, world.ask("/v1/login-link", b"").json()["url"])
    word = f"correct-horse-{uuid.uuid4()}-battery-staple"
    assert post(world, browser, path, *write(name, word)) == status
    assert found(world, browser.token), "whoever searches finds what is there"
    if name == "password":
        assert found(world, word), "the session knows it until it ends"
        browser.post("/logout", None)
    browser.get("/login")
    assert not found(world, word)


def test_a_passphrase_with_signs_is_the_same(world, new_home):
    """What is taken out of JSON is what a parser would have found."""
    word = 'quote" back\\slash / tab\t \u00fc \u20ac \U0001f511 end'
    octets = world.ask(f"/v1/desks/{ALICE}/keys/export", {"passphrase": word, "modern": True}).octets
    file, key = world.path / "word", world.path / "alice.p12"
    file.write_text(word + "\n", encoding="utf-8")
    key.write_bytes(octets)
    assert new_home().json("account", "import", key, "--passphrase-file", file)["address"] == ALICE
    for wrong in (b'{"passphrase":"\\ud83d"}', b'{"passphrase":"a\\u0000b"}', b'{"passphrase":["a"]}', b'{"passphrase":"a'):
        answer = world.ask(f"/v1/desks/{ALICE}/keys/export", wrong, Content_Type="application/json")
        assert answer.status == 400, (wrong, answer.status)
    assert os.path.getsize(key) > 500
