"""Two people who know each other, for tests of what leaves."""
import base64
import datetime
import json
import re
import shutil
import subprocess

import pytest

from forge import openssl
from lib import PASSPHRASE, REFUSED, UNAVAILABLE, DATA, NOW, Home, at, date, environment, field, message, one_diagnostic

ALICE, BOB, CAROL, DAVE = "alice@example.org", "bob@example.net", "carol@example.com", "dave@hidden.example"
SECRET = "Plans for the merger"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Alice knows Bob and Carol, and they know her; nobody knows Dave. Tests leave no more here than sealed mail does."""
    homes = {}
    for address in (ALICE, BOB, CAROL, DAVE):
        homes[address] = Home(tmp_path_factory.mktemp("person"))
        homes[address].add(address, "--profile", "p256")
    for address in (BOB, CAROL):
        homes[ALICE].meet(homes[address], ALICE, address)
        homes[address].meet(homes[ALICE], address, ALICE)
    return homes


@pytest.fixture
def pair(people, tmp_path):
    """Copies of Alice and Bob for tests that change what they know."""
    return tuple(Home(shutil.copytree(people[a].path, tmp_path / a)) for a in (ALICE, BOB))


def is_sealed(octets):
    kind = " ".join(field(octets, "Content-Type")).lower()
    return "pkcs7-mime" in kind and "enveloped-data" in kind


def asked(home, text, *args):
    """What leaves, or None if it was refused with the right code and nothing on standard output."""
    done = home.run("protect", *args, stdin=text, code=None)
    if done.returncode == 0:
        return done.stdout
    assert done.returncode in (REFUSED, UNAVAILABLE) and done.stdout == b""
    one_diagnostic(done.stderr)
    return None


def must_seal(home, text, *args):
    """Sealed or not at all."""
    out = asked(home, text, *args)
    assert out is None or (is_sealed(out) and SECRET.encode() not in out and b"SECRET" not in out)
    return out


def years(n, days=0):
    return (NOW + datetime.timedelta(days=365.25 * n + days)).strftime("%Y-%m-%dT%H:%M:%SZ")
