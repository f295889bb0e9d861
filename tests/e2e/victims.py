"""The people that spoofed mail is tried on: Bob, who accepted the key of Alice, a stranger, and Eve."""
import datetime
import re
import shutil
import subprocess

import pytest

import lib
from forge import *  # noqa: F403 the tool box

CEO = "ceo@bank.example"
EVIL = crlf("Content-Type: text/html\n\n<b>EVIL</b>\n")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"), lib.Home)


@pytest.fixture
def bob(world, tmp_path):
    """Bob with Alice's key accepted, in a home of the test's own."""
    shutil.copytree(world.bob.path, tmp_path / "bob")
    return lib.Home(tmp_path / "bob")


@pytest.fixture
def stranger(world, tmp_path):
    """Bob, who knows nobody."""
    shutil.copytree(world.stranger.path, tmp_path / "stranger")
    return lib.Home(tmp_path / "stranger")


def learn(home, message, at=NOW):
    home.run("--at", at, "open", "--learn", stdin=message)


def recipient(home, address):
    return home.json("can-seal", address, code=None)["recipients"][0]


def identities(home, address):
    told = home.run("--json", "peers", address, code=None).stdout
    return lib.json.loads(told)["identities"] if told else []


def signed(cert, *certs, payload=None, header=None, **how):
    payload = text() if payload is None else payload
    return clear(payload, sign(payload, cert, certs, **how), header)



def bank(world):
    """A self-made key for the bank's address."""
    if not hasattr(world, "bank"):
        root = Cert(world.eve_root_key, "Bank root", ca=True)
        world.bank = Cert(world.eve_key, "Bank", [CEO], root), root
    return world.bank
