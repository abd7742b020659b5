"""What an uplink says of the gateways that heard it, told to `ParsedUplink` by the names it has there."""

from collections.abc import Sequence
from typing import Any, TypedDict

from .message import Gateway, best_gateway
from .wire import members, number


class Heard(TypedDict):
    gateways: tuple[Gateway, ...]
    rssi: float | None
    snr: float | None


def heard_by(gateways: Sequence[Gateway], *, rssi: float | None = None, snr: float | None = None) -> Heard:
    """`rssi` and `snr` are the server's own; without either, the best gateway's are the uplink's."""
    gateways = tuple(gateways)
    if rssi is None and snr is None and (best := best_gateway(gateways)) is not None:
        rssi, snr = best.rssi, best.snr
    return {"gateways": gateways, "rssi": rssi, "snr": snr}


def place(location: Any, longitude: str = "longitude", latitude: str = "latitude") -> tuple[float | None, float | None]:
    """Longitude and latitude of an object that has both; 0, 0 is what a gateway says that does not know."""
    told = members(location)
    lon, lat = number(told.get(longitude)), number(told.get(latitude))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) or lon == lat == 0:
        return None, None
    return lon, lat
