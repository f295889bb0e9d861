"""kill -9 at a hundred moments of each command that writes: keys and pins stay whole, and the next run works."""
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from lib import at, date, delivered, environment, message

ALICE, BOB = "alice@example.org", "bob@example.net"
ROUNDS = 100
SEED = 20261121


def duration(home, *args):
    start = time.monotonic()
    home.run(*args)
    return time.monotonic() - start


def killed_at(home, delay, *args):
    """Runs a command and kills it after `delay`; says whether it was still running."""
    child = subprocess.Popen(home.command(*args), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, env=environment())
    try:
        child.wait(delay)
        assert child.returncode in (0, 73, 75), child.stderr.read()
        return False
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
        return True
    finally:
        child.stderr.close()


def delays(longest):
    rng = random.Random(SEED)
    return [rng.uniform(0, longest) for _ in range(ROUNDS)]


def databases_are_whole(home):
    found = [p for p in pathlib.Path(home.path).rglob("*") if p.is_file() and p.read_bytes()[:15] == b"SQLite format 3"]
    assert found
    for name in found:
        with sqlite3.connect(name) as base:
            assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert base.execute("PRAGMA foreign_key_check").fetchall() == []


def account_works(home, reader, address):
    """The account signs, and reads what is sealed to it."""
    signed = home.protect(message(address, BOB))
    assert reader.verify(signed)["signature"]["valid"]
    assert home.json("account", "show", address)["address"] == address


@pytest.fixture
def bob(new_home):
    bob = new_home()
    bob.add(BOB, "--profile", "p256")
    return bob


def test_account_add(home, bob):
    home.add("first@example.org", "--profile", "p256")  # the store is made once, which takes longer
    longest = duration(home, "account", "add", "second@example.org", "--profile", "p256")
    kills, made = 0, {"first@example.org", "second@example.org"}
    for number, delay in enumerate(delays(longest)):
        address = f"p{number}@example.org"
        kills += killed_at(home, delay, "account", "add", address, "--profile", "p256")
        listed = {a["address"] for a in home.json_lines("account", "list")}
        assert made <= listed <= made | {address}
        made = listed
        if address in listed:
            account_works(home, bob, address)
    databases_are_whole(home)
    assert kills > ROUNDS // 4
    home.add("last@example.org", "--profile", "p256")
    account_works(home, bob, "last@example.org")


def test_learn(home, bob, new_home, tmp_path):
    folder = tmp_path / "Maildir"
    for sub in ("cur", "new", "tmp"):
        (folder / sub).mkdir(parents=True)
    people = [new_home() for _ in range(4)]
    for number, person in enumerate(people):
        address = f"peer{number}@example.org"
        person.add(address, "--profile", "p256")
        for day in range(1, 11):
            text = person.protect(message(address, BOB, f"day {day}", Date=date(day)))
            (folder / "new" / f"{number}.{day}.host").write_bytes(delivered(text, day))
    trial = new_home()
    trial.add(BOB, "--profile", "p256")
    longest = duration(trial, *at(30), "learn", folder)
    kills, before = 0, {}
    for delay in delays(longest):
        kills += killed_at(bob, delay, *at(30), "learn", folder)
        now = {p["address"]: p["identities"][0] for p in bob.json_lines("peers")}
        for address, pin in before.items():
            assert now[address]["root_fingerprint"] == pin["root_fingerprint"] and now[address]["pinned"]
            assert now[address]["messages"] >= pin["messages"]
        before = now
    databases_are_whole(bob)
    assert kills > ROUNDS // 4
    bob.run(*at(30), "learn", folder)
    for number in range(len(people)):
        pin = bob.json("peers", f"peer{number}@example.org")["identities"][0]
        assert (pin["messages"], pin["days"]) == (10, 10)


def test_account_rotate(home, bob):
    home.add(ALICE, "--profile", "p256")
    bob.meet(home, BOB, ALICE)
    letters = [bob.protect(message(BOB, ALICE, "x", "secret\n"), "sealed")]
    longest = duration(home, "account", "rotate", ALICE)
    kills = 0
    for number, delay in enumerate(delays(longest)):
        kills += killed_at(home, delay, "account", "rotate", ALICE)
        account_works(home, bob, ALICE)
        if number % 10 == 0:
            bob.run("open", "--learn", stdin=home.protect(message(ALICE, BOB, f"{number}")))
            letters.append(bob.protect(message(BOB, ALICE, "x", "secret\n"), "sealed"))
        assert b"secret" in home.open(letters[number % len(letters)])[0]
    databases_are_whole(home)
    assert kills > ROUNDS // 4
    for letter in letters:
        assert b"secret" in home.open(letter)[0]
