"""A login by OAuth2 that is not alone: other programs at the loopback address, other accounts at the provider."""
import contextlib
import socket
import time
import urllib.parse

from daemon import Daemon
from lib import Home
from test_oauth import BOB, Login, browse, device_login, managed, place, read, visit  # noqa: F401 (fixtures)


def test_who_says_nothing_keeps_nobody_waiting(place, managed):
    """Any program of this machine can come to the loopback address before the browser does."""
    home, _ = managed
    login = Login(home)
    query = browse(login.word("open"), place)
    port = urllib.parse.urlsplit(query["redirect_uri"]).port
    with contextlib.ExitStack() as silent:
        for n in range(40):
            link = silent.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            link.sendall(b"GET /?"[:n % 7])
        began = time.monotonic()
        answer = urllib.parse.urlencode({"code": "the-code", "state": query["state"]})
        assert visit(query["redirect_uri"] + "?" + answer)[0] == 200
        assert time.monotonic() - began < 5
    login.word("password")
    login.end()


class WithAlias(Daemon):
    """Another address of the same mailbox stands first in the configuration, and is not managed."""

    def write(self):
        super().write()
        text = self.config.read_text(encoding="utf-8")
        head, mark, group = text.partition(f"[account {BOB}]\n")
        alias = "".join(line for line in group.splitlines(True) if not line.startswith(("mode=", "oauth-")))
        self.config.write_text(f"{head}[account robert@example.test]\n{alias}{mark}{group}", encoding="utf-8")


def test_access_token_taken_back_with_an_alias(place, tmp_path):
    home = Home(tmp_path / "home")
    home.add(BOB, "--profile", "p256")
    with WithAlias(home, place, BOB, options=place.options()) as daemon:
        password = device_login(home)
        read(daemon, password)
        place.authority.access.clear()
        read(daemon, password)
