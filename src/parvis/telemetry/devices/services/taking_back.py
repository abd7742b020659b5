"""Both histories stay true when a move is told afterwards: what the device wrote on its former thing since then is taken back there.

The replay of the same uplinks writes it on the new one.
"""

from datetime import datetime, timedelta

from django.db import transaction

from parvis.kernel.events import publish
from parvis.telemetry.devices.events import DeviceHadMoved
from parvis.telemetry.devices.models import Device, Uplink
from parvis.telemetry.devices.rules.reasons import Status
from parvis.telemetry.history.erasing import erase_one
from parvis.telemetry.history.names import attributes_named

_BATCH = 200  # uplinks a transaction: each is some rows, and the lake is asked for each


def had_moved(*, device_id: int, entity_id: int, since: datetime) -> None:
    """To be taken back after commit."""
    last_id = Uplink.objects.order_by("-id").values_list("id", flat=True).first()
    if last_id is not None:
        publish(DeviceHadMoved(device_id=device_id, entity_id=entity_id, since=since, last_id=last_id))


@transaction.atomic
def take_back(moved: DeviceHadMoved, *, now: datetime) -> None:
    """The next batch, and a word for the one after. Done twice, it takes back nothing more."""
    device = Device.objects.select_related("profile").filter(pk=moved.device_id).first()
    if device is None or device.profile is None:
        return
    attributes = attributes_named([row["attribute"] for row in device.profile.mapping])
    sent = Uplink.objects.filter(
        device_id=moved.device_id,
        status=Status.ACCEPTED,
        received_on__gte=moved.since.date() - timedelta(days=1),
        id__gt=moved.after_id,
        id__lte=moved.last_id,
    )
    batch = list(sent.order_by("id").values_list("id", "sent_at", "received_at")[:_BATCH])
    for _id, sent_at, received_at in batch:
        observed_at = sent_at or received_at
        if observed_at >= moved.since:
            for attribute_id in attributes:
                erase_one(moved.entity_id, attribute_id, observed_at, now=now)
    if len(batch) == _BATCH:
        publish(
            DeviceHadMoved(
                device_id=moved.device_id,
                entity_id=moved.entity_id,
                since=moved.since,
                last_id=moved.last_id,
                after_id=batch[-1][0],
            )
        )
