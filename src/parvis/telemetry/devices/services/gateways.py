"""Gateways come with the uplinks they bring; agents name and place them."""

from datetime import datetime

from django.db import transaction

from parvis.foundations.audit.facade import record
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.models import Gateway


@transaction.atomic
def save_gateway(*, gateway: Gateway, actor: str, now: datetime) -> Gateway:
    """When it was seen is ingestion's to write."""
    gateway.save(update_fields=["name", "organisation", "longitude", "latitude"])
    owner = gateway.organisation.slug if gateway.organisation else ""
    urn = str(Urn("LorawanGateway", str(gateway.pk)))
    record(actor=actor, action="gateway.changed", urn=urn, right="devices.manage", organisation=owner, now=now)
    return gateway
