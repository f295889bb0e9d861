"""Messages for the comparison of IMAP answers: odd ones made by hand, and random nested ones."""
import random

# Not among them is "a . b@c.example" (RFC 5322 appendix A.6.3), which Dovecot does not read as an address.
ADDRESSES = [
    "a@b.example", "<a@b.example>", "Ann <a@b.example>", "\"Ann B.\" <a@b.example>", "Ann \"B\" C <a@b.example>",
    "a@b.example (Ann)", "a@b.example (Ann (the \\) first))", "=?utf-8?q?J=C3=BCrgen?= <j@b.example>",
    "\"=?utf-8?q?J=C3=BCrgen?=\" <j@b.example>", "J\u00fcrgen <j@b.example>", "Friends: a@b.example, c@d.example;",
    "Friends:;", "undisclosed-recipients:;", "Friends: a@b.example", "Friends: a@b.example, ;", "a@b.example,",
    ",a@b.example", "a@b.example,,c@d.example", "a@b.example; c@d.example", "Ann", "Ann B", "\"Ann B\"",
    "\"Ann", "<a>", "<@r.example:a@b.example>", "<@r.example,@s.example:a@b.example>", "<@r.example a@b.example>",
    "<>", "Ann <>", "Ann <a@>", "a@", "@b.example", "Ann <a@b.example", "Ann a@b.example>", "a@[127.0.0.1]",
    "a@[127.0.\\0.1] (x)", "a@c . example", "\"a b\"@c.example", "\"a\\\"b\"@c.example", "a..b@c.example",
    ".a@c.example", "a.@c.example", "a@b@c.example", "Ann <a@b.example> Trailing", "<a@b.example>, Ann",
    "a@b.example (unclosed", "Doe, Ann <a@b.example>", "\"Doe, Ann\" <a@b.example>", "Ann\t B <a@b.example>",
    "\"A\\\\B \\\"C\\\" 'D'\" <a@b.example>", "a\\b@c.example", "Mailer-Daemon", "Ann <a(c)@(c)b.example(c)>",
    "Ann <a@b.example>(comment)", "(before) a@b.example", "A.B. <a@b.example>", ".A <a@b.example>", "Ann:", ":;", "",
    " ", "a@b.example\r\n c@d.example", "Ann\r\n\tB <a@b.example>,\r\n c@d.example", "<a@b.example>,(x", "a@b_c.example",
    "a@b.example, Group: c@d.example, e@f.example;, g@h.example", "\"\" <a@b.example>", "Ann@ <a@b.example>",
]

SUBJECTS = [
    "plain", "", " ", "  two  blanks ", "folded\r\n line", "folded\r\n\tline\r\n  more", "quote \" here", "back\\slash",
    "caf\u00e9", "=?iso-8859-1?q?caf=E9?=", "\ttab", "trailing \t", "a\"b\"c\"d\"e\"f", "NIL", "(paren", "{5}", "%*",
]

TYPES = [
    "text/plain", "TEXT/Plain; charset=UTF-8", "text/plain; charset=\"us-ascii\"", "text/plain;charset=utf-8;format=flowed",
    "text", "text/", "/plain", "", "text/plain foo", "text/plain; charset", "text/plain; charset=", "text/plain; =x; a=b",
    "text/plain;; a=b", "text/plain; ; a=b", "text/plain; a=b; a=c", "text/plain (c); (c) charset (c) = (c) utf-8 (c)",
    "text/html; charset=\"a\\\"b\"", "text/plain; charset=\"unclosed", "application/octet-stream; name=a b.bin; x=y",
    "application/pdf; name*=utf-8''f%C3%BC.pdf", "application/pdf; name*0=abc; name*1=def.pdf",
    "application/pdf; name*0*=utf-8''f%C3%BC; name*1=x%y; name*2*=z.pdf", "application/pdf; name*1=b; name*0=a",
    "application/pdf; name*0=a; name*2=c", "application/pdf; name=x; name*0=a; name*1=b; other=z",
    "application/pdf; NAME*0=a; name*1=b", "image/png; name==?utf-8?q?f=C3=BC.png?=; x=y", "image/png; name=f\u00fc.png",
    "image/png; name=\"a\r\n b.png\"", "message/rfc822", "message/delivery-status", "message/partial; id=x; number=1",
    "message/external-body; access-type=local-file; name=x", "multipart/mixed", "multipart/mixed; boundary=",
    "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=nowhere", "multipart", "a/b/c", "text/x-\u00fc",
    "application/x-very-long-subtype-" + "x" * 300, "text/plain; x=\"" + "\\\"" * 6 + "\"", "message/global",
]

FIELDS = [
    "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: Quoted-Printable (c)",
    "Content-Transfer-Encoding: 8bit junk", "Content-Transfer-Encoding:", "Content-ID: <a@b>", "Content-ID: a\r\n b",
    "Content-Description: some text", "Content-Description: caf\u00e9", "Content-Description: a \"q\" b",
    "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==", "Content-Disposition: attachment; filename=a.txt",
    "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt", "Content-Disposition: inline",
    "Content-Disposition: attachment; filename=\"a\\\"b.txt\"; size=12", "Content-Disposition: ; x=y",
    "Content-Disposition: attachment; filename=f\u00fc.txt", "Content-Language: en", "Content-Language: en, de-AT",
    "Content-Language: ,en", "Content-Language: (c) en (c) , fr", "Content-Location: http://example/\r\n a",
    "Content-Location: x", "Content-Base: y", "Content-Disposition: attachment;\r\n filename=a.txt;\r\n\tx=y",
]


def crlf(text):
    if isinstance(text, str):
        text = text.encode()
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def simple(**fields):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return crlf(lines + "\r\nbody\r\n")


HANDMADE = [crlf(text) for text in (
    "",
    "\n",
    "body without header\n",
    "Subject: no end",
    "Subject: no body\n",
    "Subject: empty body\n\n",
    "Subject: x\n\nno line end",
    "\nbody only\n",
    "junk line\nSubject: after junk\n\nbody\n",
    " starts with blank\nSubject: x\n\nbody\n",
    "Subject : blank before colon\nFrom\t: a@b.example\n\nbody\n",
    "Subject: one\nSubject: two\nFrom: a@b.example\nFrom: c@d.example\nDate: x\nDate: y\nMessage-ID: <1>\nMessage-ID: <2>\n\nbody\n",
    "From: a@b.example\nSender:\nReply-To: \nTo: c@d.example\nTo: e@f.example\nCc: g@h.example\n\nbody\n",
    "In-Reply-To: <a>\n <b>\nMessage-ID:\n <c>\nDate: Mon,\n 1 Jan 2001 00:00:00 +0000 (x)\n\nbody\n",
    "Date: \"quoted\" \\date\nMessage-ID: caf\u00e9\n\nbody\n",
    "Content-Transfer-Encoding: base64\nContent-ID: <x>\n\nbody without type\n",
    "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\nContent-ID: <x>\n\naGVsbG8=\n",
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ncaf=C3=A9 =\nsoft\n=3D\n",
    "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nepilogue\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b--\nnothing\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b\n\n\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b trailing\n\none\n--b-- trailing\n--b\n\nlate\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--bb\n\none\n--b\n\ntwo\n--b--x\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n--b\nno blank line\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n--b\n\nno blank line after header\n--b--\n",
    "Content-Type: multipart/mixed; boundary=\"b c\"\n\n--b c\n\none\n--b c--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\n1\n--bb\n\n2\n--bb--\n--b--\n",
    "Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n1\n--b\n\n2\n--b--\n--bb\n\n3\n--bb--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n1\n--b--\n--b\n\n2\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\n1\n--b\n\n2\n--c\n\n3\n--b--\n",
    "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in digest\nFrom: a@b.example\n\nbody\n--b\nContent-Type: text/plain\n\nplain\n--b--\n",
    "Content-Type: message/rfc822\n\nSubject: inner\nFrom: a@b.example\nTo: c@d.example\n\ninner body\n",
    "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: innermost\n\nbody\n",
    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKYm9keQo=\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: message/rfc822\n",
    "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--c--\n--b\n\ntwo\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n--b\n\ntwo\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n--b\n\ntwo\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: unfinished\n--b\n\ntwo\n--b--\n",
    "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain\n\n--b\n\none\n--b--\n",
    "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n",
    "Content-Type: multipart/mixed; boundary=" + "b" * 100 + "\n\n--" + "b" * 100 + "\n\none\n--" + "b" * 80 + "\n\ntwo\n",
    "Content-Type: multipart/mixed;\n boundary*0=ab;\n boundary*1=cd\n\n--abcd\n\none\n--abcd--\n",
    "MIME-Version: 1.0\nContent-Type: broken\n\nbody\n",
    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b\n\n--b\n\none\n--b\n"
    "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
    "Subject: " + "long " * 500 + "\nTo: " + ", ".join(f"p{i}@example.org" for i in range(300)) + "\n\nbody\n",
    "Subject: lines\n\n" + "line\n" * 5000,
)] + [
    b"Subject: nul\x00here\r\nFrom: \"a\x00b\" <c@d.example>\r\n\r\nbody \x00 with nul\r\n",
    b"Subject: 8bit \xff\xfe\r\nFrom: \xe9\xe8 <a@b.example>\r\n\r\n\xff\xfe\r\n",
    b"Subject: bare\rcr\r\n\r\nbare\rcr\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbinary \x00\x01\r\n--b--\r\n",
]


def variants():
    """One message for each odd value of one field."""
    for value in ADDRESSES:
        yield simple(From=value, To=f"x@y.example, {value}", Reply_To=value)
    for value in SUBJECTS:
        yield simple(Subject=value, Date=value, Message_ID=value)
    for value in TYPES:
        yield simple(Content_Type=value)
        yield crlf(f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: {value}\n\nbody\n--b--\n")
    for value in FIELDS:
        yield crlf(f"MIME-Version: 1.0\n{value}\n\nbody\n")
        yield crlf(f"Content-Type: multipart/mixed; boundary=b\n{value}\n\n--b\n{value}\n\nbody\n--b--\n")


class Random:
    """Nested messages from a seed; a few boundary lines are lost, doubled or of somebody else."""

    def __init__(self, seed):
        self.choose = random.Random(seed)

    def maybe(self, chance):
        return self.choose.random() < chance

    def text(self):
        lines = self.choose.choices(["word", "", "--", "--b", "- b", "caf\u00e9", "From x", "a: b", "--b1", "--b2--"],
                                    k=self.choose.randrange(6))
        return "\n".join(lines) + ("\n" if self.maybe(0.7) else "")

    def header(self, type_value):
        fields = []
        if type_value is not None:
            fields.append(f"Content-Type: {type_value}")
        # Of two dispositions Dovecot takes the second if the first has no parameters: such ones are left out here.
        usable = [field for field in FIELDS if field != "Content-Disposition: inline"]
        for field in self.choose.sample(usable, self.choose.randrange(4)):
            if field.partition(":")[0] not in {other.partition(":")[0] for other in fields}:
                fields.append(field)
        if self.maybe(0.5):
            fields.append("From: " + self.choose.choice(ADDRESSES))
        if self.maybe(0.5):
            fields.append("Subject: " + self.choose.choice(SUBJECTS))
        self.choose.shuffle(fields)
        return "".join(field + "\n" for field in fields) + ("\n" if self.maybe(0.95) else "")

    def part(self, depth):
        kind = self.choose.randrange(10 if depth < 5 else 6)
        if kind < 4:
            return self.header(self.choose.choice(TYPES[:28])) + self.text()
        if kind < 6:
            return self.header(None) + self.text()
        if kind == 6:
            return self.header("message/rfc822") + self.part(depth + 1)
        return self.multipart(depth)

    def multipart(self, depth):
        boundary = self.choose.choice(["b", "b1", f"b{depth}", f"x{self.choose.randrange(1000)}"])
        subtype = self.choose.choice(["mixed", "alternative", "digest", "related"])
        out = self.header(f"multipart/{subtype}; boundary={boundary}") + self.text()
        for _ in range(self.choose.randrange(4)):
            out += f"{'' if out.endswith(chr(10)) else chr(10)}--{boundary}{' ' if self.maybe(0.05) else ''}\n"
            out += self.part(depth + 1)
        if self.maybe(0.9):
            out += f"\n--{boundary}--\n"
        return out + self.text()

    def message(self):
        return crlf(self.part(0) if self.maybe(0.3) else self.multipart(0))
