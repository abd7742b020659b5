"""The spellings that network servers share: JSON, EUIs, times, base64 payloads. All raise `Malformed`."""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .message import Malformed

T = TypeVar("T")

_HEX = re.compile(r"[0-9a-f]+\Z")
_AT = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<path>.*)`$", re.DOTALL)
# Some servers and relays write EUIs as aa:bb:… or AA-BB-….
_SEPARATORS = str.maketrans("", "", ":-. ")


def read_json(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed(_explain(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(format_lazy("{} ({})", _("Ce n’est pas du JSON valide."), str(error)[:200])) from error


def read_eui(text: str, *, field: str) -> str:
    """16 lower-case hexadecimal digits, whatever the case and separators of the source."""
    eui = text.translate(_SEPARATORS).lower()
    if len(eui) != 16 or not _HEX.match(eui):
        raise Malformed(
            format_lazy(_("Le champ « {field} » n’est pas un EUI de 16 chiffres hexadécimaux."), field=field)
        )
    return eui


def read_time(text: str | None) -> datetime | None:
    """UTC, truncated (not rounded) to the millisecond; None when absent or not a date."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def read_base64(text: str, *, field: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes and what was repaired: some servers drop the padding."""
    problems: tuple[str, ...] = ()
    if len(text) % 4:
        text += "=" * (-len(text) % 4)
        problems = ("unpadded base64 payload",)
    try:
        return base64.b64decode(text, validate=True), problems
    except (binascii.Error, ValueError) as error:
        raise Malformed(format_lazy(_("Le champ « {field} » n’est pas du base64."), field=field)) from error


def in_range(value: int, *, low: int, high: int, field: str) -> int:
    if not low <= value <= high:
        raise Malformed(
            format_lazy(
                _("Le champ « {field} » vaut {value}, hors de {low}–{high}."),
                field=field,
                value=str(value)[:40],
                low=str(low),
                high=str(high),
            )
        )
    return value


def _explain(text: str) -> str:
    """Msgspec names the path and the expected type; the sentence around them is for the agent."""
    found = _AT.match(text)
    what, path = (found["what"], found["path"]) if found else (text, "")
    missing = re.match(r"Object missing required field `(?P<name>.*)`", what)
    if missing:
        name = f"{path}.{missing['name']}" if path else missing["name"]
        return str(format_lazy(_("Le champ « {field} » manque."), field=name[:120]))
    if not path:
        return str(format_lazy(_("L’enveloppe n’a pas la forme attendue ({detail})."), detail=what[:160]))
    return str(
        format_lazy(
            _("Le champ « {field} » n’a pas la forme attendue ({detail})."), field=path[:120], detail=what[:160]
        )
    )
