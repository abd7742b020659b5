"""What parameters of a merge make of its fragment, given what is there (ETSI GS CIM 009 V1.8.1, 5.6.17.4; 6.5.3.4).

A simplified value does not say of which kind it is: that of the attribute it goes to decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parvis.telemetry.context.attributes import Instance, is_deletion
from parvis.telemetry.context.ngsild.kinds import check_tag
from parvis.telemetry.context.ngsild.merging import by_dataset
from parvis.telemetry.context.ngsild.names import uri

_BARE = frozenset(["type", "value", "datasetId"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaping:
    """`observed_at`: stamped on what was observed before and does not say when it is now. `lang`: where a plain text goes."""

    observed_at: str = ""
    lang: str = ""
    simplified: bool = False

    @property
    def needed(self) -> bool:
        return bool(self.observed_at or self.lang or self.simplified)

    def of(self, told: Mapping[str, list[Instance]], present: Mapping[str, Any]) -> dict[str, list[Instance]]:
        """Raises BadRequestData when a text that goes to a relationship is no URI."""
        shaped = {}
        for name, instances in told.items():
            known = by_dataset(present.get(name))
            shaped[name] = [self._instance(one, known.get(one.get("datasetId", ""))) for one in instances]
        return shaped

    def _instance(self, told: Instance, present: Instance | None) -> Instance:
        if present is None or is_deletion(told):
            return told
        if told.get("type") == "Property" and _BARE.issuperset(told):
            told = self._shaped(told, present.get("type", "Property"))
        if self.observed_at and "observedAt" in present and "observedAt" not in told:
            told = told | {"observedAt": self.observed_at}
        return told

    def _shaped(self, told: Instance, kind: str) -> Instance:
        value = told["value"]
        kept = {"datasetId": told["datasetId"]} if "datasetId" in told else {}
        if self.lang and kind == "LanguageProperty" and type(value) is str:
            check_tag(self.lang)
            return {"type": kind, "languageMap": {self.lang: value}} | kept
        if not self.simplified:
            return told
        if kind == "Relationship" and type(value) is str:
            return {"type": kind, "object": uri(value, "The object of a Relationship")} | kept
        if kind == "ListProperty" and type(value) is list:
            return {"type": kind, "valueList": value} | kept
        if kind == "ListRelationship" and type(value) is list:
            objects = [{"object": uri(one, "A member of an objectList")} for one in value]
            return {"type": kind, "objectList": objects} | kept
        return told
