"""What is believed of whom: first contact, pins that bind, candidates, the person's own decisions."""
import json

import pytest

from lib import UNAVAILABLE, at, date, delivered, message

ALICE, BOB = "alice@example.org", "bob@example.net"
NEVER = "00" * 32


@pytest.fixture
def two(new_home):
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    return alice, bob


def letter(person, day, **fields):
    """A signed message of Alice to Bob so many days from now."""
    return person.protect(message(ALICE, BOB, f"day {day}", Date=date(day), **fields))


def test_first_contact_only_carries_a_key(two):
    alice, bob = two
    first = letter(alice, 0)
    verdict = bob.verify(first)
    assert verdict["signature"]["valid"] and verdict["signer"]["matches_from"]
    assert verdict["history"]["state"] == "first" and verdict["summary"] == "unprotected"
    assert bob.json("can-seal", ALICE, code=UNAVAILABLE)["recipients"][0]["state"] == "none"
    _, opened = bob.open(first, "--learn")
    assert opened["summary"] == "unprotected" and opened["history"]["state"] == "first"
    ready = bob.json("can-seal", ALICE)
    assert ready["ready"] and ready["own"] == "ready"
    recipient = ready["recipients"][0]
    assert recipient["state"] == "ready" and recipient["reasons"] == ["first-contact"]


def test_verify_and_open_without_learn_remember_nothing(two):
    alice, bob = two
    bob.verify(letter(alice, 0))
    bob.open(letter(alice, 0))
    assert bob.json("can-seal", ALICE, code=UNAVAILABLE)["recipients"][0]["state"] == "none"
    assert bob.out("--json", "peers") == b""


def test_learning_twice_counts_once(two):
    alice, bob = two
    first = letter(alice, 0)
    for _ in range(3):
        bob.run("open", "--learn", stdin=first)
    assert bob.json("peers", ALICE)["identities"][0]["messages"] == 1


def test_a_pin_binds_after_three_messages_on_three_days_over_a_week(two):
    alice, bob = two
    for day, state in ((1, "first"), (2, "new"), (5, "new"), (9, None), (10, "same")):
        verdict = open_at(bob, alice, day)
        if state:
            assert verdict["history"]["state"] == state, day
            assert verdict["summary"] == ("verified" if state == "same" else "unprotected"), day


def open_at(bob, alice, day):
    out = bob.path / "v.json"
    bob.run(*at(day), "open", "--learn", "--verdict", out, stdin=letter(alice, day))
    return json.loads(out.read_bytes())


def test_a_pin_does_not_bind_within_a_day(two):
    alice, bob = two
    for number in range(6):
        bob.run(*at(21), "open", "--learn", stdin=alice.protect(message(ALICE, BOB, f"{number}", Date=date(21))))
    verdict = bob.verify(letter(alice, 21, X="1"), *at(21))
    assert verdict["history"]["state"] == "new" and verdict["summary"] == "unprotected"


def test_accepting_binds_at_once(two):
    alice, bob = two
    bob.run("open", "--learn", stdin=letter(alice, 0))
    root = bob.json("peers", ALICE)["identities"][0]["root_fingerprint"]
    loud = ":".join(root[i : i + 2] for i in range(0, 64, 2)).upper()
    bob.run("trust", "accept", ALICE, loud)
    verdict = bob.verify(letter(alice, 0))
    assert verdict["summary"] == "verified" and verdict["signer"]["chain"] == "pinned"
    assert bob.run("verify", stdin=letter(alice, 0)).returncode == 0


def test_comparing_is_remembered(two):
    alice, bob = two
    bob.run("open", "--learn", stdin=letter(alice, 0))
    root = bob.json("peers", ALICE)["identities"][0]["root_fingerprint"]
    bob.run("trust", "verify", ALICE, root)
    assert bob.json("peers", ALICE)["identities"][0]["verified"]


def test_refusing_is_obeyed(two):
    alice, bob = two
    bob.run("open", "--learn", stdin=letter(alice, 0))
    root = bob.json("peers", ALICE)["identities"][0]["root_fingerprint"]
    bob.run("trust", "refuse", ALICE, root)
    assert bob.json("can-seal", ALICE, code=UNAVAILABLE)["recipients"][0]["state"] == "refused"
    assert bob.verify(letter(alice, 0))["summary"] == "unprotected"


def test_unknown_fingerprint(two):
    _, bob = two
    bob.refuse(UNAVAILABLE, "trust", "accept", ALICE, NEVER)


def test_a_foreign_key_for_a_filled_slot_moves_nothing(two, new_home):
    alice, bob = two
    mallory = new_home()
    mallory.add(ALICE, "--profile", "p256")
    bob.run("open", "--learn", stdin=letter(alice, 0))
    before = bob.json("can-seal", ALICE)["recipients"][0]
    bob.run("open", "--learn", stdin=letter(mallory, 0))
    after = bob.json("can-seal", ALICE)["recipients"][0]
    assert after["state"] == "ready" and after["fingerprint"] == before["fingerprint"]
    assert bob.verify(letter(mallory, 0))["summary"] == "unprotected"
    pinned = [i for i in bob.json("peers", ALICE)["identities"] if i["pinned"]]
    assert len(pinned) == 1


def test_renewal_under_the_pinned_root_is_silent(two):
    alice, bob = two
    bob.run("open", "--learn", stdin=letter(alice, 0))
    alice.run("account", "rotate", ALICE)
    bob.run("open", "--learn", stdin=letter(alice, 0))
    recipient = bob.json("can-seal", ALICE)["recipients"][0]
    assert recipient["state"] == "ready"
    assert b"secret" in alice.open(bob.protect(message(BOB, ALICE, "x", "secret\n"), "sealed"))[0]


def test_signer_that_does_not_match_from(two):
    alice, bob = two
    forged = letter(alice, 0).replace(b"From: " + ALICE.encode(), b"From: ceo@example.org")
    verdict = bob.verify(forged)
    assert verdict["summary"] == "unprotected"
    assert not verdict.get("signer", {}).get("matches_from") or not verdict["signature"]["valid"]
    bob.run("open", "--learn", stdin=forged)
    assert bob.json("can-seal", "ceo@example.org", code=UNAVAILABLE)["recipients"][0]["state"] == "none"


def test_own_address_is_never_harvested(two, new_home):
    _, bob = two
    other = new_home()
    other.add(BOB, "--profile", "p256")
    bob.run("open", "--learn", stdin=other.protect(message(BOB, BOB)))
    assert bob.out("--json", "peers") == b""


def test_learn_from_folders(two, tmp_path):
    alice, bob = two
    letters = [delivered(letter(alice, day), day) for day in range(1, 11)]
    single = tmp_path / "one.eml"
    single.write_bytes(letters[0])
    maildir = tmp_path / "Maildir"
    for sub in ("cur", "new", "tmp"):
        (maildir / sub).mkdir(parents=True)
    for number, text in enumerate(letters[1:5]):
        (maildir / ("cur" if number % 2 else "new") / f"{number}.host:2,S").write_bytes(text)
    mbox = tmp_path / "mbox"
    mbox.write_bytes(b"".join(b"From alice@example.org Sat Nov 21 10:00:00 2026\n" + t + b"\n" for t in letters[5:]))
    told = bob.json(*at(30), "learn", single, maildir, mbox)
    assert told["messages"] == 10 and told["signed"] == 10 and told["errors"] == 0
    assert told["keys_new"] == 1
    again = bob.json(*at(30), "learn", single, maildir, mbox)
    assert again["keys_new"] == 0
    pin = bob.json("peers", ALICE)["identities"][0]
    assert (pin["messages"], pin["days"]) == (10, 10)


def test_can_seal_of_several(two):
    alice, bob = two
    bob.run("open", "--learn", stdin=letter(alice, 0))
    told = bob.json("can-seal", ALICE, "carol@example.net", code=UNAVAILABLE)
    assert not told["ready"]
    assert [r["state"] for r in told["recipients"]] == ["ready", "none"]
    assert told["recipients"][1]["how_to"] and "how_to" in told
