"""`/info/sourceIdentity` (ETSI GS CIM 009 V1.8.1, 5.14.5 and 6.33)."""

from datetime import timedelta

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.answering import Answer, document
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Endpoint, Right, endpoint
from parvis.telemetry.context.federation.identity import alias_of, uptime


@endpoint("GET", "/info/sourceIdentity", right=Right.ANYBODY, any_tenant=True, answers={200: "who this broker is"})
def _identity(asked: Asked) -> Answer:
    alias = alias_of(asked.tenant)
    return document(
        asked,
        {
            "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
            "type": "ContextSourceIdentity",
            "contextSourceAlias": alias,
            "contextSourceUptime": duration_text(uptime()),
            "contextSourceTimeAt": instant_text(asked.now),
        },
    )


def duration_text(length: timedelta) -> str:
    """ISO 8601, whole seconds."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{length.days}D" if length.days else ""
    return f"P{days}T{hours}H{minutes}M{seconds}S"


ENDPOINTS: tuple[Endpoint, ...] = (_identity,)
