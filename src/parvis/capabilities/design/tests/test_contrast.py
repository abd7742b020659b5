"""The colours as they are in tokens.css, held to WCAG 2.2: 1.4.3 (text, 4.5) and 1.4.11 (controls and marks, 3)."""

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parent.parent / "static" / "design" / "tokens.css").read_text()
BLOCK = re.compile(r"(:root[^{]*)\{([^}]*)\}")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")

BLOCKS = {selector.strip(): dict(COLOUR.findall(body)) for selector, body in BLOCK.findall(SHEET)}
LIGHT = BLOCKS[":root"]
DARK = BLOCKS[':root[data-theme="dark"]']

TEXT_PAIRS = [
    ("ink", "paper"),
    ("ink", "stone"),
    ("ink", "slab"),
    ("ink-2", "paper"),
    ("ink-2", "stone"),
    ("ink-2", "slab"),
    ("paper", "ink"),
    ("brand-ink", "brand"),
    ("brand-strong", "paper"),
    ("brand-strong", "stone"),
    ("brand-strong", "brand-soft"),
    ("danger", "paper"),
    ("danger-ink", "danger"),
    *[("ink", f"{tone}-soft") for tone in ("info", "success", "warning", "danger", "brand")],
    ("map-label", "map-area"),
]
MARK_PAIRS = [
    ("edge", "paper"),
    ("edge", "stone"),
    ("focus", "paper"),
    ("focus", "stone"),
    ("focus", "slab"),
    *[(tone, f"{tone}-soft") for tone in ("info", "success", "warning", "danger")],
    ("brand-strong", "paper"),
    *[(f"state-{state}", "map-area") for state in ("ok", "warning", "fault", "off", "unknown")],
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT_PAIRS)
def test_text_is_readable(palette: dict[str, str], front: str, back: str) -> None:
    assert contrast(palette[front], palette[back]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), MARK_PAIRS)
def test_marks_are_visible(palette: dict[str, str], front: str, back: str) -> None:
    assert contrast(palette[front], palette[back]) >= 3


def test_dark_is_the_same_by_choice_and_by_system() -> None:
    assert BLOCKS[':root:not([data-theme="light"])'] == DARK


def test_dark_redefines_every_colour() -> None:
    assert DARK.keys() == LIGHT.keys()
