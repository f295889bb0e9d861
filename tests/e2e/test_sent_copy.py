"""What is filed in Sent in place of a sealed upload can be read by its author, whoever shares his copy."""
import shutil

import pytest

from daemon import Daemon
from fake_imap import FakeImap
from fake_smtp import FakeSmtp
from lib import Home, message

ALICE, BOB, CAROL = (f"{name}@example.test" for name in ("alice", "bob", "carol"))
SECRET = b"the secret text"


class Both:
    """One provider, of two servers."""

    def __init__(self, folder):
        (folder / "imap").mkdir()
        (folder / "smtp").mkdir()
        self.imap, self.smtp = FakeImap(folder / "imap"), FakeSmtp(folder / "smtp")
        self.users = self.smtp.users
        self.ca = folder / "both.pem"
        self.ca.write_bytes(self.imap.ca.read_bytes() + self.smtp.ca.read_bytes())
        self.login, self.password = self.imap.login, self.imap.password

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.imap.stop()
        self.smtp.stop()

    def url(self, scheme):
        return (self.smtp if scheme.startswith("submission") else self.imap).url(scheme)


@pytest.fixture(scope="module", params=["compatible p256", "p256 compatible", "p256 p256", "compatible compatible"])
def acquainted(request, tmp_path_factory):
    """A home where Alice knows Bob and Carol; whose profile is whose decides who shares a copy."""
    mine, theirs = request.param.split()
    home = Home(tmp_path_factory.mktemp("alice"))
    home.add(ALICE, "--profile", mine)
    for address in (BOB, CAROL):
        other = Home(tmp_path_factory.mktemp("other"))
        other.add(address, "--profile", theirs)
        home.meet(other, ALICE, address)
    return home.path


@pytest.mark.parametrize("kind", ["named", "hidden", "exported"])
def test_its_author_can_read_it(acquainted, tmp_path, kind):
    home = Home(shutil.copytree(acquainted, tmp_path / "alice"))
    to, rcpts = ("undisclosed-recipients:;", [BOB, CAROL]) if kind == "hidden" else (BOB, [BOB])
    if kind == "exported":
        home.p12(ALICE)  # the key may be in other programs now, which cannot do all that we can
    letter = message(ALICE, to, "Secret subject", SECRET.decode() + "\n", X_Postseal_Level="sealed")
    with Both(tmp_path) as provider, Daemon(home, provider, ALICE) as daemon:
        daemon.send(ALICE, letter, rcpts)
        assert all(SECRET not in m.octets for m in provider.smtp.mails)
        with daemon.raw(ALICE) as raw:
            raw.ok(b"APPEND Sent (\\Seen) ", letter.replace(b"\n", b"\r\n"))
        filed = provider.imap.stored[-1][1]
        assert SECRET not in filed
        assert SECRET in home.run("open", stdin=filed, code=None).stdout
