"""What the guided path keeps besides what its steps' own services do."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.presenting import specs_of
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.mapping import mapping_rows
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile
from parvis.telemetry.devices.rules import device_list as columns
from parvis.telemetry.devices.rules.suggesting import fields_of, suggest_battery, suggest_mapping
from parvis.telemetry.devices.samples import examples_of
from parvis.telemetry.devices.services.keeping import RIGHT, save_profile
from parvis.telemetry.devices.services.registering import DeviceRow, Report, register


def begin_profile(
    *, name: str, entity_type: str, codec: Codec | None, organisation: Organisation | None, actor: str, now: datetime
) -> DeviceProfile:
    """A profile whose mapping is what the codec's examples suggest, for an agent to look at."""
    decoded = [one.decoded for one in examples_of(codec) if one.decoded] if codec else []
    fields = list({field.path: field for data in reversed(decoded) for field in fields_of(data)}.values())
    battery = suggest_battery(fields)
    profile = DeviceProfile(
        name=name,
        entity_type=entity_type,
        codec=codec,
        organisation=organisation,
        mapping=mapping_rows(suggest_mapping(fields, list(specs_of(entity_type).values()))),
        battery_field=battery.field if battery else "",
        battery_empty=battery.empty_v if battery else None,
        battery_full=battery.full_v if battery else None,
    )
    return save_profile(profile=profile, actor=actor, now=now)


def put_on_map(
    *, device: Device, longitude: float, latitude: float, reach: frozenset[int] | None, actor: str, now: datetime
) -> Report:
    """A device without a thing gets one of its profile's type at this place (EPSG:4326); its thing gets the place otherwise."""
    if device.entity is not None:
        place_thing(thing=device.entity, longitude=longitude, latitude=latitude, actor=actor, now=now)
        return Report(unchanged=1)
    values = {columns.EUI: device.eui, columns.LONGITUDE: repr(longitude), columns.LATITUDE: repr(latitude)}
    row = DeviceRow(line=1, values=values)
    return register([row], dry_run=False, actor=actor, now=now, profile=device.profile, reach=reach)


def put_on_thing(*, device: Device, thing: Entity, reach: frozenset[int] | None, actor: str, now: datetime) -> Report:
    row = DeviceRow(line=1, values={columns.EUI: device.eui, columns.THING: thing.urn})
    return register([row], dry_run=False, actor=actor, now=now, profile=device.profile, reach=reach)


@transaction.atomic
def place_thing(*, thing: Entity, longitude: float, latitude: float, actor: str, now: datetime) -> None:
    draft = EntityDraft(
        urn=thing.urn,
        type=thing.type,
        longitude=longitude,
        latitude=latitude,
        organisation_id=thing.organisation_id,
        synthetic=thing.synthetic,
        source=thing.source or _("registre des capteurs"),
    )
    upsert_entities([draft], now=now)
    owner = thing.organisation.slug if thing.organisation else ""
    record(actor=actor, action="thing.placed", urn=thing.urn, right=RIGHT, organisation=owner, now=now)
