"""`/csourceSubscriptions`: who follows the registrations hears of their changes (ETSI GS CIM 009 V1.8.1, 5.11)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.kernel import clock
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.models import QueuedNotification, Subject, Subscription
from parvis.telemetry.context.tests.federating import REGISTRATIONS, URN, registration

pytestmark = pytest.mark.django_db

PATH = "/csourceSubscriptions"
SUBSCRIPTION = "urn:ngsi-ld:Subscription:sources"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    index.forget()
    yield
    index.forget()


def subscribed(**members: Any) -> None:
    document = {
        "id": SUBSCRIPTION,
        "type": "Subscription",
        "entities": [{"type": "OffStreetParking"}],
        "notification": {"endpoint": {"uri": "http://receiver.example/"}},
    } | members
    answer = ask("POST", PATH, document)
    assert answer.status == 201, answer.json
    assert answer.headers["Location"].endswith(f"{PATH}/{SUBSCRIPTION}")


def told() -> list[tuple[str, list[str]]]:
    """Reason and ids of each notification in the queue, which is emptied."""
    rows = list(QueuedNotification.objects.order_by("id"))
    QueuedNotification.objects.all().delete()
    contents = [json.loads(row.content) for row in rows]
    assert all(content.keys() == {"data", "triggerReason"} for content in contents)
    return [(content["triggerReason"], [one["id"] for one in content["data"]]) for content in contents]


def register(**members: Any) -> None:
    assert ask("POST", REGISTRATIONS, registration(**members)).status == 201


def test_the_life_of_a_registration_is_told() -> None:
    subscribed()
    assert told() == []

    register()
    assert told() == [("newlyMatching", [URN])]

    ask("PATCH", f"{REGISTRATIONS}/{URN}", {"description": "Parkings"})
    assert told() == [("updated", [URN])]

    ask("PATCH", f"{REGISTRATIONS}/{URN}", {"information": [{"entities": [{"type": "Lamp"}]}]})
    assert told() == [("noLongerMatching", [URN])]

    ask("PATCH", f"{REGISTRATIONS}/{URN}", {"description": "Lampadaires"})
    assert told() == []

    ask("PATCH", f"{REGISTRATIONS}/{URN}", {"information": [{"entities": [{"type": "OffStreetParking"}]}]})
    assert told() == [("newlyMatching", [URN])]

    ask("DELETE", f"{REGISTRATIONS}/{URN}")
    assert told() == [("noLongerMatching", [URN])]


def test_what_matches_already_is_told_at_once() -> None:
    register()
    register(id="urn:r:lamp", information=[{"entities": [{"type": "Lamp"}]}])

    subscribed()
    assert told() == [("newlyMatching", [URN])]

    ask("PATCH", f"{PATH}/{SUBSCRIPTION}", {"entities": [{"type": "Lamp"}]})
    assert told() == [("newlyMatching", ["urn:r:lamp"])]


def test_only_what_matches_of_its_information_is_told() -> None:
    subscribed()
    register(
        information=[
            {"entities": [{"type": "Lamp"}]},
            {"entities": [{"type": "OffStreetParking"}], "propertyNames": ["name"]},
        ]
    )

    (row,) = QueuedNotification.objects.all()

    (one,) = json.loads(row.content)["data"]
    assert one["information"] == [{"entities": [{"type": "OffStreetParking"}], "propertyNames": ["name"]}]
    assert row.urn == URN


@pytest.mark.parametrize(
    ("members", "told_of"),
    [
        ({}, True),
        ({"entities": [{"type": "Lamp"}]}, False),
        ({"entities": [{"type": "OffStreetParking", "id": "urn:p:1"}]}, True),
        ({"watchedAttributes": ["availableSpotNumber"]}, True),
        ({"watchedAttributes": ["colour"]}, False),
        ({"isActive": False}, False),
        ({"timeInterval": 60}, False),  # told in its time
        ({"csf": 'tenant=="parking"'}, True),
        ({"csf": 'tenant=="other"'}, False),
        ({"temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}}, False),  # not a temporal source
    ],
)
def test_who_is_told(members: dict[str, Any], told_of: bool) -> None:
    subscribed(**members)

    register(
        information=[{"entities": [{"type": "OffStreetParking"}], "propertyNames": ["availableSpotNumber"]}],
        tenant="parking",
    )

    assert bool(told()) is told_of


def test_temporal_sources_are_for_those_who_ask_for_time() -> None:
    subscribed()
    register(observationInterval={"startAt": "2025-01-01T00:00:00Z"})
    assert told() == []

    ask("PATCH", f"{PATH}/{SUBSCRIPTION}", {"temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}})
    assert told() == [("newlyMatching", [URN])]


def test_a_patch_without_context_speaks_the_words_of_the_subscription() -> None:
    context = {"Lamp": "https://a.example/Lamp", "OffStreetParking": "https://a.example/OffStreetParking"}
    made = ask("POST", "/jsonldContexts", {"@context": context})
    link = made.headers["Location"]
    document = {"id": SUBSCRIPTION, "type": "Subscription", "entities": [{"type": "OffStreetParking"}]}
    document["notification"] = {"endpoint": {"uri": "http://receiver.example/"}}
    assert ask("POST", PATH, document, link=link).status == 201
    register(information=[{"entities": [{"type": "https://a.example/Lamp"}]}])

    assert ask("PATCH", f"{PATH}/{SUBSCRIPTION}", {"entities": [{"type": "Lamp"}]}).status == 204
    assert told() == [("newlyMatching", [URN])]

    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
    assert ask("PATCH", f"{PATH}/{SUBSCRIPTION}", {"entities": [{"type": "Lamp"}]}, link=core).status == 204
    assert told() == []


def test_how_telling_fails_is_read_without_a_count_of_failures() -> None:
    subscribed()
    Subscription.objects.update(times_sent=1, times_failed=1, last_failure=clock.now())

    notification = ask("GET", f"{PATH}/{SUBSCRIPTION}").json["notification"]

    assert (notification["status"], notification["timesSent"]) == ("failed", 1)
    assert "lastFailure" in notification and "timesFailed" not in notification


def test_they_are_not_subscriptions_to_entities() -> None:
    subscribed()

    assert Subscription.objects.get().subject == Subject.SOURCES
    assert ask("GET", f"/subscriptions/{SUBSCRIPTION}").status == 404
    body = ask("GET", f"{PATH}/{SUBSCRIPTION}").json
    assert (body["status"], body["type"]) == ("active", "Subscription")
    assert body.keys().isdisjoint({"notificationTrigger", "jsonldContext"})
    assert [one["id"] for one in ask("GET", PATH).json] == [SUBSCRIPTION]


def test_deleted() -> None:
    subscribed()

    assert ask("DELETE", f"{PATH}/{SUBSCRIPTION}").status == 204
    assert ask("GET", f"{PATH}/{SUBSCRIPTION}").status == 404
    assert ask("DELETE", f"{PATH}/{SUBSCRIPTION}").status == 404
    assert ask("DELETE", f"{PATH}/").status == 405


def test_identity() -> None:
    mine = ask("GET", "/info/sourceIdentity").json

    assert mine["type"] == "ContextSourceIdentity"
    assert mine["contextSourceUptime"].startswith("P")
    assert mine["contextSourceTimeAt"].endswith("Z")
    assert mine["contextSourceAlias"] == ask("GET", "/info/sourceIdentity").json["contextSourceAlias"]
    ask("POST", REGISTRATIONS, registration(), headers={"NGSILD-Tenant": "voisins"})
    other = ask("GET", "/info/sourceIdentity", headers={"NGSILD-Tenant": "voisins"}).json
    assert other["contextSourceAlias"] != mine["contextSourceAlias"]


def test_who_the_broker_is_depends_on_no_tenant_being_there() -> None:
    first, second = (
        ask("GET", "/info/sourceIdentity", headers={"NGSILD-Tenant": name}).json for name in ("nord", "sud")
    )

    assert first["contextSourceAlias"] != second["contextSourceAlias"]
    assert ask("GET", "/entities?local=true", headers={"NGSILD-Tenant": "nord"}).status == 404
