"""Decisions about a resident's request: who may move it where, and small geometry. Plain values only."""

import math
import re
import unicodedata
from collections.abc import Iterator

from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_DESCRIPTION = 4000
"""Characters; the limit of Open311 GeoReport v2, which this package will serve."""

NEAR_M = 50
"""Two requests of one category closer than this, both open, are probably the same problem: the width of a street and its kerbs, and a phone's error."""

PHONE_KEY_DIGITS = 9
"""`06 12…`, `+33 6 12…` and `0033 6 12…` are one number: its nine last digits."""

_EARTH_RADIUS_M = 6_371_000
_NUMBER = re.compile(r"[sS]?[-\s]?(20\d\d)[-\s]?(\d{1,7})", re.ASCII)


class State(models.TextChoices):
    """Where a request stands. `rules.MOVES` says who may leave which state."""

    RECEIVED = "received", _("Reçu")
    ACCEPTED = "accepted", _("Pris en charge")
    IN_PROGRESS = "in_progress", _("Intervention en cours")
    DONE = "done", _("Résolu")
    REFUSED = "refused", _("Sans suite")


# Agents still owe an answer; left by an agent's decision or by an event of the intervention.
OPEN_STATES = frozenset({State.RECEIVED, State.ACCEPTED, State.IN_PROGRESS})
# The resident has the final answer; only an agent reopens.
CLOSED_STATES = frozenset({State.DONE, State.REFUSED})

MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.ACCEPTED, State.IN_PROGRESS, State.DONE, State.REFUSED}),
    # An intervention refused by the crew sends the request back to the agents, hence RECEIVED.
    State.ACCEPTED: frozenset({State.IN_PROGRESS, State.DONE, State.REFUSED, State.RECEIVED}),
    State.IN_PROGRESS: frozenset({State.DONE, State.REFUSED, State.RECEIVED}),
    # ACCEPTED again when the crew reopens its intervention.
    State.DONE: frozenset({State.RECEIVED, State.ACCEPTED}),
    State.REFUSED: frozenset({State.RECEIVED}),
}


class Channel(models.TextChoices):
    WEB = "web", _("Portail")
    PHONE = "phone", _("Téléphone")
    COUNTER = "counter", _("Accueil au guichet")


class Attention(models.TextChoices):
    """Why an agent must look again, beside the state."""

    NONE = "", ""
    TO_ROUTE = "to_route", _("À orienter")
    RETURNED = "returned", _("Intervention refusée")
    ADDITION = "addition", _("Complété par l’habitant")


class Kind(models.TextChoices):
    """Steps of the timeline."""

    RECEIVED = "received", _("Signalement reçu")
    ROUTED = "routed", _("Transmis")
    RECATEGORISED = "recategorised", _("Catégorie modifiée")
    ACCEPTED = "accepted", _("Pris en charge")
    STARTED = "started", _("Intervention commencée")
    RETURNED = "returned", _("Intervention refusée par l’équipe")
    DONE = "done", _("Résolu")
    REFUSED = "refused", _("Sans suite")
    REOPENED = "reopened", _("Rouvert")
    MESSAGE = "message", _("Message du service")
    ADDITION = "addition", _("Précision de l’habitant")
    NOTE = "note", _("Note interne")
    CODE_RENEWED = "code_renewed", _("Code de suivi renouvelé")


# Steps a resident is written about. A transfer between services is shown on the tracking page, not mailed.
NOTIFIED_KINDS = frozenset(
    {Kind.RECEIVED, Kind.ACCEPTED, Kind.STARTED, Kind.DONE, Kind.REFUSED, Kind.REOPENED, Kind.MESSAGE}
)


def may_move(source: State | str, target: State | str) -> bool:
    return State(target) in MOVES[State(source)]


def number_of(year: int, rank: int) -> str:
    """`S-2026-000123`; a seventh digit appears by itself after 999,999 requests in a year."""
    return f"S-{year}-{rank:06d}"


def distance_m(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """Great-circle distance in metres between two EPSG:4326 points (haversine; 0.5 % at worst)."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half_dphi = (other_phi - phi) / 2
    half_dlambda = math.radians(other_longitude - longitude) / 2
    chord = math.sin(half_dphi) ** 2 + math.cos(phi) * math.cos(other_phi) * math.sin(half_dlambda) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def box_around(longitude: float, latitude: float, radius_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a box that holds the circle; not for the poles or the antimeridian."""
    dlat = math.degrees(radius_m / _EARTH_RADIUS_M)
    dlon = dlat / max(0.01, math.cos(math.radians(latitude)))
    return longitude - dlon, latitude - dlat, longitude + dlon, latitude + dlat


def fold(text: str) -> str:
    """Lower case, without accents, `œ` as `oe`: how texts are compared in searches."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f").replace("œ", "oe")


def search_words(text: str, limit: int = 8) -> Iterator[str]:
    """Folded letters-and-digits words of a query, at most `limit`: what may safely enter a `tsquery`."""
    words = "".join(character if character.isalnum() else " " for character in fold(text)).split()
    yield from words[:limit]


def typed_number(text: str) -> str | None:
    """The number a person means by `S-2026-000123`, `s2026-123` or `2026 123`; None when the text is no number."""
    match = _NUMBER.fullmatch(text.strip())
    return number_of(int(match[1]), int(match[2])) if match else None


def phone_key(text: str) -> str:
    """The nine last digits of a telephone number; empty when there are fewer, so that a search cannot be a trawl."""
    digits = "".join(c for c in text if c in "0123456789")
    return digits[-PHONE_KEY_DIGITS:] if len(digits) >= PHONE_KEY_DIGITS else ""
