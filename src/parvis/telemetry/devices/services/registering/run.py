"""A whole list in one transaction. The same list again changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.urn import Urn
from parvis.telemetry.context.loading.placing import Bounds
from parvis.telemetry.devices.models import DeviceProfile
from parvis.telemetry.devices.rules import device_list as columns
from parvis.telemetry.devices.rules.device_list import DeviceList, DeviceRow, RefusedRow
from parvis.telemetry.devices.services.devices import RIGHT, one_at_a_time

from .keeping import Keeper
from .names import known_names
from .report import Report
from .understanding import RowRefused, Wanted, understand

_BATCH = 2000

T = TypeVar("T")


def register(
    devices: DeviceList | Sequence[DeviceRow],
    *,
    dry_run: bool,
    actor: str,
    now: datetime,
    profile: DeviceProfile | None = None,
    organisation: Organisation | None = None,
    reach: frozenset[int] | None = None,
    synthetic: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Rows that cannot be are told with their line and the reason, the others are kept. `profile` and `organisation` are those of the rows
    that name none. `reach`: the organisations whose devices and things one may write; None: all.

    A row with a place and without a thing makes a thing of the profile's type there. A device that is on another thing than its row says
    moves there now. `dry_run` does everything, then takes it back. `progress` is told the rows done.
    """
    given = devices if isinstance(devices, DeviceList) else DeviceList(rows=devices)
    names = known_names(profile=profile, organisation=organisation, reach=reach)
    keeper = Keeper(names=names, now=now, synthetic=synthetic, refused=list(given.refused))
    with transaction.atomic():
        one_at_a_time()
        done = 0
        for batch in _batches(_placed(_understood(given.rows, keeper), keeper)):
            keeper.keep(batch)
            done += len(batch)
            if progress is not None:
                progress(done)
        if keeper.created or keeper.changed:
            _journal(keeper, actor=actor, now=now)
        if dry_run:
            transaction.set_rollback(True)
    return Report(
        created=keeper.created,
        changed=keeper.changed,
        unchanged=keeper.unchanged,
        things=keeper.things,
        refused=tuple(sorted(keeper.refused, key=lambda row: row.line)),
        told=tuple(keeper.told),
        device_ids=() if dry_run else tuple(keeper.device_ids),
        key_columns=tuple(given.key_columns),
        unknown_columns=tuple(given.unknown_columns),
        dry_run=dry_run,
    )


def _understood(rows: Iterable[DeviceRow], keeper: Keeper) -> Iterator[Wanted]:
    lines: dict[str, int] = {}
    for row in rows:
        try:
            one = understand(row, keeper.names)
        except RowRefused as refused:
            eui = (row.values.get(columns.EUI) or "")[:40]
            keeper.refused.append(RefusedRow(line=row.line, eui=eui, reason=str(refused)))
            continue
        if one.eui in lines:
            keeper.refuse(one, _("DevEUI déjà présent ligne %(line)d") % {"line": lines[one.eui]})
        else:
            lines[one.eui] = row.line
            yield one


def _placed(wanted: Iterable[Wanted], keeper: Keeper) -> Iterator[Wanted]:
    """Without those that say they are out of the territory."""
    bounds = Bounds()
    for batch in _batches(wanted):
        places = [one.place for one in batch if one.place is not None]
        problems = iter(bounds.problems(places))
        for one in batch:
            if one.place is not None and (problem := next(problems)):
                keeper.refuse(one, problem)
            else:
                yield one


def _journal(keeper: Keeper, *, actor: str, now: datetime) -> None:
    """One line: of the device when there is one, else of the list."""
    action, urn = "devices.registered", Urn("DeviceList", f"{now:%Y%m%dT%H%M%SZ}")
    if keeper.created + keeper.changed == 1:
        action, urn = f"device.{'created' if keeper.created else 'changed'}", Urn("LorawanDevice", keeper.told[0].eui)
    owner = keeper.names.organisation
    details = {"created": keeper.created, "changed": keeper.changed, "things": keeper.things}
    record(
        actor=actor,
        action=action,
        urn=str(urn),
        right=RIGHT,
        organisation=owner.slug if owner else "",
        details={**details, "refused": len(keeper.refused)},
        now=now,
    )


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch
