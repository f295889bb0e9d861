"""The how-to site as files: complete, no dead link, valid, the same from any place, in every language."""
import html
import itertools
import pathlib
import posixpath
import re
import shutil
import subprocess
import tempfile
import time

import pytest

import lib

BASE = "https://example.org/folder"
LINK = re.compile(r'(?:href|src)="([^"]*)"')
PAIR = re.compile(r"encrypt/[a-z-]+/[a-z-]+/")
SAMPLE = re.compile(r"encrypt/(any|claws-mail|gmail|thunderbird)/")


class Site:
    """What was exported: the text of each file by its path."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}
        self.pages = {path: text for path, text in self.files.items() if path.endswith(".html")}
        self.links = {path: list(self.links_of(path)) for path in self.pages}
        # All pages of four programs, which hold every kind of text, and all that are not about a pair.
        self.sample = {path: text for path, text in self.pages.items()
                       if not PAIR.search(path) or SAMPLE.search(path)}

    def links_of(self, path):
        """Where the links of a page lead: paths of files, and addresses elsewhere."""
        for link in set(LINK.findall(self.pages[path])):
            link = html.unescape(link)
            if ":" in link or link.startswith("#"):
                yield link
            else:
                yield posixpath.normpath(posixpath.join(posixpath.dirname(path), link))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """In memory where there is room for 30,000 files: the disk would take minutes."""
    memory = pathlib.Path("/dev/shm")
    if memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30:
        with tempfile.TemporaryDirectory(dir=memory) as name:
            yield pathlib.Path(name)
    else:
        yield tmp_path_factory.mktemp("site")


def earlier(folder):
    """What tells that the folder has an earlier export, even one that was not finished."""
    (folder / "how-to").mkdir(parents=True, exist_ok=True)
    (folder / "how-to/nginx.conf").write_text('# To be included in a server block; "root" is the folder of the export.\n', encoding="utf-8")


@pytest.fixture(scope="module")
def site(folder, tmp_path_factory):
    old = folder / "how-to/encrypt/any/any/none/index.html"
    old.parent.mkdir(parents=True)
    old.write_text("x" * 100_000, encoding="utf-8")  # longer than what replaces it
    earlier(folder)
    home = lib.Home(tmp_path_factory.mktemp("home") / "home")
    told = home.json("howto", "export", folder, "--base", BASE, timeout=240)
    site = Site(folder)
    assert told["pages"] == len(site.files)
    assert told["octets"] == sum(len(text.encode()) for text in site.files.values())
    return site


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    home = lib.Home(tmp_path_factory.mktemp("home") / "home")
    return [row["program"] for row in home.json_lines("howto", "list")] + ["any"]


def test_every_page_is_there(site, programs):
    states = ["none", "changed", "expired", "conflict", "recipient-cannot", "sender-cannot", "ready", "refused"]
    assert len(programs) > 25
    for language in ("", "de/"):
        for pair in itertools.product(programs, programs, states):
            assert f"how-to/{language}encrypt/{'/'.join(pair)}/index.html" in site.pages
    assert len([p for p in site.pages if p.startswith("how-to/de/")]) * 2 == len(site.pages) - 2
    assert set(site.files) - set(site.pages) == {"how-to/.htaccess", "how-to/nginx.conf", "how-to/style.css", "how-to/find.js"}


def test_no_link_is_dead(site):
    for path in site.pages:
        for link in site.links[path]:
            inside = link.startswith("#") and f'id="{link[1:]}"' in site.pages[path]
            assert ":" in link or inside or link in site.files, f"{path}: {link}"


def test_every_page_is_reached_from_the_first(site):
    seen, ahead = {"index.html"}, ["index.html"]
    while ahead:
        new = {link for link in site.links[ahead.pop()] if link in site.pages} - seen
        seen |= new
        ahead += new
    assert set(site.pages) - seen == {"404.html", "how-to/find/index.html", "how-to/de/find/index.html"} - seen


def test_the_summary_tells_who_does_what_and_how_long(site):
    pairs = {path: text for path, text in site.sample.items() if re.search(r"encrypt/[a-z-]+/[a-z-]+/[a-z-]+/index", path)}
    assert len(pairs) > 2000
    for path, text in pairs.items():
        short = text[text.index('id="short"'):text.index('class="who"')]
        assert len(re.findall(r'<li><a href="#who-', short)) == text.count('<section class="who"'), path
        for minutes in re.findall(r'class="time">\D*(\d+) min<', short):
            assert 1 <= int(minutes) <= text.count("<li>"), path
    ready = site.pages["how-to/encrypt/thunderbird/thunderbird/ready/index.html"]
    assert re.findall(r'class="time">([^<]*)<', ready) == ["about 2 min"]  # two clicks; the recipient need do nothing


def test_a_site_that_was_not_finished_has_no_door(folder, tmp_path, tmp_path_factory):
    """Neither a new one nor one over an older one, which is there whole (fixture site)."""
    half = folder.parent / (folder.name + "-half") if folder.parent == pathlib.Path("/dev/shm") else tmp_path / "half"
    doors = [half / "index.html", half / "how-to/index.html", half / "how-to/de/index.html"]
    try:
        for door in doors:
            door.parent.mkdir(parents=True, exist_ok=True)
            door.write_text("of an older site", encoding="utf-8")
        earlier(half)
        home = lib.Home(tmp_path_factory.mktemp("home") / "home")
        with subprocess.Popen([lib.POSTSEAL, "--home", home.path, "howto", "export", half], stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and not (half / "how-to/encrypt/any").exists() and not (half / "how-to/program/aerc").exists():
                time.sleep(0.005)
            process.kill()
        assert process.returncode == -9
        assert [door for door in doors if door.exists()] == []
        assert (half / "404.html").exists()
    finally:
        shutil.rmtree(half)


@pytest.mark.parametrize("other", ["thesis.tex", "index.html", ".hidden", "how-to/nginx.conf"])
def test_nothing_is_written_among_other_files(tmp_path, other):
    folder = tmp_path / "folder"
    (folder / other).parent.mkdir(parents=True)
    (folder / other).write_text("of somebody else", encoding="utf-8")
    line = lib.Home(tmp_path / "home").refuse(lib.CREATE, "howto", "export", folder)
    assert line == f"postseal: howto export: {folder} has other files: name an empty folder, or one with an earlier export"
    assert [p for p in folder.rglob("*") if p.is_file()] == [folder / other]
    assert (folder / other).read_text(encoding="utf-8") == "of somebody else"


def test_the_form_finds_its_script(site):
    for language in ("", "de/"):
        assert 'action="find/index.html"' in site.pages[f"how-to/{language}index.html"]
        assert "how-to/find.js" in set(site.links[f"how-to/{language}find/index.html"])


def test_whole_addresses_have_the_base(site):
    path = "how-to/de/encrypt/mutt/thunderbird/none/"
    assert f'<link rel="canonical" href="{BASE}/{path}">' in site.pages[path + "index.html"]
    assert f'href="{BASE}/how-to/style.css"' in site.pages["404.html"]


def test_pages_fetch_nothing_from_elsewhere_and_run_nothing(site):
    inline = re.compile(r"<style|<iframe|<object|<img|\s(?:style|on[a-z]+)=|<script(?! src=)|javascript:|http-equiv")
    outside = re.compile(r"<(?:link|script)[^>]*(?:href|src)=\"(?:https?:)?//")
    for path, text in site.sample.items():
        assert path == "index.html" or not inline.search(text), path
        assert path == "404.html" or not outside.search(text.replace('rel="canonical"', 'rel="x"').replace(BASE, "")), path
    for anchor in re.findall(r"<a [^>]*href=\"http[^>]*>", "".join(site.sample.values())):
        assert 'rel="noreferrer"' in anchor or BASE in anchor


def test_nobody_is_named(site):
    """No addresses but the ones that stand for any (ADDRESS)."""
    address = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}")
    found = {a for text in site.pages.values() if "@" in text for a in address.findall(text)}
    assert {a for a in found if not re.search(r"@(\w+\.)?example\.(org|net|com)$", a)} == set()


def test_headings_are_in_order(site):
    for path, text in site.sample.items():
        levels = [int(n) for n in re.findall(r"<h([1-6])", text)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:])), path


def test_landmarks_and_language(site):
    for path, text in site.sample.items():
        german = path.startswith("how-to/de/")
        assert f'<html lang="{"de" if german else "en"}">' in text, path
        assert text.count("<main") == 1, path
        ids = re.findall(r'\sid="([^"]*)"', text)
        assert len(ids) == len(set(ids)), path
        for label in re.findall(r'(?:aria-labelledby|for)="([^"]*)"', text):
            assert label in ids, path
        assert path == "index.html" or '<a class="skip" href="#main">' in text, path


def tidy(folder, paths):
    return subprocess.run(["tidy", "-quiet", "-errors", "-utf8", "--warn-proprietary-attributes", "yes", *paths],
                          cwd=folder, capture_output=True, text=True, check=False).stderr


def test_pages_are_valid_html(site):
    if shutil.which("tidy") is None:
        pytest.skip("tidy is not installed")
    chosen = list(site.sample)
    assert len(chosen) > 500
    for first in range(0, len(chosen), 200):
        assert tidy(site.folder, chosen[first:first + 200]) == ""


def test_tidy_sees_what_is_wrong(tmp_path):
    if shutil.which("tidy") is None:
        pytest.skip("tidy is not installed")
    (tmp_path / "bad.html").write_text('<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p><ul></p><b></i></body></html>')
    assert "Warning" in tidy(tmp_path, ["bad.html"])
