"""A coat for an organisation that has given no logo: its initials on a shield of its colour, the same at every drawing."""

import hashlib
import re

from django.utils.html import escape

from parvis.foundations.organisations.rules.colour import Oklch
from parvis.foundations.organisations.rules.theme import ink_on

_SMALL_WORDS = frozenset(
    [
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "et",
        "en",
        "sur",
        "sous",
        "aux",
        "au",
        "a",
        "lès",
        "les",
        "saint",
        "sainte",
        "communaute",
        "urbaine",
    ]
)
_SHIELD = "M6 4H58V34C58 49 46 57 32 61C18 57 6 49 6 34Z"
# How heralds part a field; the second half takes a neighbouring tone.
_PARTITIONS = (
    "M32 0H64V64H32Z",  # per pale
    "M0 44H64V64H0Z",  # in base
    "M0 0H64V14H0Z",  # in chief
    "M0 64L64 0V64Z",  # per bend sinister
    "M0 64L32 40L64 64Z",  # per chevron
)


def monogram_svg(*, name: str, slug: str, colour: str) -> str:
    """`colour` is `#rrggbb`; the parting depends on `slug`, so that neighbours differ."""
    number = hashlib.sha256(slug.encode()).digest()[0]
    base = Oklch.of(colour)
    towards = -0.05 if ink_on(colour) == "#ffffff" else 0.04
    tone = base.at(min(max(base.lightness + towards, 0.0), 1.0)).hex()
    initials = escape(initials_of(name))
    size = {1: 34, 2: 25, 3: 18}[len(initials_of(name))]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<clipPath id="s"><path d="{_SHIELD}"/></clipPath>'
        f'<g clip-path="url(#s)"><path fill="{colour}" d="M0 0H64V64H0Z"/>'
        f'<path fill="{tone}" d="{_PARTITIONS[number % len(_PARTITIONS)]}"/></g>'
        f'<text x="32" y="31" fill="{ink_on(colour)}" font-family="Atkinson Hyperlegible Next, system-ui, sans-serif" '
        f'font-size="{size}" font-weight="700" text-anchor="middle" dominant-baseline="central">{initials}</text></svg>'
    )


def initials_of(name: str) -> str:
    """One to three capitals: Saint-Apollinaire SA, Dijon Métropole DM, Ahuy A."""
    words = [word for word in re.split(r"[\s'’\-–]+", name) if word]
    strong = [word for word in words if word.lower() not in _SMALL_WORDS - {"saint", "sainte"}] or words
    return "".join(word[0] for word in strong[:3]).upper() or "?"
