"""Plain JSON, of servers and sensors that have no envelope of their own: the city declares where each thing is.

A place is a dotted path in the body (`data.0.temperature`); the device may be named by the MQTT topic instead. What is told
is either a payload, for a codec, or values already decoded.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .message import Gateway, Malformed, Message, ParsedUplink
from .radio import heard_by
from .wire import first_time, members, number, read_base64, read_counter, read_hex, read_json, read_port, text

WHOLE_BODY = "."
_DECODER = msgspec.json.Decoder(dict[str, Any])
_ENCODER = msgspec.json.Encoder(order="deterministic")
_EUI_DIGITS = 16
_SEPARATORS = str.maketrans("", "", ":-. ")
# The first byte of an EUI made from a name: locally administered (IEEE 802), so that no maker's is ever the same.
_LOCAL = "02"


class Form(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where things are in the body; "" is nowhere. `topic_level` counts the levels of the topic from 1.

    Either `payload`, written in `encoding`, or `values`, an object, `WHOLE_BODY` for the body itself. `battery` is in per cent.
    Where neither `message_id`, `counter` nor `time` is, every message that arrives is a new one.
    """

    device: str = ""
    topic_level: int | None = None
    time: str = ""
    payload: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    values: str = ""
    port: str = ""
    counter: str = ""
    message_id: str = ""
    rssi: str = ""
    snr: str = ""
    gateway: str = ""
    battery: str = ""


class WrongForm(ValueError):
    """What is stored is not a `Form`."""


def read_form(stored: Mapping[str, Any]) -> Form:
    try:
        form = msgspec.convert(dict(stored), Form)
    except msgspec.ValidationError as error:
        raise WrongForm(str(error)) from error
    if not (form.device or form.topic_level) or not (form.payload or form.values):
        raise WrongForm(_("La forme du JSON ne dit pas où sont le capteur et ce qu’il mesure."))
    return form


def parse(body: bytes, *, form: Form, topic: str = "", arrived: datetime | None = None) -> Message:
    read = read_json(_DECODER, body)
    device = _level(topic, form.topic_level) if form.topic_level else text(_at(read, form.device))
    if not device:
        raise Malformed(_missing(form.device or _("niveau {level} du sujet MQTT").format(level=form.topic_level)))
    received_at, problems = first_time(_at(read, form.time))
    decoded: Mapping[str, Any] | None = None
    if form.payload:
        payload, repaired = _payload(read, form)
        problems = repaired + problems
    else:
        decoded = members(read if form.values == WHOLE_BODY else _at(read, form.values))
        if not decoded:
            raise Malformed(_missing(form.values))
        try:
            payload = _ENCODER.encode(decoded)
        except RecursionError as error:
            raise Malformed(_missing(form.values)) from error
    return ParsedUplink(
        dev_eui=eui_of(device),
        received_at=received_at,
        f_port=read_port(_at(read, form.port), field=form.port),
        f_cnt=read_counter(_at(read, form.counter), field=form.counter),
        payload=payload,
        **heard_by(_gateways(read, form), rssi=number(_at(read, form.rssi)), snr=number(_at(read, form.snr))),
        message_id=_message_id(read, form, payload, received_at or arrived),
        battery_percent=number(_at(read, form.battery)),
        decoded=decoded,
        problems=problems,
    )


def eui_of(device: str) -> str:
    """The EUI by which this device is registered: its hexadecimal digits after zeros, or one made from its name."""
    digits = device.translate(_SEPARATORS).lower()
    if len(digits) <= _EUI_DIGITS and all(digit in "0123456789abcdef" for digit in digits) and digits:
        return digits.zfill(_EUI_DIGITS)
    return _LOCAL + hashlib.sha256(device.encode("utf-8", "replace")).hexdigest()[: _EUI_DIGITS - len(_LOCAL)]


def topic_naming(stored: Mapping[str, Any], dev_eui: str) -> str:
    """A topic that names this device, for a body that is read again when its own is forgotten; "" where topics name none."""
    level = stored.get("topic_level")
    return "/".join(["+"] * (level - 1) + [dev_eui]) if isinstance(level, int) and level > 0 and dev_eui else ""


def _payload(read: Mapping[str, Any], form: Form) -> tuple[bytes, tuple[str, ...]]:
    written = _at(read, form.payload)
    if not isinstance(written, str):
        raise Malformed(_missing(form.payload))
    if form.encoding == "hex":
        return read_hex(written, field=form.payload), ()
    return read_base64(written, field=form.payload)


def _gateways(read: Mapping[str, Any], form: Form) -> Sequence[Gateway]:
    named = text(_at(read, form.gateway)).lower()
    if not named:
        return ()
    return (Gateway(id=named, rssi=number(_at(read, form.rssi)), snr=number(_at(read, form.snr))),)


def _message_id(read: Mapping[str, Any], form: Form, payload: bytes, at: datetime | None) -> str | None:
    """None when its counter names it. A sensor that says the same thing twice says it at two times."""
    told = text(_at(read, form.message_id))
    if told or form.counter or at is None:
        return told or None
    return f"{at.isoformat()}/{hashlib.blake2b(payload, digest_size=8).hexdigest()}"


def _level(topic: str, level: int) -> str:
    levels = topic.split("/")
    return levels[level - 1] if 0 < level <= len(levels) else ""


def _at(read: Mapping[str, Any], path: str) -> Any:
    """None when there is nothing at this path, or no path."""
    if not path:
        return None
    value: Any = read
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _missing(field: Any) -> Any:
    return format_lazy(_("Le champ « {field} » manque."), field=field)
