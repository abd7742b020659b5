"""Telling the past: instances are added, replaced and taken out; what is more recent than the present becomes it (5.6.11 to 5.6.16)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.telemetry.context.attributes import Instance, instant_text
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.ngsild.attribute_operations import DeleteAttribute
from parvis.telemetry.context.ngsild.operations import Delete
from parvis.telemetry.context.store.values import Fragment, Operation
from parvis.telemetry.context.store.write import write
from parvis.telemetry.history import identities
from parvis.telemetry.history.erasing import erase_one, erase_series, erase_things
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.models import Departed
from parvis.telemetry.history.names import AttributeKey, ShapeKey, attribute_ids, attributes_of, shapes_of
from parvis.telemetry.history.reading import Interval, Observed, Series, named, observations, series_of
from parvis.telemetry.history.recording import HISTORIC, SCOPE, put, scope_body
from parvis.telemetry.history.rows import RowBody, RowKey, body_of, insert, instant_of, numbered, text_of
from parvis.telemetry.history.temporal.instances import place_of
from parvis.telemetry.history.temporal.present import Recall


def seen_subject(asked: Asked, urn: str) -> Subject:
    """Raises `ResourceNotFound`, also when the token of the request does not reach it."""
    tenant_id, now = asked.tenant.id, asked.now
    found = identities.subject(urn, tenant_id=tenant_id, now=now) or identities.expired(urn, tenant_id=tenant_id)
    if found is None or not asked.rights.sees(found.thing):
        raise ResourceNotFound(f"There is no history of {urn}.")
    return found


@transaction.atomic
def tell(asked: Asked, fragment: Fragment) -> bool:
    """Of a thing known or not; whether it was not."""
    urn = fragment.urn or ""
    known = identities.subject(urn, tenant_id=asked.tenant.id, now=asked.now)
    if known is not None:
        add(asked, seen_subject(asked, urn), fragment)
        return False
    if not fragment.types:
        raise BadRequestData("The entity has no type.")
    recall = Recall(urn=urn, fragment=fragment)
    (outcome,) = write(
        [recall], tenant_id=asked.tenant.id, now=asked.now, owner=asked.rights.organisation_id, record=False
    )
    if outcome.error is not None:
        raise outcome.error
    if outcome.effect is None or outcome.effect.after is None:
        raise ResourceNotFound(f"There is no history of {urn}.")
    _insert(outcome.effect.after.id, fragment, asked.now, scopes=[])
    return outcome.created


@transaction.atomic
def add(asked: Asked, subject: Subject, fragment: Fragment) -> None:
    """Instances, and types, of a thing that is known. What has departed stays so."""
    if subject.deleted_at is not None:
        types = list(dict.fromkeys((*subject.thing.types, *fragment.types)))
        Departed.objects.filter(entity_id=subject.id).update(types=types, modified_at=asked.now)
    else:
        _write(asked, Recall(urn=subject.thing.urn, fragment=fragment, makes=False))
    _insert(subject.id, fragment, asked.now, scopes=subject.thing.scopes)


def _write(asked: Asked, operation: Operation) -> None:
    """On the present, which the history already tells of. That it refuses is no matter: it was not there."""
    write([operation], tenant_id=asked.tenant.id, now=asked.now, record=False)


def _insert(entity_id: int, fragment: Fragment, now: datetime, *, scopes: list[str]) -> None:
    """`scopes`: those it had."""
    bodies: dict[RowKey, RowBody] = {}
    for name, instances in fragment.attributes.items():
        for one in instances:
            body = _scope_body(one) if name == SCOPE.name else body_of(one)
            put(bodies, (entity_id, AttributeKey(name, one.get("datasetId", "")), instant_of(one, now)), body)
    if fragment.scopes and fragment.scopes != scopes:
        bodies[entity_id, SCOPE, now] = scope_body(fragment.scopes)
    insert(numbered(bodies), replace=True, now=now)


def _scope_body(instance: Instance) -> RowBody:
    unobserved = "observedAt" not in instance
    if instance["value"]:
        return ShapeKey("Property", "", unobserved), None, text_of({"value": instance["value"]})
    return ShapeKey("Property", "", unobserved, True), None, None


@transaction.atomic
def forget_thing(asked: Asked, subject: Subject) -> None:
    """Its past; and the thing itself when nothing but its past was ever told. Raises `ResourceNotFound` when it has none."""
    is_historic = subject.deleted_at is None and subject.thing.source == HISTORIC
    if not is_historic and subject.deleted_at is None and not series_of([subject.id], Interval()):
        raise ResourceNotFound(f"There is no history of {subject.thing.urn}.")
    erase_things([subject.id], now=asked.now)
    if is_historic:
        _write(asked, Delete(urn=subject.thing.urn))


@transaction.atomic
def forget_attribute(asked: Asked, subject: Subject, name: str, wanted: Callable[[AttributeKey], bool]) -> None:
    """Of this name, those `wanted`. Raises `ResourceNotFound` when there is none."""
    found = {one.attribute_id: key for one, key in _series_named(subject, name) if wanted(key)}
    if not found:
        raise ResourceNotFound("There is no history of this attribute.")
    erase_series(subject.id, list(found), now=asked.now)
    if subject.deleted_at is None and subject.thing.source == HISTORIC:
        for key in found.values():
            _write(asked, DeleteAttribute(urn=subject.thing.urn, name=name, dataset_id=key.dataset_id))


def _series_named(subject: Subject, name: str) -> list[tuple[Series, AttributeKey]]:
    series = series_of([subject.id], Interval())
    names = attributes_of({one.attribute_id for one in series})
    return [(one, names[one.attribute_id]) for one in series if names[one.attribute_id].name == name]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instance is."""

    series: Series
    key: AttributeKey
    row: Observed
    instance_id: str


def place(subject: Subject, name: str, instance_id: str) -> Place:
    """Raises `ResourceNotFound`."""
    return _told_place(subject, name, instance_id) or _moved_place(subject, name, instance_id)


def _told_place(subject: Subject, name: str, instance_id: str) -> Place | None:
    told = place_of(instance_id)
    if told is None or told[0] != subject.id or told[1].name != name:
        return None
    _, key, at = told
    found = _row(Series(subject.id, attribute_ids([key])[key]), at)
    if found is None or found.rest.get("instanceId", instance_id) != instance_id:
        return None
    return Place(Series(subject.id, attribute_ids([key])[key]), key, found, instance_id)


def _moved_place(subject: Subject, name: str, instance_id: str) -> Place:
    series = _series_named(subject, name)
    if not series:
        raise ResourceNotFound("There is no history of this attribute.")
    found = named([one for one, _ in series], instance_id)
    row = None if found is None else _row(*found)
    if found is None or row is None or row.rest.get("instanceId") != instance_id:
        raise ResourceNotFound(f"There is no instance {instance_id} of this attribute.")
    return Place(found[0], dict(series)[found[0]], row, instance_id)


def _row(series: Series, at: datetime) -> Observed | None:
    rows = observations([series], Interval.of_instants(at, at), most=1).get(series)
    return rows[0] if rows else None


@transaction.atomic
def amend(asked: Asked, subject: Subject, there: Place, instance: Instance) -> None:
    """The instance takes another content, and perhaps another instant; it keeps its name and when it was created."""
    old, rest = there.row, there.row.rest
    at = instant_of(instance, old.observed_at)
    if "observedAt" not in instance and not _is_unobserved(old):
        instance = instance | {"observedAt": instant_text(old.observed_at)}
    shape, number, document = _scope_body(instance) if there.key == SCOPE else body_of(instance)
    more = {"createdAt": rest.get("createdAt") or instant_text(old.written_at)}
    if at != old.observed_at or "instanceId" in rest:
        more["instanceId"] = there.instance_id
    if at != old.observed_at:
        erase_one(subject.id, there.series.attribute_id, old.observed_at, now=asked.now)
    body = (shape, number, _with(document, more))
    insert(numbered({(subject.id, there.key, at): body}), replace=True, now=asked.now)
    if subject.deleted_at is None and there.key != SCOPE:
        given = Fragment(attributes={there.key.name: [_of_dataset(instance, there.key)]})
        _write(asked, Recall(urn=subject.thing.urn, fragment=given, makes=False))


def _of_dataset(instance: Instance, key: AttributeKey) -> Instance:
    told = {name: value for name, value in instance.items() if name != "datasetId"}
    return told | {"datasetId": key.dataset_id} if key.dataset_id else told


def _is_unobserved(row: Observed) -> bool:
    return shapes_of((row.shape_id,))[row.shape_id].unobserved


def _with(document: str | None, more: dict[str, str]) -> str | None:
    known: dict[str, Any] = msgspec.json.decode(document) if document else {}
    return text_of(known | more)


@transaction.atomic
def take_out(asked: Asked, subject: Subject, there: Place) -> None:
    erase_one(subject.id, there.series.attribute_id, there.row.observed_at, now=asked.now)
