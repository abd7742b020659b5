"""`q`, types and scopes against things (ETSI GS CIM 009 V1.8.1, 4.9, 4.17, 4.19)."""

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData, LdError, TooComplexQuery
from parvis.telemetry.context.query import q
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.evaluate import holds, matches
from parvis.telemetry.context.query.scopes import scope_selection
from parvis.telemetry.context.query.terms import depth_of
from parvis.telemetry.context.query.types import one_of, type_selection
from parvis.telemetry.context.tests.querying import PlainNames, of, thing, to

NAMES = PlainNames()

PARKING = thing(
    free=of(12, unitCode="C62", observedAt="2026-01-05T08:00:00.500Z", accuracy=of(0.9, by=of("x"))),
    level=of(1.5),
    name="Gare; (est) | ouest",
    open=of(True),
    one=of(1),
    tags=of(["blue", "red"]),
    address=of({"city": "Lille", "geo": {"floor": 2}, "a.b": 1, "rows": [7, 8]}),
    operatedBy=to("urn:ngsi-ld:Operator:1"),
    near={"type": "ListRelationship", "objectList": [{"object": "urn:a:1"}, {"object": "urn:a:2"}]},
    label={"type": "LanguageProperty", "languageMap": {"fr": "Gare", "en": ["Station", "Stop"]}},
    category={"type": "VocabProperty", "vocab": ["https://example.org/public", "https://example.org/other"]},
    settings={"type": "JsonProperty", "json": {"id": "x", "deep": {"n": 3}}},
    series={"type": "ListProperty", "valueList": [10, 20]},
    since=of("2026-01-05T08:00:00Z"),
    typed=of({"@type": "DateTime", "@value": "2026-01-05T08:00:00Z"}),
    day=of("2026-01-05"),
    speed=[of(50), of(60, datasetId="urn:d:1")],
    nothing=of({}),
)

HOLD = [
    # existence and absence
    "free", "!missing", "free.accuracy", "free.accuracy.by", "!free.missing", "address[city]", "!address[street]", "open", "nothing",
    "free.observedAt", "createdAt", "near", "label", "label[fr]", "!label[de]", "label[*]",
    # numbers
    "free==12", "free==12.0", "free!=13", "free>11", "free>=12", "free<13", "free<=12", "level==1.5", "level==15e-1", "free==-1,12",
    "free==10..12", "free==12..14", "free!=13..14", "free!=1,2", "one==1",
    # texts
    'name=="Gare; (est) | ouest"', 'name>"Ga"', 'name<"Gb"', 'name!="gare"', 'name=="A".."H"', r'day=="\u0032026-01-05"',
    # types must agree; another type is unequal
    'free!="12"', "open==true", "open!=1", "one!=true", "open!=false", "name!=12", "address!=1",
    # arrays: any for ==, all for !=
    'tags=="blue"', 'tags=="x","red"', 'tags!="green","x"', "tags!=5",
    # inside values
    'address[city]=="Lille"', "address[geo.floor]==2", 'address[geo]["floor"]==2', 'address["a.b"]==1', "address[rows]==8", "address[rows.0]==7",
    "settings[deep.n]==3", 'settings[id]=="x"', "series==20", "series[1]==20", "series!=5",
    # languages
    'label[fr]=="Gare"', 'label[FR]=="Gare"', 'label[*]=="Stop"', 'label[*]!="Quai"', 'label[*]~="^Sta"', 'label[*]!~="^Quai"', 'label[en]=="Station"', 'label[en]!="Gare"',
    # sub-attributes and metadata
    "free.accuracy==0.9", 'free.accuracy.by=="x"', 'free.unitCode=="C62"', "free.observedAt==2026-01-05T08:00:00.5Z", "free.observedAt>2026-01-05T08:00:00Z",
    # dates, also stored as text
    "since==2026-01-05T08:00:00.000Z", "since<2026-01-05T08:00:01Z", "typed==2026-01-05T08:00:00Z", "day==2026-01-05", "day>2026-01-04",
    "since==2026-01-05T00:00:00Z..2026-01-06T00:00:00Z", 'since=="2026-01-05T08:00:00Z"', "createdAt<=2026-11-22T12:00:00Z", "free!=2026-01-05",
    # relationships
    "operatedBy==urn:ngsi-ld:Operator:1", 'operatedBy=="urn:ngsi-ld:Operator:1"', "operatedBy!=urn:ngsi-ld:Operator:2", "near==urn:a:2", "near!=urn:a:3",
    "operatedBy==urn:x:1,urn:ngsi-ld:Operator:1", "operatedBy!=5",
    # vocabularies
    'category=="https://example.org/public"', "category==https://example.org/other", 'category!="public"',
    # patterns: searched
    'name~="^Gare"', 'name~="est"', 'name!~="nord"', r'name~="\(est\)"', "name~=^Ga(re|rage)", 'name~="(?<x>G)a"', 'free.unitCode~="[A-Z]\\d+"',
    # several instances: any
    "speed==50", "speed==60", "speed>55", "speed!=50",
    # boolean structure
    "free==12;open==true", "free==1|open==true", "free==1;open==true|one==1", "free==12;(open==false|one==1)", "(free==12)", "((free==12);one)",
    "!missing;free", "free == 12 ; open == true",
    # system members
    'id=="urn:ngsi-ld:Thing:1"', "!scope",
]  # fmt: skip

FAIL = [
    "missing", "!free", "!free.accuracy", "address[street]", "label[de]", "free[x]", "missing!=1", "missing.a!=1", "address[street]!=1", "expiresAt",
    "free==13", "free>12", "free<12", "free!=12", "free==1..11", "free!=10..12", "free==1,2",
    'free=="12"', "name==12", "open==1", "one==true", 'open=="true"', "open>=true", 'name>5', "free>2026-01-05T00:00:00Z", 'free<"z"',
    'tags=="green"', 'tags!="green","red"', 'tags>"s"', 'tags~="blue"',
    'address=="Lille"', 'address[city.x]=="Lille"', "address[rows.9]==7", 'label=="Gare"', 'label!="Gare"', 'label[*]=="Quai"', 'label[*]!="Gare"', 'label[*]~="^Quai"', 'label[*]!~="^Ga"', "name==Gare",
    "operatedBy>urn:a:1", 'operatedBy~="urn"', 'operatedBy!~="zzz"', "near!=urn:a:1", 'operatedBy=="a".."zzz"',
    'category=="public"', 'free~="1"', 'free!~="x"', 'name~="^est"', 'name!~="Gare"', "open~=true",
    "since==2026-01-05", "day==2026-01-05T00:00:00Z", "name<2026-01-05",
    "free==12;open==false", "free==1|open==false", "free==12;(open==false|one==2)", "free==1;(open==true|one==1)",
]  # fmt: skip

MALFORMED = [
    "", " ", "free==", "free>", "free>1..2", "free>1,2", "free==..2", "free==1..", "free==1,", "(free", "free)", "()", "free;;one", "free|", ";free", "free=12",
    "free===12", "!", "!(free)", "!free==1", "fr ee", "9free==1", "free..x", "free.", "free[", "free[]", "free[a", "free[a..b]", "owner{name", "owner{}", "owner{",
    "name==bare words", 'name=="open', "name=='x'", 'free==1.."a"', "free==true..false", 'name~="("', 'name~="*"', r'name~="(a)\1"', 'name~="(?=a)a"', 'name~="(?i)a"',
    'name~="[[:alpha:]"', "name~=", "free==2026-13-05T00:00:00Z", "id.x==1", "free==1e999", "a\0==1", "free==<script>", '"free"==1',
]  # fmt: skip


@pytest.mark.parametrize("text", HOLD)
def test_what_holds(text: str) -> None:
    assert holds(q.parsed(text, NAMES), PARKING)


@pytest.mark.parametrize("text", FAIL)
def test_what_does_not_hold(text: str) -> None:
    assert not holds(q.parsed(text, NAMES), PARKING)


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        q.parsed(text, NAMES)


def test_a_range_of_uris_is_refused() -> None:
    with pytest.raises(BadRequestData):
        q.parsed("a==urn:a:1..urn:b:1", NAMES)


@pytest.mark.parametrize("text", ["(" * 200 + "a" + ")" * 200, "a{" * 200 + "b" + "}" * 200, ";".join(["a"] * 200)])
def test_a_query_too_deep_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(TooComplexQuery):
        q.parsed(text, NAMES)


def test_short_terms_are_expanded_for_the_attributes_named_only() -> None:
    assert holds(q.parsed('category=="public"', NAMES, expanding=["category"]), PARKING)
    assert not holds(q.parsed('category=="public"', NAMES, expanding=["label"]), PARKING)
    assert holds(q.parsed("category==public", NAMES, expanding=["category"]), PARKING)
    assert not holds(q.parsed("category==public", NAMES), PARKING)
    assert holds(q.parsed('name=="Gare"', NAMES, expanding=["name"]), thing(name="Gare"))


def test_what_relationships_lead_to() -> None:
    ann = thing("urn:p:1", types="Person", name="Ann", boss=to("urn:p:2"))
    bob = thing("urn:p:2", types="Person", name="Bob")
    house = thing(owner=[to("urn:p:1"), to("urn:p:9", datasetId="urn:d:1")])
    asked: list[list[str]] = []

    def linked(urns: list[str]) -> dict[str, object]:
        asked.append(urns)
        return {one.urn: one for one in (ann, bob) if one.urn in urns}

    def says(text: str) -> bool:
        return holds(q.parsed(text, NAMES), house, linked=linked)  # type: ignore[arg-type]

    assert says('owner{name}=="Ann"') and asked == [["urn:p:1", "urn:p:9"]]
    assert says('owner{Person:name}=="Ann"')
    assert not says('owner{Dog:name}=="Ann"')
    assert says('owner{boss{name}}=="Bob"') and asked[-1] == ["urn:p:2"]
    assert says("owner{name}") and says("!owner{age}") and not says("owner{age}")
    assert not says('missing{name}=="Ann"')
    assert not holds(q.parsed("owner{name}", NAMES), house)
    assert [depth_of(q.parsed(text, NAMES)) for text in ("a", "a{b}", "a;b{c{d}}")] == [0, 1, 2]


def test_a_prefixed_name_within_braces_is_no_type() -> None:
    path = q.parsed_path("owner{ex:name}", NAMES)
    assert path.beyond is not None and path.beyond.names == ("ex:name",) and path.towards is None


def test_names_may_be_iris() -> None:
    assert q.parsed_path("https://example.org/a.b#c", NAMES).names == ("https://example.org/a.b#c",)


SELECTIONS = [
    # selection, types of things that hold, types of those that do not
    ("A", ["A", "A B"], ["B"]),
    ("A,B", ["A", "B"], ["C"]),
    ("A|B", ["A", "B"], ["C"]),
    ("A;B", ["A B", "B A C"], ["A", "B"]),
    ("(A;B),C", ["A B", "C"], ["A", "B"]),
    ("A;(B|C)", ["A B", "A C"], ["A", "B C"]),
    ("https://example.org/A", ["https://example.org/A"], ["A"]),
]


@pytest.mark.parametrize(("text", "held", "refused"), SELECTIONS)
def test_selections_of_types(text: str, held: list[str], refused: list[str]) -> None:
    selection = type_selection(text, NAMES.name)
    assert all(selection.holds(types.split()) for types in held)
    assert not any(selection.holds(types.split()) for types in refused)
    assert all(one_of(selection) & set(types.split()) for types in held)


@pytest.mark.parametrize("text", ["", "A,", ",A", "A;;B", "(A", "A)", "()", "A(B)", "(" * 50 + "A" + ")" * 50])
def test_malformed_selections_of_types(text: str) -> None:
    with pytest.raises(BadRequestData):
        type_selection(text, NAMES.name)


SCOPES = [
    ("/A/B", ["/A/B", "A/B"], ["/A", "/A/B/C", "/AB"]),
    ("A/B", ["/A/B"], ["/A"]),
    ("/A/#", ["/A", "/A/B", "/A/B/C"], ["/AB", "/B/A"]),
    ("/A/+/C", ["/A/B/C", "/A/X/C"], ["/A/C", "/A/B/B/C", "/A/B"]),
    ("/#", ["/A", "/B/C"], [""]),
    ("/+", ["/A"], ["/A/B", ""]),
    ("/A,/B", ["/A", "/B"], ["/C"]),
    ("/A|/B", ["/A", "/B"], ["/C"]),
    ("/A;/B", ["/A /B"], ["/A", "/B"]),
    ("(/A;/B),/C", ["/C", "/A /B"], ["/A"]),
    ("/Été/#", ["/Été/x"], ["/Ete/x"]),
]


@pytest.mark.parametrize(("text", "held", "refused"), SCOPES)
def test_scopes(text: str, held: list[str], refused: list[str]) -> None:
    selection = scope_selection(text)
    assert all(selection.holds(scopes.split()) for scopes in held)
    assert not any(selection.holds(scopes.split()) for scopes in refused)


@pytest.mark.parametrize(
    "text", ["", "/", "//A", "/A//B", "/A/", "/#/A", "/9", "/A b", "/A;", "(/A", "/A.*", "/A/#/B", "/[a]"]
)
def test_malformed_scopes(text: str) -> None:
    with pytest.raises(LdError):
        scope_selection(text)


def test_an_entity_query_needs_all_its_parts() -> None:
    one = thing(types="A B", scopes="/X/Y", free=of(12))

    def says(**parts: object) -> bool:
        return matches(EntityQuery(**parts), one)  # type: ignore[arg-type]

    assert says()
    assert says(attributes=("missing", "free")) and not says(attributes=("missing",))
    assert says(scope=scope_selection("/X/#")) and not says(scope=scope_selection("/X"))
    assert says(q=q.parsed("free==12", NAMES)) and not says(q=q.parsed("free==1", NAMES))
    named, other = (Selector(types=type_selection(text, NAMES.name)) for text in ("A", "C"))
    assert says(selectors=(other, named)) and not says(selectors=(other,))
    assert says(selectors=(Selector(pattern="Thing:\\d"),)) and not says(selectors=(Selector(pattern="thing"),))
    assert says(selectors=(Selector(ids=(one.urn,), pattern="thing"),)) and not says(
        selectors=(Selector(ids=("urn:a:b",)),)
    )


BROAD = [
    ({}, True),
    ({"selectors": (Selector(ids=("urn:a:b",), pattern="x"),)}, True),
    ({"scope": scope_selection("/A")}, True),
    ({"q": q.parsed("modifiedAt>2026-01-01T00:00:00Z", NAMES)}, True),
    ({"q": q.parsed("modifiedAt>2026-01-01T00:00:00Z;a", NAMES)}, False),
    ({"attributes": ("a",)}, False),
    ({"selectors": (Selector(types=type_selection("A", NAMES.name)),)}, False),
]


@pytest.mark.parametrize(("parts", "too_broad"), BROAD)
def test_what_is_too_broad(parts: dict[str, object], too_broad: bool) -> None:
    assert EntityQuery(**parts).is_too_broad is too_broad  # type: ignore[arg-type]
