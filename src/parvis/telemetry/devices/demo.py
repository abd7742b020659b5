"""Synthetic devices for a demonstration city: one on each thing given, with our own codecs, heard through one source."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from parvis.kernel.contributions import DemoScene, SimulatedUplink
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices import simulation
from parvis.telemetry.devices.demo_codecs import DemoCodec
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Server, Source

SOURCE = "demo"


@transaction.atomic
def equip(codec: DemoCodec, things: Iterable[Entity], scene: DemoScene) -> list[Entity]:
    """A device on each thing; what is there already is left. Answers the things that had none."""
    Source.objects.get_or_create(
        slug=SOURCE,
        defaults={"label": "Simulateur", "server": Server.CHIRPSTACK_V4, "created_at": scene.now},
    )
    program, _ = Codec.objects.get_or_create(
        name=codec.name, version=1, defaults={"source": codec.source, "created_at": scene.now}
    )
    profile, _ = DeviceProfile.objects.get_or_create(
        name=str(codec.label),
        defaults={
            "entity_type": codec.entity_type,
            "codec": program,
            "mapping": list(codec.mapping),
            "expected_period_s": codec.expected_period_s,
        },
    )
    known = set(Device.objects.filter(profile=profile).values_list("entity_id", flat=True))
    new = [thing for thing in things if thing.pk not in known]
    Device.objects.bulk_create(
        (
            Device(
                eui=simulation.dev_eui(thing.urn),
                name=f"{codec.name} {thing.urn.rsplit(':', 1)[1]}",
                profile=profile,
                entity=thing,
                organisation_id=thing.organisation_id,
                synthetic=True,
                created_at=scene.now,
            )
            for thing in new
        ),
        ignore_conflicts=True,
    )
    return new


def quarters_of_an_hour(now: datetime) -> list[datetime]:
    """The last day, oldest first, the present one left out."""
    return [now - timedelta(minutes=15 * step) for step in range(96, 0, -1)]


class Fleet:
    """The simulated devices of one codec. Reads the state of things, so that a restart goes on from where it was."""

    def __init__(self, codec: DemoCodec) -> None:
        self.codec = codec
        self._ids: list[int] = []

    def devices(self) -> QuerySet[Device]:
        return Device.objects.filter(
            synthetic=True, profile__codec__name=self.codec.name, entity__isnull=False
        ).select_related("entity")

    def pick(self, rng: random.Random, *, per_second: float) -> Iterator[tuple[Device, Entity]]:
        """On average `per_second` of them (at most one for each call when below one), with their things."""
        self._ids = self._ids or list(self.devices().order_by("id").values_list("id", flat=True))
        count = int(per_second) + (rng.random() < per_second % 1)
        chosen = rng.sample(self._ids, min(count, len(self._ids)))
        for device in self.devices().filter(id__in=chosen).order_by("id"):
            if device.entity is not None:
                yield device, device.entity

    def uplink(self, device: Device, payload: bytes, at: datetime, rng: random.Random) -> SimulatedUplink:
        envelope = simulation.chirpstack_uplink(
            dev_eui=device.eui,
            name=device.name,
            payload=payload,
            f_port=self.codec.f_port,
            f_cnt=(device.f_cnt or 0) + 1,
            at=at - timedelta(milliseconds=rng.randint(20, 400)),
            rssi=rng.randint(-118, -70),
            snr=round(rng.uniform(-6, 11), 1),
            spreading_factor=rng.choice((7, 7, 8, 9, 10)),
        )
        return SimulatedUplink(source=SOURCE, event="up", envelope=envelope)
