"""Whatever a client sends as an @context is a context or a refusal, and what a context can write it can read back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.jsonld.core import DEFAULT_VOCABULARY
from parvis.telemetry.context.jsonld.definitions import terms_of
from parvis.telemetry.context.jsonld.terms import LD_KEYWORDS
from parvis.telemetry.context.vocabulary import stored_name

TERMS = st.sampled_from(
    ["a", "b", "c", "a:b", "b:c", "u", "u:a", "name", "Property", "id", "ngsi-ld", "", "é", "1x", "x-y"]
)
IRIS = st.sampled_from(
    [
        "https://u.example/",
        "https://u.example/a",
        "https://u.example#",
        DEFAULT_VOCABULARY,
        DEFAULT_VOCABULARY + "a",
        "_:b",
        "urn:x",
    ]
)
WORDS = st.sampled_from(sorted(LD_KEYWORDS)) | TERMS | IRIS | st.text(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=20
)
CONTEXTS = st.dictionaries(
    TERMS, IRIS | TERMS | st.none() | st.fixed_dictionaries({"@id": IRIS, "@prefix": st.booleans()}), max_size=6
)


def made(value: Any) -> Context | None:
    try:
        return Context(link="", value=value, terms=terms_of(value, lambda url: {"@context": {}}))
    except BadRequestData:
        return None


@settings(max_examples=400, deadline=None)
@given(JSON, WORDS)
def test_any_json_is_a_context_or_a_refusal(value: Any, term: str) -> None:
    if context := made(value):
        for use in (context.attribute_name, context.expand_value):
            try:
                use(term)
            except BadRequestData:
                continue


@settings(max_examples=400, deadline=None)
@given(CONTEXTS, CONTEXTS, TERMS | IRIS)
def test_what_is_read_can_be_written_again(writers: Any, readers: Any, term: str) -> None:
    writer, reader = made(writers), made(readers)
    if writer is None or reader is None:
        return
    try:
        name = writer.name(term)
        value = writer.expand_value(term)
    except BadRequestData:
        return
    if not name.startswith(("https:", "urn:")) and ":" in name:
        return  # an IRI whose scheme is a prefix of the reader has no other way to be written: JSON-LD gives up there
    for context in (writer, reader):
        assert context.name(context.term(name)) == name
        assert stored_name(context.expand_value(context.compact_value(value))) == stored_name(value)
