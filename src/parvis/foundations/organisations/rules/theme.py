"""The colours of a portal, all drawn from the one an organisation chose, and all readable whatever it chose.

The names are those of the design kit (`tokens.css`): `brand` fills large areas, `brand_ink` is text on it, `brand_strong` is text,
links and edges on a page, `brand_soft` a tinted background.
"""

from dataclasses import dataclass

from parvis.foundations.organisations.rules.colour import (
    AA_TEXT,
    BLACK,
    WHITE,
    Oklch,
    contrast,
    readable,
)

LIGHT_SURFACES = ("#ffffff", "#f5f5f2", "#eaebe6")
DARK_SURFACES = ("#101416", "#171c1f", "#21282c")
"""`--paper`, `--stone` and `--slab` of the kit."""
NEAR_BLACK = "#14181b"
STANDS_OUT = 2.2
"""Contrast below which an area filled with the brand would be lost on the dark page."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    brand: str
    brand_ink: str
    brand_strong: str
    brand_soft: str

    def pairs(self, surfaces: tuple[str, ...], ink: str) -> tuple[tuple[str, str], ...]:
        """(text, background) that a page may show, `ink` being its ordinary text."""
        return (
            (self.brand_ink, self.brand),
            *((self.brand_strong, surface) for surface in (*surfaces, self.brand_soft)),
            (ink, self.brand_soft),
        )


@dataclass(frozen=True, kw_only=True)
class Theme:
    light: Palette
    dark: Palette


def theme(colour: str) -> Theme:
    """From `#rrggbb`, lower case."""
    return Theme(light=_light(colour), dark=_dark(colour))


def ink_on(colour: str) -> str:
    """White when it can be read, else the page's black, else black: one of white and black always reaches 4.58."""
    return next((ink for ink in (WHITE, NEAR_BLACK) if contrast(ink, colour) >= AA_TEXT), BLACK)


def _light(colour: str) -> Palette:
    soft = Oklch.of(colour).at(0.95, 0.022).hex()
    return _palette(colour, soft, readable(colour, (*LIGHT_SURFACES, soft), darker=True))


def _dark(colour: str) -> Palette:
    brand = readable(colour, DARK_SURFACES[:1], darker=False, at_least=STANDS_OUT)
    soft = Oklch.of(colour).at(0.28, 0.045).hex()
    light_enough = Oklch.of(colour)
    start = light_enough.at(max(light_enough.lightness, 0.78), 0.12).hex()
    return _palette(brand, soft, readable(start, (*DARK_SURFACES, soft), darker=False))


def _palette(brand: str, soft: str, strong: str) -> Palette:
    return Palette(brand=brand, brand_ink=ink_on(brand), brand_strong=strong, brand_soft=soft)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a colour on the pages of a portal; contrasts are rounded down to a tenth."""

    ink: str
    ink_contrast: float
    page_contrast: float
    strong: str
    is_legible_as_text: bool
    """Whether the colour itself is used for links; otherwise a darker one of the same hue."""


def verdict(colour: str) -> Verdict:
    palette = theme(colour).light
    on_page = min(contrast(colour, surface) for surface in LIGHT_SURFACES)
    return Verdict(
        ink=palette.brand_ink,
        ink_contrast=_floor(contrast(palette.brand_ink, colour)),
        page_contrast=_floor(on_page),
        strong=palette.brand_strong,
        is_legible_as_text=palette.brand_strong == colour,
    )


def _floor(ratio: float) -> float:
    return int(ratio * 10) / 10


GOLDEN_RATIO = 0.618034
"""Step between two successive hues, of the span used: any number of communes stay as far apart as can be."""
HUES = (130.0, 290.0)
"""From green to orange, in degrees: the first hue and the span. Olive and mustard, dull when dark, are left out."""


def distinct_colour(rank: int) -> str:
    """The colour of the organisation of this rank (0 is the metropolis) until it chooses its own; white reads on it."""
    first, span = HUES
    hue = (first + (0.362 + rank * GOLDEN_RATIO) % 1 * span) % 360
    lightness = 0.40 + 0.04 * (rank % 3)
    return readable(Oklch(lightness=lightness, chroma=0.105, hue=hue).hex(), (WHITE,), darker=True)
