"""`/subscriptions`: what is taken, what is refused, how it is read again (ETSI GS CIM 009 V1.8.1, 5.8)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.jsonld.core import CORE_URL
from parvis.telemetry.context.models import Subscription
from parvis.telemetry.context.tests.elsewhere import Elsewhere, elsewhere
from parvis.telemetry.context.tests.subscribing import URN, document, patch, read, subscribe

pytestmark = pytest.mark.django_db

MISSING = object()


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


@pytest.fixture(name="elsewhere")
def _elsewhere() -> Iterator[Elsewhere]:
    with elsewhere() as made:
        yield made


def test_what_is_given_is_read_again_with_its_status_and_triggers() -> None:
    given = document(
        subscriptionName="Free places",
        description="…",
        watchedAttributes=["free"],
        q="free<5",
        geoQ={"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [5.04, 47.32]},
        scopeQ="/Dijon/#",
        lang="fr",
        datasetId=["urn:ngsi-ld:Dataset:1", "@none"],
        throttling=5,
        expiresAt="2040-01-01T00:00:00Z",
        notification={"format": "concise", "attributes": ["free", "name"], "sysAttrs": True, "showChanges": True},
        endpoint={
            "accept": "application/ld+json",
            "timeout": 500,
            "cooldown": 1000,
            "receiverInfo": [{"key": "X-Key", "value": "secret"}],
        },
    )
    created = ask("POST", "/subscriptions", given)
    assert (created.status, created.json, created.headers["Location"]) == (
        201,
        None,
        f"/ngsi-ld/v1/subscriptions/{URN}",
    )
    assert read() == given | {"status": "active", "notificationTrigger": ["attributeCreated", "attributeUpdated"]}


def test_an_id_is_made_for_who_gives_none() -> None:
    urn = subscribe(id=None)
    assert urn.startswith("urn:ngsi-ld:Subscription:")
    assert read(urn)["id"] == urn


def test_an_id_is_taken_once() -> None:
    subscribe()
    again = ask("POST", "/subscriptions", document())
    assert (again.status, again.json["type"].rpartition("/")[2]) == (409, "AlreadyExists")


@pytest.mark.parametrize(
    "members",
    [
        {"type": None},
        {"type": "Alarm"},
        {"id": ""},
        {"id": "not a uri"},
        {"id": 7},
        {"entities": None},  # nor watchedAttributes
        {"entities": []},
        {"entities": [{}]},
        {"entities": [{"id": "urn:ngsi-ld:Building:1"}]},  # the type is mandatory
        {"entities": [{"type": "Building", "id": "no uri"}]},
        {"entities": [{"type": "Building", "idPattern": "("}]},
        {"entities": [{"type": "(Building"}]},
        {"watchedAttributes": []},
        {"watchedAttributes": "free"},
        {"watchedAttributes": ["4free"]},
        {"notificationTrigger": ["somethingElse"]},
        {"notificationTrigger": []},
        {"timeInterval": 0},
        {"timeInterval": -5},
        {"timeInterval": True},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 5, "watchedAttributes": ["free"]},
        {"throttling": -1},
        {"q": "free=="},
        {"q": ""},
        {"q": "free\0"},
        {"geoQ": {"georel": "near"}},
        {"geoQ": {"georel": "near;maxDistance==2", "geometry": "Point", "coordinates": [[1, 2]]}},
        {"geoQ": []},
        {"scopeQ": "/(A"},
        {"csf": "a=="},
        {"lang": 7},
        {"datasetId": []},
        {"datasetId": ["no uri"]},
        {"isActive": "yes"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"jsonldContext": "no uri"},
        {"notification": {"endpoint": MISSING}},
        {"notification": {"endpoint": {}}},
        {"notification": {"format": "verbose"}},
        {"notification": {"attributes": []}},
        {"notification": {"pick": [], "omit": ["free"]}},
        {"notification": {"pick": ["free"], "omit": ["free"]}},
        {"notification": {"attributes": ["free"], "pick": ["free"]}},
        {"notification": {"showChanges": True, "format": "keyValues"}},
        {"notification": {"join": "sideways"}},
        {"notification": {"join": "flat", "joinLevel": 0}},
        {"endpoint": {"uri": "ftp://example.org/"}},
        {"endpoint": {"uri": "notify"}},
        {"endpoint": {"uri": "mqtt://127.0.0.1"}},  # no topic
        {"endpoint": {"uri": "mqtt://127.0.0.1/a/#"}},
        {"endpoint": {"uri": "http://10.0.0.1/"}},  # private, and not allowed here
        {"endpoint": {"accept": "text/html"}},
        {"endpoint": {"timeout": 0}},
        {"endpoint": {"receiverInfo": [{"key": "X-Key"}]}},
        {"endpoint": {"receiverInfo": [{"key": "X-Key", "value": 7}]}},
        {"endpoint": {"receiverInfo": [{"key": "X-Key", "value": "a\r\nHost: b"}]}},
        {"endpoint": {"notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]}},
        {"endpoint": {"notifierInfo": [{"key": "MQTT-Version", "value": "mqtt4"}]}},
    ],
)
def test_what_is_refused(members: dict[str, Any]) -> None:
    given = document(**members)
    given["notification"] = {name: one for name, one in given["notification"].items() if one is not MISSING}
    told = ask("POST", "/subscriptions", given)
    assert told.status == 400 and told.json["type"].endswith("/BadRequestData"), told
    assert not Subscription.objects.exists()


def test_an_empty_object_is_bad_data_and_no_body_an_invalid_request() -> None:
    assert ask("POST", "/subscriptions", {}).json["type"].endswith("BadRequestData")
    assert ask("POST", "/subscriptions", raw=b"").json["type"].endswith("InvalidRequest")


def test_only_what_a_client_may_say_is_kept() -> None:
    subscribe(status="expired", timesSent=7, unheard="of", notification={"timesSent": 7, "lastSuccess": "never"})
    shown = read()
    assert shown["status"] == "active"
    assert "timesSent" not in shown and "unheard" not in shown and shown["notification"].keys() == {"endpoint"}


def test_names_are_those_of_the_reader(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": {"Building": "https://u.example/B", "free": "https://u.example/f"}})
    given = document(watchedAttributes=["free"], notification={"attributes": ["free"]})
    assert ask("POST", "/subscriptions", given, link=url).status == 201
    other = read()
    assert other["entities"] == [{"type": "https://u.example/B"}]
    assert other["watchedAttributes"] == other["notification"]["attributes"] == ["https://u.example/f"]
    own = read(link=url)
    assert (own["entities"], own["watchedAttributes"]) == ([{"type": "Building"}], ["free"])


def test_a_context_of_its_own_must_be_one(elsewhere: Elsewhere) -> None:
    elsewhere.give("/none.jsonld", {"no": "context"})
    for path, status in (("/none.jsonld", 400), ("/away.jsonld", 503)):
        told = ask("POST", "/subscriptions", document(jsonldContext=f"{elsewhere.url}{path}"))
        assert told.status == status, told


def test_an_inline_context_is_named_by_the_address_it_is_given(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": {"free": "https://u.example/f"}})
    for number, context, inline in ((1, [url, {"Building": "https://u.example/B"}], True), (2, [url, CORE_URL], False)):
        given = document(id=f"urn:ngsi-ld:Subscription:{number}") | {"@context": context}
        assert ask("POST", "/subscriptions", given, content="application/ld+json").status == 201
        shown = read(given["id"])
        assert ("jsonldContext" in shown) is inline
    address = read()["jsonldContext"]
    path = address[address.index("/jsonldContexts/") :]
    assert ask("GET", path).json == {"@context": [url, {"Building": "https://u.example/B"}]}
    assert read(link=address)["entities"] == [{"type": "Building"}]


def test_the_list_is_paged_and_counted() -> None:
    for number in range(3):
        subscribe(id=f"urn:ngsi-ld:Subscription:{number}")
    page = ask("GET", "/subscriptions", query={"limit": "2", "count": "true"})
    assert [one["id"][-1] for one in page.json] == ["0", "1"]
    assert page.headers["NGSILD-Results-Count"] == "3"
    assert 'rel="next"' in page.headers["Link"]
    rest = ask("GET", "/subscriptions", query={"limit": "2", "offset": "2"})
    assert [one["id"][-1] for one in rest.json] == ["2"]
    assert 'rel="prev"' in rest.headers["Link"] and 'rel="next"' not in rest.headers["Link"]


def test_system_attributes_on_demand() -> None:
    subscribe()
    assert "createdAt" not in read()
    assert {"createdAt", "modifiedAt"} <= read(query={"options": "sysAttrs"}).keys()


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_and_malformed_ids(method: str) -> None:
    body = {"description": "x"} if method == "PATCH" else None
    assert ask(method, "/subscriptions/urn:ngsi-ld:Subscription:none", body).status == 404
    assert ask(method, "/subscriptions/nothing", body).status == 400


def test_tenants_see_their_own() -> None:
    subscribe()
    assert ask("GET", f"/subscriptions/{URN}", headers={"NGSILD-Tenant": "other"}).status == 404
    assert ask("POST", "/subscriptions", document(), headers={"NGSILD-Tenant": "other"}).status == 201
    assert ask("DELETE", f"/subscriptions/{URN}", headers={"NGSILD-Tenant": "other"}).status == 204
    assert read()["id"] == URN


def test_deleted_it_is_gone() -> None:
    subscribe()
    assert ask("DELETE", f"/subscriptions/{URN}").status == 204
    assert ask("GET", f"/subscriptions/{URN}").status == 404


def test_a_patch_changes_what_it_names() -> None:
    subscribe(description="before", q="free>1")
    assert patch({"description": "after", "watchedAttributes": ["name"]}).status == 204
    shown = read()
    assert (shown["description"], shown["watchedAttributes"], shown["q"]) == ("after", ["name"], "free>1")


@pytest.mark.parametrize("null", [None, "urn:ngsi-ld:null"])
def test_null_takes_a_member_away(null: str | None) -> None:
    subscribe(description="before", throttling=5)
    assert patch({"description": null, "throttling": null}).status == 204
    assert not {"description", "throttling"} & read().keys()


@pytest.mark.parametrize(
    "fragment",
    [
        {"notification": None},
        {"entities": None},
        {"id": None},
        {"type": "Alarm"},
        {"q": "=="},
        {"timeInterval": 5, "throttling": 5},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"notification": {"endpoint": {"uri": "nowhere"}}},
        {"notification": {"endpoint": None}},
        {},
    ],
)
def test_patches_that_are_refused(fragment: dict[str, Any]) -> None:
    subscribe()
    before = read()
    assert patch(fragment).status == 400
    assert read() == before


def test_a_notification_without_endpoint_is_merged_and_one_with_it_replaces() -> None:
    subscribe(notification={"attributes": ["free"], "format": "concise"})
    patch({"notification": {"format": "normalized", "attributes": None}})
    assert read()["notification"].keys() == {"endpoint", "format"}
    patch({"notification": {"endpoint": {"uri": "http://127.0.0.1:8/other"}}})
    assert read()["notification"] == {"endpoint": {"uri": "http://127.0.0.1:8/other"}}


def test_names_of_a_patch_are_those_of_its_own_context(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": {"free": "https://u.example/f"}})
    assert ask("POST", "/subscriptions", document(watchedAttributes=["free"]), link=url).status == 201
    patch({"watchedAttributes": ["free"]})
    assert read()["watchedAttributes"] == ["free"]
    assert read(link=url)["watchedAttributes"] == ["ngsi-ld:default-context/free"]


def test_paused_resumed_expired() -> None:
    subscribe(isActive=False)
    assert (read()["status"], read()["isActive"]) == ("paused", False)
    patch({"isActive": True, "expiresAt": "2040-01-01T00:00:00Z"})
    assert read()["status"] == "active"
    Subscription.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert read()["status"] == "expired"
    patch({"expiresAt": "2041-01-01T00:00:00Z"})
    assert read()["status"] == "active"


def test_paths_and_parameters() -> None:
    subscribe()
    assert ask("GET", "/subscriptions/").status == 200
    assert ask("DELETE", "/subscriptions/").status == 405
    assert ask("PATCH", "/subscriptions/", {"q": "a"}).status == 405
    assert ask("GET", f"/subscriptions/{URN}", query={"attrs": "a"}).json["type"].endswith("InvalidRequest")
    assert ask("GET", f"/subscriptions/{URN}", accept="application/geo+json").status == 406
