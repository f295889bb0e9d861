"""learn over a whole mailbox: on all processors, interrupted and continued, nothing counted twice."""
import json
import signal
import subprocess
import time

import pytest

from lib import NO_INPUT, NOW, at, date, delivered, environment, message

ALICE, BOB = "alice@example.org", "bob@example.net"
MESSAGES = 1200


def plain(number):
    sender = f"person{number % 97}@host{number % 13}.example"
    return delivered(message(sender, BOB, f"letter {number}", "Hello again.\n" * 40, Date=date(-number % 300)), -(number % 300))


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """Plain mail of a hundred people, every tenth letter signed by Alice."""
    from lib import Home
    alice = Home(tmp_path_factory.mktemp("alice"))
    alice.add(ALICE, "--profile", "p256")
    signed = [delivered(alice.protect(message(ALICE, BOB, f"signed {n}", Date=date(n)), "signed", *at(n)), n) for n in range(12)]
    return [signed[n // 100] if n % 100 == 0 else plain(n) for n in range(MESSAGES)]


@pytest.fixture(scope="module")
def maildir(letters, tmp_path_factory):
    box = tmp_path_factory.mktemp("mail") / "Maildir"
    for folder in ("cur", "new", "tmp", ".Sent/cur"):
        (box / folder).mkdir(parents=True)
    for number, octets in enumerate(letters):
        where = "new" if number % 3 == 0 else ".Sent/cur" if number % 7 == 0 else "cur"
        (box / where / f"{1700000000 + number}.M{number}.host{'' if where == 'new' else ':2,S'}").write_bytes(octets)
    (box / "tmp" / "half").write_bytes(b"From: half\n")
    return box


@pytest.fixture(scope="module")
def mbox(letters, tmp_path_factory):
    path = tmp_path_factory.mktemp("mail") / "mbox"
    with open(path, "wb") as out:
        for octets in letters:
            out.write(b"From x@y Thu Jan  1 00:00:00 2026\n" + octets.replace(b"\nFrom ", b"\n>From ") + b"\n")
    return path


def known(home):
    return [(p["address"], p["signed"], p["unsigned"], [(i["root_fingerprint"], i["messages"], i["days"]) for i in p["identities"]])
            for p in home.json_lines(*at(20), "peers")]


@pytest.fixture(scope="module")
def expected(letters, tmp_path_factory):
    """The same, one message after the other."""
    from lib import Home
    home = Home(tmp_path_factory.mktemp("one-by-one"))
    home.add(BOB, "--profile", "p256")
    for octets in letters[::100]:
        home.run(*at(20), "learn", "-", stdin=octets)
    return home


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_all_of_it_is_read(kind, maildir, mbox, new_home, request, expected):
    home = new_home()
    home.add(BOB, "--profile", "p256")
    learned = home.json(*at(20), "learn", request.getfixturevalue(kind))
    assert learned["messages"] == MESSAGES and learned["signed"] == 12 and learned["errors"] == 0
    assert learned["keys_new"] == 1 and learned["keys_seen"] == 12
    peers = known(home)
    assert sum(p[1] + p[2] for p in peers) == MESSAGES
    assert [p for p in peers if p[0] == ALICE] == known(expected)


def test_both_kinds_teach_the_same(maildir, mbox, new_home):
    homes = [new_home(), new_home()]
    for home, box in zip(homes, (maildir, mbox)):
        home.add(BOB, "--profile", "p256")
        home.run(*at(20), "learn", box)
    assert known(homes[0]) == known(homes[1])
    again = homes[0].json(*at(20), "learn", maildir)
    assert again["messages"] == MESSAGES and again["keys_new"] == 0
    assert known(homes[0]) == known(homes[1])


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_an_interrupted_run_goes_on(kind, maildir, mbox, new_home, request):
    box = request.getfixturevalue(kind)
    whole, home = new_home(), new_home()
    for one in (whole, home):
        one.add(BOB, "--profile", "p256")
    whole.run(*at(20), "learn", box)
    interrupted = 0
    for delay in (0.03, 0.06, 0.1, 0.15, 0.2, 0.3):
        running = subprocess.Popen(home.command(*at(20), "learn", box), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(delay)
        running.send_signal(signal.SIGKILL)
        out, _ = running.communicate()
        interrupted += not out
    done = home.run(*at(20), "--json", "learn", box)
    learned = json.loads(done.stdout)
    assert interrupted > 0 and learned["messages"] == MESSAGES and learned["signed"] == 12
    assert known(home) == known(whole)


def test_flags_may_change_meanwhile(letters, tmp_path, new_home):
    """What moved from new to cur was read all the same."""
    home = new_home()
    home.add(BOB, "--profile", "p256")
    box = tmp_path / "box"
    (box / "new").mkdir(parents=True)
    (box / "cur").mkdir()
    (box / "new" / "1.a.h").write_bytes(letters[1])
    assert home.json(*at(20), "learn", box)["messages"] == 1
    (box / "new" / "1.a.h").rename(box / "cur" / "1.a.h:2,RS")
    assert home.json(*at(20), "learn", box)["messages"] == 1
    assert sum(p[1] + p[2] for p in known(home)) == 1


def test_what_cannot_be_read_is_named(tmp_path, new_home, letters):
    home = new_home()
    home.add(BOB, "--profile", "p256")
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.eml").write_bytes(letters[1])
    (box / "b.eml").write_bytes(b"this is no mail\n\nreally\n")
    (box / "c.eml").write_bytes(b"")
    done = home.run("--json", "learn", box)
    learned = json.loads(done.stdout)
    assert learned["messages"] == 2 and learned["errors"] == 1
    assert b"b.eml: this is not a mail message" in done.stderr
    home.refuse(NO_INPUT, "learn", tmp_path / "nothing")


def test_the_order_of_arrival_counts_not_that_of_reading(tmp_path, new_home):
    """Of two keys the one that came first fills the slot, however many threads read."""
    from lib import Home
    keys = []
    box = tmp_path / "box" / "cur"
    box.mkdir(parents=True)
    for number in range(2):
        alice = Home(tmp_path / f"alice{number}")
        alice.add(ALICE, "--profile", "p256")
        keys.append(alice.json("account", "show", ALICE)["root_fingerprint"])
        octets = alice.protect(message(ALICE, BOB, "x" * (1 - number) * 200000, Date=date(number)), "signed", *at(number))
        (box / f"170000000{number}.x:2,S").write_bytes(delivered(octets, number))
    for _ in range(5):
        bob = new_home()
        bob.add(BOB, "--profile", "p256")
        bob.run(*at(3), "learn", box)
        pinned = [i["root_fingerprint"] for i in bob.json("peers", ALICE)["identities"] if i["pinned"]]
        assert pinned == [keys[0]]
