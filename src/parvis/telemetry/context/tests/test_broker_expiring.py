"""Things that last only so long (ETSI GS CIM 009 V1.9.1, `expiresAt`)."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.kernel import clock
from parvis.telemetry.context.attributes import instances_of, instant_text
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.jobs import remove_expired, remove_expired_attributes
from parvis.telemetry.context.models import Entity

pytestmark = pytest.mark.django_db

URN = "urn:ngsi-ld:Event:1"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_FORGET_WITH_ENTITY = False


def event(in_s: float) -> dict[str, Any]:
    ends = instant_text(clock.now() + timedelta(seconds=in_s))
    return {"id": URN, "type": "Event", "expiresAt": ends, "guests": {"type": "Property", "value": 3}}


def test_an_expired_thing_is_no_more_and_its_name_is_free() -> None:
    assert ask("POST", "/entities", event(in_s=-1)).status == 201
    assert ask("GET", f"/entities/{URN}").status == 404
    assert ask("PATCH", f"/entities/{URN}/attrs", {"guests": 4}).status == 404
    assert ask("POST", "/entities", event(in_s=60)).status == 201
    assert ask("GET", f"/entities/{URN}").status == 200


def test_the_job_removes_it_and_keeps_its_history() -> None:
    ask("POST", "/entities", event(in_s=-1))
    assert remove_expired(clock.now()) == 1
    assert not Entity.of_every_tenant.filter(urn=URN).exists()
    assert ask("GET", f"/temporal/entities/{URN}").json["guests"][0]["value"] == 3
    assert remove_expired(clock.now()) == 0


def test_what_has_not_expired_stays() -> None:
    ask("POST", "/entities", event(in_s=60))
    assert remove_expired(clock.now()) == 0
    assert ask("GET", f"/entities/{URN}").status == 200


def test_the_job_takes_expired_attributes_out_of_their_things() -> None:
    ends = instant_text(clock.now() + timedelta(seconds=60))
    transient = {"type": "Property", "value": 1, "expiresAt": ends}
    several = [transient, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}]
    thing = {
        "id": URN,
        "type": "Event",
        "guests": transient,
        "places": several,
        "name": {"type": "Property", "value": 1},
    }
    assert ask("POST", "/entities", thing).status == 201
    assert remove_expired_attributes(clock.now()) == 0
    later = clock.now() + timedelta(seconds=61)
    assert remove_expired_attributes(later) == 1
    kept = Entity.of_every_tenant.get(urn=URN).attributes
    assert kept.keys() == {"places", "name"}
    assert [one.get("datasetId") for one in instances_of(kept["places"])] == ["urn:d:1"]
    assert remove_expired_attributes(later) == 0
