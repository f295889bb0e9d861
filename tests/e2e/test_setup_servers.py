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
void *g_variant_new(const char *, ...);
void *g_variant_ref_sink(void *);
void *g_resolver_lookup_records(void *r, const char *domain, int type, void *c, void **error)
{
	return g_list_append(NULL, g_variant_ref_sink(g_variant_new("(qs)", 10, "mx.company.example.")));
}
void *g_resolver_lookup_service(void *r, const char *service, const char *tcp, const char *domain, void *c, void **error)
{
	if (!getenv("TEST_PORT")) {
		return NULL;
	}
	int known = !strcmp(service, "imaps") || !strcmp(service, "submissions");
	return known ? g_list_append(NULL, g_srv_target_new("127.0.0.1", (unsigned short)atoi(getenv("TEST_PORT")), 1, 1)) : NULL;
}
"""


def other_dns(tmp_path):
    """The environment of a program that believes it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "dns.c").write_text(DNS, encoding="ascii")
    library = tmp_path / "dns.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "dns.c"], check=True)
    return environment() | {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}


@pytest.fixture(name="thief")
def fixture_thief(tmp_path):
    """A mailbox that takes any password, and a DNS that names it: (server, environment, arguments of setup)."""
    env = other_dns(tmp_path)
    (tmp_path / "password").write_text("the real password\n", encoding="ascii")
    (tmp_path / "thief").mkdir()
    with FakeImap(tmp_path / "thief") as server:
        server.anybody = True
        yield server, env | {"TEST_PORT": str(server.port)}, ("setup", "me@victim.example", "--tls-ca", server.ca, "--password-file", tmp_path / "password")


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


ISP = """<clientConfig version="1.1"><emailProvider id="company.example"><domain>company.example</domain>
<incomingServer type="imap"><hostname>imap.company.example</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILADDRESS%</username><authentication>OAuth2</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.company.example</hostname><port>465</port><socketType>SSL</socketType>
<username>%EMAILADDRESS%</username><authentication>OAuth2</authentication></outgoingServer></emailProvider></clientConfig>"""


def test_words_that_are_repeated_say_all(home, tmp_path):
    """A company's own domain at a provider that wants OAuth2: what setup prints sets up the same, and stays so."""
    (home.path / "isp").mkdir()
    (home.path / "isp/company.example.xml").write_text(ISP, encoding="ascii")
    words = ("setup", "me@victim.example")
    done = subprocess.run(home.command(*words), env=other_dns(tmp_path), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == UNAVAILABLE, done
    named = one_diagnostic(done.stderr).partition("say so with ")[2].split()
    assert "imaps://imap.company.example:993" in named
    assert home.json(*words, *named)["mode"] == "managed"
    assert home.json(*words)["mode"] == "managed"
    servers = ("--imap", "imaps://mail.company.example", "--submission", "submissions://mail.company.example")
    assert home.json(*words, *servers)["mode"] == "managed"
    config = home.path / "postseald.conf"
    config.write_text(config.read_text(encoding="utf-8").replace("mode=managed", "mode=pass-through"), encoding="utf-8")
    assert home.json(*words, *named[:-1])["mode"] == "pass-through"
    assert home.json(*words, "--managed")["mode"] == "managed"
