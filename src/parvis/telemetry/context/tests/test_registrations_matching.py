"""Which registrations concern a question (CIM 009, 5.12): tables of cases."""

from typing import Any

import pytest

from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.matching import Selector, Wanted, claim, reach
from parvis.telemetry.context.federation.sources import Mode, Source, source_of
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.tests.federating import registration


def source(information: list[dict[str, Any]] | None = None, **members: Any) -> Source:
    document = registration(**members)
    if information is not None:
        document["information"] = information
    return source_of(Registration(pk=1, urn="urn:r:1", document=document, alias=""))


def asked(types: str = "", ids: str = "", pattern: str = "", attributes: str = "") -> Wanted:
    selector = Selector(
        types=frozenset(types.split(",")) if types else None,
        ids=frozenset(ids.split(",")) if ids else frozenset(),
        pattern=pattern,
    )
    return Wanted(selectors=(selector,), attributes=frozenset(attributes.split(",")) if attributes else None)


LAMP = [{"entities": [{"type": "Lamp"}]}]
LAMP_7 = [{"entities": [{"type": "Lamp", "id": "urn:lamp:7"}]}]
LAMPS_7X = [{"entities": [{"type": "Lamp", "idPattern": "lamp:7"}]}]
POWER = [{"entities": [{"type": "Lamp"}], "propertyNames": ["power"], "relationshipNames": ["mast"]}]


@pytest.mark.parametrize(
    ("information", "wanted", "matches"),
    [
        (LAMP, asked("Lamp"), True),
        (LAMP, asked("Mast"), False),
        (LAMP, asked("Mast,Lamp"), True),
        (LAMP, asked(), True),  # no type asked
        (LAMP, asked("Lamp", "urn:lamp:8"), True),  # a type alone holds every id
        (LAMP_7, asked("Lamp", "urn:lamp:7"), True),
        (LAMP_7, asked("Lamp", "urn:lamp:7,urn:lamp:8"), True),
        (LAMP_7, asked("Lamp", "urn:lamp:8"), False),
        (LAMP_7, asked("Lamp"), True),  # a question by type cannot leave out one that names an id
        (LAMP_7, asked("Lamp", pattern="lamp:[67]"), True),
        (LAMP_7, asked("Lamp", pattern="LAMP"), False),  # case counts
        (LAMP_7, asked("Lamp", "urn:lamp:8", pattern="lamp:7"), False),  # with ids the pattern does not count
        (LAMPS_7X, asked("Lamp", "urn:lamp:71"), True),  # searched, not anchored
        (LAMPS_7X, asked("Lamp", "urn:lamp:81"), False),
        (LAMPS_7X, asked("Lamp", pattern="lamp:8"), True),  # two patterns are assumed to be compatible
        (POWER, asked("Lamp", attributes="power"), True),
        (POWER, asked("Lamp", attributes="mast"), True),
        (POWER, asked("Lamp", attributes="colour"), False),
        (POWER, asked("Lamp", attributes="colour,power"), True),
        (POWER, asked(attributes="power"), True),
        (LAMP, asked("Lamp", attributes="anything"), True),  # names no attribute: any
        ([{"propertyNames": ["power"]}], asked("Whatever", attributes="power"), True),  # names no entity: any
        ([{"propertyNames": ["power"]}], asked("Whatever", attributes="colour"), False),
        ([*LAMP_7, {"entities": [{"type": "Mast"}]}], asked("Mast"), True),  # any element
        ([{"entities": [{"type": ["Lamp", "Device"]}]}], asked("Device"), True),
        (LAMP, Wanted(), True),
    ],
)
def test_matching(information: list[dict[str, Any]], wanted: Wanted, matches: bool) -> None:
    assert (reach(source(information), wanted) is not None) is matches


@pytest.mark.parametrize(
    ("given", "wanted", "matches"),
    [
        (None, {"urn:d:1"}, True),
        ("urn:d:1", set(), True),
        ("urn:d:1", {"urn:d:1", "urn:d:2"}, True),
        (["urn:d:1", "urn:d:3"], {"urn:d:2"}, False),
    ],
)
def test_datasets_matter_when_both_sides_name_them(given: Any, wanted: set[str], matches: bool) -> None:
    found = source(**({"datasetId": given} if given else {}))

    assert (reach(found, Wanted(dataset_ids=frozenset(wanted))) is not None) is matches


@pytest.mark.parametrize(
    ("information", "wanted", "attributes", "ids"),
    [
        (LAMP, asked("Lamp"), None, None),
        (LAMP, asked("Lamp", "urn:lamp:1"), None, ("urn:lamp:1",)),
        (LAMP, asked("Lamp", attributes="power"), {"power"}, None),
        (LAMP_7, asked("Lamp"), None, ("urn:lamp:7",)),
        (LAMP_7, asked("Lamp", "urn:lamp:7,urn:lamp:8"), None, ("urn:lamp:7",)),
        (LAMPS_7X, asked("Lamp", "urn:lamp:70,urn:lamp:8"), None, ("urn:lamp:70",)),
        (LAMPS_7X, asked("Lamp"), None, None),
        (POWER, asked("Lamp"), {"power", "mast"}, None),
        (POWER, asked("Lamp", attributes="power,colour"), {"power"}, None),
        ([*POWER, *LAMP_7], asked("Lamp", attributes="power"), {"power"}, None),
        ([*LAMP_7, {"entities": [{"type": "Mast"}]}], asked("Lamp"), None, ("urn:lamp:7",)),
    ],
)
def test_what_is_asked_of_a_source(
    information: list[dict[str, Any]], wanted: Wanted, attributes: set[str] | None, ids: tuple[str, ...] | None
) -> None:
    found = reach(source(information), wanted)

    assert found is not None
    assert (found.attributes, found.ids) == (attributes, ids)


@pytest.mark.parametrize(
    ("information", "urn", "types", "claimed"),
    [
        (LAMP, "urn:lamp:1", {"Lamp"}, True),
        (LAMP, "urn:lamp:1", {"Mast"}, False),
        (LAMP, "urn:lamp:1", None, True),  # its type is not known: it may be one
        (LAMP_7, "urn:lamp:7", {"Lamp"}, True),
        (LAMP_7, "urn:lamp:8", {"Lamp"}, False),
        (LAMPS_7X, "urn:lamp:77", None, True),
        (POWER, "urn:lamp:1", {"Lamp"}, {"power", "mast"}),
        (
            [*POWER, {"entities": [{"type": "Lamp"}], "propertyNames": ["colour"]}],
            "urn:l",
            None,
            {"power", "mast", "colour"},
        ),
        ([*POWER, *LAMP_7], "urn:lamp:7", None, True),
        ([{"propertyNames": ["power"]}], "urn:any", {"Any"}, {"power"}),
    ],
)
def test_what_a_source_claims_of_an_entity(
    information: list[dict[str, Any]], urn: str, types: set[str] | None, claimed: Any
) -> None:
    assert claim(source(information), urn, types) == claimed


def test_what_a_source_may_be_asked() -> None:
    assert not source().supports(operations.CREATE_ENTITY)  # the default reads only
    assert source().supports(operations.QUERY_ENTITY, operations.CREATE_BATCH)
    redirected = source(mode="redirect", operations=["redirectionOps", "createBatch"])
    assert redirected.supports(operations.MERGE_ENTITY)
    assert redirected.supports(operations.CREATE_BATCH)
    assert not redirected.supports(operations.UPSERT_BATCH)
    assert not source(mode="auxiliary").supports(operations.CREATE_SUBSCRIPTION)


def test_compiled() -> None:
    found = source(
        mode="exclusive",
        endpoint="https://neighbour.example/ngsi-ld/v1/",
        tenant="parking",
        contextSourceInfo=[
            {"key": "Authorization", "value": "Bearer x"},
            {"key": "NGSILD-Tenant", "value": "spy"},
            {"key": "Via", "value": "x"},
            {"key": "jsonldContext", "value": "https://example.org/c.jsonld"},
        ],
        management={"timeout": 1500, "cooldown": 30_000, "localOnly": True},
        scope="/Nord",
        datasetId=["urn:d:1"],
    )

    assert found.mode is Mode.EXCLUSIVE
    assert found.endpoint == "https://neighbour.example"
    assert found.tenant == "parking"
    assert found.headers == (("Authorization", "Bearer x"),)
    assert found.context == "https://example.org/c.jsonld"
    assert (found.timeout_s, found.cooldown_s, found.local_only) == (1.5, 30.0, True)
    assert found.scopes == ("/Nord",)


def test_a_pattern_costs_little_whatever_it_is() -> None:
    found = source([{"entities": [{"type": "Lamp", "idPattern": "(a+)+$"}]}])

    assert reach(found, asked("Lamp", "urn:" + "a" * 60 + "!")) is None  # Python's own engine would not come back
