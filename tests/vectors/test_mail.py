"""300 real messages with all their faults: through protect and open they come back whole; none was ever signed."""
import concurrent.futures
import email.header
import json
import os
import pathlib
import re
import tempfile

import pytest

import lib

ALICE, BOB = "alice@example.org", "bob@example.net"
# What protection may change or add: the outermost MIME frame, and our own fields.
FRAME = {"from", "bcc", "mime-version", "content-type", "content-transfer-encoding", "postseal-status", "postseal-key"}


@pytest.fixture(scope="module")
def couple(tmp_path_factory):
    """Alice and Bob, who know each other's keys."""
    alice = lib.Home(tmp_path_factory.mktemp("alice"))
    bob = lib.Home(tmp_path_factory.mktemp("bob"))
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    alice.meet(bob, ALICE, BOB)
    return alice, bob


def corpus(shared):
    files = sorted((shared / "mail").glob("*/*.txt"))
    assert len(files) >= 300
    return files


def from_alice(octets):
    """The message as Alice would send it: only From is replaced (an account signs nothing but its own From)."""
    head, end, body = re.match(rb"(?s)(.*?\n)(\r?\n)(.*)", octets + b"\n\n").groups()
    head = re.sub(rb"(?mi)^From[ \t]*:.*\n(?:[ \t].*\n)*", b"", head)
    if octets[: len(head) + 1].endswith(b"\n\n") or body:
        body = body[: len(body) - 2]
    lines = head.split(b"\n", 1)
    at = 1 if lines[0].startswith(b"From ") else 0
    lines.insert(at, b"From: Alice <alice@example.org>")
    return b"\n".join(lines) + end + body


def unfolded(value):
    """A field value with encoded words decoded and folds removed, for comparison."""
    text = re.sub(r"\s+", " ", value).strip()
    try:
        parts = email.header.decode_header(text)
        text = "".join(p.decode(c or "latin-1", "replace") if isinstance(p, bytes) else p for p, c in parts)
    except (email.errors.HeaderParseError, LookupError, ValueError):
        pass
    return re.sub(r"\s+", "", text)


def content_fields(octets):
    return sorted((n.lower(), unfolded(v)) for n, v in lib.fields(octets) if n.lower() not in FRAME)


def leaves(octets):
    """(type, decoded octets with LF line ends) of each part that is not a container."""
    parts = [p for p in lib.parse(octets).walk() if not p.is_multipart()]
    return [(p.get_content_type(), (p.get_payload(decode=True) or b"").replace(b"\r\n", b"\n")) for p in parts]


def compare(original, opened):
    """What differs between the message before and after."""
    was, now = content_fields(original), content_fields(opened)
    found = [f"field lost: {f}" for f in was if f not in now] + [f"field new: {f}" for f in now if f not in was]
    old, new = leaves(original), leaves(opened)
    if [t for t, _ in old] != [t for t, _ in new]:
        found.append(f"parts {[t for t, _ in old]} became {[t for t, _ in new]}")
    for number, ((_, a), (_, b)) in enumerate(zip(old, new)):
        if a != b:
            at = len(os.path.commonprefix([a, b]))
            found.append(f"part {number} of {len(a)} octets differs at {at}: {a[at:at + 30]!r} became {b[at:at + 30]!r}")
    return found


def over(files, work):
    """work(octets) -> list of faults, for every file; two at a time."""
    def one(file):
        try:
            return work(file.read_bytes())
        except AssertionError as error:
            return [str(error).splitlines()[0]]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(zip(files, pool.map(one, files)))
    bad = [f"{f.parent.name}/{f.name}: {'; '.join(r[:3])[:500]}" for f, r in results if r]
    assert not bad, f"{len(bad)} of {len(files)}:\n" + "\n".join(bad[:20])


def test_none_is_called_signed(couple, shared):
    def work(octets):
        verdict = couple[1].verify(octets)
        parts = verdict["summary"], verdict["signature"]["present"], verdict["encryption"]["present"]
        return [] if parts == ("unprotected", False, False) else [f"called {parts}"]

    over(corpus(shared), work)


def test_plain_is_untouched(couple, shared):
    def work(octets):
        octets = from_alice(octets)
        bcc = lib.field(octets, "Bcc")
        return [] if bcc or couple[0].protect(octets, "plain", "--rcpt", BOB) == octets else ["changed"]

    over(corpus(shared), work)


def protect_to_bob(alice, level, octets):
    """The copy for Bob, who is in no field of the message: sealed, that is a copy of his own. None if refused."""
    if level == "signed":
        return alice.protect(octets, level, "--rcpt", BOB)
    with tempfile.TemporaryDirectory(dir=alice.path) as out:
        done = alice.run("protect", "--level", level, "--rcpt", BOB, "--out-dir", out, stdin=octets, code=None)
        if done.returncode == lib.REFUSED:
            return None
        assert done.returncode == 0, done.stderr
        for sheet in sorted(pathlib.Path(out).glob("*.json")):
            if BOB in json.loads(sheet.read_text())["to"]:
                return sheet.with_suffix(".eml").read_bytes()
    raise AssertionError("no copy for Bob")


@pytest.mark.parametrize("level", ["signed", "sealed"])
def test_comes_back_whole(couple, shared, level):
    alice, bob = couple

    def work(octets):
        octets = from_alice(octets)
        out = protect_to_bob(alice, level, octets)
        if out is None:
            return []
        if level == "sealed":
            kind = " ".join(lib.field(out, "Content-Type"))
            if "pkcs7-mime" not in kind:
                return [f"left as {kind}"]
        opened = bob.out("open", stdin=out)
        return compare(octets, opened)

    over(corpus(shared), work)


def test_signatures_hold(couple, shared):
    alice, bob = couple

    def work(octets):
        out = alice.protect(from_alice(octets), "signed", "--rcpt", BOB)
        signature = bob.verify(out)["signature"]
        return [] if signature["valid"] or signature["form"] == "none" else [signature["reason"]]

    over(corpus(shared), work)
