"""Attacks on what goes out: whose keys sign, which wishes are kept, what a provider can make us do."""
import base64
import http.client
import json
import os
import pathlib
import socket

import pytest

import fake_smtp
from correspondents import is_sealed
from daemon import Daemon
from fake_smtp import CLOSE, FakeSmtp
from lib import Home, field, message
from provider import wait_for

ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
UNKNOWN = "stranger@elsewhere.test"
SECRET = "The merger is on Friday"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """One daemon: Alice and Bob share a home, Carol has her own. All know each other's keys and Dave's."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "provider").mkdir()
    home, other, dave = Home(folder / "shared"), Home(folder / "carol"), Home(folder / "dave")
    for where, address in ((home, ALICE), (home, BOB), (other, CAROL), (dave, DAVE)):
        where.add(address, "--profile", "p256")
    for mine, theirs, address in ((home, other, CAROL), (home, dave, DAVE), (other, home, ALICE), (other, home, BOB)):
        mine.meet(theirs, ALICE if mine is home else CAROL, address)
    users = {n: f"{n}'s password" for n in ("alice", "bob", "carol")}
    with FakeSmtp(folder / "provider", users=users) as fake, Daemon(home, fake, ALICE, BOB, (CAROL, other)) as daemon:
        daemon.keys = {ALICE: home, BOB: home, CAROL: other, DAVE: dave}
        yield daemon


@pytest.fixture(name="fake")
def fixture_fake(office):
    office.provider.mails.clear()
    office.provider.said.clear()
    office.provider.faults.clear()
    return office.provider


class Talk:
    """SMTP line by line; `user` as typed into the mail program."""

    def __init__(self, daemon, user=None, password=None, ehlo=True):
        self.socket = socket.create_connection(("127.0.0.1", daemon.ports["smtp"]), 20)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()
        if ehlo:
            self.say("EHLO localhost")
        if user:
            secret = password or daemon.provider.users[user.partition("@")[0].partition(" ")[0].partition("+")[0]]
            plain = base64.b64encode(f"\0{user}\0{secret}".encode()).decode()
            code, text = self.say(f"AUTH PLAIN {plain}")
            assert code == 235, text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def reply(self):
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        return int(lines[-1][:3] or 0), b"".join(lines)

    def say(self, line):
        self.socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.reply()

    def submit(self, octets, *to, sender=ALICE):
        """The final reply; octets with LF or CRLF."""
        code, text = self.say(f"MAIL FROM:<{sender}>")
        assert code == 250, text
        for address in to:
            code, text = self.say(f"RCPT TO:<{address}>")
            assert code == 250, text
        code, text = self.say("DATA")
        assert code == 354, text
        lines = octets.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
        self.socket.sendall(b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines))
        return self.say(b".")


def submit(daemon, user, octets, *to, sender=ALICE):
    with Talk(daemon, user) as talk:
        answer = talk.submit(octets, *to, sender=sender)
        talk.say("QUIT")
    return answer


def letter(head, body="Hello.\n", subject="Test"):
    """A message with exactly these lines on top."""
    rest = message(ALICE, DAVE, subject, body).split(b"\n", 1)[1]
    return head.encode() + b"\n" + rest


def is_protected(octets):
    head = octets.split(b"\r\n\r\n", 1)[0].lower()
    return any(w in head for w in (b"postseal-key", b"pkcs7", b"multipart/signed")) or b"\r\nsig:" in octets.lower()


# -- whose keys

FOREIGN = {
    "another account of this home": f"From: {BOB}",
    "another home": f"From: {CAROL}",
    "two fields": f"From: {ALICE}\nFrom: {BOB}",
    "two fields, the other first": f"From: {BOB}\nFrom: {ALICE}",
    "the other with a blank": f"From : {BOB}\nFrom: {ALICE}",
    "two mailboxes and a Sender": f"From: {BOB}, {ALICE}\nSender: {ALICE}",
    "group": f"From: friends: {ALICE}, {BOB};",
    "name is ours": f'From: "{ALICE}" <{BOB}>',
    "route": f"From: <@{ALICE}:{BOB}>",
    "sub-address": "From: alice+x@example.test",
    "domain goes on": f"From: {ALICE}.evil.test",
    "Cyrillic": "From: \u0430lice@example.test",
    "full width": "From: \uff41lice@example.test",
    "encoded address": "From: =?utf-8?q?alice=40example=2Etest?=",
    "encoded address with another": f"From: =?utf-8?q?alice=40example=2Etest?= <{BOB}>",
    "quoted at": f'From: "alice@example.test"@elsewhere.test',
    "redirected": f"Resent-From: {ALICE}\nResent-To: {DAVE}\nFrom: {BOB}",
    "redirected as another": f"Resent-From: {BOB}\nResent-To: {DAVE}\nFrom: {ALICE}",
}


def test_only_its_own_from_is_signed(office, fake):
    """Nothing that anybody could read as another's From gets a key or a signature of this login or of that other."""
    wrong = []
    with Talk(office, "alice") as talk:
        for name, head in FOREIGN.items():
            fake.mails.clear()
            code, text = talk.submit(letter(head), DAVE)
            if code == 250 and any(is_protected(m.octets) for m in fake.mails):
                wrong.append(name)
            assert code == 250 or 500 <= code < 600, (name, text)
    assert not wrong, wrong


def test_its_own_from_is_signed(office, fake):
    """The same address in other words still is hers."""
    with Talk(office, "alice") as talk:
        for head in (f"From: {ALICE}", "From: Alice <ALICE@Example.TEST>", f"From:\n (a comment) Alice\n <{ALICE}>",
                     f"From: {ALICE}\nSender: {BOB}", f'From: "{BOB}" <{ALICE}>'):
            fake.mails.clear()
            assert talk.submit(letter(head), DAVE)[0] == 250
            assert is_protected(fake.mails[0].octets), head


@pytest.mark.parametrize("user", ["alice", "bob", "carol"])
def test_each_login_has_its_own_keys(office, fake, user):
    """Three logins of one daemon, and each tries the addresses of all."""
    with Talk(office, user) as talk:
        for address in (ALICE, BOB, CAROL):
            fake.mails.clear()
            assert talk.submit(letter(f"From: {address}"), DAVE, sender=address)[0] == 250
            assert is_protected(fake.mails[0].octets) == address.startswith(user), (user, address)
            sealed = letter(f"From: {address}\nX-Postseal-Level: sealed")
            code, _ = talk.submit(sealed, CAROL if user != "carol" else BOB, sender=address)
            assert (code == 250) == address.startswith(user), (user, address, code)


# -- wishes

WISHES = {
    "blank before the colon": "X-Postseal-Level : sealed",
    "folded": "X-Postseal-Level:\n sealed",
    "plain behind it": "X-Postseal-Level: sealed\nX-Postseal-Level: plain",
    "plain before it": "X-Postseal-Level: plain\nx-postseal-level: sealed",
    "encoded": "X-Postseal-Level: =?utf-8?q?sealed?=",
    "a comment": "X-Postseal-Level: sealed (please)",
    "empty": "X-Postseal-Level:",
    "tag against the button": "X-Postseal-Level: sealed\nSubject: [plain] the merger",
    "encoded tag in two words": "Subject: =?utf-8?q?=5Bse?= =?utf-8?q?al=5D_the_merger?=",
    "tag behind Re": "Subject: Re: [Seal] the merger",
}


@pytest.mark.parametrize("sender", [ALICE, ""], ids=["alice", "null sender"])
def test_no_wish_is_lost(office, fake, sender):
    """It leaves sealed, or it does not leave, whoever the envelope says it is from."""
    lost = []
    with Talk(office, "alice") as talk:
        for name, head in WISHES.items():
            fake.mails.clear()
            text = letter(f"From: {ALICE}\n{head}", "The merger is on Friday.\n")
            code, _ = talk.submit(text, DAVE, sender=sender)
            if any(not is_sealed(m.octets) or b"merger" in m.octets for m in fake.mails):
                lost.append(name)
            assert (code == 250) == bool(fake.mails), name
    assert not lost, lost


@pytest.mark.parametrize("user", ["alice (sealed)", "alice+sealed", "alice@example.test (sealed)",
                                  "alice@example.test+sealed"])
@pytest.mark.parametrize("sender", [ALICE, ""], ids=["alice", "null sender"])
def test_the_sealed_name_seals_all(office, fake, user, sender):
    """Whatever the message says and is."""
    kinds = {
        "ordinary": f"From: {ALICE}", "another's": f"From: {BOB}",
        "wants plain": f"From: {ALICE}\nX-Postseal-Level: plain",
        "tag": f"From: {ALICE}\nSubject: [plain] x", "automatic": f"From: {ALICE}\nAuto-Submitted: auto-replied",
        "null sender": f"Return-Path: <>\nFrom: {ALICE}", "redirected": f"Resent-From: {ALICE}\nFrom: {ALICE}",
        "nobody's": "Subject: x", "list": f"From: {ALICE}\nList-Id: <x.example>",
        "not for us": f"From: {ALICE}\nTo: {UNKNOWN}",
    }
    with Talk(office, user) as talk:
        for name, head in kinds.items():
            fake.mails.clear()
            talk.submit(letter(head, SECRET), UNKNOWN if name == "not for us" else DAVE, sender=sender)
            assert all(is_sealed(m.octets) and b"merger" not in m.octets for m in fake.mails), name


@pytest.mark.parametrize("user", ["alice (Sealed)", "alice+SEALED", "alice (sealed) ", "alice (sealed) (sealed)",
                                  "alice+sealed@example.test", "alice+sealed+sealed", "(sealed)", "+sealed",
                                  "bob (sealed)"])
def test_odd_sealed_names(office, fake, user):
    """A name that is not quite right is no name: it never logs in as somebody who does not seal."""
    plain = base64.b64encode(f"\0{user}\0alice's password".encode()).decode()
    with Talk(office) as talk:
        assert talk.say(f"AUTH PLAIN {plain}")[0] == 535
        assert talk.say(f"MAIL FROM:<{ALICE}>")[0] == 530


# -- hidden recipients

BCC = {
    "Bcc": f"Bcc: {CAROL}", "blank": f"Bcc : {CAROL}", "capitals": f"BCC: {CAROL}", "folded": f"Bcc:\n {CAROL}",
    "twice": f"Bcc: {CAROL}\nX: y\nbcc: x,\n\t{CAROL}", "Resent-Bcc": f"Resent-Bcc: {CAROL}",
    "level": "X-Postseal-Level: plain",
}
PASSING = {"": "", "automatic": "Auto-Submitted: auto-replied\n", "redirected": f"Resent-From: {ALICE}\n",
           "signed": 'Content-Type: multipart/signed; boundary=x; protocol="application/pkcs7-signature"\n'}


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("sender", [ALICE, ""], ids=["alice", "null sender"])
def test_hidden_recipients_stay_hidden(office, fake, kind, sender):
    """Their field, and ours, never leave: not in what is protected, and not in what passes."""
    shown = []
    with Talk(office, "alice") as talk:
        for name, head in BCC.items():
            fake.mails.clear()
            text = letter(f"From: {ALICE}\n{PASSING[kind]}{head}\nX-After: stays")
            assert talk.submit(text, DAVE, CAROL, sender=sender)[0] == 250
            octets = fake.mails[0].octets
            if b"carol" in octets.lower() or b"x-postseal" in octets.lower():
                shown.append(name)
            assert b"X-After: stays\r\n" in octets and octets.endswith(b"Hello.\r\n") or is_protected(octets), name
    assert not shown, shown


def test_reports_pass_octet_for_octet(office, fake):
    """What has nothing to strip is not touched, not even in odd places."""
    head = f"from : {ALICE}\nX-Odd:\t a  b \nAuto-Submitted: auto-replied"
    text = letter(head, "...\n.\n..x\n").replace(b"\n", b"\r\n")
    for sender in (ALICE, ""):
        fake.mails.clear()
        assert submit(office, "alice", text, DAVE, sender=sender)[0] == 250
        assert fake.mails[0].octets == text


def test_sealed_copies_name_nobody_else(office, fake):
    """Carol is in no other copy, under no name, nor in the names on the disk."""
    text = message(ALICE, DAVE, SECRET, "x\n", X_Postseal_Level="sealed", Bcc=CAROL, Resent_Bcc=CAROL)
    fake.faults["mail"] = [None, None, b"451 4.3.0 not now"]
    assert submit(office, "alice", text, DAVE, CAROL)[0] == 250
    queue = pathlib.Path(office.home.path) / "queue"
    assert wait_for(lambda: list(queue.rglob("*.due")) or len(fake.mails) == 2, 10)
    for mail in fake.mails:
        assert is_sealed(mail.octets) and len(mail.rcpts) == 1
        if CAROL not in mail.rcpts[0]:
            assert b"carol" not in mail.octets.lower() and not field(mail.octets, "Bcc")
    for path in queue.rglob("*"):
        assert "carol" not in str(path).lower()
        told = path.is_file() and path.name != "notices" and b"carol" in path.read_bytes().lower()
        assert not told, path


# -- ends of lines, ends of messages

def test_nothing_smuggles(office, fake):
    """One message stays one message, in whatever way its lines end, and no line of it is a command."""
    submit(office, "alice", letter(f"From: {ALICE}"), DAVE)  # nothing waits in the queue
    evil = b"MAIL FROM:<evil@example.test>\r\nRCPT TO:<dave@example.test>\r\nDATA\r\nevil\r\n"
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n..\n", b"\n\n.\r\n", b"\r\r\n.\r\r\n",
                b"\n.\r\r\n", b"\x00\r\n.\x00\r\n", b"\n..\r\n", b"\r\n..\r\n", b"\n.x\n", b"\r\n.\x0b\r\n"):
        fake.mails.clear()
        fake.said.clear()
        head = letter(f"From: {ALICE}").replace(b"\n", b"\r\n")
        with Talk(office, "alice") as talk:
            for line, code in ((f"MAIL FROM:<{ALICE}>", 250), (f"RCPT TO:<{DAVE}>", 250), ("DATA", 354)):
                assert talk.say(line)[0] == code
            talk.socket.sendall(head + b"text" + end + evil + b"more\r\n.\r\n")
            assert talk.reply()[0] in (250, 554), end
            assert talk.say("NOOP")[0] == 250, end
        assert len([line for line in fake.said if line.startswith("MAIL")]) == 1, end
        assert not any("evil" in line for line in fake.said), end
        for mail in fake.mails:
            stuffed = mail.octets
            assert b"\n" not in stuffed.replace(b"\r\n", b"") and b"\r" not in stuffed.replace(b"\r\n", b""), end
            assert b"MAIL FROM:<evil" in stuffed and len(mail.rcpts) == 1, end


def test_state_machine(office, fake):
    """AUTH twice, inside a transaction, without EHLO; commands that wait for their turn."""
    plain = base64.b64encode(b"\0bob\0bob's password").decode()
    with Talk(office, ehlo=False) as talk:
        assert talk.say(f"AUTH PLAIN {plain}")[0] == 503
    with Talk(office, "alice") as talk:
        assert talk.say(f"AUTH PLAIN {plain}")[0] == 503
        assert talk.say(f"MAIL FROM:<{ALICE}> AUTH=<> SIZE=1")[0] == 250
        assert talk.say(f"AUTH PLAIN {plain}")[0] == 503
        assert talk.say("STARTTLS")[0] == 503
        assert talk.say("DATA")[0] == 554
        assert talk.say(f"RCPT TO:<{DAVE}>\tNOTIFY=NEVER")[0] == 501
        assert talk.say(f"RCPT TO:<{DAVE}> NOTIFY=NEVER,SUCCESS")[0] == 501
        assert talk.say(f"RCPT TO:<{DAVE}> ORCPT=rfc822;dave ORCPT=rfc822;x\rRCPT TO:<evil@example.test>")[0] == 500
        assert talk.say("EHLO again")[0] == 250
        assert talk.say(f"RCPT TO:<{DAVE}>")[0] == 503
    assert not any("evil" in line for line in fake.said)


# -- a provider that lies

def test_recipients_of_a_refused_message_are_forgotten(office, fake, monkeypatch):
    """A provider that refuses MAIL and takes its RCPT does not add a reader to the next message."""
    fake.faults["mail"] = [b"451 4.3.0 later"]
    honest = fake_smtp.Session.rcpt
    monkeypatch.setattr(fake_smtp.Session, "rcpt",
                        lambda self, rest: honest(self, rest) if self.sender else self.say(b"250 2.1.5 as you like"))
    with Talk(office, "alice") as talk:
        talk.socket.sendall(f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<{CAROL}>\r\n".encode())
        assert talk.reply()[0] == 451
        talk.reply()
        text = message(ALICE, DAVE, SECRET, "x\n", X_Postseal_Level="sealed")
        assert talk.submit(text, DAVE)[0] == 250
    (mail,) = fake.mails
    assert mail.rcpts == [f"<{DAVE}>"] and is_sealed(mail.octets)
    assert office.keys[CAROL].run("open", stdin=mail.octets, code=None).stdout.find(b"merger") == -1


@pytest.mark.parametrize("stage,reply", [
    ("mail", b"250 a\r\n250 b"), ("rcpt", b"250 a\r\n250 b"), ("data", b"250 taken"), ("data", b"235 x\r\n354 go"),
    ("mail", b"421 4.3.2 leaving"), ("rcpt", b"354 go ahead"), ("dot", b"354 more"), ("dot", b"334 dGVsbA=="),
    ("data", b"354-x\r\n250 y"), ("dot", b"\r\n250 z"), ("mail", b"250-a\r\n" * 4000 + b"250 b"),
    ("rcpt", b"x" * 100000),
    ("data", CLOSE)])
def test_lying_provider(office, fake, stage, reply):
    """No lie about the steps makes us say that a message was taken which the provider never had."""
    if stage == "data":  # a step of its own only for those that take no chunks
        fake.keywords = [k for k in fake.keywords if k != "CHUNKING"]
    fake.faults[stage] = [reply]
    with Talk(office, "alice") as talk:
        talk.socket.sendall(f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<{DAVE}>\r\nDATA\r\n".encode())
        codes = [talk.reply()[0] for _ in range(3)]
        if codes[2] == 354:
            talk.socket.sendall(letter(f"From: {ALICE}").replace(b"\n", b"\r\n") + b".\r\n")
            codes.append(talk.reply()[0])
    assert codes[-1] != 250 or fake.mails, codes
    assert codes[-1] in (0, 250, 421, 451, 503, 554), codes
    assert submit(office, "alice", letter(f"From: {ALICE}"), DAVE)[0] == 250


# -- the queue

def test_links_in_the_queue_are_not_followed(office, fake, tmp_path):
    """What a link in the queue points at stays as it is."""
    submit(office, "alice", letter(f"From: {ALICE}"), DAVE)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "diary").write_text("dear diary", encoding="utf-8")
    for folder in (pathlib.Path(office.home.path) / "queue").iterdir():
        if folder.is_dir():
            for name in ("x.held", "x.due"):
                os.symlink(precious, folder / name)
            (folder / "0.held").write_text("a file", encoding="utf-8")
            (folder / "0.due").write_text("a file", encoding="utf-8")
    for user in ("alice", "bob"):
        submit(office, user, letter(f"From: {user}@example.test"), DAVE)
    assert (precious / "diary").read_text(encoding="utf-8") == "dear diary"


def test_copies_wait_for_their_own_login(office, fake):
    """Bob logs in at the same daemon and home; Alice's copy is not sent by him, nor twice by her."""
    text = message(ALICE, DAVE, SECRET, "x\n", X_Postseal_Level="sealed")
    fake.faults["mail"] = [None, None, b"451 4.3.0 not now"]
    assert submit(office, "alice", text, DAVE, CAROL)[0] == 250
    before = len(fake.mails)
    submit(office, "bob", letter(f"From: {BOB}"), DAVE, sender=BOB)
    assert len(fake.mails) == before + 1 and fake.mails[-1].sender.startswith(f"<{BOB}>")
    for _ in range(2):
        submit(office, "alice", letter(f"From: {ALICE}"), DAVE)
    assert sum(r.startswith(f"<{CAROL}>") for m in fake.mails for r in m.rcpts) == 1


def test_a_second_sending_is_sent(office, fake):
    """Who said QUIT, or anything else after the answer, has it; the same octets then leave again."""
    text = letter(f"From: {ALICE}")
    with Talk(office, "alice") as talk:
        for _ in range(3):
            assert talk.submit(text, DAVE)[0] == 250
    with Talk(office, "alice") as talk:  # the third one's answer was never confirmed: one is held back, not two
        for _ in range(2):
            assert talk.submit(text, DAVE)[0] == 250
    assert len(fake.mails) == 4


# -- the side channel

def test_odd_requests(office):
    """Requests without a path, with another's, and with two of what there may be one of, open nothing."""
    port = office.ports["http"]
    token = (pathlib.Path(office.home.path) / "token").read_text(encoding="ascii").strip()
    host = f"Host: 127.0.0.1:{port}\r\n"
    good = f"X-Postseal-Token: {token}\r\n"
    for request in (f"OPTIONS * HTTP/1.1\r\n{host}\r\n", f"CONNECT 127.0.0.1:80 HTTP/1.1\r\n{host}\r\n",
                    f"GET http://evil.test/v1/status HTTP/1.1\r\n{host}\r\n", f"GET /v1/status HTTP/1.0\r\n{good}\r\n",
                    f"GET /v1/status HTTP/1.1\r\n{host}Host: evil.test\r\n{good}\r\n",
                    f"GET /v1/status HTTP/1.1\r\n{host}Origin: null\r\n{good}\r\n",
                    f"GET /v1/status HTTP/1.1\r\n{host}Origin: http://127.0.0.1:{port}.evil.test\r\n{good}\r\n",
                    f"GET /autoconfig/mail/config-v1.1.xml/../../../v1/status HTTP/1.1\r\n{host}\r\n",
                    f"GET /v1/status HTTP/1.1\r\n{host}Sec-Fetch-Site: cross-site\r\n{good}\r\n",
                    f"POST /v1/explain HTTP/1.1\r\n{host}{good}Content-Length: 99999999999999999999\r\n\r\n",
                    f"POST /v1/explain HTTP/1.1\r\n{host}{good}Content-Length: 3\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), 10) as box:
            box.sendall(request.encode())
            box.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: box.recv(65536), b""))
        assert b'"accounts"' not in answer and b" 200 " not in answer.split(b"\r\n")[0], (request, answer)
    assert office.process.poll() is None


def test_explain_uses_the_keys_of_one_account(office):
    """With Alice's name, nobody learns what Bob's or Carol's keys would do."""
    token = (pathlib.Path(office.home.path) / "token").read_text(encoding="ascii").strip()
    for address in (BOB, CAROL):
        box = http.client.HTTPConnection("127.0.0.1", office.ports["http"], timeout=20)
        box.request("POST", f"/v1/explain?from={ALICE}", message(address, DAVE), {"X-Postseal-Token": token})
        answer = box.getresponse()
        said = json.loads(answer.read())
        assert answer.status != 200 or said.get("level") != "signed", said
        box.close()
