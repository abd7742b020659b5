"""Colours as numbers: WCAG 2.2 contrast, and OKLCH (Björn Ottosson, 2020), in which equal steps look equal.

A colour is `#rrggbb`, sRGB. Lightness of OKLCH goes from 0 to 1, hue in degrees.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

AA_TEXT = 4.5
AA_GRAPHIC = 3.0
WHITE = "#ffffff"
BLACK = "#000000"


def contrast(one: str, other: str) -> float:
    """1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def _encoded(channel: float) -> float:
    return float(channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, kw_only=True, slots=True)
class Oklch:
    lightness: float
    chroma: float
    hue: float

    @classmethod
    def of(cls, colour: str) -> "Oklch":
        red, green, blue = linear(colour)
        long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
        return cls(
            lightness=0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
            chroma=math.hypot(a, b),
            hue=math.degrees(math.atan2(b, a)) % 360,
        )

    def at(self, lightness: float, most_chroma: float = 1.0) -> "Oklch":
        return replace(self, lightness=lightness, chroma=min(self.chroma, most_chroma))

    def hex(self) -> str:
        """The nearest colour that a screen shows: chroma gives way, lightness and hue stay."""
        low, high = 0.0, self.chroma
        if _shown(self._linear(high)):
            low = high
        for _step in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if _shown(self._linear(middle)) else (low, middle)
        channels = (round(255 * _encoded(min(max(channel, 0.0), 1.0))) for channel in self._linear(low))
        return "#" + "".join(f"{channel:02x}" for channel in channels)

    def _linear(self, chroma: float) -> tuple[float, float, float]:
        a, b = chroma * math.cos(math.radians(self.hue)), chroma * math.sin(math.radians(self.hue))
        long = (self.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (self.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (self.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        return (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )


def _shown(channels: Iterable[float]) -> bool:
    return all(-1e-4 <= channel <= 1 + 1e-4 for channel in channels)


def readable(colour: str, surfaces: Iterable[str], *, darker: bool, at_least: float = AA_TEXT) -> str:
    """`colour`, made darker (or lighter) just enough to be read on every surface."""
    surfaces = tuple(surfaces)
    if all(contrast(colour, surface) >= at_least for surface in surfaces):
        return colour
    start = Oklch.of(colour)
    steps = (
        start.lightness * (100 - step) / 100 if darker else start.lightness + (1 - start.lightness) * step / 100
        for step in range(1, 101)
    )
    for lightness in steps:
        found = start.at(lightness).hex()
        if all(contrast(found, surface) >= at_least for surface in surfaces):
            return found
    return BLACK if darker else WHITE
