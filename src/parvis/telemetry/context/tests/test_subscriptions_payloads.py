"""What a subscriber is told: the form of notifications (ETSI GS CIM 009 V1.8.1, 5.3.1, 5.8.6, 6.3.8)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_metropolis
from parvis.kernel import clock
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.jsonld.core import CORE_URL
from parvis.telemetry.context.models import Subscription
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, touch
from parvis.telemetry.context.tests.elsewhere import Elsewhere, elsewhere
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.context.tests.subscribing import (
    URN,
    building,
    change,
    data,
    forget_queue,
    queued,
    subscribe,
    told,
)

pytestmark = pytest.mark.django_db

NULL = "urn:ngsi-ld:null"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


@pytest.fixture(name="elsewhere")
def _elsewhere() -> Iterator[Elsewhere]:
    with elsewhere() as made:
        yield made


def ready(**members: Any) -> None:
    """Subscribed to things that exist already."""
    subscribe(**members)
    forget_queue()


def without_times(one: dict[str, Any]) -> dict[str, Any]:
    """Times are known to be there, and no more."""
    return {name: _without_time(name, value) for name, value in one.items()}


def _without_time(name: str, value: Any) -> Any:
    if name in ("createdAt", "modifiedAt", "deletedAt"):
        assert value.endswith("Z")
        return "T"
    return without_times(value) if isinstance(value, dict) else value


def test_the_whole_entity_in_a_notification() -> None:
    urn = building(free=1, name="Gare")
    ready()
    change(urn, free=2)
    payload = told()
    assert payload is not None
    document = payload.document
    assert document["id"].startswith("urn:ngsi-ld:Notification:")
    assert document["notifiedAt"].endswith("Z")
    assert {key: document[key] for key in document.keys() - {"id", "notifiedAt"}} == {
        "type": "Notification",
        "subscriptionId": URN,
        "data": [
            {
                "id": urn,
                "type": "Building",
                "free": {"type": "Property", "value": 2},
                "name": {"type": "Property", "value": "Gare"},
            }
        ],
    }
    assert payload.content_type == "application/json"
    assert dict(payload.headers)["Link"].startswith(f"<{CORE_URL}>; rel=")


def test_told_again_it_is_the_same_notification() -> None:
    ready()
    building(free=1)
    first, second = told(), told()
    assert first is not None and second is not None
    assert first.document["id"] == second.document["id"]


@pytest.mark.parametrize(
    ("notification", "expected"),
    [
        ({"format": "keyValues"}, {"free": 2, "name": "Gare"}),
        ({"format": "simplified", "attributes": ["name"]}, {"name": "Gare"}),
        ({"format": "concise"}, {"free": 2, "name": "Gare"}),
        ({"format": "concise", "omit": ["name"]}, {"free": 2}),
        ({"format": "concise", "showChanges": True}, {"free": {"value": 2, "previousValue": 1}, "name": "Gare"}),
    ],
)
def test_representations(notification: dict[str, Any], expected: dict[str, Any]) -> None:
    urn = building(free=1, name="Gare")
    ready(notification=notification)
    change(urn, free=2)
    assert data() == [{"id": urn, "type": "Building"} | expected]


def test_a_pick_may_leave_even_the_id_out() -> None:
    urn = building(free=1)
    ready(notification={"pick": ["free"], "format": "keyValues"})
    change(urn, free=2)
    assert data() == [{"free": 2}]


def test_system_attributes() -> None:
    urn = building(free=1)
    ready(notification={"sysAttrs": True})
    change(urn, free=2)
    times = {"createdAt": "T", "modifiedAt": "T"}
    assert [without_times(one) for one in data()] == [
        {"id": urn, "type": "Building", "free": {"type": "Property", "value": 2} | times} | times
    ]


def test_instances_and_languages() -> None:
    french = "urn:ngsi-ld:Dataset:french"
    names = [{"value": "tower"}, {"value": "tour", "datasetId": french}]
    urn = building(free=1, name=names, label={"languageMap": {"fr": "Tour", "en": "Tower"}})
    ready(datasetId=[french])
    change(urn, free=2)
    assert data() == [
        {"id": urn, "type": "Building", "name": {"type": "Property", "value": "tour", "datasetId": french}}
    ]
    ask("DELETE", f"/subscriptions/{URN}")
    ready(lang="fr", notification={"attributes": ["label"]})
    change(urn, free=3)
    assert data()[0]["label"] == {"type": "Property", "value": "Tour", "lang": "fr"}


def test_json_ld_holds_its_context_in_each_element(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": {"free": "https://u.example/f"}})
    urn = building(**{"https://u.example/f": 1})
    ready(jsonldContext=url, endpoint={"accept": "application/ld+json"}, notification={"format": "keyValues"})
    change(urn, **{"https://u.example/f": 2})
    payload = told()
    assert payload is not None
    assert payload.document["data"] == [{"id": urn, "type": "Building", "free": 2, "@context": url}]
    assert payload.content_type == "application/ld+json" and "Link" not in dict(payload.headers)


def test_json_is_in_the_words_of_the_context_it_was_made_with(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": {"free": "https://u.example/f"}})
    urn = building(**{"https://u.example/f": 1})
    given = {
        "id": URN,
        "type": "Subscription",
        "entities": [{"type": "Building"}],
        "notification": {"format": "keyValues", "endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    assert ask("POST", "/subscriptions", given, link=url).status == 201
    change(urn, **{"https://u.example/f": 2})
    payload = told()
    assert payload is not None
    assert payload.document["data"] == [{"id": urn, "type": "Building", "free": 2}]
    assert dict(payload.headers)["Link"].startswith(f"<{url}>")


def test_geojson() -> None:
    place = {"type": "Point", "coordinates": [5.0, 47.0]}
    urn = building(free=1, location=place)
    ready(endpoint={"accept": "application/geo+json"}, notification={"format": "keyValues"})
    change(urn, free=2)
    payload = told()
    assert payload is not None
    feature = {
        "id": urn,
        "type": "Feature",
        "geometry": place,
        "properties": {"type": "Building", "free": 2, "location": place},
    }
    assert payload.document["data"] == {"type": "FeatureCollection", "features": [feature], "@context": CORE_URL}


def test_headers_asked_for_and_the_tenant() -> None:
    ready(endpoint={"receiverInfo": [{"key": "Authorization", "value": "Bearer x"}, {"key": "Host", "value": "evil"}]})
    building(free=1)
    payload = told()
    assert payload is not None
    headers = dict(payload.headers)
    assert headers["Authorization"] == "Bearer x" and "Host" not in headers and "NGSILD-Tenant" not in headers


def test_a_deleted_attribute_is_null() -> None:
    urn = building(free=1, name={"languageMap": {"fr": "Gare"}}, owner={"object": "urn:ngsi-ld:Owner:1"})
    ready(notificationTrigger=["attributeDeleted"])
    for name, expected in (
        ("free", {"type": "Property", "value": NULL}),
        ("name", {"type": "LanguageProperty", "languageMap": {"@none": NULL}}),
        ("owner", {"type": "Relationship", "object": NULL}),
    ):
        ask("DELETE", f"/entities/{urn}/attrs/{name}")
        assert data()[0][name] == expected
        forget_queue()


def test_a_deleted_attribute_with_its_times_and_its_value_before() -> None:
    urn = building(free=1)
    ready(notificationTrigger=["attributeDeleted"], notification={"showChanges": True, "sysAttrs": True})
    ask("DELETE", f"/entities/{urn}/attrs/free")
    gone = without_times(data()[0]["free"])
    times = {"createdAt": "T", "modifiedAt": "T", "deletedAt": "T"}
    assert gone == {"type": "Property", "value": NULL, "previousValue": 1} | times


def test_one_instance_deleted_among_others() -> None:
    french, german = "urn:ngsi-ld:Dataset:fr", "urn:ngsi-ld:Dataset:de"
    urn = building(
        name=[{"value": "tower"}, {"value": "tour", "datasetId": french}, {"value": "Turm", "datasetId": german}]
    )
    ready(notificationTrigger=["attributeDeleted"], notification={"format": "keyValues"})
    ask("DELETE", f"/entities/{urn}/attrs/name", query={"datasetId": french})
    assert data()[0]["name"] == {"dataset": {"@none": "tower", german: "Turm", french: NULL}}
    forget_queue()
    ask("DELETE", f"/entities/{urn}/attrs/name", query={"deleteAll": "true"})
    assert data()[0]["name"] == NULL


def test_attributes_deleted_are_not_told_to_who_does_not_ask() -> None:
    urn = building(free=1, name="x")
    ready()
    ask("PATCH", f"/entities/{urn}/attrs", {"free": {"type": "Property", "value": NULL}, "name": "y"})
    assert data() == [{"id": urn, "type": "Building", "name": {"type": "Property", "value": "y"}}]


def test_a_deleted_entity() -> None:
    urn = building(free=1, scope="/A")
    ready(notificationTrigger=["entityDeleted"])
    ask("DELETE", f"/entities/{urn}")
    assert [without_times(one) for one in data()] == [{"id": urn, "type": "Building", "deletedAt": "T"}]


def test_a_deleted_entity_with_what_it_had() -> None:
    urn = building(free=1, name={"languageMap": {"fr": "Gare"}})
    ready(notificationTrigger=["entityDeleted"], notification={"showChanges": True})
    ask("DELETE", f"/entities/{urn}")
    assert [without_times(one) for one in data()] == [
        {
            "id": urn,
            "type": "Building",
            "deletedAt": "T",
            "free": {"type": "Property", "value": NULL, "previousValue": 1},
            "name": {"type": "LanguageProperty", "languageMap": NULL, "previousLanguageMap": {"fr": "Gare"}},
        }
    ]


def test_of_a_deleted_entity_the_watched_attributes() -> None:
    urn = building(free=1, name="x")
    ready(notificationTrigger=["attributeDeleted"], watchedAttributes=["name"], notification={"sysAttrs": True})
    ask("DELETE", f"/entities/{urn}")
    times = {"createdAt": "T", "modifiedAt": "T", "deletedAt": "T"}
    assert [without_times(one) for one in data()] == [
        {"id": urn, "type": "Building", "name": {"type": "Property", "value": NULL} | times} | times
    ]


def test_no_previous_values_of_what_is_new() -> None:
    ready(notification={"showChanges": True})
    urn = building(free=1)
    assert data() == [{"id": urn, "type": "Building", "free": {"type": "Property", "value": 1}}]


@pytest.mark.parametrize(
    ("kind", "before", "after", "previous"),
    [
        ("Relationship", {"object": "urn:a:1"}, {"object": "urn:a:2"}, {"previousObject": "urn:a:1"}),
        (
            "LanguageProperty",
            {"languageMap": {"fr": "a"}},
            {"languageMap": {"fr": "b"}},
            {"previousLanguageMap": {"fr": "a"}},
        ),
        ("VocabProperty", {"vocab": "a"}, {"vocab": "b"}, {"previousVocab": "a"}),
        ("JsonProperty", {"json": {"id": 1}}, {"json": {"id": 2}}, {"previousJson": {"id": 1}}),
        ("ListProperty", {"valueList": [1]}, {"valueList": [2]}, {"previousValueList": [1]}),
    ],
)
def test_previous_values_of_each_kind(
    kind: str, before: dict[str, Any], after: dict[str, Any], previous: dict[str, Any]
) -> None:
    urn = building(it={"type": kind} | before)
    ready(notification={"showChanges": True})
    change(urn, it={"type": kind} | after)
    assert data()[0]["it"] == {"type": kind} | after | previous


@pytest.mark.parametrize("join", ["flat", "inline"])
def test_linked_entities(join: str) -> None:
    owner = {"id": "urn:ngsi-ld:Owner:1", "type": "Owner", "name": "Ville"}
    assert ask("POST", "/entities", owner).status == 201
    urn = building(free=1, owner={"object": owner["id"]})
    ready(notification={"join": join, "format": "keyValues", "attributes": ["owner"]})
    change(urn, free=2)
    linking = {"id": urn, "type": "Building", "owner": owner["id"]}
    assert data() == ([linking, owner] if join == "flat" else [linking | {"owner": owner}])


def limited(**limits: Any) -> None:
    """A subscription made with a token of these limits."""
    subscribe()
    Subscription.objects.update(limits=limits, modified_at=clock.now())
    touch(SUBSCRIPTIONS)


def test_attributes_the_token_does_not_reach_are_not_told() -> None:
    limited(attributes=["free"])
    urn = building(free=1, secret=2)
    assert data() == [{"id": urn, "type": "Building", "free": {"type": "Property", "value": 1}}]
    forget_queue()
    change(urn, secret=3)
    assert queued() == []


def test_things_of_other_organisations_are_not_told() -> None:
    dijon, longvic = make_metropolis(), make_commune_organisation()
    limited(organisations=[dijon.pk])
    make_entity("urn:ngsi-ld:Building:1", type="Building", organisation_id=dijon.pk, level=1)
    make_entity("urn:ngsi-ld:Building:2", type="Building", organisation_id=longvic.pk, level=1)
    forget_queue()
    change("urn:ngsi-ld:Building:1", free=2)
    change("urn:ngsi-ld:Building:2", free=2)
    assert [one["id"][-1] for one in data()] == ["1"]
