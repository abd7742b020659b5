"""A row of text becomes what is wanted of one device, or the reason why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from parvis.kernel.urn import MalformedUrn, Urn
from parvis.telemetry.context.loading.placing import Place, projected_in
from parvis.telemetry.context.loading.typing import number
from parvis.telemetry.devices.models import Device, DeviceClass, DeviceProfile
from parvis.telemetry.devices.rules import device_list as columns
from parvis.telemetry.devices.rules.device_list import DeviceRow
from parvis.telemetry.devices.rules.eui import read_eui

from .names import Names

_URN_SAFE = "()+,-.:=@;$_!*'"
_TRUE = frozenset({"1", "true", "vrai", "oui", "yes", "actif", "active"})
_FALSE = frozenset({"0", "false", "faux", "non", "no", "inactif", "inactive"})
_LONGEST = 120  # of a name


class RowRefused(Exception):
    """Why a row is not kept; the text is shown."""


@dataclass(slots=True, kw_only=True)
class Wanted:
    """`urn` is that of the thing the row names; empty: none."""

    row: DeviceRow
    eui: str
    profile: DeviceProfile | None
    urn: str = ""
    place: Place | None = None

    def thing(self, device: Device | None) -> str:
        """The URN of the thing it is to be on: the one named; else, of a device that has none, one of its own where it is. Raises `RowRefused`."""
        if self.urn or self.place is None or (device is not None and device.entity_id is not None):
            return self.urn
        kind = self.row.values.get(columns.TYPE) or (self.profile.entity_type if self.profile else "")
        if not kind:
            raise RowRefused(_("une position, mais ni équipement ni profil qui dise de quel type il est"))
        return _urn(kind, self.eui)


def understand(row: DeviceRow, names: Names) -> Wanted:
    """Raises `RowRefused`."""
    eui = _eui(row.values.get(columns.EUI) or "")
    profile = _profile(row, names)
    return Wanted(row=row, eui=eui, profile=profile, urn=_thing(row, profile), place=_place(row))


def changes(one: Wanted, device: Device | None, names: Names) -> dict[str, Any]:
    """What the row says of a device, by field, its thing apart; `device` as it is stored. Raises `RowRefused`."""
    values = one.row.values
    if device is not None and not names.may_write(device.organisation_id):
        raise RowRefused(_("ce capteur appartient à une autre organisation"))
    found: dict[str, Any] = {}
    if one.profile is not None and (values.get(columns.PROFILE) or device is None or device.profile_id is None):
        found["profile_id"] = one.profile.pk
    elif columns.PROFILE in values and not values[columns.PROFILE]:
        found["profile_id"] = None
    if device is None or columns.ORGANISATION in values:
        found["organisation_id"] = _owner(values, names)
    if columns.NAME in values or device is None:
        found["name"] = _short(values.get(columns.NAME) or one.eui, columns.NAME)
    if columns.NETWORK_NAME in values:
        found["network_name"] = _short(values[columns.NETWORK_NAME] or "", columns.NETWORK_NAME)
    if letter := values.get(columns.CLASS):
        found["device_class"] = _class(letter)
    if active := values.get(columns.ACTIVE):
        found["is_active"] = _truth(active)
    return found


def _eui(text: str) -> str:
    eui = read_eui(text)
    if eui is not None:
        return eui
    if not text:
        raise RowRefused(_("DevEUI absent"))
    if "E+" in text.upper():
        raise RowRefused(_("DevEUI abîmé par un tableur : mettez la colonne au format texte"))
    raise RowRefused(_("un DevEUI a 16 chiffres hexadécimaux"))


def _profile(row: DeviceRow, names: Names) -> DeviceProfile | None:
    name = row.values.get(columns.PROFILE)
    if not name:
        return None if columns.PROFILE in row.values else names.profile
    found = names.profiles.get(name.casefold())
    if found is None:
        raise RowRefused(_("profil inconnu : « %(name)s »") % {"name": name[:80]})
    return found


def _thing(row: DeviceRow, profile: DeviceProfile | None) -> str:
    """A URN as it is; an inventory number becomes that of a thing of the profile's type."""
    thing = row.values.get(columns.THING)
    if not thing:
        return ""
    if thing.lower().startswith("urn:"):
        try:
            return str(Urn.parse(thing))
        except MalformedUrn:
            raise RowRefused(_("« %(thing)s » n’est pas un URN d’équipement") % {"thing": thing[:80]}) from None
    kind = row.values.get(columns.TYPE) or (profile.entity_type if profile else "")
    if not kind:
        problem = _("équipement « %(thing)s » : donnez son URN, ou le profil du capteur")
        raise RowRefused(problem % {"thing": thing[:80]})
    return _urn(kind, quote(thing, safe=_URN_SAFE))


def _urn(kind: str, local: str) -> str:
    try:
        return str(Urn(kind, local))
    except MalformedUrn:
        raise RowRefused(_("« %(kind)s » n’est pas un type d’équipement") % {"kind": kind[:80]}) from None


def _place(row: DeviceRow) -> Place | None:
    x, y = ((row.values.get(name) or "")[:30] for name in (columns.LONGITUDE, columns.LATITUDE))
    if not x and not y:
        return None
    longitude, latitude = number(x, decimal_comma=True), number(y, decimal_comma=True)
    if longitude is None or latitude is None:
        raise RowRefused(_("coordonnées illisibles : « %(x)s », « %(y)s »") % {"x": x, "y": y})
    if abs(longitude) > 180 or abs(latitude) > 90:
        if system := projected_in(longitude, latitude):
            raise RowRefused(_("coordonnées projetées (%(system)s) : donnez des degrés (WGS 84)") % {"system": system})
        raise RowRefused(_("ce ne sont pas des degrés : %(x)s, %(y)s") % {"x": x, "y": y})
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return Place(longitude=longitude, latitude=latitude, geometry=point)


def _owner(values: Mapping[str, str | None], names: Names) -> int | None:
    name = values.get(columns.ORGANISATION)
    if name:
        found = names.organisations.get(name.casefold())
        if found is None:
            problem = _("organisation inconnue, ou qui n’est pas la vôtre : « %(name)s »")
            raise RowRefused(problem % {"name": name[:80]})
        return found.pk
    owner = None if columns.ORGANISATION in values or names.organisation is None else names.organisation.pk
    if not names.may_write(owner):
        raise RowRefused(_("organisation absente"))
    return owner


def _short(text: str, column: str) -> str:
    if len(text) > _LONGEST:
        raise RowRefused(_("« %(column)s » dépasse %(most)d caractères") % {"column": column, "most": _LONGEST})
    return text


def _class(text: str) -> str:
    letter = text.upper().removeprefix("CLASS").strip(" _-")
    if letter not in DeviceClass.values:
        raise RowRefused(_("classe inconnue : « %(name)s » (A, B ou C)") % {"name": text[:20]})
    return letter


def _truth(text: str) -> bool:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise RowRefused(_("oui ou non, et non « %(word)s »") % {"word": text[:20]})
    return word in _TRUE
