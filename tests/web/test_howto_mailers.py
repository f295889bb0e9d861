"""Recognition of mail programs by values seen in public: howto_mailers.tsv, with where each was seen."""
import json
import pathlib

import pytest

import lib

ROWS = [line.split("\t") for line in
        (pathlib.Path(__file__).parent / "howto_mailers.tsv").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def recognise(tmp_path_factory):
    home = lib.Home(tmp_path_factory.mktemp("home") / "home")

    def ask(*fields):
        lines = [*(f"{name}: {value}" for name, value in fields), "From: a@example.org", "To: b@example.org",
                 "Date: Sun, 22 Nov 2026 11:00:00 +0000", "Subject: x", "", "x", ""]
        return json.loads(home.run("howto", "recognise", stdin="\r\n".join(lines).encode()).stdout)
    return ask


def test_there_are_many_of_many():
    assert len(ROWS) > 200 and len({row[0] for row in ROWS}) > 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[3])
def test_value(recognise, row):
    program, version, field, value, _ = row
    told = recognise((field, value))
    assert told["program"] == (None if program == "-" else program)
    assert (told["version"] or "") == version


def test_what_stands_on_top_of_another(recognise):
    """Servers add to what programs say; a program that is not known stays so although its server is."""
    assert recognise(("X-Mailer", "Apple Mail (2.3774.200.91.1.1)"), ("X-MS-Has-Attach", ""))["program"] == "apple-mail"
    assert recognise(("User-Agent", "Microsoft-MacOutlook/16.68.22121100"), ("X-MS-Has-Attach", ""))["program"] == "outlook-mac"
    assert recognise(("User-Agent", "Mutt/2.2.12 (2023-09-09)"), ("X-Mailer", "WebService/1.1.22407 AolMailNorrin"))["program"] == "mutt"
