"""What the shared library exports is exactly what the public headers declare."""
import os
import pathlib
import re
import subprocess

LIBRARY = pathlib.Path(os.environ["LD_LIBRARY_PATH"].partition(":")[0]) / "libpostseal.so"
HEADERS = pathlib.Path(__file__).resolve().parents[2] / "include" / "postseal"
GENERATED = LIBRARY.with_name("enums.h")
FINAL_TYPE = re.compile(r"G_DECLARE_FINAL_TYPE\(\w+, (ps_\w+),")
FUNCTION = re.compile(r"^[\w *]*?\b(ps_\w+)\s*\(", re.M)


def exported():
    lines = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in lines.splitlines()}


def declared():
    names = set()
    for header in [*HEADERS.glob("*.h"), GENERATED]:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"^#.*$", "", text, flags=re.M)
        names |= {f"{name}_get_type" for name in FINAL_TYPE.findall(text)}
        names |= set(FUNCTION.findall(text))
    return names


def test_only_our_prefix():
    assert not {name for name in exported() if not name.startswith("ps_")}


def test_exactly_what_the_headers_declare():
    assert exported() == declared()
