"""Synthetic car parks, one for each heart of a commune and more in the largest."""

from collections.abc import Iterator

from parvis.domains.mobility.alarms import RULES
from parvis.domains.mobility.entities import OFF_STREET_PARKING
from parvis.domains.mobility.simulation import past
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.demo import equip
from parvis.telemetry.devices.demo_codecs import CAR_PARK_COUNTER
from parvis.telemetry.history.services import record_past
from parvis.telemetry.supervision.services import ensure_rules

CAR_PARKS = 42
SOURCE = "parvis demo"


def load(scene: DemoScene) -> None:
    scene.progress("mobilité : parcs de stationnement (synthétiques)")
    upsert_entities(list(_drafts(scene)), now=scene.now)
    ensure_rules(drafts=RULES, actor=str(SYSTEM), now=scene.now)
    new = equip(CAR_PARK_COUNTER, Entity.objects.filter(type=OFF_STREET_PARKING, synthetic=True), scene)
    record_past(past(new, scene.now, scene.rng), now=scene.now)


def _drafts(scene: DemoScene) -> Iterator[EntityDraft]:
    owner = Organisation.objects.main()
    for quarter, index, (longitude, latitude) in synthetic.scatter(CAR_PARKS, scene.rng):
        spaces = scene.rng.choice((120, 180, 240, 310, 420, 560))
        yield EntityDraft(
            urn=str(Urn(OFF_STREET_PARKING, f"{quarter.area.code}-{index:02d}")),
            type=OFF_STREET_PARKING,
            attributes={
                "name": property_of(f"Parc {quarter.area.name} {index}"),
                "totalSpotNumber": property_of(spaces, unit_code="C62"),
                "availableSpotNumber": property_of(int(spaces * scene.rng.uniform(0.2, 0.8)), unit_code="C62"),
            },
            longitude=longitude,
            latitude=latitude,
            organisation_id=owner.pk if owner else None,
            synthetic=True,
            source=SOURCE,
        )
