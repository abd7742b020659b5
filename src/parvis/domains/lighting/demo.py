"""Synthetic street lighting: invented streets, one cabinet for about forty lamps, plausible powers."""

from collections.abc import Iterator

from parvis.domains.lighting.alarms import RULES
from parvis.domains.lighting.entities import CABINET, STREETLIGHT
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory import synthetic
from parvis.kernel.contributions import DemoScene
from parvis.kernel.urn import SYSTEM, Urn
from parvis.telemetry.context.attributes import property_of, relationship_to
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.devices.demo import equip
from parvis.telemetry.devices.demo_codecs import LAMP_CONTROLLER
from parvis.telemetry.supervision.services import ensure_rules

LIGHTS = 34_000  # OnDijon's count
LAMPS_PER_CABINET = 40
CONTROLLED = 1_500  # lamps with a controller of their own; the others are known by their cabinet
SPACING_M = 28.0
SOURCE = "parvis demo"
POWERS_W = (22, 28, 36, 48, 60)  # LED street lanterns


def load(scene: DemoScene) -> None:
    scene.progress("éclairage public : points lumineux et armoires (synthétiques)")
    owner = Organisation.objects.main()
    upsert_entities(list(_drafts(scene, owner.pk if owner else None)), now=scene.now)
    ensure_rules(drafts=RULES, actor=str(SYSTEM), now=scene.now)
    lamps = Entity.objects.filter(type=STREETLIGHT, synthetic=True).order_by("id")
    equip(LAMP_CONTROLLER, lamps[: int(CONTROLLED * scene.scale)], scene)


def _drafts(scene: DemoScene, owner: int | None) -> Iterator[EntityDraft]:
    quarters = synthetic.quarters(scene.rng)
    for quarter, count in zip(quarters, synthetic.shares(int(LIGHTS * scene.scale), quarters), strict=True):
        code = quarter.area.code
        places = list(synthetic.along_streets(quarter, count, scene.rng, spacing_m=SPACING_M))
        places.sort(key=lambda found: found[0])
        for index, (_street, (longitude, latitude)) in enumerate(places):
            cabinet = Urn(CABINET, f"{code}-{index // LAMPS_PER_CABINET + 1:03d}")
            if index % LAMPS_PER_CABINET == 0:
                yield EntityDraft(
                    urn=str(cabinet),
                    type=CABINET,
                    attributes={
                        "name": property_of(f"Armoire {cabinet.local}"),
                        "status": property_of("ok"),
                        "workingMode": property_of("automatic"),
                    },
                    longitude=longitude,
                    latitude=latitude,
                    organisation_id=owner,
                    synthetic=True,
                    source=SOURCE,
                )
            yield EntityDraft(
                urn=str(Urn(STREETLIGHT, f"{code}-{index + 1:05d}")),
                type=STREETLIGHT,
                attributes={
                    "name": property_of(f"{code}-{index + 1:05d}"),
                    "status": property_of("ok"),
                    "powerRating": property_of(scene.rng.choice(POWERS_W), unit_code="WTT"),
                    "lanternHeight": property_of(scene.rng.choice((4, 5, 6, 8, 10)), unit_code="MTR"),
                    "refStreetlightControlCabinet": relationship_to(str(cabinet)),
                },
                longitude=longitude,
                latitude=latitude,
                organisation_id=owner,
                synthetic=True,
                source=SOURCE,
            )
