"""Whatever colour a city chooses, its pages can be read."""

import random

import pytest

from parvis.foundations.organisations.rules.colour import AA_TEXT, Oklch, contrast
from parvis.foundations.organisations.rules.theme import (
    DARK_SURFACES,
    LIGHT_SURFACES,
    distinct_colour,
    ink_on,
    theme,
    verdict,
)

LIGHT_INKS = ("#14181b", "#4d555a")
DARK_INKS = ("#eef1ef", "#b2bbbf")
"""`--ink` and `--ink-2` of the kit."""

BRANDS = [
    "#000000",
    "#ffffff",
    "#777777",
    "#17455c",  # the kit's own
    "#e2001a",  # the red of many arms
    "#ffd400",  # a yellow no text can be read in on white
    "#00a651",
    "#0098d8",
    "#f39200",
    "#ff00ff",
    "#00ff00",
    "#0000ff",
    "#0e838f",
]
ANY = [f"#{number:06x}" for number in random.Random(21).sample(range(1 << 24), 300)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_as_wcag_defines_it(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.005)


def test_a_colour_comes_back_from_oklch() -> None:
    assert [Oklch.of(colour).hex() for colour in BRANDS + ANY] == BRANDS + ANY


@pytest.mark.parametrize("colour", [*BRANDS, "any"])
def test_every_text_of_a_theme_can_be_read(colour: str) -> None:
    for chosen in ANY if colour == "any" else [colour]:
        check_theme(chosen)


def check_theme(colour: str) -> None:
    made = theme(colour)
    for palette, surfaces, inks in ((made.light, LIGHT_SURFACES, LIGHT_INKS), (made.dark, DARK_SURFACES, DARK_INKS)):
        for ink in inks:
            for text, background in palette.pairs(surfaces, ink):
                assert contrast(text, background) >= AA_TEXT, (colour, text, background)


@pytest.mark.parametrize("colour", BRANDS)
def test_the_city_s_own_colour_is_kept_in_light(colour: str) -> None:
    assert theme(colour).light.brand == colour


def test_a_colour_that_can_be_read_is_used_for_links_as_it_is() -> None:
    assert theme("#17455c").light.brand_strong == "#17455c"


def test_the_hue_of_links_is_the_city_s() -> None:
    yellow, links = Oklch.of("#ffd400"), Oklch.of(theme("#ffd400").light.brand_strong)
    assert abs(yellow.hue - links.hue) < 8


def test_white_is_preferred_on_the_brand() -> None:
    assert ink_on("#17455c") == "#ffffff"
    assert ink_on("#ffd400") == "#14181b"


def test_an_area_of_the_brand_is_not_lost_on_a_dark_page() -> None:
    assert contrast(theme("#000000").dark.brand, DARK_SURFACES[0]) >= 2


def test_the_verdict_told_to_who_chooses() -> None:
    good, poor = verdict("#17455c"), verdict("#ffd400")
    assert good.is_legible_as_text
    assert (good.ink, poor.ink) == ("#ffffff", "#14181b")
    assert not poor.is_legible_as_text
    assert poor.page_contrast < AA_TEXT <= poor.ink_contrast


def test_ninety_communes_have_ninety_colours_on_which_white_is_read() -> None:
    colours = [distinct_colour(rank) for rank in range(91)]
    assert len(set(colours)) == 91
    assert all(contrast(colour, "#ffffff") >= AA_TEXT for colour in colours)
