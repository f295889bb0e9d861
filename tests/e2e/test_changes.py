"""A key that changes: candidates that move nothing, what puts a pin in question, the old key's word for the new one."""
import json

import pytest

from lib import UNAVAILABLE, at, date, delivered, field, message

ALICE, BOB = "alice@example.org", "bob@example.net"
MX = "mx.example.net"


@pytest.fixture
def two(new_home):
    """Alice, and Bob who knows her key well: four letters over nine days."""
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    for day in (1, 2, 5, 9):
        learn(bob, letter(alice, day), day)
    return alice, bob


@pytest.fixture
def impostor(new_home):
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    return home


def letter(person, day, more=b"", **fields):
    octets = person.protect(message(ALICE, BOB, f"day {day}", Date=date(day), **fields), "signed", *at(day))
    return more + octets


def aligned(octets):
    """As Bob's own mail server found it authentic."""
    return f"Authentication-Results: {MX}; dmarc=pass header.from=example.org\n".encode() + octets


def learn(home, octets, day):
    out = home.path / "verdict.json"
    home.run(*at(day), "open", "--learn", "--verdict", out, stdin=octets)
    return json.loads(out.read_bytes())


def codes(verdict):
    return [warning["code"] for warning in verdict["warnings"]]


def state(home, day, address=ALICE):
    answer = json.loads(home.run(*at(day), "--json", "can-seal", address, code=None).stdout)["recipients"][0]
    return answer["state"], answer["reasons"]


def root_of(home):
    return home.json("account", "show", ALICE)["root_fingerprint"]


def test_one_forged_letter_moves_nothing(two, impostor):
    alice, bob = two
    verdict = learn(bob, letter(impostor, 10), 10)
    assert verdict["history"]["state"] == "changed" and codes(verdict) == ["candidate-key"]
    assert verdict["summary"] == "unprotected"
    assert "another key" in verdict["sentence"] and "stays in use" in verdict["sentence"]
    assert state(bob, 10) == ("ready", ["pinned", "candidate"])
    assert learn(bob, letter(alice, 11), 11)["summary"] == "verified"


def test_a_burst_on_one_day_moves_nothing(two, impostor):
    _, bob = two
    for number in range(8):
        learn(bob, letter(impostor, 10, X=str(number)), 10)
    assert state(bob, 10)[0] == "ready"


def test_three_days_put_the_pin_in_question(two, impostor):
    alice, bob = two
    for day in (10, 11):
        assert codes(learn(bob, letter(impostor, day), day)) == ["candidate-key"]
        assert state(bob, day)[0] == "ready"
    third = letter(impostor, 12)
    before = bob.verify(third, *at(12))
    assert codes(before) == ["key-changed"]
    assert learn(bob, third, 12)["warnings"] == before["warnings"] == bob.verify(third, *at(12))["warnings"]
    assert state(bob, 12) == ("changed", ["changed", "three-days"])
    # both keys are kept with their histories
    identities = bob.json("peers", ALICE)["identities"]
    assert [(i["pinned"], i["days"]) for i in identities] == [(True, 4), (False, 3)]


def test_refusing_makes_ready_again(two, impostor):
    _, bob = two
    for day in (10, 11, 12):
        learn(bob, letter(impostor, day), day)
    bob.run(*at(13), "trust", "refuse", ALICE, root_of(impostor))
    assert state(bob, 13)[0] == "ready"
    verdict = learn(bob, letter(impostor, 14), 14)
    assert verdict["summary"] == "unprotected" and "refused" in verdict["sentence"]
    assert state(bob, 14)[0] == "ready"


def test_accepting_makes_the_new_key_the_pin(two, impostor):
    alice, bob = two
    for day in (10, 11, 12):
        learn(bob, letter(impostor, day), day)
    bob.run(*at(13), "trust", "accept", ALICE, root_of(impostor))
    assert state(bob, 13) == ("ready", ["accepted"])
    assert learn(bob, letter(impostor, 14), 14)["summary"] == "verified"
    # the old key's old mail keeps its verdict, its new mail is a candidate's again
    assert codes(learn(bob, letter(alice, 15), 15)) == ["candidate-key"]


def test_one_aligned_letter_puts_the_pin_in_question(two, impostor):
    _, bob = two
    bob.run("account", "set", BOB, "--authserv-id", MX)
    assert codes(learn(bob, aligned(letter(impostor, 10)), 10)) == ["key-changed"]
    assert state(bob, 10) == ("changed", ["changed", "aligned"])


def test_a_server_that_was_not_named_is_not_believed(two, impostor):
    _, bob = two
    assert codes(learn(bob, aligned(letter(impostor, 10)), 10)) == ["candidate-key"]
    bob.run("account", "set", BOB, "--authserv-id", "other.example.net")
    assert codes(learn(bob, aligned(letter(impostor, 11)), 11)) == ["candidate-key"]
    assert state(bob, 11)[0] == "ready"


def test_an_answer_to_our_own_letter_is_aligned(two, impostor):
    _, bob = two
    sent = bob.protect(message(BOB, ALICE, "hello"), "signed", "--rcpt", ALICE)
    mine = field(sent, "Message-ID")[0]
    verdict = learn(bob, letter(impostor, 10, In_Reply_To=mine), 10)
    assert codes(verdict) == ["key-changed"] and state(bob, 10)[0] == "changed"


def test_two_aligned_keys_from_the_start_are_a_conflict(new_home, impostor):
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    bob.run("account", "set", BOB, "--authserv-id", MX)
    learn(bob, aligned(letter(alice, 1)), 1)
    verdict = learn(bob, aligned(letter(impostor, 2)), 2)
    assert verdict["history"]["state"] == "conflict" and codes(verdict) == ["key-conflict"]
    assert state(bob, 2)[0] == "conflict"


def test_a_handover_is_accepted_in_silence(two):
    alice, bob = two
    old = root_of(alice)
    alice.run(*at(10), "account", "rotate", ALICE, "--new-root")
    new = letter(alice, 11)
    before = bob.verify(new, *at(11))
    verdict = learn(bob, new, 11)
    assert verdict == before == bob.verify(new, *at(11))
    assert verdict["summary"] == "verified" and verdict["warnings"] == []
    assert verdict["sentence"] == f"Signed by {ALICE} with a new key; the key known before vouches for it."
    assert state(bob, 11) == ("ready", ["handed-over"])
    identities = bob.json("peers", ALICE)["identities"]
    assert [i["pinned"] for i in identities] == [True, False]
    assert identities[0]["root_fingerprint"] == root_of(alice) and identities[1]["root_fingerprint"] == old


def test_a_handover_over_a_root_that_was_never_seen(two):
    alice, bob = two
    for day in (10, 11):
        alice.run(*at(day), "account", "rotate", ALICE, "--new-root")
    assert learn(bob, letter(alice, 12), 12)["summary"] == "verified"
    assert state(bob, 12)[0] == "ready"


def test_a_handover_is_told_for_a_year(two):
    alice, bob = two
    alice.run(*at(10), "account", "rotate", ALICE, "--new-root")
    assert b"Postseal-Handover" in letter(alice, 370)
    assert b"Postseal-Handover" not in letter(alice, 380)


def test_a_key_that_others_may_have_hands_nothing_over(two):
    alice, bob = two
    alice.run(*at(10), "account", "rotate", ALICE, "--new-root", "--compromised")
    octets = letter(alice, 11)
    assert b"Postseal-Handover" not in octets
    assert codes(learn(bob, octets, 11)) == ["candidate-key"]


def test_a_compared_key_has_to_be_compared_again(two):
    alice, bob = two
    bob.run(*at(9), "trust", "verify", ALICE, root_of(alice))
    alice.run(*at(10), "account", "rotate", ALICE, "--new-root")
    assert codes(learn(bob, letter(alice, 11), 11)) == ["key-changed"]
    assert state(bob, 11)[1][:2] == ["changed", "hand-over"]
    bob.run(*at(12), "trust", "verify", ALICE, root_of(alice))
    assert state(bob, 12) == ("ready", ["verified"])


def test_two_handovers_from_one_root(two, tmp_path):
    """Whoever stole the old root can hand over, too: the second one is not believed in silence."""
    alice, bob = two
    import shutil
    thief = type(alice)(shutil.copytree(alice.path, tmp_path / "thief"))
    for person in (alice, thief):
        person.run(*at(10), "account", "rotate", ALICE, "--new-root")
    assert learn(bob, letter(alice, 11), 11)["summary"] == "verified"
    verdict = learn(bob, letter(thief, 12), 12)
    assert codes(verdict) == ["key-changed"] and verdict["summary"] == "unprotected"
    assert state(bob, 12)[0] == "changed"


def test_a_handover_outside_of_the_signature_is_none(two, impostor):
    alice, bob = two
    alice.run(*at(10), "account", "rotate", ALICE, "--new-root")
    stolen = field(letter(alice, 11), "Postseal-Handover")[0]
    forged = f"Postseal-Handover: {stolen}\n".encode() + letter(impostor, 11)
    assert codes(learn(bob, forged, 11)) == ["candidate-key"]
    assert state(bob, 11)[0] == "ready"


def test_unsigned_mail_never_unpins(two):
    _, bob = two
    for day in range(10, 20):
        learn(bob, message(ALICE, BOB, f"plain {day}", Date=date(day)), day)
    assert state(bob, 20) == ("ready", ["pinned"])


def test_a_future_or_an_old_signing_time_updates_nothing(two):
    alice, bob = two
    leaf = bob.json("peers", ALICE)["identities"][0]["leaf_fingerprint"]
    older = letter(alice, 9, X="old")
    alice.run(*at(10), "account", "rotate", ALICE)
    learn(bob, letter(alice, 11), 11)
    renewed = bob.json("peers", ALICE)["identities"][0]["leaf_fingerprint"]
    assert renewed != leaf
    learn(bob, older, 12)
    learn(bob, letter(alice, 30), 13)
    assert bob.json("peers", ALICE)["identities"][0]["leaf_fingerprint"] == renewed


def test_a_compromised_leaf_is_not_sealed_to(two):
    alice, bob = two
    alice.run(*at(10), "account", "rotate", ALICE, "--compromised")
    learn(bob, letter(alice, 11), 11)
    assert state(bob, 11)[0] == "ready"
    assert bob.json("peers", ALICE)["identities"][0]["leaf_fingerprint"] == alice.json("account", "show", ALICE)["leaf_fingerprint"]


def test_history_is_told_in_words(two):
    alice, bob = two
    for day in range(12, 17):
        learn(bob, letter(alice, day), day)
    sentence = bob.verify(letter(alice, 18), *at(18))["sentence"]
    assert "the 10th time, over 9 days since" in sentence and "verified" not in sentence.lower()
    assert "Signed by alice@example.org with the same key as before" in sentence


def test_learning_out_of_a_mailbox_sees_the_change(new_home, impostor, tmp_path):
    alice, bob = new_home(), new_home()
    alice.add(ALICE, "--profile", "p256")
    bob.add(BOB, "--profile", "p256")
    box = tmp_path / "box" / "cur"
    box.mkdir(parents=True)
    for day, who in ((1, alice), (4, alice), (9, alice), (20, impostor), (21, impostor), (25, impostor)):
        (box / f"{1700000000 + day}.x:2,S").write_bytes(delivered(letter(who, day), day))
    bob.run(*at(30), "learn", box.parent)
    assert state(bob, 30)[0] == "changed"


def test_an_expired_leaf_does_not_turn_old_mail_red(two):
    alice, bob = two
    seen = letter(alice, 10)
    assert learn(bob, seen, 10)["summary"] == "verified"
    unseen = letter(alice, 11)
    years = 6 * 365
    assert bob.verify(seen, *at(years)) == bob.verify(seen, *at(10))
    assert bob.verify(unseen, *at(years))["signer"]["chain"] == "expired"
    # a refusal judges again
    bob.run(*at(12), "trust", "refuse", ALICE, root_of(alice))
    assert bob.verify(seen, *at(12))["summary"] == "unprotected"


def test_the_readable_message_says_it_in_a_sentence(two):
    alice, bob = two
    forged = b'Postseal-Status: confidential; text="Trust me."\n' + letter(alice, 10)
    view = bob.run(*at(10), "open", stdin=forged).stdout
    status = field(view, "Postseal-Status")
    assert len(status) == 1 and status[0].startswith("verified; signature=ok")
    assert 'text="Signed by alice@example.org with the same key as before' in status[0]


@pytest.mark.parametrize("above,below,kept", [
    ("", "", 0),
    ("Received: from x by mx; now\n", "", 1),
    ("", "Received: from x by mx; now\n", 1),
    ("Received: from x by mx; now\nX-Other: 1\n", "", 0),
    ("Received: from x by mx; now\nReceived: from y by x; now\n", "", 0),
])
def test_results_that_no_server_of_ours_wrote_are_not_shown(two, above, below, kept):
    alice, bob = two
    field_line = f"Authentication-Results: {MX}; dmarc=pass header.from=example.org\n"
    octets = (above + field_line + below).encode() + letter(alice, 10)
    assert len(field(bob.run(*at(10), "open", stdin=octets).stdout, "Authentication-Results")) == kept
    imitated = octets.replace(b"dmarc=pass", b"smime=pass")
    assert field(bob.run(*at(10), "open", stdin=imitated).stdout, "Authentication-Results") == []
