"""src/mail: nobody waits for somebody else's search, nor on for an answer that nobody wants any more."""
import threading
import time

import pytest

import fake_imap
import fake_smtp
from test_mail_source import BUSY, PASSPHRASE, Source, imap_source, letter, smtp_source


@pytest.fixture(name="fake")
def fixture_fake(tmp_path):
    with fake_imap.FakeImap(tmp_path) as server:
        yield server


@pytest.fixture(name="fake_source")
def fixture_fake_source(fake):
    with imap_source(fake, seconds=3) as s:
        yield s


@pytest.mark.parametrize("most", [2, 1], ids=["two sessions", "one session"])
def test_a_slow_search_keeps_nobody_waiting(fake, fake_source, tmp_path, most):
    """A second session searches; where the server takes only one, the search is done in that."""
    fake.fill(letter(1), letter(2, "needle"))
    thinking, enough = threading.Event(), threading.Event()

    def search(*_):
        thinking.set()
        assert enough.wait(2) == (most == 2)

    def login(session, tag, *_):
        if len(fake.sessions) > most:
            session.send(tag + b" NO [LIMIT] too many sessions\r\n")
            return True
        return False

    fake.hooks.update(SEARCH=search, LOGIN=login)
    assert fake_source.list("INBOX")[0] == 2
    fake_source("begin", "list", "INBOX", 0, 10, "needle")
    assert thinking.wait(5)
    total, page = fake_source.list("INBOX")
    assert total == 2 and fake_source.read("INBOX", page[0][0], tmp_path / "out") == letter(2, "needle")
    enough.set()
    total, complete, found = fake_source("end")
    assert (total, complete, found.split("|")[0]) == ("1", "1", "77.2")
    fake.hooks.clear()
    for _ in range(100):
        if len(fake.sessions) == 1:
            break
        time.sleep(0.05)
    assert len(fake.sessions) == 1


@pytest.mark.parametrize("name, words", [
    ("SELECT", ("list", "INBOX", 0, 1)), ("FETCH", ("read", "INBOX", "77.1", "/dev/null")),
    ("SEARCH", ("list", "INBOX", 0, 1, "x")), ("LOGIN", ("folders",)), ("LIST", ("folders",))])
def test_whoever_leaves_waits_no_longer(fake, fake_source, name, words):
    """Whatever the server is asked; and the next call goes through."""
    fake.fill(letter(1))
    asked = threading.Event()

    def hook(*_):
        asked.set()
        time.sleep(20)

    fake.hooks[name] = hook
    fake_source("begin", *words)
    assert asked.wait(5)
    start = time.monotonic()
    fake_source("stop")
    assert fake_source.refuses("end") == BUSY
    assert time.monotonic() - start < 1
    fake.hooks.clear()
    assert fake_source.list("INBOX")[0] == 1


@pytest.fixture(name="fake_post")
def fixture_fake_post(tmp_path):
    with fake_smtp.FakeSmtp(tmp_path) as server:
        yield server


@pytest.fixture(name="outgoing")
def fixture_outgoing(tmp_path):
    path = tmp_path / "letter"
    path.write_bytes(letter(1))
    return path


def test_a_letter_on_its_way_is_not_stopped(fake_post, outgoing):
    """Before the server has agreed to take it nobody has it; after that the answer is waited for."""
    with smtp_source(fake_post) as s:
        for stage, refused in (("rcpt", True), ("dot", False)):
            begun, go_on = threading.Event(), threading.Event()
            fake_post.faults[stage].append(lambda b=begun, g=go_on: b.set() or g.wait(10))
            s("begin", "send", "all", outgoing, "alice@example.test", "bob@example.test")
            assert begun.wait(10)
            s("stop")
            if refused:
                assert s.refuses("end") == BUSY and not fake_post.mails
                go_on.set()
            else:
                go_on.set()
                assert "|taken|250|" in s("end")[0] and len(fake_post.mails) == 1


def test_a_password_is_tested_without_sending(fake_post):
    with smtp_source(fake_post) as s:
        assert s("check") == []
    fake_post.users["alice"] = "another"
    with Source("smtp", fake_post.url("submissions"), fake_post.ca, "alice", secret="wrong") as s:
        assert s.refuses("check") == PASSPHRASE
    assert not fake_post.mails and not [line for line in fake_post.said if line.startswith("MAIL")]
