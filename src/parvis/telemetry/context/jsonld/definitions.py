"""Reading of @context values (W3C JSON-LD 1.1 API, 4.1), as far as NGSI-LD needs it.

What differs from plain JSON-LD, on purpose: the core terms are there from the start and no other context changes them, silently;
terms without meaning of their own go to the default vocabulary; scoped contexts are refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.core import DEFAULT_VOCABULARY, is_core
from parvis.telemetry.context.jsonld.terms import ABSOLUTE, Active, Definition, Terms, core_terms

Load = Callable[[str], Any]
"""Gives the parsed document at an absolute URL. Raises `LdContextNotAvailable` or `BadRequestData`."""

MOST_NESTED: Final = 8
MOST_DOCUMENTS: Final = 32


def terms_of(value: Any, load: Load, *, base: str = "") -> Mapping[str, Definition]:
    """The terms of the context, core terms included. `base`: where it stands. Raises `BadRequestData`, and what `load` raises."""
    reader = _Reader(load)
    active = Active(dict(core_terms()))
    try:
        reader.read(active, value, base=base, above=())
    except RecursionError as error:
        raise BadRequestData("the terms of the @context lead too far from one to another") from error
    return {**active.terms, **core_terms()}


def check_context(value: Any, *, base: str = "") -> None:
    """Of an @context by itself, what it refers to taken as empty. Raises `BadRequestData`."""
    terms_of(value, lambda url: {"@context": {}}, base=base)


class _Reader:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._documents = 0

    def read(self, active: Active, value: Any, *, base: str, above: tuple[str, ...]) -> None:
        for one in value if isinstance(value, list) else (value,):
            if one is None:
                self._forget(active)
            elif isinstance(one, str):
                self._read_remote(active, one, base=base, above=above)
            elif isinstance(one, dict):
                self._read_local(active, one, base=base, above=above)
            else:
                raise BadRequestData("an @context is a URL, an object, or an array of those")

    def _forget(self, active: Active) -> None:
        if any(known.protected for known in active.terms.values()):
            raise BadRequestData("a null @context would take away protected terms")
        active.terms, active.vocab = dict(core_terms()), DEFAULT_VOCABULARY

    def _read_remote(self, active: Active, given: str, *, base: str, above: tuple[str, ...]) -> None:
        url = self._absolute(given, base)
        if is_core(url):
            active.vocab = DEFAULT_VOCABULARY
            return
        self.read(active, self._fetched(url, above), base=url, above=(*above, url))

    def _absolute(self, given: str, base: str) -> str:
        try:
            url = urljoin(base, given) if base else given
            urlsplit(url)
        except ValueError:
            url = ""
        if not ABSOLUTE.match(url):
            raise BadRequestData(f"{given!r} is not the URL of an @context")
        return url

    def _fetched(self, url: str, above: tuple[str, ...]) -> Any:
        self._documents += 1
        if url in above:
            raise BadRequestData(f"the @context {url} refers to itself")
        if len(above) >= MOST_NESTED or self._documents > MOST_DOCUMENTS:
            raise BadRequestData(f"the @context refers to too many others, the last being {url}")
        document = self._load(url)
        if not isinstance(document, dict) or "@context" not in document:
            raise BadRequestData(f"{url} is not a JSON object with an @context")
        return document["@context"]

    def _read_local(self, active: Active, local: dict[str, Any], *, base: str, above: tuple[str, ...]) -> None:
        if "@import" in local:
            local = self._with_import(local, base, above)
        _check_keywords(local)
        if "@vocab" in local:
            active.vocab = _vocab(active, local["@vocab"])
        Terms(active, local).define_all()

    def _with_import(self, local: dict[str, Any], base: str, above: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(local["@import"], str):
            raise BadRequestData("@import is a URL")
        imported = self._fetched(self._absolute(local["@import"], base), above)
        if not isinstance(imported, dict) or "@import" in imported:
            raise BadRequestData("@import takes a document whose @context is one object without @import")
        return {**imported, **{key: value for key, value in local.items() if key != "@import"}}


def _check_keywords(local: Mapping[str, Any]) -> None:
    if local.get("@version", 1.1) not in (1, 1.1) or isinstance(local.get("@version"), bool):
        raise BadRequestData("the @version of an @context is 1.1")
    for keyword in ("@protected", "@propagate"):
        if not isinstance(local.get(keyword, True), bool):
            raise BadRequestData(f"{keyword} is true or false")
    for keyword in ("@base", "@language", "@direction"):
        if not isinstance(local.get(keyword), str | None):
            raise BadRequestData(f"{keyword} is a string or null")


def _vocab(active: Active, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise BadRequestData("@vocab is an IRI or null")
    iri = given if not given else Terms(active, {}).iri(given)
    if iri is None or (iri and not ABSOLUTE.match(iri)):
        raise BadRequestData(f"the @vocab {given!r} is not an IRI")
    return iri or active.vocab
