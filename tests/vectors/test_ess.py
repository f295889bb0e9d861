"""69 published DER objects: attributes, receipts, exotic recipients. Every one ends in order, none is believed."""
import pathlib

import pytest

from lib import SHARED
from test_rfc4134 import wrap

FOLDER = pathlib.Path(SHARED) / "vectors" / "ess-vectors"
KINDS = ("signed-data", "enveloped-data", "compressed-data", "authEnveloped-data")
VALID = {"rfc2634_SignedMessageTestCase", "rfc2634_SignedReceiptTestCase", "rfc3114_SecurityLabelTestCase",
         "rfc5035_SignedMessageTestCase", "rfc5035_SignedReceiptTestCase", "rfc7508_SignedMessageTestCase",
         "rfc6211_SignedMessageTestCase"}


@pytest.mark.parametrize("name", sorted(p.stem for p in FOLDER.glob("*.der")) or ["absent"])
def test_object(home, shared, name):
    octets = (FOLDER / (name + ".der")).read_bytes()
    for kind in KINDS:
        done = home.run("--json", "verify", stdin=wrap(octets, kind), code=None, timeout=10)
        assert done.returncode in (1, 65), kind
    if name in VALID:
        verdict = home.verify(wrap(octets, "signed-data"))
        # By somebody else than From: the mathematics may hold, but nothing may come of it.
        assert verdict["signature"]["present"] and verdict["summary"] == "unprotected"
