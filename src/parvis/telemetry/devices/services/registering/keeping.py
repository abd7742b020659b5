"""A batch of rows, written: devices made and changed, moved to other things, things made where there are none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from parvis.kernel.urn import Urn
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.models import Assignment, Device
from parvis.telemetry.devices.rules import device_list as columns
from parvis.telemetry.devices.rules.device_list import RefusedRow
from parvis.telemetry.devices.services.devices import WRITTEN, leave

from .names import Names
from .report import Told
from .understanding import RowRefused, Wanted, changes

_MOST_TOLD = 200
_UPDATED_AT_ONCE = 500  # rows a statement: Django writes a condition for each value


@dataclass(slots=True)
class _Plan:
    """What a row would do; `urn` empty: the device stays where it is."""

    wanted: Wanted
    device: Device
    changes: dict[str, Any]
    urn: str


@dataclass(slots=True, kw_only=True)
class Keeper:
    names: Names
    now: datetime
    synthetic: bool = False
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    things: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    device_ids: list[int] = field(default_factory=list)

    def refuse(self, wanted: Wanted, reason: object) -> None:
        self.refused.append(RefusedRow(line=wanted.row.line, eui=wanted.eui, reason=str(reason)))

    def keep(self, batch: Sequence[Wanted]) -> None:
        plans = self._plans(batch)
        entities = self._entities(plans)
        kept: list[Device] = []
        made: list[Device] = []
        renewed: list[Device] = []
        left: list[Assignment] = []
        for plan in plans:
            try:
                self._settle(plan, entities)
            except RowRefused as refused:
                self.refuse(plan.wanted, refused)
                continue
            kept.append(plan.device)
            if plan.device._state.adding:
                made.append(plan.device)
                self._apply(plan, left)
            elif self._apply(plan, left):
                renewed.append(plan.device)
            else:
                self.unchanged += 1
        Device.objects.bulk_create(made)
        if renewed:
            fields = [name for name in WRITTEN if name not in ("eui", "synthetic")]
            Device.objects.bulk_update(renewed, fields, batch_size=_UPDATED_AT_ONCE)
        Assignment.objects.bulk_create(left)
        self.created += len(made)
        self.changed += len(renewed)
        self.device_ids += [device.pk for device in kept]

    def _plans(self, batch: Sequence[Wanted]) -> list[_Plan]:
        known = Device.objects.select_for_update(of=["self"]).filter(eui__in=[one.eui for one in batch]).order_by("id")
        devices = {device.eui: device for device in known}
        plans = []
        for one in batch:
            device = devices.get(one.eui)
            try:
                said, urn = changes(one, device, self.names), one.thing(device)
            except RowRefused as refused:
                self.refuse(one, refused)
                continue
            made = device or Device(eui=one.eui, created_at=self.now, synthetic=self.synthetic)
            plans.append(_Plan(one, made, said, urn))
        return plans

    def _entities(self, plans: Sequence[_Plan]) -> dict[str, tuple[int, int | None]]:
        """Id and owner by URN of the things named; those that are missing and have a place are made."""
        wanted = {plan.urn: plan for plan in plans if plan.urn}
        known = _known_entities(wanted)
        drafts = [
            _draft(plan, self.synthetic) for urn, plan in wanted.items() if urn not in known and plan.wanted.place
        ]
        if drafts:
            self.things += upsert_entities(drafts, now=self.now).created
            known |= _known_entities([draft.urn for draft in drafts])
        return known

    def _settle(self, plan: _Plan, entities: dict[str, tuple[int, int | None]]) -> None:
        """Raises `RowRefused`."""
        values = plan.wanted.row.values
        if not plan.urn:
            if columns.THING in values and not values[columns.THING]:
                plan.changes["entity_id"] = None
            return
        if plan.urn not in entities:
            problem = _("aucun équipement « %(urn)s », et aucune position pour le créer")
            raise RowRefused(problem % {"urn": plan.urn[:200]})
        id_, owner = entities[plan.urn]
        if id_ != plan.device.entity_id and not self.names.may_write(owner):
            problem = _("l’équipement « %(urn)s » appartient à une autre organisation")
            raise RowRefused(problem % {"urn": plan.urn[:200]})
        plan.changes["entity_id"] = id_

    def _apply(self, plan: _Plan, left: list[Assignment]) -> bool:
        """Whether the device changes."""
        device = plan.device
        different = {name: value for name, value in plan.changes.items() if getattr(device, name) != value}
        is_new = device._state.adding
        if "entity_id" in different:
            past = leave(device, entity_id=different["entity_id"], at=None, now=self.now)
            left += [past] if past is not None else []
        for name, value in different.items():
            setattr(device, name, value)
        if (different or is_new) and len(self.told) < _MOST_TOLD:
            names = tuple(name.removesuffix("_id") for name in different)
            line, urn = plan.wanted.row.line, plan.urn
            told = Told(line=line, eui=device.eui, name=device.name, is_new=is_new, fields=names, thing=urn)
            self.told.append(told)
        return bool(different)


def _known_entities(urns: Collection[str]) -> dict[str, tuple[int, int | None]]:
    rows = Entity.objects.filter(urn__in=list(urns)).order_by("id").values_list("urn", "id", "organisation_id")
    return {urn: (id_, owner) for urn, id_, owner in rows}


def _draft(plan: _Plan, synthetic: bool) -> EntityDraft:
    place = plan.wanted.place
    assert place is not None
    return EntityDraft(
        urn=plan.urn,
        type=Urn.parse(plan.urn).type,
        attributes={"name": property_of(plan.changes.get("name") or plan.device.name)},
        longitude=place.longitude,
        latitude=place.latitude,
        organisation_id=plan.changes.get("organisation_id", plan.device.organisation_id),
        synthetic=synthetic,
        source=_("registre des capteurs"),
    )
