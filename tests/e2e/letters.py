"""Letters of every shape for the tests of what a mail program is shown, and the mail made of them."""
import base64
import quopri
import random

from forge import openssl
from lib import PASSPHRASE, message, date

WORDS = "bridge river Friday minister Grüße number of the a under budget 日本 contract Ελλάδα office lunch tower".split()


class Letters:
    """Random messages by one writer; the same seed gives the same letters."""

    def __init__(self, sender, to, seed=4):
        self.random, self.sender, self.to, self.count = random.Random(seed), sender, to, 0

    def words(self, count):
        return " ".join(self.random.choice(WORDS) for _ in range(count))

    def text(self):
        lines = [self.words(self.random.randrange(12)) for _ in range(self.random.randrange(1, 20))]
        body = "\n".join(lines).encode() + b"\n"
        how = self.random.choice(["8bit", "quoted-printable", "base64"])
        encoded = {"8bit": lambda: body, "quoted-printable": lambda: quopri.encodestring(body) + b"\n",
                   "base64": lambda: base64.encodebytes(body)}[how]()
        kind = self.random.choice(["text/plain; charset=utf-8", "text/html; charset=utf-8",
                                   'text/plain; charset="UTF-8"; format=flowed'])
        return f"Content-Type: {kind}\nContent-Transfer-Encoding: {how}\n".encode(), encoded

    def file(self):
        data = self.random.randbytes(self.random.randrange(0, 3000))
        head = ('Content-Type: application/octet-stream; name="a b.bin"\nContent-Transfer-Encoding: base64\n'
                'Content-Disposition: attachment; filename="a b.bin"\nContent-ID: <part@test.example>\n'
                'Content-Description: some octets\nContent-Language: en, de\nContent-Location: file.bin\n')
        return head.encode(), base64.encodebytes(data)

    def forwarded(self):
        inner = message("carol@example.test", self.sender, "inside " + self.words(2), self.words(9) + "\n")
        return b"Content-Type: message/rfc822\n", inner

    def parts(self, depth=0):
        kind = self.random.choice(["mixed", "alternative", "related"])
        mark = f"=_{self.count}_{depth}_{self.random.randrange(10 ** 9)}".encode()
        made = [self.part(depth + 1) for _ in range(self.random.randrange(1, 4))]
        body = b"preamble\n" if self.random.random() < 0.3 else b""
        for head, content in made:
            body += b"--" + mark + b"\n" + head + b"\n" + content + b"\n"
        body += b"--" + mark + b"--\n" + (b"epilogue\n" if self.random.random() < 0.3 else b"")
        return b'Content-Type: multipart/%s; boundary="%s"\n' % (kind.encode(), mark), body

    def part(self, depth=0):
        choice = self.random.random()
        if choice < 0.35 and depth < 3:
            return self.parts(depth)
        if choice < 0.5 and depth:
            return self.forwarded()
        if choice < 0.7 and depth:
            return self.file()
        return self.text()

    def letter(self, subject=None):
        """One letter, LF."""
        self.count += 1
        head, body = self.part()
        subject = subject or f"{self.words(2)} {self.count}"
        if not subject.isascii():
            subject = "=?utf-8?B?" + base64.b64encode(subject.encode()).decode() + "?="
        fields = (f'From: "A. Writer" <{self.sender}>\nTo: Bob <{self.to}>, "Last, First" <carol@example.test>\n'
                  f"Subject: {subject}\nDate: {date()}\nMessage-ID: <letter.{self.count}@test.example>\n"
                  f"In-Reply-To: <letter.0@test.example>\nReferences: <letter.0@test.example>\nMIME-Version: 1.0\n")
        return fields.encode() + head + b"\n" + body


def opaque(home, address, text):
    """The letter signed with the account's key in one piece (smime-type=signed-data), as openssl does it."""
    key = home.path / f"signer-{address}.pem"
    if not key.exists():
        key.write_bytes(openssl("pkcs12", "-in", home.p12(address), "-nodes", "-passin", "pass:" + PASSPHRASE))
    head, _, body = text.partition(b"\n\n")
    lines = head.split(b"\n")
    outer = [n for n in lines if not n.lower().startswith((b"content-", b"mime-version"))]
    inner = [n for n in lines if n.lower().startswith(b"content-")]
    signed = openssl("cms", "-sign", "-nodetach", "-signer", key, "-inkey", key, "-outform", "DER", "-binary",
                     stdin=(b"\n".join(inner) + b"\n\n" + body).replace(b"\n", b"\r\n"))
    return (b"\n".join(outer) + b"\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=signed-data;\n"
            b" name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(signed))
