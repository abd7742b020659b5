"""Joining a fragment into the attributes of an entity, instance by instance, and saying exactly which instances were touched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.kernel.contributions import InstanceChange
from parvis.telemetry.context.attributes import Instance, instances_of, is_deletion
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.ngsild.instants import instant
from parvis.telemetry.context.ngsild.merging import ACTS, Act, How, added, by_dataset, mended, packed, stamped
from parvis.telemetry.context.ngsild.names import shown
from parvis.telemetry.context.vocabulary import iri_of

EXISTS = "The attribute exists, and may not be overwritten."
ABSENT = "The entity has no such attribute."


@dataclass(slots=True, kw_only=True)
class UpdateResult:
    """Which attributes were written and which were not, by stored name, and why."""

    updated: list[str] = field(default_factory=list)
    not_updated: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.not_updated

    @property
    def document(self) -> dict[str, Any]:
        """UpdateResult of 5.2.18; names are full IRIs."""
        return {
            "updated": [iri_of(name) for name in self.updated],
            "notUpdated": [
                {"attributeName": iri_of(name), "reason": reason} for name, reason in self.not_updated.items()
            ],
        }


class Weaver:
    """Writes into a copy of the attributes of an entity; what it does not name stays shared with the original.

    `born`: when the entity was created, for instances whose inventory did not say when they were.
    """

    __slots__ = ("attributes", "born", "changes", "now", "result")

    def __init__(self, attributes: Mapping[str, Any], *, created_at: datetime, now: datetime) -> None:
        self.attributes = dict(attributes)
        self.born = instant(created_at)
        self.now = instant(now)
        self.changes: list[InstanceChange] = []
        self.result = UpdateResult()

    def change(self, name: str, dataset: str, before: Instance | None, after: Instance | None) -> None:
        self.changes.append(InstanceChange(attribute=name, dataset_id=dataset, before=before, after=after))

    def weave_all(self, attributes: Mapping[str, list[Instance]], how: How) -> None:
        for name, given in attributes.items():
            self.weave(name, given, how)

    def weave(self, name: str, given: list[Instance], how: How) -> None:
        """One attribute. Raises LdError as the table says."""
        present = self.attributes.get(name)
        touched = len(self.changes)
        known = by_dataset(present)
        for one in given:
            dataset = one.get("datasetId", "")
            self._act(name, dataset, known, one, ACTS[how][is_deletion(one), dataset in known])
        if len(self.changes) > touched:
            self._put(name, packed(known))
            if name not in self.result.not_updated:
                self.result.updated.append(name)

    def _act(self, name: str, dataset: str, known: dict[str, Instance], given: Instance, act: Act) -> None:
        before = known.get(dataset)
        match act:
            case Act.REPLACE | Act.ADD:
                after = stamped(added(given), before, self.now, self.born)
            case Act.MEND | Act.MERGE:
                assert before is not None
                after = mended(before, given, self.now, self.born, deep=act is Act.MERGE)
            case Act.REMOVE:
                self.change(name, dataset, known.pop(dataset), None)
                return
            case Act.KEEP:
                self.result.not_updated[name] = ABSENT if before is None else EXISTS
                return
            case Act.IGNORE:
                return
            case Act.MISSING:
                raise missing(name, dataset)
            case Act.REFUSE:
                raise BadRequestData("urn:ngsi-ld:null deletes nothing in this operation.")
        known[dataset] = after
        self.change(name, dataset, before, after)

    def _put(self, name: str, attribute: Any) -> None:
        if attribute is None:
            del self.attributes[name]
        else:
            self.attributes[name] = attribute

    def replace_all(self, attributes: Mapping[str, list[Instance]]) -> None:
        """What is not told is removed; what is told again keeps its `createdAt`."""
        for name in [name for name in self.attributes if name not in attributes]:
            self.remove(name, instances_of(self.attributes[name]))
        for name, given in attributes.items():
            told = {one.get("datasetId", "") for one in given}
            gone = [one for one in instances_of(self.attributes.get(name)) if one.get("datasetId", "") not in told]
            self.remove(name, gone)
            self.weave(name, given, How.APPEND)

    def remove(self, name: str, instances: Iterable[Instance]) -> None:
        """Instances that are there."""
        for one in instances:
            self.change(name, one.get("datasetId", ""), one, None)
            known = by_dataset(self.attributes[name])
            del known[one.get("datasetId", "")]
            self._put(name, packed(known))

    def scope(self, before: list[str], after: list[str]) -> None:
        """A change of scope is told as one of a Property, for its history (4.18)."""
        if before != after:
            times = {"createdAt": self.now, "modifiedAt": self.now}
            self.change("scope", "", _scope(before), _scope(after, **times))


def _scope(scopes: list[str], **times: str) -> Instance | None:
    return {"type": "Property", "value": list(scopes), **times} if scopes else None


def missing(name: str, dataset: str) -> ResourceNotFound:
    which = f" of datasetId {shown(dataset)}" if dataset else ""
    return ResourceNotFound(f"The entity has no instance{which} of the attribute {shown(name)}.")
