"""Synthetic river gauges."""

from collections.abc import Iterator

from parvis.domains.water.alarms import RULES
from parvis.domains.water.entities import ALERT_M, DANGER_M, FLOOD_MONITORING
from parvis.domains.water.simulation import past
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.demo import equip
from parvis.telemetry.devices.demo_codecs import RIVER_GAUGE
from parvis.telemetry.history.services import record_past
from parvis.telemetry.supervision.services import ensure_rules

GAUGES = 24
SOURCE = "parvis demo"


def load(scene: DemoScene) -> None:
    scene.progress("eau : stations de hauteur d’eau (synthétiques)")
    upsert_entities(list(_drafts(scene)), now=scene.now)
    ensure_rules(drafts=RULES, actor=str(SYSTEM), now=scene.now)
    new = equip(RIVER_GAUGE, Entity.objects.filter(type=FLOOD_MONITORING, synthetic=True), scene)
    record_past(past(new, scene.now), now=scene.now)


def _drafts(scene: DemoScene) -> Iterator[EntityDraft]:
    owner = Organisation.objects.main()
    for quarter, index, (longitude, latitude) in synthetic.scatter(GAUGES, scene.rng):
        yield EntityDraft(
            urn=str(Urn(FLOOD_MONITORING, f"{quarter.area.code}-{index:02d}")),
            type=FLOOD_MONITORING,
            attributes={
                "name": property_of(f"Station {quarter.area.name} {index}"),
                "currentLevel": property_of(round(scene.rng.uniform(0.4, 1.1), 2), unit_code="MTR"),
                "alertLevel": property_of(ALERT_M, unit_code="MTR"),
                "dangerLevel": property_of(DANGER_M, unit_code="MTR"),
            },
            longitude=longitude,
            latitude=latitude,
            organisation_id=owner.pk if owner else None,
            synthetic=True,
            source=SOURCE,
        )
