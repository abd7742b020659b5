"""The member `notification` of a subscription, and its endpoint (ETSI GS CIM 009 V1.8.1, 5.2.14 and 5.2.15)."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from parvis.kernel.outgoing import OutgoingRefused, check_url
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.checking import check_text, check_value
from parvis.telemetry.context.ngsild.names import shown, uri

FORMATS = ("normalized", "concise", "keyValues", "simplified")
SIMPLE_FORMATS = frozenset(("keyValues", "simplified"))
MQTT_SCHEMES = frozenset(("mqtt", "mqtts"))
MQTT_VERSIONS = {"mqtt3.1.1": "3.1.1", "mqtt5.0": "5.0"}

_NAME_IN_PROJECTION = re.compile(r"[^,|{}\s]+")
_MEMBERS = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"))
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
_MOST_MILLISECONDS = 24 * 3600 * 1000


def text(given: Any, _context: Context) -> str:
    if not isinstance(given, str) or not given:
        raise BadRequestData(f"a text is expected, not {shown(given)}")
    check_text(given)
    return given


def flag(given: Any, _context: Context) -> bool:
    if not isinstance(given, bool):
        raise BadRequestData(f"true or false is expected, not {shown(given)}")
    return given


def texts(given: Any) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(one, str) and one for one in given):
        raise BadRequestData("an array of texts, not empty, is expected")
    return given


def names(given: Any, context: Context) -> list[str]:
    """Attributes, under their stored names."""
    return list(dict.fromkeys(context.attribute_name(one) for one in texts(given)))


def as_it_is(given: Any, _context: Context) -> Any:
    check_value(given, 0, False)
    return given


def projected(text_: str, name_of: Callable[[str], str]) -> str:
    """An item of `pick`, `omit` or `attributes`, `rel{a,b}` among them, with each name renamed."""
    return _NAME_IN_PROJECTION.sub(lambda found: found[0] if found[0] in _MEMBERS else name_of(found[0]), text_)


def _projection(given: Any, context: Context) -> list[str]:
    return [projected(one, context.name) for one in texts(given)]


def _attributes(given: Any, context: Context) -> list[str]:
    return [projected(one, context.attribute_name) for one in texts(given)]


def _format(given: Any, _context: Context) -> str:
    if given not in FORMATS:
        raise BadRequestData(f"one of {', '.join(FORMATS)} is expected")
    return str(given)


def _join(given: Any, _context: Context) -> str:
    if given not in ("flat", "inline", "@none"):
        raise BadRequestData("flat, inline or @none is expected")
    return str(given)


def _level(given: Any, _context: Context) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= 100:
        raise BadRequestData("a whole number of at least 1 is expected")
    return given


def _milliseconds(given: Any, _context: Context) -> int | float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= _MOST_MILLISECONDS:
        raise BadRequestData("a number of milliseconds above 0 is expected")
    return given


def _receiver_uri(given: Any, _context: Context) -> str:
    """Raises also for a literal private address that is not allowed; a name is checked when it is called."""
    address = uri(given, "The uri of the endpoint")
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise BadRequestData(f"{shown(given)} is not an address: {error}") from None
    if parts.scheme not in ("http", "https", *MQTT_SCHEMES) or not host:
        raise BadRequestData("an address that begins with http://, https://, mqtt:// or mqtts:// is expected")
    if parts.scheme in MQTT_SCHEMES and not _is_topic(topic_of(address)):
        raise BadRequestData("an MQTT address must end with the topic: mqtt://host/topic, without + or #")
    try:
        check_url(f"http://{'[' + host + ']' if ':' in host else host}/")
    except OutgoingRefused as error:
        raise BadRequestData(str(error)) from None
    return address


def topic_of(address: str) -> str:
    """Of an MQTT address: all that follows the host, `?` and `#` too."""
    return unquote(address.partition("://")[2].partition("/")[2])


def _is_topic(topic: str) -> bool:
    return 0 < len(topic) < 1000 and not {"+", "#", "\0"} & set(topic)


def _accept(given: Any, _context: Context) -> str:
    if given not in tuple(Media):
        raise BadRequestData(f"one of {', '.join(Media)} is expected")
    return str(given)


def _pairs(given: Any) -> list[dict[str, str]]:
    if not isinstance(given, list):
        raise BadRequestData("an array of {key, value} is expected")
    for pair in given:
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or not isinstance(pair.get("value"), str):
            raise BadRequestData("each item must hold the texts key and value")
        check_value(pair, 0, True)
    return [{"key": pair["key"], "value": pair["value"]} for pair in given]


def _receiver_info(given: Any, _context: Context) -> list[dict[str, str]]:
    pairs = _pairs(given)
    for pair in pairs:
        if not _HEADER_NAME.match(pair["key"]) or not _HEADER_VALUE.match(pair["value"]):
            raise BadRequestData(f"{shown(pair['key'])} cannot be sent as a header")
    return pairs


def _notifier_info(given: Any, _context: Context) -> list[dict[str, str]]:
    pairs = _pairs(given)
    for pair in pairs:
        if pair["key"] == "MQTT-Version" and pair["value"] not in MQTT_VERSIONS:
            raise BadRequestData(f"MQTT-Version: one of {', '.join(MQTT_VERSIONS)} is expected")
        if pair["key"] == "MQTT-QoS" and pair["value"] not in ("0", "1", "2"):
            raise BadRequestData("MQTT-QoS: 0, 1 or 2 is expected")
    return pairs


_ENDPOINT: Mapping[str, Callable[[Any, Context], Any]] = {
    "uri": _receiver_uri,
    "accept": _accept,
    "timeout": _milliseconds,
    "cooldown": _milliseconds,
    "receiverInfo": _receiver_info,
    "notifierInfo": _notifier_info,
}


def _endpoint(given: Any, context: Context) -> dict[str, Any]:
    if not isinstance(given, dict) or "uri" not in given:
        raise BadRequestData("endpoint: an object with a uri is expected")
    return _read(given, _ENDPOINT, context)


_NOTIFICATION: Mapping[str, Callable[[Any, Context], Any]] = {
    "attributes": _attributes,
    "pick": _projection,
    "omit": _projection,
    "format": _format,
    "sysAttrs": flag,
    "showChanges": flag,
    "join": _join,
    "joinLevel": _level,
    "endpoint": _endpoint,
}
PROJECTIONS = ("attributes", "pick", "omit")


def notification(given: Any, context: Context) -> dict[str, Any]:
    """Perhaps not whole yet: `check_notification` is for what a patch has made of it."""
    if not isinstance(given, dict):
        raise BadRequestData("notification: an object is expected")
    return _read(given, _NOTIFICATION, context)


def _read(
    given: Mapping[str, Any], readers: Mapping[str, Callable[[Any, Context], Any]], context: Context
) -> dict[str, Any]:
    kept = {}
    for name, value in given.items():
        if name in readers:
            try:
                kept[name] = readers[name](value, context)
            except BadRequestData as error:
                raise BadRequestData(f"{name}: {error.detail}") from None
    return kept


def check_notification(kept: Mapping[str, Any]) -> None:
    """Raises `BadRequestData` for members that do not go together."""
    if "endpoint" not in kept:
        raise BadRequestData("notification: endpoint is missing")
    if kept.get("showChanges") and kept.get("format") in SIMPLE_FORMATS:
        raise BadRequestData("notification: showChanges has no place in a simplified format")
    if "attributes" in kept and ("pick" in kept or "omit" in kept):
        raise BadRequestData("notification: attributes excludes pick and omit")
    if both := set(kept.get("pick", ())) & set(kept.get("omit", ())):
        raise BadRequestData(f"notification: {shown(sorted(both)[0])} is picked and omitted")
