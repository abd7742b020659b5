"""A list of devices that was tried travels in the page until it is confirmed: what was read of it, without the keys that were in it."""

import base64
import zlib

import msgspec

from parvis.telemetry.devices.services.registering import DeviceList, DeviceRow

LARGEST_CARRIED = 100_000_000  # bytes, unpacked


def packed(devices: DeviceList) -> str:
    rows = [(row.line, row.values) for row in devices.rows]
    return base64.b64encode(zlib.compress(msgspec.json.encode(rows))).decode()


def unpacked(carried: str) -> DeviceList | None:
    """None for what `packed` did not make."""
    try:
        unpacking = zlib.decompressobj()
        rows = unpacking.decompress(base64.b64decode(carried, validate=True), LARGEST_CARRIED)
        found = msgspec.json.decode(rows, type=list[tuple[int, dict[str, str]]])
    except (ValueError, zlib.error):
        return None
    return DeviceList(rows=[DeviceRow(line=line, values=values) for line, values in found])
