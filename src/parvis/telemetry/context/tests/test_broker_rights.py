"""Who may do what through the broker: tokens with scopes and limits, and what is public."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from parvis.foundations.identity.services import create_token
from parvis.foundations.identity.tokens import forget
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_service
from parvis.kernel import clock
from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context.broker import rights
from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.context.tests.federating import REGISTRATIONS, registration, stub_source

pytestmark = pytest.mark.django_db

LIGHT = "urn:ngsi-ld:Streetlight:1"


@pytest.fixture(autouse=True)
def _things(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public type with a personal attribute, and one that is not public."""

    def kind(name: str, *, public: bool) -> EntityType:
        return EntityType(
            name=name,
            label=name,
            plural=name,
            icon="box",
            colour="#000000",
            attributes=(AttributeSpec(name="keeper", label="keeper", personal=True),),
            state=lambda attributes: ThingState.UNKNOWN,
            public=public,
        )

    kinds = {"Streetlight": kind("Streetlight", public=True), "Safe": kind("Safe", public=False)}
    monkeypatch.setattr(rights, "entity_types", lambda: kinds)
    for remembered in (rights.public_types, rights.personal_attributes):
        remembered.cache_clear()
    forget()
    yield
    for remembered in (rights.public_types, rights.personal_attributes):
        remembered.cache_clear()


def secret(*scopes: str, organisation: Organisation | None = None, **limits: list[str]) -> str:
    now = clock.now()
    return create_token(
        name="test",
        scopes=[f"context.{scope}" for scope in scopes],
        organisation=organisation,
        expires_at=now + timedelta(days=1),
        created_by=None,
        now=now,
        limits=limits,
    )[1]


def asked(token: str, method: str, path: str, body: Any = None, **more: Any) -> Told:
    return ask(method, path, body, headers={"authorization": f"Bearer {token}"}, **more)


def light(number: int = 1, type_: str = "Streetlight", **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:{type_}:{number}",
        "type": type_,
        "powerState": {"type": "Property", "value": "on"},
        "keeper": {"type": "Property", "value": "Camille"},
    } | more


def test_without_a_token_only_public_things_are_read_and_nothing_is_written() -> None:
    token = secret("write")
    assert asked(token, "POST", "/entities", light()).status == 201
    assert asked(token, "POST", "/entities", light(type_="Safe")).status == 201
    assert ask("POST", "/entities", light(2)).status == 401
    assert ask("DELETE", f"/entities/{LIGHT}").status == 401
    assert ask("GET", f"/entities/{LIGHT}").status == 200
    assert ask("GET", "/entities/urn:ngsi-ld:Safe:1").status == 404
    assert [one["id"] for one in ask("GET", "/entities", query={"local": "true"}).json] == [LIGHT]
    assert ask("GET", "/entities", query={"type": "Safe", "count": "true"}).headers["NGSILD-Results-Count"] == "0"
    assert ask("GET", "/subscriptions").status == 401
    assert ask("GET", "/entities", query={"type": "Streetlight"}, headers={"ngsild-tenant": "other"}).status == 401


def test_a_personal_attribute_never_leaves() -> None:
    token = secret("write", "read")
    asked(token, "POST", "/entities", light())
    for told in (ask("GET", f"/entities/{LIGHT}"), asked(token, "GET", f"/entities/{LIGHT}")):
        assert "keeper" not in told.json
    assert asked(token, "GET", "/entities", query={"type": "Streetlight", "q": 'keeper=="Camille"'}).json == []


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("read", "GET", "/entities?type=Safe", True),
        ("read", "POST", "/entities", False),
        ("write", "POST", "/entities", True),
        ("write", "GET", "/subscriptions", False),
        ("subscribe", "GET", "/subscriptions", True),
        ("register", "GET", "/subscriptions", False),
    ],
)
def test_scopes(scope: str, method: str, path: str, allowed: bool) -> None:
    path, _, query = path.partition("?")
    told = asked(
        secret(scope),
        method,
        path,
        light(9) if method == "POST" else None,
        query=dict([query.split("=")]) if query else {},
    )
    assert (told.status != 401) is allowed, told


def test_unknown_and_expired_tokens() -> None:
    assert asked("pv_nonsense", "GET", f"/entities/{LIGHT}").status == 401
    assert "WWW-Authenticate" in asked("", "POST", "/entities", light()).headers


def test_a_token_limited_to_types() -> None:
    token = secret("read", "write", types=["Streetlight"])
    assert asked(token, "POST", "/entities", light()).status == 201
    assert asked(token, "POST", "/entities", light(type_="Safe")).status == 403
    make_entity(urn="urn:ngsi-ld:Safe:7", type="Safe")
    assert asked(token, "GET", "/entities/urn:ngsi-ld:Safe:7").status == 404
    assert asked(token, "DELETE", "/entities/urn:ngsi-ld:Safe:7").status == 404
    assert asked(token, "PATCH", "/entities/urn:ngsi-ld:Safe:7/attrs", {"colour": "red"}).status == 404


def test_a_token_limited_to_attributes() -> None:
    asked(secret("write"), "POST", "/entities", light(colour={"type": "Property", "value": "grey"}))
    token = secret("read", "write", attributes=["powerState"])
    assert asked(token, "GET", f"/entities/{LIGHT}").json.keys() == {"id", "type", "powerState"}
    assert asked(token, "PATCH", f"/entities/{LIGHT}/attrs", {"colour": "red"}).status == 403
    assert asked(token, "PATCH", f"/entities/{LIGHT}/attrs/powerState", {"value": "off"}).status == 204
    assert asked(token, "DELETE", f"/entities/{LIGHT}").status == 403  # it would delete what the token does not reach


def test_a_token_limited_to_areas() -> None:
    for number, commune in ((5, "21231"), (6, "21540")):
        make_entity(urn=f"urn:ngsi-ld:Streetlight:{number}", type="Streetlight")
        Entity.objects.filter(urn=f"urn:ngsi-ld:Streetlight:{number}").update(area_code=commune)
    token = secret("read", "write", areas=["21231"])
    assert asked(token, "GET", "/entities/urn:ngsi-ld:Streetlight:5").status == 200
    assert asked(token, "GET", "/entities/urn:ngsi-ld:Streetlight:6").status == 404
    found = asked(token, "GET", "/entities", query={"type": "Streetlight"}).json
    assert [one["id"] for one in found] == ["urn:ngsi-ld:Streetlight:5"]
    assert asked(token, "PATCH", "/entities/urn:ngsi-ld:Streetlight:6/attrs", {"colour": "red"}).status == 404


def test_a_token_of_an_organisation_reaches_its_things_and_those_of_its_services() -> None:
    operator, other = make_commune_organisation(), make_commune_organisation()
    service = make_service(operator)
    token = secret("read", "write", "subscribe", organisation=operator)
    assert asked(token, "POST", "/entities", light(1)).status == 201
    make_entity(urn="urn:ngsi-ld:Streetlight:2", type="Streetlight", organisation_id=service.pk)
    make_entity(urn="urn:ngsi-ld:Streetlight:3", type="Streetlight", organisation_id=other.pk)
    make_entity(urn="urn:ngsi-ld:Streetlight:4", type="Streetlight")
    found = asked(token, "GET", "/entities", query={"type": "Streetlight", "count": "true"})
    assert [one["id"] for one in found.json] == ["urn:ngsi-ld:Streetlight:1", "urn:ngsi-ld:Streetlight:2"]
    assert found.headers["NGSILD-Results-Count"] == "2"
    assert asked(token, "GET", "/types/Streetlight").json["entityCount"] == 2
    for hidden in ("3", "4"):
        assert asked(token, "GET", f"/entities/urn:ngsi-ld:Streetlight:{hidden}").status == 404
        assert (
            asked(token, "PATCH", f"/entities/urn:ngsi-ld:Streetlight:{hidden}/attrs", {"colour": "red"}).status == 404
        )
        assert asked(token, "GET", f"/temporal/entities/urn:ngsi-ld:Streetlight:{hidden}").status == 404
    assert Entity.objects.get(urn=LIGHT).organisation_id == operator.pk


def test_a_limited_token_writes_and_counts_nothing_through_us_at_a_neighbour(settings: Any) -> None:
    """What a neighbour holds has no owner and no commune here: our right to write there is not the token's."""
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    theirs = "urn:ngsi-ld:Streetlight:9"
    with stub_source() as neighbour:
        neighbour.reply("DELETE", f"/ngsi-ld/v1/entities/{theirs}", 204)
        source = registration(
            endpoint=neighbour.address,
            mode="redirect",
            operations=["redirectionOps", "retrieveEntityTypes"],
            information=[{"entities": [{"type": "Streetlight"}]}],
        )
        index.forget()
        assert asked(secret("register"), "POST", REGISTRATIONS, source).status == 201
        for limits in ({"areas": ["21231"]}, {"types": ["Streetlight"]}, {"organisation": make_commune_organisation()}):
            token = secret("write", **limits)
            assert asked(token, "DELETE", f"/entities/{theirs}").status == 404
            assert asked(token, "POST", "/entityOperations/delete", [theirs]).json["success"] == []
        assert ask("GET", "/types").status == 200
        assert neighbour.lines == []
        assert asked(secret("write"), "DELETE", f"/entities/{theirs}").status == 204
        assert neighbour.lines == [f"DELETE /ngsi-ld/v1/entities/{theirs}"]
    index.forget()
