"""What the whole-program tests share: people with homes, messages, and the words a verdict may use."""
import datetime
import email
import email.policy
import email.utils
import itertools
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
POSTSEAL = os.environ.get("POSTSEAL") or str(ROOT / "build/src/cli/postseal")
SHARED = pathlib.Path(os.environ.get("POSTSEAL_SHARED") or ROOT.parent / "shared")
PASSPHRASE = "correct horse"

USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, CREATE, IO, RETRY, REFUSED = 64, 65, 66, 69, 70, 73, 74, 75, 77


class Home:
    """One person: a home of their own and the command that works in it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def command(self, *args):
        return [POSTSEAL, "--home", str(self.path), *map(str, args)]

    def run(self, *args, stdin=b"", code=0, timeout=60, **kwargs):
        """Runs one command and insists on its exit code (None: any); stdin may be a file."""
        if isinstance(stdin, bytes):
            kwargs["input"] = stdin
        else:
            kwargs["stdin"] = stdin
        kwargs.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(self.command(*args), stderr=subprocess.PIPE, timeout=timeout, env=environment(), **kwargs)
        error = done.stderr.decode("utf-8", "replace")
        assert done.returncode >= 0, f"{args}: killed by signal {-done.returncode}: {error}"
        assert "Sanitizer" not in error and "CRITICAL" not in error, f"{args}: {error}"
        if code is not None:
            assert done.returncode == code, f"{args}: exit {done.returncode}, not {code}: {error}"
        return done

    def out(self, *args, **kwargs):
        return self.run(*args, **kwargs).stdout

    def json(self, *args, **kwargs):
        return json.loads(self.out("--json", *args, **kwargs))

    def json_lines(self, *args, **kwargs):
        return [json.loads(line) for line in self.out("--json", *args, **kwargs).splitlines()]

    def refuse(self, code, *args, **kwargs):
        """The command fails with `code`, says so in one line and writes nothing else."""
        done = self.run(*args, code=code, **kwargs)
        assert not done.stdout
        return one_diagnostic(done.stderr, args)

    def add(self, address, *args):
        return self.json("account", "add", address, *args)

    def protect(self, message, level="signed", *args, **kwargs):
        return self.out("protect", "--level", level, *args, stdin=message, **kwargs)

    def open(self, message, *args, **kwargs):
        """The readable message and the verdict."""
        verdict = self.path / "verdict.json"
        verdict.unlink(missing_ok=True)
        text = self.out("open", "--verdict", verdict, *args, stdin=message, **kwargs)
        return text, check_verdict(json.loads(verdict.read_bytes()))

    def verify(self, message, *args, **kwargs):
        kwargs.setdefault("code", None)
        done = self.run("--json", *args, "verify", stdin=message, **kwargs)
        verdict = check_verdict(json.loads(done.stdout))
        assert done.returncode == (0 if verdict["summary"] in ("verified", "confidential") else 1)
        return verdict

    def cert(self, address, *args):
        """The certificate as PEM in a file."""
        name = self.path / ("cert-" + address + "".join(args) + ".pem")
        name.write_bytes(self.out("account", "cert", address, *args, "--pem"))
        return name

    def p12(self, address, *args):
        """The account's keys as PKCS#12 in a file, under PASSPHRASE."""
        name = self.path / ("export-" + address + "".join(args) + ".p12")
        secret = self.passphrase_file()
        self.run("account", "export", address, "--p12", name, "--passphrase-file", secret, *args)
        return name

    def passphrase_file(self, text=PASSPHRASE):
        name = self.path / "passphrase"
        name.write_text(text + "\n", encoding="utf-8")
        return name

    def meet(self, other, mine, theirs, when=()):
        """Learns the key of `theirs` at home `other` from a message to `mine`."""
        text = message(theirs, mine, "hello", "first contact\n")
        self.run("open", "--learn", stdin=other.protect(text, "signed", *when))


def environment():
    """The caller's environment without anything that postseal or a locale could pick up; in the PATH, as once installed, the daemon."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("POSTSEAL", "XDG_", "LC_", "LANG"))}
    daemon = os.path.dirname(os.environ.get("POSTSEALD", ""))
    path = os.pathsep.join(filter(None, (daemon, keep.get("PATH"))))
    return keep | {"LC_ALL": "C.UTF-8", "TZ": "UTC", "G_DEBUG": "fatal-criticals", "PATH": path}


def one_diagnostic(stderr, args=()):
    """The one line that a failure says: "postseal: COMMAND: what is wrong: what to do"."""
    lines = stderr.decode("utf-8").splitlines()
    assert len(lines) == 1, f"{args}: {lines}"
    assert lines[0].startswith("postseal: "), lines[0]
    return lines[0]


NUMBERS = itertools.count()
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def date(days=0):
    """The Date field of a message written so many days from now: certificates made now hold then."""
    return email.utils.format_datetime(NOW + datetime.timedelta(days=days))


def at(days):
    """The option that judges an hour after date(days)."""
    return ["--at", (NOW + datetime.timedelta(days=days, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")]


def delivered(octets, days=0):
    """The message as it lies in a mailbox: with the Received field of the last server on top."""
    return f"Received: from a.example by b.example; {date(days)}\n".encode() + octets


def message(sender, to, subject="Test", body="Hello.\n", **fields):
    """A simple message with LF line ends; to may be a list."""
    to = to if isinstance(to, str) else ", ".join(to)
    head = {"From": sender, "To": to, "Subject": subject, "Date": date()}
    head["Message-ID"] = f"<{os.getpid()}.{next(NUMBERS)}@test.example>"
    head |= {k.replace("_", "-"): v for k, v in fields.items()}
    head |= {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8"}
    text = "".join(f"{k}: {v}\n" for k, v in head.items())
    return (text + "\n" + body).encode()


def parse(octets):
    return email.message_from_bytes(octets, policy=email.policy.compat32)


def fields(octets):
    """[(name, value)] of the header block: values unfolded, octets as Latin-1."""
    head = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0].decode("latin-1").replace("\r\n", "\n")
    found = []
    for line in head.split("\n"):
        if line[:1] in " \t" and found:
            found[-1] = (found[-1][0], found[-1][1] + " " + line.strip())
        elif re.match(r"[!-9;-~]+[ \t]*:", line):
            name, _, value = line.partition(":")
            found.append((name.strip(), value.strip()))
    return found


def field(octets, name):
    """The values of all fields of that name."""
    return [v for n, v in fields(octets) if n.lower() == name.lower()]


WORDS = {
    "summary": "unprotected verified confidential encrypted-only",
    "signature.form": "none multipart opaque unobtrusive",
    "signature.reason": "ok none digest-mismatch bad-signature no-signer-certificate malformed weak-algorithm "
    "several-signers content-conflict not-at-root wrong-usage signing-time-mismatch unsupported-algorithm",
    "signature.algorithm": "rsa rsa-pss ecdsa ed25519 dsa",
    "signer.chain": "trusted pinned untrusted expired not-yet-valid revoked invalid unknown",
    "encryption.kind": "enveloped auth-enveloped",
    "encryption.reason": "ok none no-key not-authenticated malformed weak-algorithm unsupported-algorithm "
    "not-at-root too-large",
    "history.state": "none first new same changed conflict",
    "headers.protection": "signed-and-encrypted encrypted-only signed-only unprotected",
    "warnings.code": "lookalike-domain lookalike-name from-mismatch unsigned-but-usually-signed key-changed "
    "key-conflict untrusted-issuer expired weak-algorithm legacy-cbc errant-layer first-time-link candidate-key "
    "list-footer not-addressed-to-you several-from remote-content",
}
REQUIRED = "summary from.address signature.present signature.valid signature.reason encryption.present history.state"


def check_verdict(verdict):
    """Holds a verdict against the contract: only known words, and no summary that its parts do not carry."""
    def values(path):
        found = [verdict]
        for key in path.split("."):
            found = [v.get(key) for v in found if isinstance(v, dict)]
            found = [w for v in found for w in (v if isinstance(v, list) else [v])]
        return [v for v in found if v is not None]

    for path, words in WORDS.items():
        for value in values(path):
            assert value in words.split(), f"{path}: {value}"
    for path in REQUIRED.split():
        assert values(path) or path == "from.address", f"no {path} in {verdict}"
    if verdict["summary"] in ("verified", "confidential"):
        assert verdict["signature"]["valid"] and verdict["signature"]["reason"] == "ok"
        assert verdict["signer"]["matches_from"]
    if verdict["summary"] in ("confidential", "encrypted-only"):
        assert verdict["encryption"]["present"] and verdict["encryption"]["reason"] == "ok"
    if verdict["signature"]["valid"]:
        assert verdict["signature"]["present"] and verdict["signature"]["reason"] == "ok"
    return verdict
