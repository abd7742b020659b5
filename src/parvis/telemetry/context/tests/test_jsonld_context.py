"""Names: expanded with the writer's @context, compacted with the reader's (JSON-LD 1.1, ETSI GS CIM 009 V1.8.1, 5.5.7)."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.jsonld.core import CORE_IRIS, CORE_URL, DEFAULT_VOCABULARY, core_document, is_core
from parvis.telemetry.context.jsonld.definitions import MOST_NESTED, terms_of
from parvis.telemetry.context.jsonld.terms import core_terms
from parvis.telemetry.context.vocabulary import declared, iri_of, stored_name

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"


def made(value: Any, documents: dict[str, Any] | None = None) -> Context:
    return Context(link="", value=value, terms=terms_of(value, lambda url: (documents or {})[url]))


@pytest.mark.parametrize(
    ("definition", "term", "iri"),
    [
        ({"speed": "https://u.example/speed"}, "speed", "https://u.example/speed"),
        ({"speed": {"@id": "https://u.example/speed"}}, "speed", "https://u.example/speed"),
        ({"u": "https://u.example/", "speed": "u:speed"}, "speed", "https://u.example/speed"),
        ({"speed": "u:speed", "u": "https://u.example/"}, "speed", "https://u.example/speed"),  # order does not matter
        ({"u": "https://u.example/"}, "u:speed", "https://u.example/speed"),
        ({"u": "https://u.example#"}, "u:speed", "https://u.example#speed"),
        ({"u": "https://u.example/x"}, "u:speed", "u:speed"),  # does not end with a gen-delim: no prefix
        ({"u": {"@id": "https://u.example/x", "@prefix": True}}, "u:speed", "https://u.example/xspeed"),
        ({"u": {"@id": "https://u.example/"}}, "u:speed", "u:speed"),  # an object is a prefix only when it says so
        (
            {"https": "https://u.example/"},
            "https://v.example/a",
            "https://v.example/a",
        ),  # "//": an IRI, not a compact one
        ({"@vocab": "https://u.example/", "speed": {"@type": "@id"}}, "speed", "https://u.example/speed"),
        (
            {"@vocab": "https://u.example/"},
            "other",
            DEFAULT_VOCABULARY + "other",
        ),  # the core comes last and sets @vocab
        ({"velocity": "speed", "speed": "https://u.example/speed"}, "velocity", "https://u.example/speed"),
        ({"u:speed": {"@type": "@id"}, "u": "https://u.example/"}, "u:speed", "https://u.example/speed"),
        (
            {"P-TOT": "https://u.example/ptot"},
            "P-TOT",
            "https://u.example/ptot",
        ),  # what a context defines may have any form
        ({"speed": "ngsi-ld:speed"}, "speed", NGSI_LD + "speed"),
        ([{"speed": "https://a.example/"}, {"speed": "https://b.example/"}], "speed", "https://b.example/"),
        ([{"speed": "https://a.example/"}, None], "speed", DEFAULT_VOCABULARY + "speed"),
        ({}, "été", DEFAULT_VOCABULARY + "été"),
        ({}, "urn:x:y", "urn:x:y"),
        ({}, "geojson:Point", "https://purl.org/geojson/vocab#Point"),
    ],
)
def test_a_term_is_expanded(definition: Any, term: str, iri: str) -> None:
    assert made(definition).expand(term) == iri


@pytest.mark.parametrize(
    "term",
    [
        "", "1st", "two words", "with-dash", "with(parenthesis)", "a.b", ".", "..", "@id", "@foo", "a/b", "_a",
        "id", "type",  # aliases of keywords
        "a: b", "n" * 2001, "é" * 1001, "urn:x:" + "n" * 2000, "urn:x:\u200b", "urn:x:\x00", 'urn:x:"', "urn:<x>", ":x", "1:x", "_:blank",
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(term: str) -> None:
    with pytest.raises(BadRequestData):
        CORE.expand(term)


def test_a_term_without_meaning_cannot_be_written() -> None:
    context = made({"speed": None, "back": {"@reverse": "https://u.example/r"}, "ident": "@id"})
    for term in ("speed", "back", "ident"):
        with pytest.raises(BadRequestData):
            context.expand(term)


@pytest.mark.parametrize(
    "definition",
    [
        7,
        [7],
        [["https://u.example/"]],
        {"a": 7},
        {"a": ["https://u.example/"]},
        {"": "https://u.example/"},
        {"@id": "https://u.example/"},
        {"a": {"@id": 7}},
        {"a": {"@id": "https://u.example/", "@context": {"b": "https://u.example/b"}}},  # scoped
        {"a": {"@id": "https://u.example/", "@unknown": 1}},
        {"a": {"@id": "https://u.example/", "@container": "@nothing"}},
        {"a": {"@id": "https://u.example/", "@container": [7]}},
        {"a": {"@id": "https://u.example/", "@container": [[]]}},
        {"a": {"@id": "https://u.example/", "@type": 7}},
        {"a": {"@id": "https://u.example/", "@type": "_:b"}},
        {"a": {"@id": "https://u.example/", "@prefix": "yes"}},
        {"a": "b", "b": "a"},  # a circle
        {"a": "b:x", "b": "a:y"},
        {"@vocab": 7},
        {"@vocab": "no iri"},
        {"@version": "1.1"},
        {"@version": True},
        {"@version": 2},
        {"@version": [1]},
        {"@base": 7},
        {"@import": 7},
        {"@protected": "yes"},
        {"@vocab": None, "a": {"@type": "@id"}},  # no vocabulary gives it an IRI
        "relative",
        ["http://[broken"],
        [{"@protected": True, "a": "https://u.example/a"}, {"a": "https://u.example/b"}],
        [{"@protected": True, "a": "https://u.example/a"}, None],
    ],
)
def test_a_context_that_is_none_is_refused(definition: Any) -> None:
    with pytest.raises(BadRequestData):
        made(definition, {"relative": {"@context": {}}})


def test_a_long_chain_of_terms_is_refused_not_a_crash() -> None:
    with pytest.raises(BadRequestData):
        made({f"t{number}": f"t{number + 1}" for number in range(5000)})


def test_core_terms_are_protected_in_silence() -> None:
    context = made({"Property": "https://u.example/P", "id": "https://u.example/id", "ngsi-ld": "https://u.example/"})
    assert context.expand("Property") == NGSI_LD + "Property"
    assert context.expand("ngsi-ld:speed") == NGSI_LD + "speed"
    assert context.term("Property") == "Property"
    with pytest.raises(BadRequestData):
        context.expand("id")


def test_a_protected_term_may_be_said_again_the_same() -> None:
    context = made([{"@protected": True, "a": "https://u.example/a"}, {"a": "https://u.example/a"}])
    assert context.expand("a") == "https://u.example/a"


def test_contexts_may_refer_to_others() -> None:
    remote = {
        "https://u.example/one": {"@context": ["two", CORE_URL, {"b": "https://b.example/"}]},
        "https://u.example/two": {"@context": {"a": "https://a.example/", "b": "https://other.example/"}},
        "https://u.example/three": {"@context": {"@import": "two", "c": "a:c"}},
    }
    one = made("https://u.example/one", remote)
    assert (one.expand("a"), one.expand("b")) == ("https://a.example/", "https://b.example/")
    assert made("https://u.example/three", remote).expand("c") == "https://a.example/c"


def test_contexts_that_refer_to_themselves_or_too_deep_are_refused() -> None:
    circle = {"https://u.example/a": {"@context": "b"}, "https://u.example/b": {"@context": ["a"]}}
    with pytest.raises(BadRequestData, match="itself"):
        made("https://u.example/a", circle)
    deep = {f"https://u.example/{n}": {"@context": f"https://u.example/{n + 1}"} for n in range(MOST_NESTED + 2)}
    with pytest.raises(BadRequestData, match="too many"):
        made("https://u.example/0", deep)
    wide = {f"https://u.example/{n}": {"@context": {}} for n in range(100)}
    with pytest.raises(BadRequestData, match="too many"):
        made(list(wide), wide)


def test_the_same_context_twice_is_no_circle() -> None:
    remote = {"https://u.example/a": {"@context": {"a": "https://a.example/"}}}
    assert made(["https://u.example/a", "https://u.example/a"], remote).expand("a") == "https://a.example/"


@pytest.mark.parametrize(
    ("definition", "iri", "written"),
    [
        ({}, DEFAULT_VOCABULARY + "speed", "speed"),
        ({}, "https://u.example/name", "https://u.example/name"),  # written with U, read without
        ({"speed": "https://u.example/speed"}, DEFAULT_VOCABULARY + "speed", "ngsi-ld:default-context/speed"),
        ({"speed": None}, DEFAULT_VOCABULARY + "speed", "ngsi-ld:default-context/speed"),
        ({"u": "https://u.example/"}, "https://u.example/speed", "u:speed"),
        ({"u": "https://u.example/"}, "https://u.example/", "u"),
        ({"u": {"@id": "https://u.example/"}}, "https://u.example/speed", "https://u.example/speed"),
        ({"u": "https://u.example/", "speed": "u:speed"}, "https://u.example/speed", "speed"),
        ({"longer": "https://u.example/", "u": "https://u.example/"}, "https://u.example/x", "u:x"),
        ({"longer": "https://u.example/a", "b": "https://u.example/a"}, "https://u.example/a", "b"),
        ({"b": {"@id": "https://u.example/a", "@type": "@id"}, "longer": "https://u.example/a"}, "https://u.example/a", "longer"),
        ({"u": "https://u.example/", "u:speed": "https://other.example/"}, "https://u.example/speed", "https://u.example/speed"),
        ({}, DEFAULT_VOCABULARY + "a/b", "ngsi-ld:default-context/a/b"),  # "a/b" could not be read back
        ({}, DEFAULT_VOCABULARY, "ngsi-ld:default-context/"),
        ({}, NGSI_LD + "location", "location"),
        ({"place": "ngsi-ld:location"}, NGSI_LD + "location", "place"),
        ({}, "https://purl.org/geojson/vocab#Point", "Point"),
    ],
)  # fmt: skip
def test_an_iri_is_compacted(definition: Any, iri: str, written: str) -> None:
    context = made(definition)
    assert context.term(stored_name(iri)) == written
    assert context.expand(written) == iri


@pytest.mark.parametrize("text", ["Good", "very good", "12:30", "é à", "urn:x:y", "https://v.example/x", "u:x", "a/b"])
def test_values_of_a_vocabulary_come_back(text: str) -> None:
    context = made({"u": "https://u.example/", "Good": "https://u.example/Good", "Bad": "https://v.example/Bad"})
    assert context.compact_value(context.expand_value(text)) == text
    assert CORE.expand_value(CORE.compact_value(context.expand_value(text))) == context.expand_value(text)


@pytest.mark.parametrize("text", ["@id", "type", "Nothing"])
def test_values_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        made({"Nothing": None}).expand_value(text)


@pytest.mark.parametrize("term", ["id", "observedAt", "unitCode", "datasetId", "value", "object", "scope", "@type"])
def test_members_of_the_model_are_no_names_of_attributes(term: str) -> None:
    with pytest.raises(BadRequestData):
        CORE.attribute_name(term)


def test_members_are_refused_by_their_iri_and_by_an_alias_too() -> None:
    with pytest.raises(BadRequestData):
        CORE.attribute_name(CORE_IRIS["observedAt"])
    with pytest.raises(BadRequestData):
        made({"seen": "ngsi-ld:observedAt"}).attribute_name("seen")


@pytest.mark.parametrize("term", ["location", "status", "description", "name", "temperature", "operations"])
def test_other_core_terms_may_name_attributes(term: str) -> None:
    assert CORE.term(CORE.attribute_name(term)) == term


def test_stored_names_are_short_and_come_back_whatever_the_model_they_were_written_with() -> None:
    term = next(term for term, iris in declared().items() if "/dataModel." in iris[0])
    model = iri_of(term).rpartition("/")[0]
    other = made({term: f"https://smartdatamodels.org/dataModel.Elsewhere/{term}"})
    own = made({term: f"{model}/{term}", "sdm": f"{model}/"})
    assert other.name(term) == own.name(term) == term
    assert other.term(term) == own.term(term) == term
    assert CORE.term(term) == iri_of(term)
    assert CORE.name(term) == DEFAULT_VOCABULARY + term  # not the declared one
    assert CORE.term(CORE.name(term)) == term


def test_names_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.telemetry.context.jsonld.context.MOST_REMEMBERED", 10)
    context = made({})
    for number in range(100):
        assert context.name(f"n{number}") == f"n{number}"
    assert len(context.name.__self__) <= 10  # type: ignore[attr-defined]


def test_the_core_document_says_what_we_do() -> None:
    document = core_document()["@context"]
    assert len(CORE_IRIS) > 190
    read = terms_of({term: iri for term, iri in document.items() if term not in core_terms()}, lambda url: {})
    assert read.keys() == core_terms().keys()
    for term, given in document.items():
        if not term.startswith("@") and term not in ("id", "type", "ngsi-ld", "geojson"):
            iri = given["@id"] if isinstance(given, dict) else given
            assert CORE.expand(iri if ":" in iri else term) == CORE_IRIS[term]


@pytest.mark.parametrize(
    ("url", "known"),
    [
        (CORE_URL, True),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", True),
        ("http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld", True),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v9.9.jsonld", False),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld", False),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld-", False),
        ("https://other.example/ngsi-ld-core-context.jsonld", False),
    ],
)
def test_versions_of_the_core(url: str, known: bool) -> None:
    assert is_core(url) is known
