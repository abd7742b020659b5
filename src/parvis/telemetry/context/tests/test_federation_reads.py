"""Reading what this broker and context sources hold as one (ETSI GS CIM 009 V1.8.1, 4.3.6, 5.7.1, 5.7.2, 6.3.17, 6.3.18)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from time import monotonic
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import forwarding, index, remembering
from parvis.telemetry.context.federation.sources import seconds_of
from parvis.telemetry.context.tests.federating import REGISTRATIONS, StubSource, registration, stub_source

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    settings.PARVIS_BROKER_ALIAS = "metropolis"
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    forwarding.forget()
    yield
    index.forget()
    forwarding.forget()


@pytest.fixture
def source() -> Iterator[StubSource]:
    with stub_source() as stub:
        yield stub


def register(source: StubSource, information: list[dict[str, Any]] | None = None, **members: Any) -> None:
    document = registration(endpoint=source.address, information=information or [{"entities": [{"type": "Lamp"}]}])
    answer = ask("POST", REGISTRATIONS, document | members)
    assert answer.status == 201, answer.json


def lamp(urn: str = LAMP, **attributes: Any) -> dict[str, Any]:
    return {"id": urn, "type": "Lamp"} | attributes


def prop(value: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value} | members


def here(*entities: dict[str, Any]) -> None:
    for entity in entities:
        assert ask("POST", "/entities", entity, query={"local": "true"}).status == 201


def retrieve(urn: str = LAMP, **query: str) -> Told:
    return ask("GET", f"/entities/{urn}", query=query)


def queried(**query: str) -> Told:
    return ask("GET", "/entities", query={"type": "Lamp"} | query)


def ids(told: Told) -> list[str]:
    assert told.status == 200, told.json
    return [one["id"].rpartition(":")[2] for one in told.json]


# retrieving


def test_an_entity_elsewhere(source: StubSource) -> None:
    register(source)
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, lamp(power=prop(40)))

    told = retrieve()

    assert (told.status, told.json) == (200, lamp(power=prop(40)))
    assert "NGSILD-Warning" not in told.headers
    (asked,) = source.received
    assert asked.headers["via"] == "1.1 metropolis"
    assert asked.headers["accept"] == "application/json"
    assert "ngsi-ld-core-context" in asked.headers["link"]
    assert "ngsild-tenant" not in asked.headers


def test_nobody_is_asked_of_what_is_only_here(source: StubSource) -> None:
    register(source, [{"entities": [{"type": "Mast"}]}])
    here(lamp())

    assert queried().json == [lamp()]
    assert retrieve(local="true").status == 200
    assert source.received == []


def test_two_accounts_become_one(source: StubSource) -> None:
    register(source)
    here(
        lamp(
            power=prop(40, observedAt="2026-01-01T10:00:00Z"),
            colour=prop("red", observedAt="2026-01-01T12:00:00Z"),
            name=prop("here"),
            only=prop(1),
        )
        | {"scope": "/A"}
    )
    theirs = lamp(
        power=prop(50, observedAt="2026-01-01T11:00:00Z"),
        colour=prop("blue", observedAt="2026-01-01T11:00:00Z"),
        name=prop("there"),
        other=[prop(1), prop(2, datasetId="urn:d:2")],
    ) | {"type": ["Lamp", "Device"], "scope": "/B"}
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, theirs)

    body = retrieve().json

    assert body["type"] == ["Lamp", "Device"]
    assert body["scope"] == ["/A", "/B"]
    assert body["power"]["value"] == 50  # observed later there
    assert body["colour"]["value"] == "red"  # observed later here
    assert body["name"]["value"] == "here"  # neither tells when
    assert body["only"] == prop(1)
    assert body["other"] == [prop(1), prop(2, datasetId="urn:d:2")]


def test_an_auxiliary_source_only_fills_gaps(source: StubSource) -> None:
    register(source, mode="auxiliary")
    here(lamp(power=prop(40)))
    theirs = lamp(power=prop(50, observedAt="2026-01-01T11:00:00Z"), colour=prop("blue"))
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, theirs)

    assert retrieve().json == lamp(power=prop(40), colour=prop("blue"))


def test_what_a_source_is_not_registered_for_is_not_taken_from_it(source: StubSource) -> None:
    register(source, [{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}])
    theirs = lamp(power=prop(40), name=prop("spy"))
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, theirs)
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&attrs=power", 200, [theirs, lamp("urn:m:1") | {"type": "Mast"}])

    assert retrieve().json == lamp(power=prop(40))
    assert queried().json == [lamp(power=prop(40))]


def test_only_what_the_client_wants_is_asked_for(source: StubSource) -> None:
    register(source)
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}?attrs=power", 200, lamp(power=prop(40)))

    assert retrieve(attrs="power").json == lamp(power=prop(40))
    assert retrieve(pick="power").json == {"power": prop(40)}
    assert retrieve(attrs="colour").status == 404


@pytest.mark.parametrize(
    ("operations", "method", "target"),
    [
        (["retrieveEntity"], "GET", f"/ngsi-ld/v1/entities/{LAMP}"),
        (["queryEntity"], "GET", f"/ngsi-ld/v1/entities?type=Lamp&id={LAMP}"),
        (["queryBatch"], "POST", "/ngsi-ld/v1/entityOperations/query"),
    ],
)
def test_a_source_is_asked_by_what_it_can_do(
    source: StubSource, operations: list[str], method: str, target: str
) -> None:
    register(source, operations=operations)
    source.reply(method, target, 200, lamp(power=prop(40)))  # a single object where an array is due

    assert retrieve().json == lamp(power=prop(40))
    assert source.lines == [f"{method} {target}"]
    if method == "POST":
        assert source.received[0].body == {"type": "Query", "entities": [{"type": "Lamp", "id": LAMP}]}


@pytest.mark.parametrize(
    ("status", "body", "warning"),
    [
        (403, None, "299"),
        (500, "oops", "299"),
        (200, "no json", "111"),
        (200, {"id": LAMP, "type": "Lamp", "power": {"type": "Property"}}, "111"),
        (200, [3], "111"),
        (508, None, "199"),
        (404, None, ""),
    ],
)
def test_what_fails_is_told_and_the_rest_is_answered(source: StubSource, status: int, body: Any, warning: str) -> None:
    register(source)
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", status, body)
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", status, body)

    told = retrieve()
    assert told.status == 404
    assert told.headers.get("NGSILD-Warning", "")[:3] == warning
    if warning:
        assert "metropolis" in told.headers["NGSILD-Warning"]

    here(lamp(power=prop(1)))
    told = queried()
    assert (told.status, told.json) == (200, [lamp(power=prop(1))])
    assert told.headers.get("NGSILD-Warning", "")[:3] == warning


def test_one_that_is_not_there(source: StubSource) -> None:
    register(source, endpoint="http://127.0.0.1:9")
    here(lamp())

    told = retrieve()

    assert told.status == 200
    assert told.headers["NGSILD-Warning"].startswith("199 metropolis")


def test_one_that_is_too_slow_and_then_left_alone(source: StubSource) -> None:
    register(source, management={"timeout": 100, "cooldown": 60_000})
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, lamp(), after_s=5)

    assert retrieve().headers["NGSILD-Warning"].startswith("199")
    assert retrieve().headers["NGSILD-Warning"].startswith("199")
    assert len(source.received) == 1
    body = ask("GET", f"{REGISTRATIONS}/{registration()['id']}").json
    assert (body["status"], body["timesSent"], body["timesFailed"]) == ("failed", 1, 1)
    assert "lastFailure" in body


def test_a_private_address_is_not_called(source: StubSource, settings: Settings) -> None:
    settings.PARVIS_OUTGOING_ALLOWED = []
    register(source)

    assert retrieve().headers["NGSILD-Warning"].startswith("199")
    assert source.received == []


# headers


def test_tenant_and_pairs_of_a_registration(source: StubSource) -> None:
    register(
        source,
        tenant="parking",
        management={"localOnly": True},
        contextSourceInfo=[
            {"key": "Authorization", "value": "Bearer x"},
            {"key": "X-Trace", "value": "urn:ngsi-ld:request"},
            {"key": "X-Absent", "value": "urn:ngsi-ld:request"},
            {"key": "Via", "value": "1.1 spoof"},
        ],
    )

    ask("GET", f"/entities/{LAMP}", headers={"X-Trace": "7", "Via": "1.1 first"})

    (asked,) = source.received
    assert asked.target == f"/ngsi-ld/v1/entities/{LAMP}?local=true"
    assert asked.headers["ngsild-tenant"] == "parking"
    assert asked.headers["authorization"] == "Bearer x"
    assert asked.headers["x-trace"] == "7"
    assert "x-absent" not in asked.headers
    assert asked.headers["via"] == "1.1 first, 1.1 metropolis"


def test_the_tenant_of_the_client_stays_here(source: StubSource) -> None:
    headers = {"NGSILD-Tenant": "north"}
    document = registration(endpoint=source.address, information=[{"entities": [{"type": "Lamp"}]}])
    ask("POST", REGISTRATIONS, document, headers=headers)

    ask("GET", f"/entities/{LAMP}", headers=headers)

    assert "ngsild-tenant" not in source.received[0].headers


def test_names_are_those_of_the_client(source: StubSource, db: None) -> None:
    context = {"Luminaire": "https://x.example/Luminaire", "watts": "https://x.example/watts"}
    hosted = ask("POST", "/jsonldContexts", {"@context": context}).headers["Location"]
    link = hosted if hosted.startswith("http") else "http://127.0.0.1:8000" + hosted
    document = registration(
        endpoint=source.address,
        information=[
            {"entities": [{"type": "https://x.example/Luminaire"}], "propertyNames": ["https://x.example/watts"]}
        ],
    )
    assert ask("POST", REGISTRATIONS, document).status == 201
    source.reply(
        "GET",
        "/ngsi-ld/v1/entities?type=Luminaire&attrs=watts",
        200,
        [{"id": LAMP, "type": "Luminaire", "watts": prop(40)}],
    )

    told = ask("GET", "/entities", query={"type": "Luminaire"}, link=link)

    assert told.json == [{"id": LAMP, "type": "Luminaire", "watts": prop(40)}]
    assert link.rpartition("/")[2] in source.received[0].headers["link"]


# loops


def test_a_request_that_came_back_is_answered_from_here(source: StubSource) -> None:
    register(source)
    here(lamp())

    told = ask("GET", "/entities", query={"type": "Lamp"}, headers={"Via": "1.1 metropolis, 1.1 neighbour"})

    assert (told.status, told.json) == (200, [lamp()])
    assert told.headers["NGSILD-Warning"].startswith("199")
    assert source.received == []


def test_a_source_that_it_comes_from_is_not_asked(source: StubSource) -> None:
    register(source, contextSourceAlias="neighbour")
    here(lamp())

    told = ask("GET", f"/entities/{LAMP}", headers={"Via": "1.1 neighbour"})

    assert told.status == 200
    assert source.received == []


# querying


def test_entities_of_all(source: StubSource) -> None:
    register(source)
    here(lamp("urn:l:1", power=prop(1)), lamp("urn:l:2", power=prop(2)))
    theirs = [lamp("urn:l:2", colour=prop("red")), lamp("urn:l:3")]
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", 200, theirs)

    told = queried()

    assert ids(told) == ["1", "2", "3"]
    assert told.json[1] == lamp("urn:l:2", power=prop(2), colour=prop("red"))


@pytest.mark.parametrize(
    ("information", "query", "target"),
    [
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp"}, "?type=Lamp"),
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp,Mast"}, "?type=Lamp"),
        (
            [{"entities": [{"type": "Lamp", "id": LAMP}], "propertyNames": ["power"]}],
            {"type": "Lamp"},
            f"?type=Lamp&id={LAMP}&attrs=power",
        ),
        ([{"entities": [{"type": "Lamp", "idPattern": "Lamp:1"}]}], {"type": "Lamp"}, "?type=Lamp"),
        (
            [{"entities": [{"type": "Lamp", "idPattern": "Lamp:1"}]}],
            {"type": "Lamp", "id": f"{LAMP},urn:other:2"},
            f"?type=Lamp&id={LAMP}",
        ),
        ([{"entities": [{"type": "Lamp"}]}], {"attrs": "power"}, "?type=Lamp&attrs=power"),
        ([{"propertyNames": ["power"]}], {"type": "Lamp"}, "?type=Lamp&attrs=power"),
        (
            [{"entities": [{"type": "Lamp"}]}],
            {"type": "Lamp", "q": 'power>3;name=="a"', "idPattern": "^urn"},
            "?type=Lamp&idPattern=%5Eurn&q=power%3E3;name==%22a%22",
        ),
        (
            [{"entities": [{"type": "Lamp"}]}],
            {"type": "Lamp", "georel": "near;maxDistance==5", "geometry": "Point", "coordinates": "[1,2]"},
            "?type=Lamp&georel=near;maxDistance==5&geometry=Point&coordinates=%5B1,2%5D",
        ),
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp", "scopeQ": "/A/#"}, "?type=Lamp&scopeQ=/A/%23"),
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp", "options": "sysAttrs"}, "?type=Lamp&options=sysAttrs"),
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp", "options": "keyValues"}, "?type=Lamp"),
        ([{"entities": [{"type": "Lamp"}]}], {"type": "Lamp", "limit": "5", "offset": "5"}, "?type=Lamp&limit=11"),
    ],
)
def test_a_query_is_narrowed_to_the_registration(
    source: StubSource, information: list[dict[str, Any]], query: dict[str, str], target: str
) -> None:
    register(source, information)

    assert ask("GET", "/entities", query=query).status == 200

    assert source.lines == [f"GET /ngsi-ld/v1/entities{target}"]


def test_a_document_is_passed_on_as_one(source: StubSource) -> None:
    register(source)
    source.reply("POST", "/ngsi-ld/v1/entityOperations/query", 200, [lamp(power=prop(40))])
    document = {"type": "Query", "entities": [{"type": "Lamp"}, {"type": "Mast"}], "q": "power>3", "attrs": ["power"]}

    told = ask("POST", "/entityOperations/query", document)

    assert told.json == [lamp(power=prop(40))]
    assert source.received[0].body == {
        "type": "Query",
        "entities": [{"type": "Lamp"}],
        "attrs": ["power"],
        "q": "power>3",
    }


def test_csf_chooses_the_sources(source: StubSource) -> None:
    register(source, sourceKind="sensor")
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", 200, [lamp()])

    assert ids(queried(csf='sourceKind=="archive"')) == []
    assert source.received == []
    assert ids(queried(csf='sourceKind=="sensor"')) == ["1"]


def test_pages_of_the_whole(source: StubSource) -> None:
    register(source)
    here(*(lamp(f"urn:l:{number}") for number in range(3)))
    theirs = [lamp(f"urn:l:{number}") for number in range(2, 6)]
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=3", 200, theirs[:3])
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=5", 200, theirs)
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=7", 200, theirs)
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=1000", 200, theirs)

    first = queried(limit="2")
    second = queried(limit="2", offset="2")
    last = queried(limit="2", offset="4")

    assert ids(first) + ids(second) + ids(last) == ["0", "1", "2", "3", "4", "5"]
    assert 'rel="next"' in first.headers["Link"]
    assert 'rel="next"' in second.headers["Link"]
    assert 'rel="next"' not in last.headers["Link"]
    counted = queried(limit="2", count="true")
    assert counted.headers["NGSILD-Results-Count"] == "6"
    none = queried(limit="0", count="true")
    assert (none.json, none.headers["NGSILD-Results-Count"]) == ([], "6")


def test_the_pages_of_a_source_are_followed(source: StubSource) -> None:
    register(source)
    link = '</ngsi-ld/v1/entities?type=Lamp&limit=2&offset=2>; rel="next"; type="application/json"'
    source.reply(
        "GET", "/ngsi-ld/v1/entities?type=Lamp", 200, [lamp("urn:l:1"), lamp("urn:l:2")], headers={"Link": link}
    )
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp&limit=2&offset=2", 200, [lamp("urn:l:3")])

    assert ids(queried()) == ["1", "2", "3"]


def test_order_is_for_one_broker(source: StubSource) -> None:
    register(source)
    here(lamp(power=prop(1)))

    refused = queried(orderBy="power")

    assert (refused.status, refused.json["type"]) == (400, ERRORS + "BadRequestData")
    assert queried(orderBy="power", local="true").status == 200


def test_entities_split_over_brokers_are_compared_when_whole(source: StubSource) -> None:
    register(source)
    here(lamp("urn:l:1", power=prop(40)), lamp("urn:l:2", power=prop(1)))
    theirs = [lamp("urn:l:1", colour=prop("red")), lamp("urn:l:2", colour=prop("red"))]
    source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", 200, theirs)

    assert ids(queried(q='power>10;colour=="red"', splitEntities="true")) == ["1"]


def test_many_sources_are_asked_at_once(source: StubSource) -> None:
    with stub_source() as second:
        register(source)
        register(second, id="urn:r:2")
        source.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", 200, [lamp("urn:l:1", power=prop(1))])
        second.reply("GET", "/ngsi-ld/v1/entities?type=Lamp", 200, [lamp("urn:l:1", colour=prop("red"))])

        assert queried().json == [lamp("urn:l:1", power=prop(1), colour=prop("red"))]


def test_expired_accounts_are_dropped(source: StubSource) -> None:
    register(source)
    source.reply(
        "GET",
        "/ngsi-ld/v1/entities?type=Lamp",
        200,
        [lamp("urn:l:1") | {"expiresAt": "2020-01-01T00:00:00Z"}, lamp("urn:l:2")],
    )

    assert ids(queried()) == ["2"]


def test_without_registrations_nothing_is_asked(django_assert_num_queries: Any) -> None:
    here(lamp())
    queried()

    with django_assert_num_queries(0):
        assert index.registered(0, datetime.now(UTC)) == ()


def test_one_that_is_never_there_rests(source: StubSource) -> None:
    register(source, management={"timeout": 50})
    source.reply("GET", f"/ngsi-ld/v1/entities/{LAMP}", 200, lamp(), after_s=5)

    for _ in range(forwarding.PATIENCE + 2):
        assert retrieve().headers["NGSILD-Warning"].startswith("199")

    assert len(source.received) == forwarding.PATIENCE


# What a source wants not to be asked again so soon


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT0.5S", 0.5), ("PT1M30S", 90), ("P1DT1H", 90_000), ("P1W", 604_800), ("P1M", 2_592_000), ("P1Y", 31_536_000)],
)
def test_durations(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == seconds


def test_an_answer_is_kept_as_long_as_its_source_says(source: StubSource, monkeypatch: pytest.MonkeyPatch) -> None:
    register(source, management={"cacheDuration": "PT10S"})
    path = f"/ngsi-ld/v1/entities/{LAMP}"
    source.reply("GET", path, 200, lamp(power=prop(1)))
    began = monotonic()
    for _ in range(3):
        assert ask("GET", f"/entities/{LAMP}").json == lamp(power=prop(1))
    assert source.lines == [f"GET {path}"]
    ask("GET", f"/entities/{LAMP}", query={"options": "sysAttrs"})  # another request
    assert len(source.lines) == 2
    source.reply("GET", path, 200, lamp(power=prop(2)))
    monkeypatch.setattr(remembering, "monotonic", lambda: began + 11)
    assert ask("GET", f"/entities/{LAMP}").json == lamp(power=prop(2))


def test_neither_failures_nor_what_was_before_a_write_are_kept(source: StubSource) -> None:
    register(source, management={"cacheDuration": "PT10S"}, operations=["redirectionOps"])
    path = f"/ngsi-ld/v1/entities/{LAMP}"
    source.reply("GET", path, 503)
    for _ in range(2):
        assert ask("GET", f"/entities/{LAMP}").status == 404
    assert len(source.lines) == 2
    source.reply("GET", path, 200, lamp(power=prop(1)))
    assert ask("GET", f"/entities/{LAMP}").json == lamp(power=prop(1))
    source.reply("PATCH", f"{path}/attrs/", 204)
    ask("PATCH", f"/entities/{LAMP}/attrs", {"power": 2})
    source.reply("GET", path, 200, lamp(power=prop(2)))
    assert ask("GET", f"/entities/{LAMP}").json == lamp(power=prop(2))
