"""Things with observed attributes and their past, and the door asked without a server."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from parvis.foundations.identity.services import create_token
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import NOW, make_entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.models import Attribute
from parvis.telemetry.history.sensorthings import catalogue
from parvis.telemetry.history.sensorthings.serving import Answer, Asked, answer
from parvis.telemetry.history.services import record_readings

BASE = "http://city.test/sensorthings/v1.1"
PUBLIC = "Streetlight"


def make_thing(urn: str = "", *, type: str = PUBLIC, **more: Any) -> Entity:
    return make_entity(urn, type=type, **more)


def observe(thing: Entity, attribute: str = "powerConsumption", *values: Any, unit_code: str = "WTT") -> int:
    """One value a minute from NOW; the number of the Datastream."""
    for minute, value in enumerate(values):
        at = NOW + timedelta(minutes=minute)
        record_readings(
            [Reading(entity_id=thing.pk, attribute=attribute, value=value, observed_at=at, unit_code=unit_code)], now=at
        )
    return thing.pk * 1_000_000 + Attribute.objects.get(name=attribute, dataset_id="").pk


def ask(path: str, *, token: str = "", method: str = "GET", now: datetime = NOW, **options: Any) -> Answer:
    """Options by name without `$`, not encoded."""
    catalogue.forget()
    query = "&".join(f"${name}={quote(str(text))}" for name, text in options.items())
    authorization = f"Bearer {token}" if token else ""
    return answer(Asked(method=method, path=path, query=query, base=BASE, now=now, authorization=authorization))


def get(path: str, **options: Any) -> Any:
    """The document, of an answer that is none but 200."""
    given = ask(path, **options)
    assert given.status == 200, given.body
    return msgspec.json.decode(given.body)


def values(path: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(path, **options)["value"]
    return found


def ids(path: str, **options: Any) -> list[Any]:
    return [one["@iot.id"] for one in values(path, **options)]


def refused(path: str, **options: Any) -> str:
    """The message of a refusal 400."""
    given = ask(path, **options)
    document = msgspec.json.decode(given.body)
    assert (given.status, document["code"], document["type"]) == (400, 400, "error"), given.body
    message: str = document["message"]
    return message


def reading_token() -> str:
    return create_token(
        name="test", scopes=["context.read"], organisation=None, expires_at=None, created_by=None, now=NOW
    )[1]
