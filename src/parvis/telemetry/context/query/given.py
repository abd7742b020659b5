"""What a client says of a query, in an address or in a Query document, before it means anything (CIM 009, 5.2.23, 6.4.3.2, 6.23)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parvis.telemetry.context.broker.problems import BadRequestData

if TYPE_CHECKING:
    from parvis.telemetry.context.broker.asking import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSelector:
    types: str | None = None
    ids: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenGeo:
    """Each None when absent; `coordinates` text or array."""

    georel: str | None = None
    geometry: str | None = None
    coordinates: Any = None
    geoproperty: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Texts as written; None or empty when absent. `attrs`, `pick` and `omit` are in the form of an address."""

    selectors: tuple[GivenSelector, ...] = ()
    attrs: str | None = None
    pick: str | None = None
    omit: str | None = None
    q: str | None = None
    csf: str | None = None
    scope: str | None = None
    geo: GivenGeo | None = None
    lang: str = ""
    datasets: tuple[str, ...] = ()
    join: str | None = None
    level: int = 1
    contained_by: tuple[str, ...] = ()
    geometry_property: str | None = None
    expand_values: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    order_from: Any = None
    order_geometry: str | None = None
    collation: str = ""


def given_by_address(query: "Query") -> Given:
    """Raises BadRequestData."""
    one = {name: query.get(name) if name in query else None for name in ("type", "idPattern", "attrs", "pick", "omit")}
    one |= {name: query.get(name) if name in query else None for name in ("q", "csf", "scopeQ", "join")}
    selected = one["type"] is not None or one["idPattern"] is not None or "id" in query
    selector = GivenSelector(types=one["type"], ids=tuple(query.listed("id")), pattern=one["idPattern"])
    scope = one["scopeQ"]
    return Given(
        selectors=(selector,) if selected else (),
        attrs=one["attrs"],
        pick=one["pick"],
        omit=one["omit"],
        q=one["q"],
        csf=one["csf"],
        scope=None if scope is None else scope.replace(" ", "+"),  # a client that did not encode its wildcard
        geo=_geo_of_address(query),
        lang=query.get("lang"),
        datasets=tuple(query.listed("datasetId")),
        join=one["join"],
        level=query.number("joinLevel", least=1, default=1),
        contained_by=tuple(query.listed("containedBy")),
        geometry_property=query.get("geometryProperty") if "geometryProperty" in query else None,
        expand_values=tuple(query.listed("expandValues") + query.listed("jsonKeys")),
        order_by=tuple(query.listed("orderBy")),
        order_from=query.get("orderFrom") if "orderFrom" in query else None,
        order_geometry=query.get("geometry") if "geometry" in query else None,
        collation=query.get("collation"),
    )


def _geo_of_address(query: "Query") -> GivenGeo | None:
    trio = ("georel", "coordinates") if "orderFrom" in query else ("georel", "geometry", "coordinates")
    if not any(name in query for name in trio):
        return None
    said = {name: query.get(name) if name in query else None for name in ("georel", "geometry", "coordinates")}
    return GivenGeo(**said, geoproperty=query.get("geoproperty") if "geoproperty" in query else None)


def given_by_document(document: Mapping[str, Any], *, temporal: bool = False) -> Given:
    """Of a Query. Raises BadRequestData."""
    read = _Reader(document)
    if document.get("type") != "Query":
        raise BadRequestData("The type of the document is Query.")
    if "temporalQ" in document and not temporal:
        raise BadRequestData("temporalQ is for queries of the past.")
    ordering = _Reader(read.object("ordering") or {}, "ordering.")
    return Given(
        selectors=tuple(map(_selector, read.list("entities"))),
        attrs=read.joined("attrs"),
        pick=read.joined("pick"),
        omit=read.joined("omit"),
        q=read.text("q"),
        csf=read.text("csf"),
        scope=read.text("scopeQ"),
        geo=_geo_of_document(read.object("geoQ")),
        lang=read.text("lang") or "",
        datasets=read.texts("datasetId"),
        join=read.text("join"),
        level=read.level("joinLevel"),
        contained_by=read.texts("containedBy"),
        geometry_property=read.text("geometryProperty"),
        expand_values=read.texts("expandValues") + read.texts("jsonKeys"),
        order_by=ordering.texts("orderBy"),
        order_from=ordering.document.get("coordinates"),
        order_geometry=ordering.text("geometry"),
        collation=ordering.text("collation") or "",
    )


def _selector(item: Any) -> GivenSelector:
    if not isinstance(item, dict):
        raise BadRequestData("entities: objects are expected.")
    read = _Reader(item, "entities.")
    types = read.text("type")
    if types is None:
        raise BadRequestData("entities: each names a type.")
    return GivenSelector(types=types, ids=read.texts("id"), pattern=read.text("idPattern"))


def _geo_of_document(document: Mapping[str, Any] | None) -> GivenGeo | None:
    if document is None:
        return None
    read = _Reader(document, "geoQ.")
    return GivenGeo(
        georel=read.text("georel"),
        geometry=read.text("geometry"),
        coordinates=document.get("coordinates"),
        geoproperty=read.text("geoproperty"),
    )


class _Reader:
    """Members of a document, of the kind expected; absent ones are None or empty. Raises BadRequestData."""

    def __init__(self, document: Mapping[str, Any], where: str = "") -> None:
        self.document, self._where = document, where

    def _of(self, name: str, is_right: Callable[[Any], bool], kind: str) -> Any:
        if name not in self.document:
            return None
        value = self.document[name]
        if not is_right(value):
            raise BadRequestData(f"{self._where}{name}: {kind} is expected.")
        return value

    def text(self, name: str) -> str | None:
        text: str | None = self._of(name, lambda value: isinstance(value, str) and bool(value), "a text")
        return text

    def object(self, name: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._of(name, lambda value: isinstance(value, dict), "an object")
        return found

    def list(self, name: str) -> "list[Any]":
        return (
            self._of(name, lambda value: isinstance(value, list) and bool(value), "an array that holds something") or []
        )

    def level(self, name: str) -> int:
        def is_level(value: Any) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and value > 0

        return self._of(name, is_level, "a whole number of at least 1") or 1

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of texts, or one comma separated text."""
        value = self.document.get(name)
        listed = value.split(",") if isinstance(value, str) else self.list(name)
        if not all(isinstance(one, str) and one.strip() for one in listed):
            raise BadRequestData(f"{self._where}{name}: texts are expected.")
        return tuple(one.strip() for one in listed)

    def joined(self, name: str) -> str | None:
        if name not in self.document:
            return None
        listed = self.list(name)
        if not all(isinstance(one, str) and one for one in listed):
            raise BadRequestData(f"{self._where}{name}: texts are expected.")
        return ",".join(listed)
