"""postseal setup and servers that are not well known: named by DNS alone, or without marks on their folders."""
import os
import pty
import re
import shutil
import subprocess

import pytest

from fake_imap import FakeImap
from lib import UNAVAILABLE, environment, message, one_diagnostic

ALICE, BOB = "alice@example.test", "bob@example.test"

# DNS in the hands of somebody else: he answers SRV queries.
DNS = """
#include <stdlib.h>
#include <string.h>
void *g_srv_target_new(const char *, unsigned short, unsigned short, unsigned short);
void *g_list_append(void *, void *);
void *g_resolver_lookup_service(void *r, const char *service, const char *tcp, const char *domain, void *c, void **error)
{
	int known = !strcmp(service, "imaps") || !strcmp(service, "submissions");
	return known ? g_list_append(NULL, g_srv_target_new("127.0.0.1", (unsigned short)atoi(getenv("TEST_PORT")), 1, 1)) : NULL;
}
"""


@pytest.fixture(name="thief")
def fixture_thief(tmp_path):
    """A mailbox that takes any password, and a DNS that names it: (server, environment, arguments of setup)."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "dns.c").write_text(DNS, encoding="ascii")
    library = tmp_path / "dns.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "dns.c"], check=True)
    (tmp_path / "password").write_text("the real password\n", encoding="ascii")
    (tmp_path / "thief").mkdir()
    with FakeImap(tmp_path / "thief") as server:
        server.anybody = True
        env = environment() | {"LD_PRELOAD": str(library), "TEST_PORT": str(server.port),
                               "ASAN_OPTIONS": "verify_asan_link_order=0"}
        yield server, env, ("setup", "me@victim.example", "--tls-ca", server.ca, "--password-file", tmp_path / "password")


def test_who_answers_dns_does_not_get_the_password(home, thief):
    """RFC 6186 section 6: a server outside the domain that DNS alone names needs the person's word."""
    server, env, words = thief
    for more in ((), ("--replace",)):
        done = subprocess.run(home.command(*words, *more), env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        assert done.returncode == UNAVAILABLE, done
        told = one_diagnostic(done.stderr)
        assert not server.logins and not server.heard
        assert not list(home.path.glob("*.conf")) and not home.json_lines("account", "list")
    named = re.search(r"say so with((?: --\S+ \S+://\S+)+)$", told)[1].split()
    assert {"--imap", "--submission"} <= set(named)
    done = subprocess.run(home.command(*words, *named), env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 0 and server.logins == ["me@victim.example"], done


@pytest.mark.parametrize("answer", ["y", "yes", "", "n", None])
def test_the_person_is_asked_about_servers(home, thief, answer):
    server, env, words = thief
    screen, terminal = pty.openpty()
    with subprocess.Popen(home.command(*words), env=env, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal) as running:
        os.close(terminal)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(screen, 1 << 12)
        assert b"imaps://127.0.0.1" in shown and b"victim.example" in shown and not server.heard
        os.write(screen, b"\x04" if answer is None else answer.encode() + b"\n")
        said = running.stdout.read().decode()
    os.close(screen)
    agreed = answer in ("y", "yes")
    assert running.returncode == (0 if agreed else UNAVAILABLE), said
    assert server.logins == (["me@victim.example"] if agreed else [])
    assert (home.path / "postseald.conf").exists() == agreed
    assert not agreed or "you confirmed them" in said


@pytest.mark.parametrize("name", ["Gesendet", "INBOX/Gesendet", "Elementy&AUI-", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"])
def test_a_sent_folder_of_any_language(new_home, tmp_path, name):
    """Where the server marks none, and archives have a Sent folder of their own."""
    first, second = new_home(), new_home()
    first.add(ALICE, "--profile", "p256")
    (tmp_path / "password").write_text("x\n", encoding="ascii")
    with FakeImap(tmp_path) as server:
        server.anybody, server.special = True, {}
        server.boxes = {b"Archive/2019/Sent": [], b"INBOX": [], b"Drafts": [], name.encode(): []}
        server.fill(first.protect(message(ALICE, BOB)).replace(b"\n", b"\r\n"), box=name.encode())
        done = second.json("setup", ALICE, "--imap", server.url("imaps"), "--tls-ca", server.ca, "--password-file",
                           tmp_path / "password", code=None)
        looked = [line.split(None, 1)[1] for line in server.said if b"EXAMINE" in line]
    sent = name != "Elementy&AUI-"
    assert looked[0] == (b'EXAMINE "%s"' % name.encode() if sent else b'EXAMINE "Archive/2019/Sent"')
    assert done["own"] == ("waiting" if sent else "made")


def test_a_folder_named_by_a_literal(new_home, tmp_path):
    """And a status text that only looks as if one followed."""
    def listed(session, tag, *_):
        session.send(b'* LIST (\\HasNoChildren) "/" {8}\r\nGesendet\r\n* LIST () "/" INBOX\r\n' + tag + b" OK done {3}\r\n")
        return True

    home = new_home()
    (tmp_path / "password").write_text("x\n", encoding="ascii")
    with FakeImap(tmp_path) as server:
        server.anybody, server.boxes[b"Gesendet"], server.hooks["LIST"] = True, [], listed
        done = home.json("setup", ALICE, "--imap", server.url("imaps"), "--tls-ca", server.ca, "--password-file", tmp_path / "password")
        assert done["looked"] and server.commands(b"EXAMINE")[0].endswith(b'EXAMINE "Gesendet"')
