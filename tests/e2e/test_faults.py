"""Submissions that break at every stage: what the mail program was told is true, nothing is lost or sent twice."""
import contextlib
import pathlib
import re
import shutil
import smtplib
import socket

import pytest

from daemon import Daemon
from fake_smtp import CLOSE, FakeSmtp, Gone
from lib import Home, field, message, parse
from provider import wait_for

ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
EVERYBODY = [BOB, CAROL, DAVE]
STAGES = ("mail", "rcpt", "data", "body", "dot")


@pytest.fixture
def fake(tmp_path):
    folder = tmp_path / "provider"
    folder.mkdir()
    with FakeSmtp(folder) as provider:
        yield provider


@pytest.fixture(scope="module")
def acquainted(tmp_path_factory):
    """A home where Alice knows the keys of Bob, Carol and Dave; for copying."""
    home = Home(tmp_path_factory.mktemp("alice"))
    home.add(ALICE, "--profile", "p256")
    for address in EVERYBODY:
        other = Home(tmp_path_factory.mktemp("other"))
        other.add(address, "--profile", "p256")
        home.meet(other, ALICE, address)
    return home.path


@pytest.fixture
def alice(acquainted, tmp_path, fake):
    """Alice's daemon."""
    home = Home(shutil.copytree(acquainted, tmp_path / "alice"))
    with Daemon(home, fake, ALICE) as daemon:
        yield daemon


def bcc_letter():
    """Sealed, to Bob, with two Bcc recipients: three copies."""
    return message(ALICE, BOB, "secret plans", "the plans\n", X_Postseal_Level="sealed")


def crlf(octets):
    return re.sub(rb"\r?\n", b"\r\n", octets)


def killer(daemon):
    """For a fault: the daemon dies, and the provider takes nothing more from it."""
    def kill():
        daemon.process.kill()
        raise Gone
    return kill


def rcpts(fake):
    return sorted(re.match("<(.*?)>", r)[1] for r in fake.rcpts())


def queue_files(daemon):
    folder = pathlib.Path(daemon.home.path) / "queue"
    return [p for p in folder.rglob("*") if p.is_file() and p.name != "notices"]


def send(daemon, octets, to=None):
    """The reply that ended the attempt: 250, the code of the refusal, or None where there was none."""
    try:
        daemon.send(ALICE, octets, to)
        return 250
    except smtplib.SMTPResponseException as error:
        return None if error.smtp_code == -1 else error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    except (smtplib.SMTPServerDisconnected, OSError):
        return None


def send_as_programs_do(daemon, octets, to=None, tries=4):
    """Again after a temporary failure, as any mail program does."""
    for _ in range(tries):
        code = send(daemon, octets, to)
        if code == 250:
            return
        assert code is None or 400 <= code < 500, code
    raise AssertionError("it never got through")


@pytest.mark.parametrize("stage", STAGES)
def test_provider_dies_once(alice, fake, stage):
    """Nothing was accepted, and the program is told so in a way that makes it try again."""
    letter = message(ALICE, BOB)
    fake.faults[stage] = [CLOSE]
    assert send(alice, letter) in (421, 451)
    assert fake.mails == []
    send_as_programs_do(alice, letter)
    assert rcpts(fake) == [BOB]
    assert not queue_files(alice)


@pytest.mark.parametrize("stage", ["connect", "ehlo", "auth"])
def test_provider_dies_before_login(alice, fake, stage):
    fake.faults[stage] = [CLOSE] * 3  # asked beforehand, and twice since Python tries PLAIN and LOGIN
    assert send(alice, message(ALICE, BOB)) == 454
    fake.faults.clear()
    send_as_programs_do(alice, message(ALICE, BOB))
    assert rcpts(fake) == [BOB]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("copy", [2, 3])
def test_provider_dies_between_copies(alice, fake, stage, copy):
    """The program hears that it was sent; the rest goes with the next login, and each gets one."""
    letter = bcc_letter()
    early = {"mail": 1, "rcpt": 3}.get(stage, 0)  # the transaction that is opened first says so much
    fake.faults[stage] = [None] * (early + copy - 1) + [CLOSE]
    assert send(alice, letter, EVERYBODY) == 250
    assert len(wait_for(lambda: len(fake.mails) >= copy - 1 and fake.mails)) == copy - 1
    assert wait_for(lambda: "waits in the queue" in alice.log())
    for octets in (p.read_bytes() for p in queue_files(alice)):
        assert b"the plans" not in octets and b"carol@" not in octets and b"dave@" not in octets
    alice.smtp(ALICE).quit()
    assert rcpts(fake) == sorted(EVERYBODY)
    assert len({field(m.octets, "Message-ID")[0] for m in fake.mails}) == 1
    assert wait_for(lambda: not queue_files(alice))


def test_a_later_copy_is_refused(alice, fake):
    """Never an error for the whole after a part was accepted: a notice says what did not leave."""
    fake.faults["rcpt"] = [None] * 5 + [b"550 5.1.1 gone since"]
    assert send(alice, bcc_letter(), EVERYBODY) == 250
    assert wait_for(lambda: not queue_files(alice))
    assert len(fake.mails) == 2
    notices = (pathlib.Path(alice.home.path) / "queue/notices").read_text()
    assert "gone since" in notices and notices.count("\n") == 1
    rows = alice.home.json_lines("doctor", code=None)
    assert any(r["check"] == "notice" and "gone since" in r["text"] for r in rows)


def test_the_first_copy_is_refused(alice, fake):
    fake.faults["dot"] = [b"554 5.7.1 not this one"]
    assert send(alice, bcc_letter(), EVERYBODY) == 554
    assert fake.mails == [] and not queue_files(alice)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("copies", [1, 3])
def test_daemon_is_killed(alice, fake, stage, copies):
    """The program heard nothing and tries again: each recipient gets one message."""
    letter, to = (bcc_letter(), EVERYBODY) if copies == 3 else (message(ALICE, BOB), [BOB])
    fake.faults[stage] = [killer(alice)]
    assert send(alice, letter, to) is None
    assert fake.mails == []
    alice.restart(hard=True)
    fake.faults.clear()
    send_as_programs_do(alice, letter, to)
    assert rcpts(fake) == sorted(to)
    assert wait_for(lambda: not queue_files(alice))


@pytest.mark.parametrize("stage", STAGES)
def test_daemon_is_killed_between_copies(alice, fake, stage):
    """The program has its yes; what the daemon had not sent goes with the next login."""
    letter = bcc_letter()
    early = {"mail": 1, "rcpt": 3}.get(stage, 0)
    fake.faults[stage] = [None] * (early + 1) + [killer(alice)]
    send(alice, letter, EVERYBODY)
    assert wait_for(lambda: alice.process.poll() is not None)
    assert len(fake.mails) == 1
    alice.restart(hard=True)
    fake.faults.clear()
    alice.smtp(ALICE).quit()
    assert rcpts(fake) == sorted(EVERYBODY)
    send_as_programs_do(alice, letter, EVERYBODY)  # if the program did not see that yes
    assert rcpts(fake) == sorted(EVERYBODY)
    assert wait_for(lambda: not queue_files(alice))


def cut_off(daemon, fake, octets, to):
    """A mail program that dies between its dot and the answer."""
    box = daemon.smtp(ALICE)
    fake.faults["accepted"] = [lambda: box.sock.shutdown(socket.SHUT_RDWR)]
    with contextlib.suppress(smtplib.SMTPException, OSError):
        box.sendmail(ALICE, to, crlf(octets))


@pytest.mark.parametrize("copies", [1, 3])
def test_program_is_cut_off_after_the_dot(alice, fake, copies):
    """It asks again with the very same octets, and hears that they were sent; after that it may send them anew."""
    letter, to = (bcc_letter(), EVERYBODY) if copies == 3 else (message(ALICE, BOB), [BOB])
    cut_off(alice, fake, letter, to)
    assert wait_for(lambda: len(fake.mails) == copies)
    assert wait_for(lambda: [p.name for p in queue_files(alice)][:1])
    assert send(alice, letter, to) == 250
    assert rcpts(fake) == sorted(to)
    assert wait_for(lambda: not queue_files(alice))
    assert send(alice, letter, to) == 250
    assert rcpts(fake) == sorted(to + to)


@pytest.mark.parametrize("copies", [1, 3])
def test_killed_in_the_instant(alice, fake, copies):
    """Accepted, and killed before that can be noted: RFC 1047 leaves twice or never, and never it must not be."""
    letter, to = (bcc_letter(), EVERYBODY) if copies == 3 else (message(ALICE, BOB), [BOB])
    fake.faults["accepted"] = [alice.process.kill]
    assert send(alice, letter, to) is None
    alice.restart(hard=True)
    send_as_programs_do(alice, letter, to)
    assert set(rcpts(fake)) == set(to) and rcpts(fake).count(BOB) == 2 and len(rcpts(fake)) == copies + 1


def test_sealed_copies(alice, fake):
    """One Message-ID, one transaction each, no trace of a Bcc recipient, dots and long lines as they are."""
    letter = bcc_letter().replace(b"the plans\n", b"the plans\n.\n..two\n" + b"x" * 2000 + b"\n")
    assert send(alice, letter, EVERYBODY) == 250
    assert wait_for(lambda: len(fake.mails) == 3)
    assert [m.rcpts for m in fake.mails] == [[f"<{a}>"] for a in EVERYBODY]
    for mail in fake.mails:
        assert b"carol@" not in mail.octets and b"dave@" not in mail.octets and b"secret plans" not in mail.octets
        assert parse(mail.octets).get_content_type() == "application/pkcs7-mime"


def test_untouched_octet_for_octet(alice, fake):
    """Somebody else's From is not ours to sign: the octets are those that came."""
    letter = message("mallory@example.com", BOB, body="a\n.\n..b\n\n\tend without\t \n.")
    octets = crlf(letter) + b"\r\n"
    assert send(alice, letter) == 250
    assert fake.mails[0].octets == octets


def test_envelope_goes_on(alice, fake):
    with alice.smtp(ALICE) as box:
        assert box.has_extn("dsn") and box.has_extn("smtputf8") and box.has_extn("8bitmime")
        assert not any(box.has_extn(x) for x in ("chunking", "binarymime", "burl"))
        box.mail(ALICE, ["RET=HDRS", "ENVID=x+2Dy", "SIZE=100", "BODY=8BITMIME"])
        assert box.rcpt("nobody@example.test") == (550, b"5.1.1 no such person, says the provider")
        assert box.rcpt(BOB, ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;bob@example.test"])[0] == 250
        assert box.data(crlf(message(ALICE, BOB)))[0] == 250
    (mail,) = fake.mails
    assert mail.sender == f"<{ALICE}> BODY=8BITMIME RET=HDRS ENVID=x+2Dy"
    assert mail.rcpts == [f"<{BOB}> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob@example.test"]


def test_login_is_the_providers(alice, fake):
    with pytest.raises(smtplib.SMTPAuthenticationError) as raised:
        alice.smtp(ALICE, password="wrong")
    assert raised.value.args == (535, b"5.7.8 wrong name or password, says the provider")
    with smtplib.SMTP("127.0.0.1", alice.ports["smtp"]) as box:
        box.ehlo()
        assert box.mail(ALICE)[0] == 530
    assert fake.mails == []


def raw(daemon, octets):
    """A conversation in one write; all that comes back."""
    with socket.create_connection(("127.0.0.1", daemon.ports["smtp"]), 20) as link:
        link.sendall(octets)
        link.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    return answer


LOGIN = b"EHLO x\r\nAUTH PLAIN AGFsaWNlAGFsaWNlJ3MgcGFzc3dvcmQ=\r\n"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\r\n.\r\r\n"])
def test_nothing_is_smuggled(alice, fake, end):
    """Only CR LF . CR LF ends the message; what others might take for its end makes it refused."""
    head = LOGIN + b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n"
    inner = b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<dave@example.test>\r\nDATA\r\n"
    answer = raw(alice, head + b"From: <alice@example.test>\r\nTo: <bob@example.test>\r\n\r\nhello" + end + inner +
                 b"smuggled\r\n.\r\nQUIT\r\n")
    assert b"554 5.6.0" in answer and fake.mails == []


def test_gone_in_the_middle(alice, fake):
    """No dot, no message."""
    raw(alice, LOGIN + b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nFrom: x\r\n\r\nhal")
    assert not wait_for(lambda: fake.mails, 1)


def test_groups_of_commands(alice, fake):
    answer = raw(alice, LOGIN + b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<nobody@example.test>\r\n"
                 b"RCPT TO:<bob@example.test>\r\nNOOP\r\nDATA\r\nFrom: <alice@example.test>\r\nTo: <bob@example.test>"
                 b"\r\n\r\nhello\r\n.\r\nNOOP\r\nQUIT\r\n")
    codes = re.findall(rb"^(\d\d\d) ", answer, re.M)
    assert codes == [b"220", b"250", b"235", b"250", b"550", b"250", b"250", b"354", b"250", b"250", b"221"]
    assert len(fake.mails) == 1


def test_eight_bit_that_may_not_change(new_home, tmp_path):
    folder = tmp_path / "provider"
    folder.mkdir()
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    with FakeSmtp(folder, keywords=("AUTH LOGIN",), implicit=False) as fake, Daemon(home, fake, ALICE) as daemon:
        assert send(daemon, message("mallory@example.com", BOB, body="ümlaut\n")) == 554
        assert send(daemon, message(ALICE, BOB, body="ümlaut\n")) == 250
    (mail,) = fake.mails
    assert mail.octets.isascii() and "BODY" not in mail.sender


def test_provider_without_tls_gets_nothing(new_home, tmp_path):
    folder = tmp_path / "provider"
    folder.mkdir()
    home = new_home()
    home.add(ALICE, "--profile", "p256")
    with FakeSmtp(folder, implicit=False) as fake, Daemon(home, fake, ALICE) as daemon:
        fake.faults["ehlo"] = [b"250-fake.example.test\r\n250 AUTH PLAIN"] * 3
        assert send(daemon, message(ALICE, BOB)) == 454
        assert not any(line.startswith("AUTH") for line in fake.said)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_the_provider_says_good_bye(alice, fake, stage):
    """Its own 421, whichever command it answers with it, and the end of the session; nothing is sent twice."""
    fake.faults[stage] = [b"421 4.3.2 closing down, says the provider"]
    fake.faults["rset"] = [CLOSE]
    box = alice.smtp(ALICE)
    answer = box.mail(ALICE)
    if answer[0] == 250:
        answer = box.rcpt(BOB)
    if answer[0] == 250:
        answer = box.data(crlf(message(ALICE, BOB)))
    assert answer == (421, b"4.3.2 closing down, says the provider")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        box.noop()
    assert fake.mails == []
    send_as_programs_do(alice, message(ALICE, BOB))
    assert rcpts(fake) == [BOB]


def queue_of(daemon):
    """The folder of the only login."""
    (folder,) = [p for p in (pathlib.Path(daemon.home.path) / "queue").iterdir() if p.is_dir()]
    return folder


def test_the_disk_fails_after_the_first_copy(alice, fake):
    """That the provider has it cannot be noted, and then the provider goes: the rest waits all the same."""
    def disk_goes():
        folder = queue_of(alice)
        folder.rename(folder.with_suffix(".away"))

    def disk_comes_back():
        away = pathlib.Path(alice.home.path) / "queue"
        (away,) = away.glob("*.away")
        away.rename(away.with_suffix(""))
        raise Gone
    fake.faults["dot"] = [disk_goes]
    fake.faults["mail"] = [None, None, disk_comes_back]
    assert send(alice, bcc_letter(), EVERYBODY) == 250
    assert wait_for(lambda: "waits in the queue" in alice.log())
    assert rcpts(fake) == [BOB]
    alice.smtp(ALICE).quit()
    assert rcpts(fake) == sorted(EVERYBODY)
    assert wait_for(lambda: not queue_files(alice))


def test_the_disk_comes_back_late(alice, fake):
    """Not before the session has ended: this process still knows what is due."""
    folder = []

    def disk_goes():
        folder.append(queue_of(alice))
        folder[0].rename(folder[0].with_suffix(".away"))
    fake.faults["dot"] = [disk_goes]
    fake.faults["mail"] = [None, None, CLOSE]
    assert send(alice, bcc_letter(), EVERYBODY) == 250
    assert wait_for(lambda: "waits in the queue" in alice.log())
    wait_for(lambda: alice.threads() < 5, 2)
    folder[0].with_suffix(".away").rename(folder[0])
    for _ in range(2):
        alice.smtp(ALICE).quit()
    assert rcpts(fake) == sorted(EVERYBODY)
    assert [p.name for p in queue_files(alice)] in ([], ["unanswered"])


def test_a_copy_that_cannot_be_read(alice, fake):
    """The person is told, once; the rest goes."""
    fake.faults["mail"] = [None, None, CLOSE]
    assert send(alice, bcc_letter(), EVERYBODY) == 250
    assert wait_for(lambda: "waits in the queue" in alice.log())
    damaged = sorted(queue_of(alice).glob("*.due/*.to"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-100])
    for _ in range(2):
        alice.smtp(ALICE).quit()
    assert len(fake.mails) == 2
    notices = (pathlib.Path(alice.home.path) / "queue/notices").read_text()
    assert notices.count("cannot be read") == 1
    rows = alice.home.json_lines("doctor", code=None)
    assert any(r["check"] == "notice" and "cannot be read" in r["text"] for r in rows)
    alice.home.path.joinpath("queue/notices").unlink()


def test_notices_are_bounded(alice, fake):
    path = pathlib.Path(alice.home.path) / "queue/notices"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"2026-01-01T00:00:00Z old {n:05}\n" for n in range(5000)))
    fake.faults["rcpt"] = [None] * 5 + [b"550 5.1.1 gone since"]
    assert send(alice, bcc_letter(), EVERYBODY) == 250
    assert wait_for(lambda: "gone since" in path.read_text())
    lines = path.read_text().splitlines()
    assert path.stat().st_size < 64 << 10 and len(lines) > 500
    assert lines[0].startswith("2026-01-01T00:00:00Z old ") and lines[-2].endswith("old 04999")


def test_quoted_local_part(alice, fake):
    """The same mailbox, written in another way: in a message of several copies, too."""
    assert send(alice, bcc_letter(), ['"bob"@example.test', CAROL, '"Dave"@Example.TEST']) == 250
    assert wait_for(lambda: len(fake.mails) == 3)
    assert [m.rcpts for m in fake.mails] == [['<"bob"@example.test>'], [f"<{CAROL}>"], ['<"Dave"@Example.TEST>']]


def test_blank_in_the_local_part(alice, fake):
    """Nobody's key is for such an address, but mail that is not sealed goes there."""
    odd = '"a b"@example.test'
    for to in ([odd], [BOB, odd]):
        fake.mails.clear()
        assert send(alice, message(ALICE, ", ".join(to)), to) == 250
        assert fake.rcpts() == [f"<{a}>" for a in to]
        assert any(word in fake.mails[0].octets for word in (b"Postseal-Key", b"multipart/signed"))
        fake.mails.clear()
        assert send(alice, message(ALICE, ", ".join(to), X_Postseal_Level="sealed"), to) == 550
        assert fake.mails == []


def test_the_copy_for_sent_is_written(alice, fake):
    """It is there when the session has ended, and when nothing was said for a moment."""
    sent = pathlib.Path(alice.home.path) / "sent"
    assert send(alice, message(ALICE, BOB)) == 250
    assert wait_for(lambda: sent.exists() and len(list(sent.iterdir())) == 1)
    box = alice.smtp(ALICE)
    box.sendmail(ALICE, [BOB], crlf(message(ALICE, BOB)))
    assert wait_for(lambda: len(list(sent.iterdir())) == 2, 5)
    box.sendmail(ALICE, [BOB], crlf(message(ALICE, BOB)))
    alice.stop()
    box.close()
    assert len(list(sent.iterdir())) == 3
    alice.start()
