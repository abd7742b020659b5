"""Synthetic air-quality stations."""

from collections.abc import Iterator

from parvis.domains.environment.alarms import RULES
from parvis.domains.environment.entities import AIR_QUALITY_OBSERVED
from parvis.domains.environment.simulation import past
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.demo import equip
from parvis.telemetry.devices.demo_codecs import AIR_STATION
from parvis.telemetry.history.services import record_past
from parvis.telemetry.supervision.services import ensure_rules

STATIONS = 26
SOURCE = "parvis demo"


def load(scene: DemoScene) -> None:
    scene.progress("environnement : stations de qualité de l’air (synthétiques)")
    upsert_entities(list(_drafts(scene)), now=scene.now)
    ensure_rules(drafts=RULES, actor=str(SYSTEM), now=scene.now)
    new = equip(AIR_STATION, Entity.objects.filter(type=AIR_QUALITY_OBSERVED, synthetic=True), scene)
    record_past(past(new, scene.now, scene.rng), now=scene.now)


def _drafts(scene: DemoScene) -> Iterator[EntityDraft]:
    owner = Organisation.objects.main()
    for quarter, index, (longitude, latitude) in synthetic.scatter(STATIONS, scene.rng):
        yield EntityDraft(
            urn=str(Urn(AIR_QUALITY_OBSERVED, f"{quarter.area.code}-{index:02d}")),
            type=AIR_QUALITY_OBSERVED,
            attributes={
                "name": property_of(f"Station {quarter.area.name} {index}"),
                "pm10": property_of(round(scene.rng.uniform(8, 24), 1), unit_code="GQ"),
                "pm25": property_of(round(scene.rng.uniform(4, 14), 1), unit_code="GQ"),
                "no2": property_of(round(scene.rng.uniform(8, 34), 1), unit_code="GQ"),
            },
            longitude=longitude,
            latitude=latitude,
            organisation_id=owner.pk if owner else None,
            synthetic=True,
            source=SOURCE,
        )
