"""Under which name a type or an attribute is stored, and which IRI that name stands for (ETSI GS CIM 009 V1.8.1, 4.4).

Stored names are short: a term of the core @context, a term our packages declare, or a term of the default vocabulary; anything
else is stored as its full IRI. One name stands for one IRI, except that the Smart Data Models give the same property another IRI in
each subject (`dataModel.Weather/temperature`, `dataModel.Device/temperature`): for a declared term they are held to be equal.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache

from parvis.kernel.contributions import EntityType
from parvis.kernel.registry import registry
from parvis.telemetry.context.jsonld import core
from parvis.telemetry.context.jsonld.core import CORE_IRIS

DEFAULT_VOCABULARY = core.DEFAULT_VOCABULARY
MODELS = "https://smartdatamodels.org/"

COMMON = (
    "address",
    "alternateName",
    "areaServed",
    "dataProvider",
    "dateCreated",
    "dateModified",
    "dateObserved",
    "name",
    "owner",
    "seeAlso",
    "source",
)
"""Terms all subjects of the Smart Data Models share: their IRI names no subject."""

_MODEL_TERM = re.compile(r"https://smartdatamodels\.org/dataModel\.\w+/(\w+)\Z")
_PLAIN = re.compile(r"[^\W\d_]\w*\Z")


@cache
def declared() -> Mapping[str, tuple[str, ...]]:
    """The IRIs of each declared term, the preferred one first."""
    found: dict[str, list[str]] = defaultdict(list, {term: [MODELS + term] for term in COMMON})
    for _, kind in registry.all(EntityType):
        base = f"{MODELS}{kind.model}/" if kind.model else DEFAULT_VOCABULARY
        for term in (kind.name, *(spec.name for spec in kind.attributes)):
            if term not in CORE_IRIS and term not in COMMON and base + term not in found[term]:
                found[term].append(base + term)
    return {term: tuple(iris) for term, iris in found.items() if iris}


@cache
def _term_of() -> Mapping[str, str]:
    return {iri: term for term, iris in declared().items() for iri in iris} | {
        iri: term for term, iri in CORE_IRIS.items()
    }


@lru_cache(maxsize=20_000)
def stored_name(iri: str) -> str:
    """The name under which this IRI is stored."""
    if known := _term_of().get(iri):
        return known
    if (match := _MODEL_TERM.match(iri)) and match[1] in declared():
        return match[1]
    if iri.startswith(DEFAULT_VOCABULARY):
        term = iri.removeprefix(DEFAULT_VOCABULARY)
        if term not in declared() and term not in CORE_IRIS and _PLAIN.match(term):
            return term
    return iri


@lru_cache(maxsize=20_000)
def iri_of(name: str) -> str:
    """The IRI a stored name stands for."""
    if name in CORE_IRIS:
        return CORE_IRIS[name]
    if iris := declared().get(name):
        return iris[0]
    return name if ":" in name else DEFAULT_VOCABULARY + name


def iris_of(name: str) -> tuple[str, ...]:
    """All the IRIs a stored name may have been written with, the preferred one first."""
    return declared().get(name) or (iri_of(name),)
