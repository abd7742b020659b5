"""Synthetic waste containers along invented streets."""

from collections.abc import Iterator

from parvis.domains.waste.alarms import RULES
from parvis.domains.waste.entities import WASTE_CONTAINER
from parvis.domains.waste.simulation import past
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.demo import equip
from parvis.telemetry.devices.demo_codecs import BIN_LEVEL
from parvis.telemetry.history.services import record_past
from parvis.telemetry.supervision.services import ensure_rules

CONTAINERS = 600
SPACING_M = 190.0
SOURCE = "parvis demo"
KINDS = ("glass", "paper", "plastic", "organic")


def load(scene: DemoScene) -> None:
    scene.progress("déchets : conteneurs (synthétiques)")
    upsert_entities(list(_drafts(scene)), now=scene.now)
    ensure_rules(drafts=RULES, actor=str(SYSTEM), now=scene.now)
    new = equip(BIN_LEVEL, Entity.objects.filter(type=WASTE_CONTAINER, synthetic=True), scene)
    record_past(past(new, scene.now, scene.rng), now=scene.now)


def _drafts(scene: DemoScene) -> Iterator[EntityDraft]:
    owner = Organisation.objects.main()
    quarters = synthetic.quarters(scene.rng)
    for quarter, count in zip(quarters, synthetic.shares(CONTAINERS, quarters), strict=True):
        places = synthetic.along_streets(quarter, count, scene.rng, spacing_m=SPACING_M)
        for index, (_street, (longitude, latitude)) in enumerate(places, start=1):
            yield EntityDraft(
                urn=str(Urn(WASTE_CONTAINER, f"{quarter.area.code}-{index:03d}")),
                type=WASTE_CONTAINER,
                attributes={
                    "name": property_of(f"Conteneur {quarter.area.code}-{index:03d}"),
                    "storedWasteKind": property_of(scene.rng.choice(KINDS)),
                    "fillingLevel": property_of(round(scene.rng.uniform(0.05, 0.7), 2), unit_code="C62"),
                },
                longitude=longitude,
                latitude=latitude,
                organisation_id=owner.pk if owner else None,
                synthetic=True,
                source=SOURCE,
            )
