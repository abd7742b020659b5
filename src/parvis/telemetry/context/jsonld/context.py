"""One effective @context: the names a client uses, and the names things are stored under (ETSI GS CIM 009 V1.8.1, 5.5.5 to 5.5.7)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.core import CORE_IRIS, CORE_URL, DEFAULT_VOCABULARY, NEVER_ATTRIBUTES
from parvis.telemetry.context.jsonld.terms import LD_KEYWORDS, Definition, core_terms
from parvis.telemetry.context.ngsild.names import MOST_NAME_BYTES, is_uri, shown
from parvis.telemetry.context.vocabulary import iri_of, iris_of, stored_name

MOST_REMEMBERED: Final = 20_000
"""Names kept per direction and context: clients can invent names without end."""

_NAME = re.compile(r"[^\W\d_]\w*\Z")


class _Memory(dict[str, str]):
    """Answers remembered, forgotten all at once when there are too many. What raises is not remembered."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: str) -> str:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        found = self[key] = self._find(key)
        return found


class Context:
    """Immutable. `link` is its URL, empty when it has none (inline and not kept); `value` is what ld+json bodies carry.

    The callables below are look-ups in dictionaries; those of writing raise `BadRequestData`.
    """

    __slots__ = (
        "_by_iri",
        "_by_name",
        "_prefixes",
        "_terms",
        "attribute_name",
        "compact_value",
        "expand",
        "expand_value",
        "is_core",
        "link",
        "name",
        "term",
        "value",
    )

    expand: Callable[[str], str]
    """IRI of a term, a compact IRI or an IRI."""
    name: Callable[[str], str]
    """Stored name of a type or an attribute."""
    attribute_name: Callable[[str], str]
    """The same, refusing members of the data model (`id`, `observedAt`, …) as names of attributes."""
    term: Callable[[str], str]
    """What a stored name is called in this context."""
    expand_value: Callable[[str], str]
    """IRI of a value of `vocab`, `objectType`, `valueType`."""
    compact_value: Callable[[str], str]
    """What the IRI of such a value is called in this context."""

    def __init__(self, *, link: str, value: Any, terms: Mapping[str, Definition], is_core: bool = False) -> None:
        self.link = link
        self.value = value
        self.is_core = is_core
        self._terms = terms
        self._prefixes = [(term, known.iri) for term, known in terms.items() if known.prefix and known.iri is not None]
        self._by_iri: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for term, known in sorted(_own(terms), key=_preference):
            self._by_iri.setdefault(str(known.iri), term)
        self.expand = _Memory(self._expand).__getitem__
        self.name = _Memory(self._name).__getitem__
        self.attribute_name = _Memory(self._attribute_name).__getitem__
        self.term = _Memory(self._term).__getitem__
        self.expand_value = _Memory(self._expand_value).__getitem__
        self.compact_value = _Memory(self._compact_value).__getitem__

    def linked(self, link: str) -> "Context":
        """The same under a URL."""
        return Context(link=link, value=self.value, terms=self._terms, is_core=self.is_core)

    def _expand(self, term: str) -> str:
        iri = self._meaning(term)
        if not is_uri(iri) or len(iri.encode()) > MOST_NAME_BYTES:
            raise BadRequestData(f"{shown(term)} stands for what is not an IRI, or too long")
        return iri

    def _meaning(self, term: str) -> str:
        if known := self._terms.get(term):
            if known.iri is None or known.reverse:
                raise BadRequestData(f"the @context gives {shown(term)} no meaning")
            if known.iri in LD_KEYWORDS:
                raise BadRequestData(f"{shown(term)} is a keyword and cannot be used as a name")
            return known.iri
        if ":" in term:
            return self._expand_compact(term)
        if not _NAME.match(term):
            raise BadRequestData(f"{shown(term)} is not a name: a letter, then letters, digits and _")
        return DEFAULT_VOCABULARY + term

    def _expand_compact(self, term: str) -> str:
        prefix, _, suffix = term.partition(":")
        known = self._terms.get(prefix)
        if known and known.prefix and known.iri and not suffix.startswith("//"):
            return known.iri + suffix
        return term

    def _name(self, term: str) -> str:
        return stored_name(self._expand(term))

    def _attribute_name(self, term: str) -> str:
        name = self._name(term)
        if name in NEVER_ATTRIBUTES:
            raise BadRequestData(f"{shown(term)} cannot be the name of an attribute")
        return name

    def _expand_value(self, text: str) -> str:
        if known := self._terms.get(text):
            if known.iri is None or known.iri in LD_KEYWORDS:
                raise BadRequestData(f"{shown(text)} cannot be a value of a vocabulary in this @context")
            return known.iri
        if text in LD_KEYWORDS:
            raise BadRequestData(f"{shown(text)} is a keyword and cannot be a value of a vocabulary")
        iri = self._expand_compact(text)
        return iri if ":" in iri and is_uri(iri) else DEFAULT_VOCABULARY + text

    def _term(self, name: str) -> str:
        """The user's term of the first IRI that has one; of equal IRIs (`vocabulary`) too."""
        for iri in iris_of(name):
            if known := self._by_iri.get(iri):
                return known
        if equal := self._names_of_terms().get(name):
            return equal
        if name in CORE_IRIS:
            return name
        return self._compact(iri_of(name), self._expand)

    def _names_of_terms(self) -> Mapping[str, str]:
        if not self._by_name:
            self._by_name.update(
                (stored_name(iri), term) for iri, term in reversed(self._by_iri.items()) if iri not in LD_KEYWORDS
            )
        return self._by_name

    def _compact_value(self, iri: str) -> str:
        return self._compact(iri, self._expand_value)

    def _compact(self, iri: str, expand: Callable[[str], str]) -> str:
        """What `expand` turns into this IRI again: a term, a name of the default vocabulary, a compact IRI; else the IRI.

        Of an IRI whose scheme is one of the prefixes (`u:a`), the IRI is given all the same: there is no other way to write it.
        """

        def means_it(text: str) -> bool:
            try:
                return expand(text) == iri
            except BadRequestData:
                return False

        if known := self._by_iri.get(iri) or _CORE_BY_IRI.get(iri):
            return known
        suffix = iri.removeprefix(DEFAULT_VOCABULARY)
        if suffix != iri and suffix and means_it(suffix):
            return suffix
        compact = (f"{term}:{iri.removeprefix(start)}" for term, start in self._prefixes if _begins(iri, start))
        return min(filter(means_it, compact), key=_shortest, default=iri)


def _own(terms: Mapping[str, Definition]) -> Iterable[tuple[str, Definition]]:
    """Terms of the user, those that can stand for their IRI."""
    core = core_terms()
    return (
        (term, known)
        for term, known in terms.items()
        if term not in core and known.iri is not None and known.iri not in LD_KEYWORDS and not known.reverse
    )


def _preference(item: tuple[str, Definition]) -> tuple[bool, int, str]:
    """Plain definitions before those that want values of one kind, then as JSON-LD: the shortest, then the alphabet."""
    term, known = item
    return (bool(known.type or known.container), len(term), term)


def _shortest(text: str) -> tuple[int, str]:
    return (len(text), text)


def _begins(iri: str, start: str) -> bool:
    return len(iri) > len(start) and iri.startswith(start)


_CORE_BY_IRI: Final[Mapping[str, str]] = {iri: term for term, iri in sorted(CORE_IRIS.items(), reverse=True)}

CORE: Final = Context(link=CORE_URL, value=CORE_URL, terms=core_terms(), is_core=True)
