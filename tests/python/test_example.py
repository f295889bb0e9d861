"""doc/postseal.py does what it says."""
import os
import pathlib
import subprocess
import sys

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "doc" / "postseal.py"
PLAIN = b"From: Alice <alice@example.org>\nTo: bob@example.org\nSubject: hello\n\nhi\n"


def test_example_prints_the_sentence(tmp_path):
    message = tmp_path / "plain.eml"
    message.write_bytes(PLAIN)
    home = dict(os.environ, POSTSEAL_HOME=str(tmp_path / "home"))
    done = subprocess.run([sys.executable, EXAMPLE, message], env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Not protected: anybody could have written or read it.\n"


def test_example_is_short():
    code = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert len(code) <= 10
