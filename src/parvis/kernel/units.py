"""Units of measure by their UN/CEFACT Recommendation 20 common code, the `unitCode` of NGSI-LD."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    symbol: str
    label: str | Promise


UNITS = {
    unit.code: unit
    for unit in (
        Unit("C62", "", _("unité")),
        Unit("P1", "%", _("pour cent")),
        Unit("59", "ppm", _("partie par million")),
        Unit("CEL", "°C", _("degré Celsius")),
        Unit("KEL", "K", _("kelvin")),
        Unit("MTR", "m", _("mètre")),
        Unit("CMT", "cm", _("centimètre")),
        Unit("MMT", "mm", _("millimètre")),
        Unit("KMT", "km", _("kilomètre")),
        Unit("MTS", "m/s", _("mètre par seconde")),
        Unit("KMH", "km/h", _("kilomètre par heure")),
        Unit("MTQ", "m³", _("mètre cube")),
        Unit("MQS", "m³/s", _("mètre cube par seconde")),
        Unit("LTR", "L", _("litre")),
        Unit("KGM", "kg", _("kilogramme")),
        Unit("GQ", "µg/m³", _("microgramme par mètre cube")),
        Unit("2N", "dB", _("décibel")),
        Unit("DBM", "dBm", _("décibel milliwatt")),
        Unit("WTT", "W", _("watt")),
        Unit("KWT", "kW", _("kilowatt")),
        Unit("KWH", "kWh", _("kilowattheure")),
        Unit("VLT", "V", _("volt")),
        Unit("2Z", "mV", _("millivolt")),
        Unit("AMP", "A", _("ampère")),
        Unit("LUX", "lx", _("lux")),
        Unit("PAL", "Pa", _("pascal")),
        Unit("A97", "hPa", _("hectopascal")),
        Unit("SEC", "s", _("seconde")),
        Unit("MIN", "min", _("minute")),
        Unit("HUR", "h", _("heure")),
        Unit("DAY", "j", _("jour")),
        Unit("DD", "°", _("degré d’angle")),
    )
}


class UnknownUnit(KeyError):
    """No unit of this code is known here; `UNITS` is the list."""


def unit(code: str) -> Unit:
    """Raises `UnknownUnit`."""
    try:
        return UNITS[code]
    except KeyError:
        raise UnknownUnit(code) from None


def symbol(code: str) -> str:
    """What to print after a number; the code itself when it is not in our table."""
    return UNITS[code].symbol if code in UNITS else code
