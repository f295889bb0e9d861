"""The store under other programs: two writers at once, a home that cannot be written, a full disk."""
import os
import shutil
import stat
import subprocess
import tempfile
import pathlib

import pytest

from lib import CREATE, IO, POSTSEAL, RETRY, Home, at, date, delivered, environment, message, one_diagnostic

ALICE, BOB = "alice@example.org", "bob@example.net"


def together(commands):
    """Runs all commands at once; their exit codes and diagnostics."""
    running = [subprocess.Popen(c, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
               for c in commands]
    return [(child.communicate(timeout=120)[1], child.returncode) for child in running]


def test_two_processes_add_accounts(home):
    addresses = [f"p{n}@example.org" for n in range(12)]
    done = together([home.command("account", "add", a, "--profile", "p256") for a in addresses])
    for error, code in done:
        assert code in (0, RETRY), error
    listed = {a["address"] for a in home.json_lines("account", "list")}
    assert listed == {a for a, (_, code) in zip(addresses, done) if code == 0}
    assert len(listed) >= 10
    for address in listed:
        home.protect(message(address, BOB))


def test_the_same_account_is_made_once(home):
    done = together([home.command("account", "add", ALICE, "--profile", "p256") for _ in range(6)])
    assert [code for _, code in done].count(0) == 1, done
    assert len(home.json_lines("account", "list")) == 1
    home.protect(message(ALICE, BOB))


def test_two_processes_learn(home, new_home, tmp_path):
    home.add(BOB, "--profile", "p256")
    alice = new_home()
    alice.add(ALICE, "--profile", "p256")
    files = []
    for day in range(1, 21):
        files.append(tmp_path / f"{day}.eml")
        files[-1].write_bytes(delivered(alice.protect(message(ALICE, BOB, f"{day}", Date=date(day))), day))
    done = together([home.command(*at(30), "learn", *files[n::4]) for n in range(4)])
    assert [code for _, code in done] == [0] * 4, done
    identities = home.json("peers", ALICE)["identities"]
    assert len(identities) == 1 and (identities[0]["messages"], identities[0]["days"]) == (20, 20)


def test_home_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run([POSTSEAL, "--home", str(tmp_path / "file" / "home"), "account", "add", ALICE, "--profile", "p256"],
                          capture_output=True, env=environment(), timeout=60)
    assert done.returncode == CREATE and not done.stdout


@pytest.mark.parametrize("command", [("protect", "letter.eml"), ("account", "list"), ("verify", "letter.eml"), ("can-seal", BOB), ("peers",)],
                         ids=lambda c: c[0])
def test_what_cannot_be_read_is_not_empty(tmp_path, command):
    """Else mail would pass as that of a home without accounts: unsigned, and with exit status 0."""
    (tmp_path / "file").write_text("")
    (tmp_path / "letter.eml").write_bytes(message(ALICE, BOB))
    done = subprocess.run([POSTSEAL, "--home", str(tmp_path / "file" / "home"), *command], cwd=tmp_path, stdin=subprocess.DEVNULL,
                          capture_output=True, env=environment(), timeout=60)
    assert done.returncode == CREATE and not done.stdout, done
    assert b"postseal.db" in done.stderr
    one_diagnostic(done.stderr)


@pytest.fixture
def open_folder():
    """A folder that another user can reach."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postseal-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(*args, stdin=b""):
    """Runs the command as a user who may not write; skips where that cannot be arranged."""
    who = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    try:
        return subprocess.run([POSTSEAL, *map(str, args)], input=stdin, capture_output=True, env=environment(),
                              timeout=60, cwd="/", **who)
    except PermissionError:
        pytest.skip("the program lies where another user cannot run it")


def test_read_only_home(open_folder):
    home = Home(open_folder / "home")
    home.add(ALICE, "--profile", "p256")
    for folder, _, files in os.walk(home.path):
        os.chmod(folder, 0o555)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o444)
    for args in (["account", "add", BOB, "--profile", "p256"], ["rule", "set", BOB, "sealed"]):
        done = as_nobody("--home", home.path, *args)
        assert done.returncode in (CREATE, IO) and not done.stdout, (args, done)
        one_diagnostic(done.stderr)
    done = as_nobody("--home", open_folder / "new", "account", "add", BOB)
    assert done.returncode == CREATE
    one_diagnostic(done.stderr)
    os.chmod(home.path, 0o755)
    assert [a["address"] for a in home.json_lines("account", "list")] == [ALICE]


@pytest.mark.parametrize("args", [["protect", "--level", "signed"], ["open"], ["--json", "verify"], ["explain"]], ids=lambda a: a[0])
def test_full_output(home, args):
    home.add(ALICE, "--profile", "p256")
    for text in (message(ALICE, BOB), message(ALICE, BOB, body="x\n" * 500000)):
        with open("/dev/full", "wb") as full:
            done = home.run(*args, stdin=text, code=IO, stdout=full)
        one_diagnostic(done.stderr)


@pytest.fixture
def full(tmp_path):
    """A device like /dev/full of our own, since a program that writes beside and renames would replace the real one."""
    name = tmp_path / "full"
    try:
        os.mknod(name, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        with open(name, "wb"):
            pass
    except OSError as error:
        pytest.skip(f"a device cannot be made here: {error}")
    return name


def test_full_files(home, full):
    home.add(ALICE, "--profile", "p256")
    secret = home.passphrase_file()
    home.run("open", "--verdict", full, stdin=message(ALICE, BOB), code=IO)
    for args in (["backup", full], ["account", "export", ALICE, "--p12", full]):
        assert home.run(*args, "--passphrase-file", secret, code=None).returncode in (CREATE, IO)
    assert stat.S_ISCHR(os.stat(full).st_mode), "the device was replaced by a file"


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system with hardly any room."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("a small file system cannot be mounted here: " + done.stderr.decode().strip())
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(tiny_disk):
    home = Home(tiny_disk / "home")
    made = 0
    for number in range(200):
        done = home.run("account", "add", f"p{number}@example.org", "--profile", "p256", code=None)
        if done.returncode:
            assert done.returncode in (CREATE, IO) and not done.stdout
            one_diagnostic(done.stderr)
            break
        made += 1
    else:
        pytest.fail("200 accounts fit in 256 KiB?")
    listed = home.json_lines("account", "list")
    assert len(listed) == made
