"""The palette: contrast of text and of lines that mean something, light and dark (WCAG 2.2, 1.4.3 and 1.4.11)."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "web/tokens.css").read_text(encoding="utf-8")
GROUNDS = ("ground", "surface", "sunken")
TEXTS = [(text, ground) for text in ("text", "muted", "accent", "warn", "bad", "good") for ground in GROUNDS] + [
    ("accent-text", "accent"),
    *((text, f"{kind}-soft") for kind in ("accent", "good", "warn", "bad") for text in ("text", kind))]
LINES = [(line, ground) for line in ("edge", "focus") for ground in ("ground", "surface")]


def palette(selector):
    """The colours of the first rule of a selector."""
    body = TOKENS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", body))


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("selector", [":root", ':root:not([data-theme="light"])', ':root[data-theme="dark"]'])
def test_contrast(selector):
    colours = palette(selector)
    for text, ground in TEXTS:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for line, ground in LINES:
        assert contrast(colours[line], colours[ground]) >= 3, (line, ground)


def test_both_dark_palettes_are_the_same():
    assert palette(':root:not([data-theme="light"])') == palette(':root[data-theme="dark"]')


def test_style_names_no_colour_of_its_own():
    """But black on white for paper."""
    style = (ROOT / "howto/howto.css").read_text(encoding="utf-8").split("@media print", 1)[0]
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(|url\(|@import", style)
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", style)) <= set(re.findall(r"--([a-z0-9-]+):", TOKENS))
