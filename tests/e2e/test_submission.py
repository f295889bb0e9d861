"""What leaves through the daemon: signed, sealed or refused, and nothing else changed or added."""
import base64
import re
import smtplib
import socket

import pytest

from correspondents import is_sealed
from daemon import Daemon, people
from imapraw import blind
from lib import Home, date, field, message, parse
from provider import Provider, wait_for

ALICE, BOB, CAROL, DAVE = (n + "@example.test" for n in ("alice", "bob", "carol", "dave"))
SECRET = "The merger is on Friday"
TRACE = re.compile(rb"\A(?:(?:Return-Path|X-Original-To|Delivered-To|Received|Message-Id|Date):.*\n(?:[ \t].*\n)*)+")
HOWTO = "http://127.0.0.1:8025"


@pytest.fixture(scope="module")
def provider():
    with Provider({a: a.partition("@")[0] + "-secret" for a in (ALICE, BOB, CAROL, DAVE)}) as made:
        yield made


@pytest.fixture(scope="module")
def everybody(provider, tmp_path_factory):
    """Alice, Bob and Carol know each other; nobody knows Dave, who has no daemon."""
    with people(provider, tmp_path_factory.mktemp("people"), ALICE, BOB, CAROL, daemon={"how-to-base": HOWTO}) as made:
        yield made


@pytest.fixture
def alice(everybody):
    return everybody["alice"]


@pytest.fixture
def bob(everybody):
    return everybody["bob"]


class Talk:
    """SMTP line by line."""

    def __init__(self, daemon, address=None):
        self.socket = socket.create_connection(("127.0.0.1", daemon.ports["smtp"]), 30)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()
        if address:
            self.say("EHLO localhost")
            secret = f"\0{daemon.provider.login(address)}\0{daemon.provider.password(address)}"
            self.expect(235, "AUTH PLAIN " + base64.b64encode(secret.encode()).decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def reply(self):
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        return int(lines[-1][:3] or 0), b"".join(lines)

    def say(self, line):
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def expect(self, code, line):
        got = self.say(line)
        assert got[0] == code, f"{line}: {got}"
        return got[1]

    def envelope(self, sender, *to):
        self.expect(250, f"MAIL FROM:<{sender}>")
        for address in to:
            self.expect(250, f"RCPT TO:<{address}>")


def untraced(octets):
    """A delivered message without what Postfix puts on top, CRLF."""
    return TRACE.sub(b"", octets, count=1).replace(b"\n", b"\r\n")


def nothing_left(provider, octets):
    """No mailbox has it and no queue holds it."""
    (wanted,) = field(octets, "Message-ID")
    return not any(wanted in field(m, "Message-ID") for a in provider.users for m in provider.settled(a))


def test_offers(alice):
    with alice.daemon.smtp(ALICE) as box:
        words = set(box.esmtp_features)
    assert {"pipelining", "8bitmime", "enhancedstatuscodes", "size", "dsn", "smtputf8"} <= words, words
    assert not words & {"chunking", "binarymime", "burl", "etrn", "xclient", "checkpoint", "vrfy"}, words
    with alice.daemon.smtp(ALICE) as box:
        assert 0 < int(box.esmtp_features["size"]) < 200000000 * 3 // 4
        assert set(box.esmtp_features["auth"].split()) <= {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"}


def test_signed(alice, bob):
    text = message(ALICE, BOB, "An ordinary day", "Hello Bob.\n")
    assert not alice.send(text)
    got = bob.arrived(text)
    verdict = bob.home.verify(got)
    assert verdict["signature"]["valid"] and verdict["signer"]["matches_from"]
    assert field(got, "Subject") == ["An ordinary day"] and b"Hello Bob." in got


@pytest.mark.parametrize("wish", ["header", "tag", "tag at the end", "user", "user with plus", "rule"])
def test_sealed(alice, bob, wish):
    subject = {"tag": f"[seal] {SECRET}", "tag at the end": f"{SECRET} [encrypt]"}.get(wish, SECRET)
    extra = {"X_Postseal_Level": "sealed"} if wish == "header" else {}
    user = {"user": "alice (sealed)", "user with plus": "alice+sealed"}.get(wish)
    text = message(ALICE, BOB, subject, "Meet me at the bridge.\n", **extra)
    if wish == "rule":
        alice.home.run("rule", "set", BOB, "sealed")
    try:
        alice.send(text, user=user)
    finally:
        if wish == "rule":
            alice.home.run("rule", "unset", BOB)
    got = bob.arrived(text)
    assert is_sealed(got) and b"merger" not in got and b"bridge" not in got
    assert not field(got, "X-Postseal-Level")
    opened, verdict = bob.home.open(got)
    assert field(opened, "Subject") == [SECRET] and b"Meet me at the bridge." in opened
    assert verdict["signature"]["valid"] and verdict["encryption"]["reason"] == "ok"


def test_plain_wish(alice, bob):
    """The wish is stripped; nothing else happens."""
    text = message(ALICE, BOB, "In the clear", "Nothing to see\n", X_Postseal_Level="plain")
    alice.send(text)
    got = bob.arrived(text)
    assert b"X-Postseal" not in got and b"Postseal-Key" not in got and not bob.home.verify(got)["signature"]["present"]


@pytest.mark.parametrize("to", [[DAVE], [BOB, DAVE]])
def test_refused(provider, alice, to):
    """All recipients or nobody; the reply says for whom and where help is."""
    text = message(ALICE, to, f"[seal] {SECRET}", "x\n")
    code, reply = alice.refused(text)
    assert code == 550 and reply.startswith(b"5.7.0 ")
    assert DAVE.encode() in reply and HOWTO.encode() in reply and BOB.encode() not in reply, reply
    assert re.search(rb"http://\S+$", reply.strip()), reply
    assert nothing_left(provider, text)


def test_refused_today_sealed_tomorrow(provider, alice, tmp_path):
    """The same Message-ID after the key came is judged anew."""
    dave = Home(tmp_path / "dave")
    dave.add(DAVE, "--profile", "p256")
    text = message(ALICE, DAVE, f"[seal] {SECRET}", "x\n")
    assert alice.refused(text)[0] == 550
    alice.home.meet(dave, ALICE, DAVE)
    alice.send(text)
    assert wait_for(lambda: any(is_sealed(m) for m in provider.messages(DAVE)))
    alice.home.run("trust", "refuse", DAVE, alice.home.json("peers", DAVE)["identities"][0]["root_fingerprint"])


def test_bcc_sealed(provider, alice, bob, everybody):
    carol = everybody["carol"]
    text = message(ALICE, BOB, f"[seal] {SECRET}", "For two\n", Bcc=CAROL)
    alice.send(text, to=[BOB, CAROL])
    main, blind_copy = bob.arrived(text), carol.arrived(text)
    assert CAROL.encode() not in main and not field(main, "Bcc")
    for person, got in ((bob, main), (carol, blind_copy)):
        opened, verdict = person.home.open(got)
        assert b"For two" in opened and CAROL.encode() not in opened.partition(b"\n\n")[0].replace(b"Delivered-To", b"")\
            or person is carol
        assert verdict["signature"]["valid"]
    assert bob.home.run("open", stdin=blind_copy, code=None).returncode != 0
    assert carol.home.run("open", stdin=main, code=None).returncode != 0
    assert field(main, "Date") == field(blind_copy, "Date")
    assert len(base64.b64decode(re.sub(rb"\s", b"", main.split(b"\n\n", 1)[1]))) > 500


def test_bcc_signed(alice, bob, everybody):
    """One copy, its Bcc field removed, delivered to everybody."""
    text = message(ALICE, BOB, "no secret", "For two\n", Bcc=CAROL)
    alice.send(text, to=[BOB, CAROL])
    one, other = bob.arrived(text), everybody["carol"].arrived(text)
    assert not field(one, "Bcc") and not field(other, "Bcc")
    assert untraced(one) == untraced(other) and CAROL.encode() not in untraced(one)


def test_several_recipients_and_transactions(alice, bob, everybody):
    """One login, several messages, one of them refused: each gets its own answer."""
    texts = [message(ALICE, [BOB, CAROL], f"number {n}", f"{n}\n").replace(b"\n", b"\r\n") for n in range(3)]
    refused = message(ALICE, DAVE, "[seal] no", "x\n").replace(b"\n", b"\r\n")
    with alice.daemon.smtp(ALICE) as box:
        box.sendmail(ALICE, [BOB, CAROL], texts[0])
        with pytest.raises(smtplib.SMTPDataError):
            box.sendmail(ALICE, [DAVE], refused)
        for text in texts[1:]:
            box.sendmail(ALICE, [BOB, CAROL], text)
    for text in texts:
        assert bob.home.verify(bob.arrived(text))["signature"]["valid"]
        everybody["carol"].arrived(text)


def test_unknown_recipient(alice, bob):
    """The provider's refusal of one recipient is the mail program's; the others get their mail."""
    text = message(ALICE, BOB, "one is missing", "x\n")
    refused = alice.send(text, to=[BOB, "nobody@example.test"])
    assert refused.keys() == {"nobody@example.test"} and refused["nobody@example.test"][0] == 550
    bob.arrived(text)


def test_no_recipient_left(alice):
    code, reply = alice.refused(message(ALICE, "nobody@example.test", "x"))
    assert code == 550 and b"5.1.1" in reply


@pytest.mark.parametrize("login, password", [("alice", "wrong"), ("nobody", "alice-secret"), ("bob", "bob-secret"),
                                             ("alice", "")])
def test_wrong_login(alice, login, password):
    """Also for a user whom the provider knows and the daemon does not."""
    with pytest.raises((smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError)) as raised:
        alice.daemon.smtp(ALICE, login, password or "x")
    assert raised.value.smtp_code in (535, 530, 534, 454)


def test_nothing_without_login(alice):
    with Talk(alice.daemon) as talk:
        talk.say("EHLO localhost")
        for line in (f"MAIL FROM:<{ALICE}>", f"RCPT TO:<{BOB}>", "DATA"):
            assert talk.say(line)[0] in (530, 503, 550), line


@pytest.mark.parametrize("sender", ["mallory@example.test", BOB, "Alice <alice@example.test.evil.example>",
                                    f"{BOB}, {ALICE}", "alice@example.org"])
def test_foreign_from(alice, bob, sender):
    """A From that is not of this account is never signed and carries no key."""
    text = message(sender, BOB, "not mine", "x\n")
    try:
        alice.send(text)
    except smtplib.SMTPException as error:
        assert 400 <= error.smtp_code < 600
        return
    got = bob.arrived(text)
    assert not bob.home.verify(got)["signature"]["present"], got
    assert b"Postseal-Key" not in got and b"pkcs7" not in got


def test_null_sender(alice, bob):
    """A report of the mail program's: as it is."""
    text = message(ALICE, BOB, "Disposition", "x\n").replace(b"\n", b"\r\n")
    with alice.daemon.smtp(ALICE) as box:
        box.sendmail("", [BOB], text)
    assert untraced(bob.arrived(text)) == text


FOREIGN = (b"From: alice@example.test\r\nTo: bob@example.test\r\nSubject: signed already  \r\nDate: %s\r\n"
           b"Message-ID: <foreign.%d@test.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed;\r\n"
           b" protocol=\"application/%s\"; boundary=b; micalg=sha-256\r\n\r\npreamble \r\n--b\r\n"
           b"Content-Type: text/plain\r\n\r\ntrailing  \r\n.\r\n..dots\r\n\tend \r\n--b\r\nContent-Type: application/%s\r\n"
           b"Content-Transfer-Encoding: base64\r\n\r\nMIIBAAYJKoZIhvcNAQcCoA==\r\n--b--\r\nepilogue\r\n")


@pytest.mark.parametrize("number, kind", enumerate([b"pkcs7-signature", b"pgp-signature", b"x-pkcs7-signature"]))
def test_foreign_signature(alice, bob, number, kind):
    """A message that is signed already passes octet for octet."""
    text = FOREIGN % (date().encode(), number, kind, kind)
    with alice.daemon.smtp(ALICE) as box:
        box.sendmail(ALICE, [BOB], text)
    assert untraced(bob.arrived(text)) == text


BODIES = {
    "dots": ".\n..\n...\n.end\n",
    "empty": "",
    "no end of line": "the end",
    "long line": "x" * 5000 + "\n",
    "eight bits": "Grüße, Ελλάδα, 日本\n",
    "from": "From here\nFrom there\n",
    "trailing blanks": "flowed \n  \n\t\nend  \n\n\n",
    "large": "0123456789 abcdefghijklmnopqrstuvwxyz\n" * 30000,
}


@pytest.mark.parametrize("level", ["signed", "sealed"])
@pytest.mark.parametrize("name", BODIES)
def test_bodies(alice, bob, name, level):
    """Whatever the text is, the signature holds when it arrives and the text is the same."""
    text = message(ALICE, BOB, "Text", BODIES[name], X_Postseal_Level=level)
    with alice.daemon.smtp(ALICE) as box:
        box.sendmail(ALICE, [BOB], re.sub(rb"\r?\n", b"\r\n", text), ["BODY=8BITMIME"])
    opened, verdict = bob.home.open(bob.arrived(text))
    assert verdict["signature"]["valid"], verdict
    parts = [p for p in parse(opened).walk() if p.get_content_type() == "text/plain"]
    assert parts[0].get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == BODIES[name].rstrip("\n")


def test_date_and_message_id_are_added(provider, alice, bob):
    """Before signing, since they must be in what is signed."""
    count = provider.count_messages(BOB)
    alice.send(f"From: {ALICE}\nTo: {BOB}\nSubject: bare\n\nx\n".encode())
    got = provider.wait_messages(BOB, count + 1)[-1]
    assert len(field(got, "Date")) == 1 and len(field(got, "Message-ID")) == 1
    assert bob.home.verify(got)["signature"]["valid"]


ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\n\n.\r\n", b"\r\r\n.\r\r\n", b"\0\r\n.\0\r\n",
        b"\r\n\x00.\r\n"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("level", [b"plain", b"signed", b"sealed"])
def test_smuggling(provider, alice, end, level):
    """Only CRLF . CRLF ends a message: whatever else looks like it is refused or repaired, never passed on."""
    smuggled = b"smuggled.%d@test.example" % provider.count
    provider.count += 1
    inner = (b"MAIL FROM:<alice@example.test>\r\nRCPT TO:<carol@example.test>\r\nDATA\r\nFrom: alice@example.test\r\n"
             b"Message-ID: <" + smuggled + b">\r\n\r\nsmuggled\r\n")
    text = message(ALICE, BOB, "outer", "", X_Postseal_Level=level.decode()).replace(b"\n", b"\r\n")
    with Talk(alice.daemon, ALICE) as talk:
        talk.envelope(ALICE, BOB)
        talk.expect(354, "DATA")
        talk.send(text + b"outer text" + end + inner + b"\r\n.\r\n")
        code, _ = talk.reply()
        assert code in (250, 550, 554)
        talk.expect(250, "NOOP")
        talk.expect(221, "QUIT")
    assert not any(smuggled in b" ".join(f.encode() for f in field(m, "Message-ID")) for m in provider.settled(CAROL))
    if code == 250 and level == b"plain":
        got = [m for m in provider.messages(BOB) if smuggled in m]
        assert len(got) <= 1 and not any(end in m for m in got if b"\r" in end)


def test_pipelined(provider, alice, bob):
    text = message(ALICE, BOB, "pipelined", "x\n")
    crlf = text.replace(b"\n", b"\r\n")
    with Talk(alice.daemon, ALICE) as talk:
        talk.send(f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<nobody@example.test>\r\nRCPT TO:<{BOB}>\r\nDATA\r\n".encode())
        assert [talk.reply()[0] for _ in range(4)] == [250, 550, 250, 354]
        talk.send(crlf + b".\r\nRSET\r\nNOOP\r\nQUIT\r\n")
        assert [talk.reply()[0] for _ in range(4)] == [250, 250, 250, 221]
    bob.arrived(text)


def test_octet_by_octet(alice, bob):
    text = message(ALICE, BOB, "slowly", "x\n")
    with Talk(alice.daemon, ALICE) as talk:
        talk.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk.envelope(ALICE, BOB)
        talk.expect(354, "DATA")
        for octet in text.replace(b"\n", b"\r\n") + b".\r\n":
            talk.send(bytes([octet]))
        assert talk.reply()[0] == 250
    bob.arrived(text)


def test_order_and_syntax(alice):
    with Talk(alice.daemon, ALICE) as talk:
        assert talk.say("DATA")[0] == 503
        assert talk.say(f"RCPT TO:<{BOB}>")[0] == 503
        talk.expect(250, f"MAIL FROM:<{ALICE}>")
        assert talk.say(f"MAIL FROM:<{ALICE}>")[0] == 503
        assert talk.say("DATA")[0] in (503, 554)
        talk.expect(250, "RSET")
        for line, codes in (("NONSENSE", (500, 502)), ("BURL imap://x LAST", (500, 502)), ("MAIL FROM:alice", (501, 553, 555)),
                            ("AUTH PLAIN", (503,)), ("TURN", (500, 502)), ("X" * 3000, (500, 501))):
            code, reply = talk.say(line)
            assert code in codes, (line[:40], reply)
        talk.expect(250, "NOOP")
        assert talk.say("VRFY bob")[0] in (252, 500, 502)
        talk.expect(221, "QUIT")


def test_chunks_are_not_taken_for_commands(provider, alice):
    """BDAT is not offered; a program that uses it all the same cannot have its text read as commands."""
    count = provider.count_messages(CAROL)
    with Talk(alice.daemon, ALICE) as talk:
        talk.envelope(ALICE, BOB)
        chunk = f"RSET\r\nMAIL FROM:<{ALICE}>\r\nRCPT TO:<{CAROL}>\r\nDATA\r\nx\r\n.\r\n"
        talk.send(f"BDAT {len(chunk)} LAST\r\n{chunk}".encode())
        assert talk.reply()[0] in (500, 502, 503)
        assert talk.reply()[0] in (0, 221, 421)
    assert len(provider.settled(CAROL)) == count


def test_dsn_and_utf8(alice, bob):
    text = message(ALICE, BOB, "Grüße", "ü\n")
    with alice.daemon.smtp(ALICE) as box:
        box.sendmail(ALICE, [BOB], text.replace(b"\n", b"\r\n"), ["RET=HDRS", "ENVID=abc", "SMTPUTF8", "BODY=8BITMIME"],
                     ["NOTIFY=NEVER", "ORCPT=rfc822;bob@example.test"])
    assert bob.home.verify(bob.arrived(text))["signature"]["valid"]


def test_starttls_injection(provider, tmp_path):
    """What came in the clear behind STARTTLS is thrown away."""
    home = Home(tmp_path / "tls")
    home.add(ALICE, "--profile", "p256")
    with Daemon(home, provider, ALICE, tls="starttls") as daemon:
        with Talk(daemon) as talk:
            talk.expect(250, "EHLO localhost")
            assert talk.say("AUTH PLAIN AGFsaWNlAGFsaWNlLXNlY3JldA==")[0] in (503, 530, 538)
            talk.send(b"STARTTLS\r\nNOOP\r\nEHLO injected\r\n")
            assert talk.reply()[0] == 220
            try:
                secure = blind().wrap_socket(talk.socket)
            except OSError:
                return  # closed: somebody is in between
            secure.settimeout(1)
            with pytest.raises(TimeoutError):
                secure.recv(100)
            secure.settimeout(20)
            secure.sendall(b"EHLO again\r\n")
            assert secure.recv(4000).startswith(b"250")


def test_too_large(alice):
    with Talk(alice.daemon, ALICE) as talk:
        code, reply = talk.say(f"MAIL FROM:<{ALICE}> SIZE=900000000")
        assert code == 552 and b"5.3.4" in reply
