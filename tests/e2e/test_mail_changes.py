"""src/mail while other programs change the same mailbox, on servers that can less, and under kill -9."""
import shutil
import signal
import subprocess

import pytest

import fake_imap
from provider import Provider
from test_mail_source import DELETED, DRAFT, MAIL_SOURCE, NOT_FOUND, SEEN, imap_source, letter

ALICE = "alice@example.test"
FEW = "IMAP4rev1 LITERAL+ IDLE"


@pytest.fixture(scope="module", name="provider")
def fixture_provider():
    with Provider({ALICE: "alice-secret"}) as p:
        yield p


class Simple(Provider):
    """A provider without UIDPLUS, MOVE and SPECIAL-USE."""

    def write_dovecot(self):
        super().write_dovecot()
        with open(self.folder / "dovecot.conf", "a", encoding="ascii") as conf:
            conf.write(f"imap_capability = {FEW}\n")


@pytest.fixture(scope="module", name="simple")
def fixture_simple():
    with Simple({ALICE: "alice-secret"}) as p:
        yield p


@pytest.fixture(name="box", params=["provider", "simple"])
def fixture_box(request):
    """(provider, an IMAP session of another program, a source): empty."""
    provider = request.getfixturevalue(request.param)
    other = provider.imap(ALICE)
    for folder in ("INBOX", "Trash", "Drafts"):
        if int(other.select(folder)[1][0]) > 0:
            other.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        other.expunge()
    other.select("INBOX")
    with imap_source(provider) as source:
        yield provider, other, source
    other.logout()


def test_a_draft_saved_anew_is_one_draft(box, tmp_path):
    """Whoever saves gets to know the id, or could never remove the draft before."""
    _, _, source = box
    path, before = tmp_path / "in", None
    for version in range(3):
        path.write_bytes(letter(version))
        [name] = source("append", "Drafts", path, SEEN | DRAFT)
        assert source.read("Drafts", name, tmp_path / "out") == letter(version)
        if before:
            source("remove", "Drafts", before)
        before = name
    assert source.list("Drafts")[0] == 1 and source.list("Drafts")[1][0][0] == before


def test_who_appends_at_the_same_time_is_not_mistaken(box, tmp_path):
    """Letters of the same size, by another program, between ours."""
    _, other, source = box
    path = tmp_path / "in"
    for n in range(8):
        path.write_bytes(letter(2 * n + 10))
        source("begin", "append", "Drafts", path, SEEN)
        other.append("Drafts", None, None, letter(2 * n + 11))
        [name] = source("end")
        assert name == "-" or source.read("Drafts", name, tmp_path / "out") == letter(2 * n + 10)
    assert source.list("Drafts")[0] == 16


def test_moving_loses_and_doubles_nothing(box, tmp_path):
    provider, _, source = box
    for n in range(3):
        provider.deliver(ALICE, letter(n))
    _, page = source.list("INBOX")
    source("move", "INBOX", page[1][0], "Trash")
    _, [(name, *_)] = source.list("Trash")
    assert source.read("Trash", name, tmp_path / "out") == letter(1)
    assert [e[0] for e in source.list("INBOX")[1]] == [page[0][0], page[2][0]]


def test_what_others_marked_deleted_stays(box):
    """Only the letter that is removed goes out of the folder."""
    provider, other, source = box
    for n in range(3):
        provider.deliver(ALICE, letter(n))
    other.select("INBOX")
    other.store("1", "+FLAGS", r"(\Deleted)")
    _, page = source.list("INBOX")
    source("remove", "INBOX", page[0][0])
    left = {e[0]: e[1] for e in source.list("INBOX")[1]}
    assert page[2][0] in left and page[1][0] in left
    assert left.get(page[0][0], DELETED) & DELETED


def test_moving_where_there_is_no_folder(box):
    provider, _, source = box
    provider.deliver(ALICE, letter(1))
    _, [(name, *_)] = source.list("INBOX")
    assert source.refuses("move", "INBOX", name, "Nowhere") == NOT_FOUND
    assert source.list("INBOX")[1] == [(name, 0, *source.list("INBOX")[1][0][2:])]


def test_expunged_between_list_and_open(box, tmp_path):
    provider, other, source = box
    for n in range(2):
        provider.deliver(ALICE, letter(n))
    _, page = source.list("INBOX")
    other.select("INBOX")
    other.store("2", "+FLAGS", r"(\Deleted)")
    other.expunge()
    gone, there = page[0][0], page[1][0]
    for words in (("read", "INBOX", gone, tmp_path / "out"), ("flag", "INBOX", gone, SEEN, 0), ("move", "INBOX", gone, "Trash"),
                  ("remove", "INBOX", gone)):
        assert source.refuses(*words) == NOT_FOUND, words
    assert source.read("INBOX", there, tmp_path / "out") == letter(0)
    assert source.list("INBOX")[0] == 1 and source.list("Trash")[0] == 0


@pytest.mark.parametrize("change", ["rename", "delete", "made anew"])
def test_a_folder_that_went_away_while_it_was_open(box, tmp_path, change):
    _, other, source = box
    path = tmp_path / "in"
    path.write_bytes(letter(1))
    other.create("Old")
    source("append", "Old", path, 0)
    _, [(name, *_)] = source.list("Old")
    if change == "rename":
        other.rename("Old", "New")
    else:
        other.delete("Old")
    if change == "made anew":
        other.create("Old")
        other.append("Old", None, None, letter(2))
    for words in (("read", "Old", name, tmp_path / "out"), ("move", "Old", name, "Trash"), ("remove", "Old", name)):
        assert source.refuses(*words) == NOT_FOUND, words
    if change == "made anew":
        assert source.list("Old")[0] == 1
    else:
        assert source.refuses("list", "Old", 0, 10) == NOT_FOUND
        assert source.refuses("append", "Old", path, 0) == NOT_FOUND
    if change == "rename":
        _, [(name, *_)] = source.list("New")
        assert source.read("New", name, tmp_path / "out") == letter(1)
    for folder in ("Old", "New"):
        other.delete(folder)


@pytest.mark.parametrize("name, coded", [
    ("Entwürfe", "Entw&APw-rfe"), ("A & B", "A &- B"), ("日本語", "&ZeVnLIqe-"), ("Δ/ж", "&A5Q-/&BDY-"), ('q"uo\\te', 'q"uo\\te'), ("x y", "x y")])
def test_folders_in_other_scripts(box, tmp_path, name, coded):
    """The coded names are of RFC 3501 section 5.1.3, by hand."""
    _, other, source = box
    path = tmp_path / "in"
    path.write_bytes(letter(1))
    quoted = '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert other.create(quoted)[0] == "OK"
    listed = {f.split("|")[0]: f.split("|")[1] for f in source("folders")}
    assert listed[coded] == name
    source("append", coded, path, 0)
    _, [(letter_id, *_)] = source.list(coded)
    assert source.read(coded, letter_id, tmp_path / "out") == letter(1)
    other.delete(quoted)


def test_folders_in_plain_utf8(tmp_path):
    """As servers say them that have UTF8=ACCEPT and say so to everybody."""
    with fake_imap.FakeImap(tmp_path, fake_imap.CAPABILITY + b" UTF8=ACCEPT") as fake:
        fake.boxes = {b"INBOX": [], "Entwürfe".encode(): []}
        fake.fill(letter(1), box="Entwürfe".encode())
        with imap_source(fake, seconds=3) as source:
            listed = {f.split("|")[0]: f.split("|")[1:3] for f in source("folders")}
            assert listed["Entwürfe"] == ["Entwürfe", "drafts"]
            assert source.list("Entwürfe")[0] == 1


# -- kill -9 at each call to the kernel that a change of a Maildir makes

CALLS = ("openat", "write", "fsync", "rename", "renameat", "renameat2", "linkat", "unlinkat", "mkdirat", "close")


class Killed:
    """mail_source on a fresh copy of a Maildir, told some lines; killed when it makes the nth call of a name, or not."""

    def __init__(self, folder, before, lines, kind=("maildir", "box")):
        if not shutil.which("strace"):
            pytest.skip("strace is not installed")
        self.folder, self.before, self.lines = folder, before, "".join(line + "\n" for line in lines)
        self.kind = kind

    def run(self, *options):
        shutil.rmtree(self.folder / "box", ignore_errors=True)
        shutil.copytree(self.before, self.folder / "box")
        log = self.folder / "log"
        done = subprocess.run(["strace", "-f", "-o", log, "-e", f"trace=read,{','.join(CALLS)}", *options, MAIL_SOURCE, *self.kind],
                              cwd=self.folder, input=self.lines, capture_output=True, text=True, timeout=60)
        if "ptrace" in done.stderr and done.returncode not in (0, -signal.SIGKILL):
            pytest.skip("strace may not trace here: " + done.stderr)
        return done, log.read_text(encoding="utf-8", errors="replace").splitlines()

    def points(self):
        """(name, n) of each call from the first line on."""
        done, log = self.run()
        assert done.returncode == 0 and "error" not in done.stdout, done
        names = [line.split(None, 1)[1].partition("(")[0] for line in log]
        begin = next(i for i, line in enumerate(log) if names[i] == "read" and "read(0," in line)
        return [(name, names[:i + 1].count(name)) for i, name in enumerate(names) if i > begin and name in CALLS]

    def letters(self):
        """{folder: the messages in it, in order}, as any program sees them."""
        found = {}
        for name in ("INBOX", ".Drafts", ".Trash"):
            folder = self.folder / "box" / ("." if name == "INBOX" else name)
            found[name] = [f.read_bytes() for part in ("cur", "new") for f in sorted((folder / part).iterdir())]
        return found

    def each(self):
        """After each kill: (where, letters)."""
        points = self.points()
        assert len(points) > 3
        for name, n in points:
            done, _ = self.run("-e", f"inject={name}:signal=SIGKILL:when={n}")
            assert done.returncode in (-signal.SIGKILL, 137), (name, n, done)
            yield (name, n), self.letters()


@pytest.fixture(name="before")
def fixture_before(tmp_path):
    """A Maildir with two letters in the INBOX and a draft."""
    for folder in (".", ".Drafts", ".Trash"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / "before" / folder / part).mkdir(parents=True)
    (tmp_path / "before/new/1700000000.a.host").write_bytes(letter(1))
    (tmp_path / "before/cur/1700000001.b.host:2,S").write_bytes(letter(2))
    (tmp_path / "before/.Drafts/cur/1700000002.c.host:2,DS").write_bytes(letter(3))
    (tmp_path / "in").write_bytes(letter(4))
    return tmp_path / "before"


def all_of(letters):
    return sorted(octets for folder in letters.values() for octets in folder)


OLD = [letter(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("line", ["flag INBOX 1700000000.a.host 1 0", "flag INBOX 1700000001.b.host 2 1",
                                  "move INBOX 1700000000.a.host Trash", "move Drafts 1700000002.c.host INBOX"])
def test_a_kill_while_flagging_or_moving(tmp_path, before, line):
    for where, letters in Killed(tmp_path, before, [line]).each():
        assert all_of(letters) == OLD, where


def test_a_kill_while_removing(tmp_path, before):
    for where, letters in Killed(tmp_path, before, ["remove INBOX 1700000001.b.host"]).each():
        assert all_of(letters) in (OLD, [letter(1), letter(3)]), where


def test_a_kill_while_a_draft_is_saved_anew(tmp_path, before):
    """It is the old one, or the new one, or for a moment both."""
    lines = [f"append Drafts {tmp_path / 'in'} {SEEN | DRAFT}", "remove Drafts 1700000002.c.host"]
    seen = set()
    for where, letters in Killed(tmp_path, before, lines).each():
        drafts = tuple(sorted(letters[".Drafts"]))
        assert drafts in {(letter(3),), (letter(3), letter(4)), (letter(4),)}, where
        assert len(all_of(letters)) == 2 + len(drafts), where
        seen.add(drafts)
    assert len(seen) == 3


def test_a_kill_while_the_local_post_delivers(tmp_path, before):
    """Each mailbox has it once or not at all, never a part of it."""
    kind = ("post", "a@example.test", "box", "b@example.test", "box/.Trash")
    line = f"send all {tmp_path / 'in'} a@example.test a@example.test b@example.test"
    for where, letters in Killed(tmp_path, before, [line], kind).each():
        more = [octets for octets in all_of(letters) if octets not in OLD]
        assert len(more) <= 2 and all(octets.endswith(letter(4)) for octets in more), where
        assert len({octets.partition(b"From:")[0] for octets in more}) == len(more), where


def test_a_file_system_that_cannot_refuse_to_replace(tmp_path, before):
    """There a letter is not written over by another of the same name either."""
    (before / ".Trash/cur/1700000001.b.host:2,S").write_bytes(letter(5))
    trial = Killed(tmp_path, before, ["move INBOX 1700000001.b.host Trash", "flag INBOX 1700000000.a.host 1 0"])
    done, log = trial.run("-e", "inject=renameat2:error=EINVAL")
    assert "error" not in done.stdout and any("INJECTED" in line for line in log)
    assert trial.letters() == {"INBOX": [letter(1)], ".Drafts": [letter(3)], ".Trash": [letter(5), letter(2)]}
