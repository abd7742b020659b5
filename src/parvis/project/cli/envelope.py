"""`parvis envelope …`: what Parvis reads in what a network server pushes. Needs no database and keeps nothing."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parvis.telemetry.devices.envelopes import DeviceEvent, ParsedUplink

# By the names people use; the others are those of the sources.
_ALIASES = {"tts": "tts-v3"}
_SERVERS = (
    "chirpstack-v4",
    "chirpstack-v3",
    "tts",
    "thingpark",
    "liveobjects",
    "wanesy",
    "loriot",
    "sigfox",
    "json",
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("envelope", help="read what network servers push", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    parse = kinds.add_parser(
        "parse",
        help="envelopes on standard input, what they say on standard output",
        description="Reads JSON lines, one envelope a line, and answers one JSON line for each: an uplink with dev_eui,"
        " received_at (RFC 3339, UTC), f_port, f_cnt, payload_hex, gateways, radio and the server's own decoding; another"
        ' event with its name; {"error": "..."} for what is not an envelope of that server.',
        epilog="Example: parvis envelope parse --server chirpstack-v4 < uplinks.jsonl",
    )
    parse.add_argument("--server", required=True, choices=[*_SERVERS, *_ALIASES.values()], metavar="SERVER")
    parse.add_argument(
        "--event", default="", metavar="NAME", help="what the URL or topic says of all of them, for example up"
    )
    parse.add_argument(
        "--form", type=Path, metavar="FILE", help="of plain JSON: where its members are, as on the page of the source"
    )
    parse.set_defaults(run=run_parse)
    parse.epilog = f"SERVER is one of {', '.join(_SERVERS)}. {parse.epilog}"


def run_parse(options: argparse.Namespace) -> int:
    import msgspec

    _words_in_english()
    server = _ALIASES.get(options.server, options.server)
    form = msgspec.json.decode(options.form.read_bytes()) if options.form else None
    encoder = msgspec.json.Encoder()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(encoder.encode(_answer(server, line, options.event, form)) + b"\n")
        sys.stdout.buffer.flush()  # whoever asks one question at a time waits for its answer
    return 0


def _words_in_english() -> None:
    """What is wrong with an envelope is told in the words of the screens, which are translated: so much of Django is needed."""
    import django
    from django.conf import settings

    from parvis.telemetry import devices

    if not settings.configured:
        settings.configure(LANGUAGE_CODE="en", LOCALE_PATHS=[Path(devices.__path__[0]) / "locale"])
        django.setup()


def _answer(server: str, line: bytes, event: str, form: Mapping[str, Any] | None) -> dict[str, Any]:
    from parvis.kernel import clock
    from parvis.telemetry.devices.envelopes import Malformed, ParsedUplink, parse

    try:
        message = parse(server, line, event, form=form, arrived=clock.now())
    except Malformed as malformed:
        return {"error": str(malformed.message)}
    return _uplink(message) if isinstance(message, ParsedUplink) else _event(message)


def _uplink(uplink: "ParsedUplink") -> dict[str, Any]:
    return {
        "event": "uplink",
        "dev_eui": uplink.dev_eui,
        "dev_addr": uplink.dev_addr,
        "received_at": _instant(uplink),
        "f_port": uplink.f_port,
        "f_cnt": uplink.f_cnt,
        "payload_hex": uplink.payload.hex(),
        "confirmed": uplink.confirmed,
        "rssi": uplink.rssi,
        "snr": uplink.snr,
        "gateways": [{"id": one.id, "rssi": one.rssi, "snr": one.snr} for one in uplink.gateways],
        "frequency_hz": uplink.frequency_hz,
        "spreading_factor": uplink.spreading_factor,
        "bandwidth_hz": uplink.bandwidth_hz,
        "message_id": uplink.message_id,
        "battery_percent": uplink.battery_percent,
        "decoded": uplink.decoded,
        "problems": uplink.problems,
    }


def _event(event: "DeviceEvent") -> dict[str, Any]:
    told = {
        "event": event.kind.value,
        "dev_eui": event.dev_eui,
        "received_at": _instant(event),
        "message_id": event.message_id,
        "battery_percent": event.battery_percent,
    }
    of_some = {
        "reference": event.reference or None,
        "error": event.error or None,
        "f_cnt": event.f_cnt,
        "longitude": event.longitude,
        "latitude": event.latitude,
    }
    return {**told, **{name: value for name, value in of_some.items() if value is not None}}


def _instant(message: "ParsedUplink | DeviceEvent") -> str | None:
    """RFC 3339, UTC, always with its milliseconds."""
    at = message.received_at
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
