"""postseal doctor: what is broken on purpose is named, with the words that mend it."""
import re
import socket
import sqlite3
import subprocess

import pytest

from daemon import Daemon
from lib import UNAVAILABLE
from test_setup import ALICE, checks, fixture_first, fixture_provider, mends, servers, state  # noqa: F401


def test_doctor_finds_nothing_made(home):
    rows = checks(home)
    assert state(rows, "account") == {"fail"} and state(rows, "config") == {"fail"}
    assert all(r["mend"] for r in rows if r["state"] != "ok")


def test_doctor_against_nothing_running(home, tmp_path):
    home.json("setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=9, submissions=9))
    home.path.chmod(0o700)
    rows = checks(home)
    for check in ("home", "store", "account", "config", "certificate", "clock"):
        assert state(rows, check) == {"ok"}, check
    assert state(rows, "server") == {"fail"}
    assert state(rows, "imap") == state(rows, "smtp") == {"fail"}
    text = home.run("doctor", code=UNAVAILABLE).stdout.decode()
    assert len(text.splitlines()) >= len(rows) and "-> " in text


def test_doctor_sees_open_doors(home, tmp_path):
    home.json("setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=9, submissions=9))
    (home.path / "postseald.conf").chmod(0o644)
    home.path.chmod(0o777)
    (home.path / "tls.pem").write_text("junk", encoding="ascii")
    rows = checks(home)
    assert state(rows, "home") == {"fail"} and "fail" in state(rows, "config") and "fail" in state(rows, "certificate")


def test_doctor_says_what_is_wrong_with_the_store(home, tmp_path):
    """And not that accounts have no keys, which nobody can know then."""
    home.json("setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=9, submissions=9))
    good = (home.path / "postseal.db").read_bytes()
    (home.path / "postseal.db").write_bytes(b"x" * len(good))
    rows = checks(home)
    text, mend = mends(rows, "store")
    assert "damaged" in text and "postseal restore" in mend and str(home.path) in mend
    assert not state(rows, "account") and state(rows, "disk") <= {"ok", "warn"}
    (home.path / "postseal.db").write_bytes(good)
    with sqlite3.connect(home.path / "postseal.db") as store:
        store.execute("PRAGMA user_version = 99")
    text, mend = mends(checks(home), "store")
    assert "newer" in text and "restore" not in mend


EXPIRED = """
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out request -subj /CN=localhost &&
mkdir ca && touch ca/index && echo 01 > ca/serial &&
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index\nserial=ca/serial\nnew_certs_dir=ca\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > cnf &&
openssl ca -batch -selfsign -config cnf -keyfile key -in request -startdate 20250101000000Z -enddate 20260102000000Z -out new -notext &&
cat key new > "$1"
"""


def test_doctor_sees_a_certificate_that_expired(home, tmp_path):
    home.json("setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=9, submissions=9))
    pem = home.path / "tls.pem"
    subprocess.run(["sh", "-c", EXPIRED, "sh", pem], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    text, mend = mends(checks(home), "certificate")
    assert "expired on 2026-01-02" in text and f"rm '{pem}'" in mend


def test_doctor_names_the_line_of_the_configuration(home, tmp_path):
    home.json("setup", ALICE, "--servers", servers(tmp_path, host="127.0.0.1", imaps=9, submissions=9))
    config = home.path / "postseald.conf"
    config.write_text(config.read_text(encoding="utf-8") + "imapp=x\n", encoding="utf-8")
    text, mend = mends(checks(home), "config")
    assert re.match(r"line \d+: .*imapp", text) and str(config) in mend


def test_doctor_visits_the_provider(provider, first):
    rows = checks(first)
    assert state(rows, "server") == {"ok"}
    config = first.path / "postseald.conf"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"^tls-ca=.*\n", "", text, flags=re.M), encoding="utf-8")
    assert state(checks(first), "server") == {"fail"}
    more = text.replace(f"imaps://127.0.0.1:{provider.ports['imaps']}", provider.url("imap"))
    more = more.replace(f"submissions://127.0.0.1:{provider.ports['submissions']}", provider.url("submission"))
    config.write_text(more.rstrip("\n") + f"\npop3={provider.url('pop3')}\n", encoding="utf-8")
    assert state(checks(first), "server") == {"ok"}


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_doctor_knows_the_daemon(provider, home, tls):
    """From another program at its port: mail programs would talk to that."""
    home.add(ALICE, "--profile", "p256")
    with Daemon(home, provider, ALICE, tls=tls) as daemon:
        text = (home.path / "postseald.conf").read_text(encoding="utf-8")
        for name in ("smtp", "imap", "pop3", "http"):
            text = re.sub(f"(?m)^{name}=.*", f"{name}=127.0.0.1:{daemon.ports[name]}", text, count=1)
        (home.path / "postseald.conf").write_text(text, encoding="utf-8")
        rows = checks(home, code=None)
        assert all(state(rows, name) == {"ok"} for name in ("smtp", "imap", "pop3", "http")), rows
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            (home.path / "postseald.conf").write_text(text.replace(f":{daemon.ports['imap']}", f":{port}"), encoding="utf-8")
            said, mend = mends(checks(home), "imap")
            assert "another program" in said and "took the next" in said and "start the daemon again" in mend
        said, mend = mends(checks(home), "imap")
        assert "runs, but" in said and mend.startswith("restart it: ")
    said, mend = mends(checks(home), "smtp")
    assert said == "the daemon does not run" and mend == f"start it: postseald --home '{home.path}'"
