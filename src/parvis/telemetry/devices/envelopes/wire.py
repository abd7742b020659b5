"""The spellings that network servers share: JSON, numbers, EUIs, times, payloads.

Strict about what makes an observation (who, which counter, which bytes): these raise `Malformed`. Lenient about the rest:
what says nothing understandable of the radio is as if it were absent.
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .message import Malformed

T = TypeVar("T")

_HEX = re.compile(r"[0-9a-f]*\Z")
_AT = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<path>.*)`$", re.DOTALL)
_DATA_RATE = re.compile(r"SF\s*(?P<factor>\d{1,2})\s*BW\s*(?P<khz>\d+(?:\.\d+)?)", re.IGNORECASE)
# Some servers and relays write EUIs as aa:bb:… or AA-BB-….
_SEPARATORS = str.maketrans("", "", ":-. ")
_SPACES = str.maketrans("", "", " \t\r\n")
# Seconds, milliseconds, microseconds or nanoseconds since 1970: each is a thousand times the other, and no server
# speaks of the year 5138 in seconds, nor of 1973 in milliseconds.
_EPOCHS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))


def read_json(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed(_explain(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(format_lazy("{} ({})", _("Ce n’est pas du JSON valide."), str(error)[:200])) from error


def members(value: Any) -> Mapping[str, Any]:
    """Of an object; none, of anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; some servers write a list of one as its only object."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """ "" for what is neither text nor a whole number."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(value: Any) -> float | None:
    """Also written as text. None when it is not a finite number."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if -1e300 < value < 1e300 else None


def whole(value: Any) -> int | None:
    """A whole number, lenient: for what is only told, not relied on."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def megahertz(value: Any) -> int | None:
    """Hertz, of a frequency in MHz."""
    found = number(value)
    return round(found * 1e6) if found is not None and 0 < found < 1e5 else None


def data_rate(value: Any) -> tuple[int | None, int | None]:
    """Spreading factor and bandwidth in hertz, of `SF9BW125` and the like."""
    found = _DATA_RATE.search(value) if isinstance(value, str) else None
    return (int(found["factor"]), round(float(found["khz"]) * 1000)) if found else (None, None)


def battery(value: Any) -> float | None:
    """Per cent, of the level a device tells of itself (LoRaWAN L2 1.0.4, 5.5): 0 is on mains, 255 unknown, 254 full."""
    level = whole(value)
    return round(level / 2.54, 1) if level is not None and 0 < level < 255 else None


def read_integer(value: Any, *, low: int = 0, high: int, field: str) -> int:
    """0 when absent, as proto3 JSON leaves zeros out. Raises `Malformed`."""
    if value is None:
        return 0
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().isdecimal() and len(value) < 20 else float(value)
        except ValueError:
            raise _not_whole(field) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise _not_whole(field)
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
    return int(value)


def read_port(value: Any, *, field: str) -> int:
    return read_integer(value, high=255, field=field)


def read_counter(value: Any, *, field: str) -> int:
    """32 bits on some servers, 16 on the air."""
    return read_integer(value, high=2**32 - 1, field=field)


def read_eui(value: Any, *, field: str) -> str:
    """16 lower-case hexadecimal digits, whatever the case and separators of the source."""
    eui = text(value).translate(_SEPARATORS).lower()
    if len(eui) != 16 or not _HEX.match(eui):
        raise Malformed(
            format_lazy(_("Le champ « {field} » n’est pas un EUI de 16 chiffres hexadécimaux."), field=field)
        )
    return eui


def read_time(value: Any) -> datetime | None:
    """UTC, truncated (not rounded) to the millisecond; None when absent or not a date.

    ISO 8601 (UTC if it names no zone), or a number since 1970 whose size tells the unit.
    """
    if isinstance(value, str):
        value = value.strip()
        if not (value.isdecimal() and len(value) > 8):
            return _truncated_iso(value)
        value = int(value) if len(value) < 20 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _EPOCHS[-1][0]:
        return None
    per_second = next(unit for below, unit in _EPOCHS if value < below)
    if isinstance(value, float):  # 0.866 s is 866 ms, not 865.999…
        milliseconds = math.floor(round(value * 1000 / per_second, 3))
    else:
        milliseconds = value * 1000 // per_second
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def first_time(*values: Any) -> tuple[datetime | None, tuple[str, ...]]:
    """The first that can be read, and what is said before it that cannot."""
    problems: tuple[str, ...] = ()
    for value in values:
        if value is None or value == "":
            continue
        found = read_time(value)
        if found is not None:
            return found, problems
        problems = (*problems, f"unreadable time: {str(value)[:60]}")
    return None, problems


def _truncated_iso(value: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def read_base64(value: str, *, field: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes and what was repaired: some servers drop the padding, some relays write the alphabet of URLs."""
    problems: tuple[str, ...] = ()
    written = value.translate(_SPACES)
    if len(written) % 4:
        written += "=" * (-len(written) % 4)
        problems = ("unpadded base64 payload",)
    try:
        if "-" in written or "_" in written:
            return base64.b64decode(written, altchars=b"-_", validate=True), (*problems, "URL-safe base64 payload")
        return base64.b64decode(written, validate=True), problems
    except (binascii.Error, ValueError) as error:
        raise Malformed(format_lazy(_("Le champ « {field} » n’est pas du base64."), field=field)) from error


def read_hex(value: str, *, field: str) -> bytes:
    written = value.translate(_SEPARATORS).translate(_SPACES).lower().removeprefix("0x")
    if len(written) % 2 or not _HEX.match(written):
        raise Malformed(
            format_lazy(_("Le champ « {field} » n’est pas une suite d’octets en hexadécimal."), field=field)
        )
    return bytes.fromhex(written)


def read_hex_or_base64(value: Any, *, size: int, field: str) -> str:
    """Lower-case hexadecimal of an identifier of `size` bytes, written in either. Raises `Malformed`."""
    written = text(value)
    plain = written.translate(_SEPARATORS).lower()
    if len(plain) == 2 * size and _HEX.match(plain):
        return plain
    try:
        found, _repaired = read_base64(written, field=field)
    except Malformed:
        found = b""
    if len(found) != size:
        raise Malformed(
            format_lazy(
                _("Le champ « {field} » n’est pas un EUI de 16 chiffres hexadécimaux."),
                field=field,
            )
        )
    return found.hex()


def _not_whole(field: str) -> Malformed:
    return Malformed(format_lazy(_("Le champ « {field} » n’est pas un nombre entier."), field=field))


def _explain(told: str) -> str:
    """Msgspec names the path and the expected type; the sentence around them is for the agent."""
    found = _AT.match(told)
    what, path = (found["what"], found["path"]) if found else (told, "")
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
