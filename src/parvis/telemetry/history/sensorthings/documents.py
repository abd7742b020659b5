"""Entities as clients read them: JSON with links (OGC 18-088, 8.1), data arrays (12.1), or GeoJSON as other servers give it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from parvis.telemetry.history.sensorthings.columns import selected
from parvis.telemetry.history.sensorthings.identity import ATTRIBUTES
from parvis.telemetry.history.sensorthings.items import Item, Page
from parvis.telemetry.history.sensorthings.model import ID_NAMES, NAVIGATIONS, SELF_LINK, Kind
from parvis.telemetry.history.sensorthings.options import Expand, Options

CONFORMANCE = (
    "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/resource-path/resource-path-to-entities",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array",
    "https://fraunhoferiosb.github.io/FROST-Server/extensions/GeoJSON-ResultFormat.html",
)
"""Data arrays are given, not taken: nothing is written by this door."""

_GEOMETRIES = ("location", "feature", "observedArea")
_UNQUOTED = "$(),;='@:/*!"


def root(base: str) -> dict[str, Any]:
    return {
        "value": [{"name": str(kind), "url": f"{base}/{kind}"} for kind in Kind],
        "serverSettings": {"conformance": CONFORMANCE, "readOnly": True},
    }


def self_link(base: str, item: Item) -> str:
    shown = f"'{item.id}'" if isinstance(item.id, str) else str(item.id)
    return f"{base}/{item.kind}({shown})"


def entity(base: str, item: Item, options: Options) -> dict[str, Any]:
    """Nothing is said of what is null."""
    link, wanted = self_link(base, item), options.select
    shown: dict[str, Any] = {}
    if wanted is None or SELF_LINK in wanted:
        shown[SELF_LINK] = link
    if wanted is None or not ID_NAMES.isdisjoint(wanted):
        shown["@iot.id"] = item.id
    shown |= {name: found for name, found in item.properties.items() if found is not None}
    expands = {expand.name: expand for expand in options.expand}
    for name in NAVIGATIONS[item.kind]:
        if name in expands:
            shown |= _expanded(base, item, expands[name])
        elif wanted is None or name in wanted:
            shown[f"{name}@iot.navigationLink"] = f"{link}/{name}"
    return shown


def _expanded(base: str, item: Item, expand: Expand) -> dict[str, Any]:
    found, name = item.expanded.get(expand.name), expand.name
    match found:
        case None:
            return {}
        case Item():
            return {name: entity(base, found, expand.options)}
    shown: dict[str, Any] = {name: [entity(base, one, expand.options) for one in found.items]}
    if found.total is not None:
        shown[f"{name}@iot.count"] = found.total
    if found.more and found.items:
        shown[f"{name}@iot.nextLink"] = _next(f"{self_link(base, item)}/{name}", expand.options, found)
    return shown


def _next(address: str, options: Options, page: Page) -> str:
    written = {**options.written, "$skip": str(options.skip + len(page.items))}
    return address + "?" + "&".join(f"{name}={quote(text, safe=_UNQUOTED)}" for name, text in written.items())


def _around(page: Page, address: str, options: Options) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if page.total is not None:
        shown["@iot.count"] = page.total
    if page.more and page.items:
        shown["@iot.nextLink"] = _next(address, options, page)
    return shown


def collection(base: str, page: Page, address: str, options: Options) -> dict[str, Any]:
    """`address`: of the set, for the link to what follows."""
    return {**_around(page, address, options), "value": [entity(base, item, options) for item in page.items]}


def references(base: str, page: Page, address: str, options: Options) -> dict[str, Any]:
    return {
        **_around(page, f"{address}/$ref", options),
        "value": [{SELF_LINK: self_link(base, item)} for item in page.items],
    }


def data_array(base: str, page: Page, address: str, options: Options) -> dict[str, Any]:
    """Observations by their Datastream, each a list in the order of `components`."""
    names = selected(Kind.OBSERVATION, options)
    components = ["id", *names] if options.select is None or not ID_NAMES.isdisjoint(options.select) else names
    streams: dict[int, list[list[Any]]] = {}
    for item in page.items:
        row = [item.id if name == "id" else item.properties[name] for name in components]
        streams.setdefault(item.key.entity * ATTRIBUTES + item.key.attribute, []).append(row)
    return {
        **_around(page, address, options),
        "value": [
            {
                "Datastream@iot.navigationLink": f"{base}/{Kind.DATASTREAM}({number})",
                "components": components,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for number, rows in streams.items()
        ],
    }


def geojson(base: str, page: Page, address: str, options: Options) -> dict[str, Any]:
    """A feature for each entity; its geometry is the first found in it, or in what is expanded."""
    features = [_feature(entity(base, item, options)) for item in page.items]
    return {"type": "FeatureCollection", **_around(page, address, options), "features": features}


def _feature(shown: Mapping[str, Any]) -> dict[str, Any]:
    plain = msgspec.json.decode(msgspec.json.encode(shown))
    geometries: list[Any] = []
    properties = dict(_flat(plain, "", geometries))
    return {"type": "Feature", "geometry": geometries[0] if geometries else None, "properties": properties}


def _flat(shown: Any, path: str, geometries: list[Any]) -> Iterator[tuple[str, Any]]:
    if not isinstance(shown, dict | list):
        yield path, shown
        return
    members = shown.items() if isinstance(shown, dict) else enumerate(shown)
    for name, one in members:
        if name in _GEOMETRIES and isinstance(one, dict):
            if "coordinates" in one:
                geometries.append(one)
        elif name == "@iot.id":
            yield f"{path}/id".removeprefix("/"), one
        elif not str(name).endswith(("Link", "@iot.count")) or "@iot." not in str(name):
            yield from _flat(one, f"{path}/{name}".removeprefix("/"), geometries)
