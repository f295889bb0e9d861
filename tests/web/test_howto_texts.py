"""Texts of the how-to pages: all there in German, and faults in the data told with their line."""
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILE = ROOT / "src/howto/compile.py"


def entries(text):
    """msgid -> msgstr of a PO file without plurals or contexts."""
    def joined(lines):
        return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', lines))
    return {joined(i): joined(s) for i, s in re.findall(r'^msgid ((?:".*"\s*)+)msgstr ((?:".*"\s*)+)', text, re.M)}


def test_every_text_is_there_in_german():
    sources = sorted(str(p) for p in (ROOT / "src/howto").glob("*.c"))
    used = subprocess.run(["xgettext", "-k_", "-kN_", "--from-code=UTF-8", "-o", "-", *sources], capture_output=True, text=True, check=True).stdout
    german = entries((ROOT / "po/de.po").read_text(encoding="utf-8"))
    texts = set(entries(used)) - {""}
    assert len(texts) > 100
    assert {t for t in texts if not german.get(t)} == set()
    for text in texts:
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", german[text])), text


def compile_data(folder, tmp_path):
    return subprocess.run([sys.executable, str(COMPILE), "pages", str(folder), str(tmp_path / "out.c"), str(tmp_path / "out.d")],
                          capture_output=True, text=True, check=False)


@pytest.fixture
def data(tmp_path):
    """A copy of the data, to break."""
    shutil.copytree(ROOT / "howto", tmp_path / "root/howto")
    shutil.copytree(ROOT / "web", tmp_path / "root/web", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path / "root"


def test_the_data_is_fine(data, tmp_path):
    done = compile_data(data, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "howto/programs/thunderbird.ini" in (tmp_path / "out.d").read_text(encoding="utf-8")


@pytest.mark.parametrize(("old", "new", "told"), [
    ("[can smime]", "[cannot smime]", "no such group"),
    ("[can smime]", "[can fly]", "unknown: can fly"),
    ("[can smime]\nvalue=yes", "[can smime]\nvalue=perhaps", "value=perhaps"),
    ("[can smime]\nvalue=yes", "[can smime]\ncolour=red\nvalue=yes", "unknown key: colour"),
    ("[can smime]\nvalue=yes", "[can smime]\nvalue=yes\nvalue=no", "value is there twice"),
    ("[can smime]", "[can smime]\nvalue=no\nsource=-\nchecked=not-verified\n[can smime]", "twice"),
    ("[can smime]", "[can smime 9-]", "missing: smime"),
    ("[task send-signed]", "[task forget-it]", "unknown: task forget-it"),
    ("kind=desktop", "kind=boat", "kind: one of"),
    ("about[de]=", "about[fr]=", "unknown key: about[fr]"),
    ("checked=measured 153.7.0 2026-11-21", "checked=yes", "checked=yes"),
    ("checked=measured 153.7.0 2026-11-21", "checked=measured 2026-11-21", "checked=measured"),
    ("checked=measured 153.7.0 2026-11-21", "checked=library 2026-11-21", "checked=library"),
    ("checked=measured 153.7.0 2026-11-21", "checked=read", "checked=read"),
    ("source=measured here\n", "source=-\n", "a fact that was checked has a source"),
    ("{Settings", "{{Settings", "braces or backticks"),
    ("[program]\n", "[program]\nlike=nobody\n", "no such program"),
    ("match=contains", "match=smells", "match and text"),
    ("\n2[de]=", "\n9[de]=", "not there in all languages"),
])
def test_faults_in_the_data_are_told(data, tmp_path, old, new, told):
    path = data / "howto/programs/thunderbird.ini"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = compile_data(data, tmp_path)
    assert done.returncode == 1
    assert told in done.stderr and re.match(r"\S*/\w+\.ini:\d+: ", done.stderr) and "Traceback" not in done.stderr


def tasks(names):
    """(file, language, step or note) of these tasks of all programs."""
    for path in sorted((ROOT / "howto/programs").glob("*.ini")):
        for group in re.split(r"(?m)^(?=\[)", path.read_text(encoding="utf-8")):
            if (match := re.match(r"\[task ([a-z-]+)", group)) and match[1] in names:
                for key, language, text in re.findall(r"(?m)^(\d+|note)(?:\[([a-z]+)\])?=(.*)$", group):
                    yield path.stem, language or "en", key, text


def test_the_other_person_has_no_role_in_steps():
    """On a page for a pair, the sender of the mail just read is the recipient of the mail to be written."""
    roles = re.compile(r"\b(?:senders?|recipients?|Absenders?|Empfängers?)\b")
    found = [row for row in tasks({"trust-sender", "save-sender-key", "compare-key", "forget-key"}) if roles.search(row[3])]
    assert found == []


def test_the_proxy_is_made_before_it_is_used():
    firsts = {(program, language): text for program, language, key, text in tasks({"use-proxy"}) if key == "1"}
    assert len(firsts) > 20
    assert [where for where, text in firsts.items() if not re.search(r"`postseal setup ADRESSE?`|`postseal setup ADDRESS`", text)] == []
