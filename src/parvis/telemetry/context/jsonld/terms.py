"""Term definitions of one @context object (W3C JSON-LD 1.1 API, 4.2), as far as NGSI-LD needs them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.core import CORE_IRIS, DEFAULT_VOCABULARY, KEYWORDS, PREFIXES

_KEYWORDS = """
    @base @container @context @direction @graph @id @import @included @index @json @language @list @nest @none @prefix @propagate
    @protected @reverse @set @type @value @version @vocab
"""
LD_KEYWORDS = frozenset(_KEYWORDS.split())
_LIKE_KEYWORD = re.compile(r"@[A-Za-z]+\Z")
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f<>\"{}|\\^`]*\Z")
_GEN_DELIMS = frozenset(":/?#[]@")
_CONTAINERS = frozenset(("@graph", "@id", "@index", "@language", "@list", "@set", "@type"))
_MEMBERS = frozenset(
    (
        "@id",
        "@reverse",
        "@container",
        "@context",
        "@direction",
        "@index",
        "@language",
        "@nest",
        "@prefix",
        "@protected",
        "@type",
    )
)
_PROTECTED = frozenset((*CORE_IRIS, *KEYWORDS, *PREFIXES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Of one term. `iri` None: the context takes its meaning away. `prefix`: it may begin a compact IRI."""

    iri: str | None
    prefix: bool = False
    reverse: bool = False
    type: str = ""
    container: tuple[str, ...] = ()
    protected: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Active:
    """The terms in force while a context is read, and after it."""

    terms: dict[str, Definition]
    vocab: str | None = DEFAULT_VOCABULARY


@cache
def core_terms() -> Mapping[str, Definition]:
    return {
        **{term: Definition(iri=iri) for term, iri in CORE_IRIS.items()},
        **{term: Definition(iri=keyword) for term, keyword in KEYWORDS.items()},
        **{term: Definition(iri=iri, prefix=True) for term, iri in PREFIXES.items()},
    }


class Terms:
    """Definition of the terms of one context object, each after those it needs."""

    def __init__(self, active: Active, local: Mapping[str, Any]) -> None:
        self._active = active
        self._local = local
        self._done: dict[str, bool] = {}

    def define_all(self) -> None:
        for term in self._local:
            if term not in LD_KEYWORDS:
                self._define(term)
            elif term in ("@id", "@value", "@list", "@set", "@graph", "@none"):
                raise BadRequestData(f"an @context cannot redefine {term}")

    def _define(self, term: str) -> None:
        if term in self._done:
            if not self._done[term]:
                raise BadRequestData(f"the definition of {term!r} in the @context leads back to itself")
            return
        if term in _PROTECTED or _LIKE_KEYWORD.match(term):
            return
        if not term:
            raise BadRequestData("a term of an @context cannot be empty")
        self._done[term] = False
        before = self._active.terms.pop(term, None)
        made = self._made(term, self._local[term])
        if before is not None and before.protected:
            if before != made:
                raise BadRequestData(f"the term {term!r} is protected by another @context")
            made = before
        self._active.terms[term] = made
        self._done[term] = True

    def _made(self, term: str, given: Any) -> Definition:
        protected = bool(self._local.get("@protected"))
        if given is None:
            return Definition(iri=None, protected=protected)
        if isinstance(given, str):
            iri = self._meaning(term, given)
            return Definition(iri=iri, prefix=_may_be_prefix(term, iri), protected=protected)
        if not isinstance(given, dict):
            raise BadRequestData(f"the definition of {term!r} in the @context is neither an IRI nor an object")
        _check_definition(term, given)
        if "@reverse" in given:
            return Definition(iri=self._meaning(term, given["@reverse"]), reverse=True, protected=protected)
        container = given.get("@container") or ()
        iri = self._meaning(term, given["@id"]) if "@id" in given else self._implied(term)
        return Definition(
            iri=iri,
            prefix=given.get("@prefix") is True and iri is not None,
            type=self._type(term, given.get("@type")),
            container=(container,) if isinstance(container, str) else tuple(sorted(container)),
            protected=given.get("@protected", protected),
        )

    def _meaning(self, term: str, given: Any) -> str | None:
        """What `@id` (or a plain definition) says."""
        if given is None:
            return None
        if not isinstance(given, str):
            raise BadRequestData(f"the IRI of {term!r} in the @context is not a string")
        if given == term:
            return self._implied(term)
        if _LIKE_KEYWORD.match(given) and given not in LD_KEYWORDS:
            return None
        iri = self.iri(given)
        if iri is None or iri == "@context" or not (iri in LD_KEYWORDS or ":" in iri):
            raise BadRequestData(f"the term {term!r} of the @context has no usable IRI")
        return iri

    def _implied(self, term: str) -> str:
        """The IRI of a term whose definition names none: its own compact form, else the vocabulary."""
        prefix, colon, suffix = term.partition(":")
        if colon and prefix:
            self._define_if_local(prefix)
            known = self._active.terms.get(prefix)
            return known.iri + suffix if known and known.iri else term
        if self._active.vocab is None:
            raise BadRequestData(f"the term {term!r} of the @context has no IRI")
        return self._active.vocab + term

    def _type(self, term: str, given: Any) -> str:
        if given is None:
            return ""
        iri = self.iri(given) if isinstance(given, str) else None
        if iri is None or not (iri in ("@id", "@vocab", "@json", "@none") or ABSOLUTE.match(iri)):
            raise BadRequestData(f"the @type of {term!r} in the @context is not usable")
        return iri

    def _define_if_local(self, term: str) -> None:
        if term in self._local and term not in LD_KEYWORDS:
            self._define(term)

    def iri(self, given: str) -> str | None:
        """IRI expansion by vocabulary inside a context; None for a term without meaning."""
        if given in LD_KEYWORDS:
            return given
        self._define_if_local(given)
        if known := self._active.terms.get(given):
            return known.iri
        prefix, colon, suffix = given.partition(":")
        if colon and prefix and prefix != "_" and not suffix.startswith("//"):
            self._define_if_local(prefix)
            known = self._active.terms.get(prefix)
            if known and known.iri and known.prefix:
                return known.iri + suffix
        if colon and (prefix == "_" or ABSOLUTE.match(given)):
            return given
        return None if self._active.vocab is None else self._active.vocab + given


def _may_be_prefix(term: str, iri: str | None) -> bool:
    """The gen-delim rule of JSON-LD 1.1 for terms defined by a plain string."""
    return (
        iri is not None and iri not in LD_KEYWORDS and ":" not in term and "/" not in term and iri[-1:] in _GEN_DELIMS
    )


def _check_definition(term: str, given: Mapping[str, Any]) -> None:
    if "@context" in given:
        raise BadRequestData(f"the term {term!r} has a scoped @context, which NGSI-LD does not allow")
    if unknown := given.keys() - _MEMBERS:
        raise BadRequestData(f"the definition of {term!r} in the @context has an unknown member {sorted(unknown)[0]!r}")
    container = given.get("@container")
    listed = container if isinstance(container, list) else [] if container is None else [container]
    if not all(isinstance(one, str) and one in _CONTAINERS for one in listed):
        raise BadRequestData(f"the @container of {term!r} in the @context is not one")
    for member in ("@prefix", "@protected"):
        if not isinstance(given.get(member, True), bool):
            raise BadRequestData(f"{member} of {term!r} in the @context is true or false")
