"""A question of an agent: the very words of `GET /entities`, read by the same code, so that what is found here is found by the API."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from parvis.telemetry.context.broker.asking import Query
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.jsonld.catalogue import product
from parvis.telemetry.context.query.asking import Wanted, wanted
from parvis.telemetry.context.query.given import given_by_address

ALONE = ("type", "q", "attrs", "pick", "scopeQ", "id")
"""Parameters that mean something by themselves."""


def understood(parameters: Mapping[str, str]) -> Wanted:
    """Raises `LdError`."""
    return wanted(given_by_address(Query(urlencode(parameters))), product())


def faults(parameters: Mapping[str, str]) -> dict[str, LdError]:
    """By parameter, each read alone; then what does not go together, said of the last of them."""
    found: dict[str, LdError] = {}
    for name in ALONE:
        if name in parameters:
            try:
                understood({name: parameters[name]})
            except LdError as error:
                found[name] = error
    if not found:
        try:
            understood(parameters)
        except LdError as error:
            together = next((name for name in ("pick", "georel") if name in parameters), "")
            found[together] = error
    return found


def near(longitude: float, latitude: float, distance_m: float) -> dict[str, str]:
    """The three parameters of "within so many metres of this point"."""
    return {
        "georel": f"near;maxDistance=={distance_m:g}",
        "geometry": "Point",
        "coordinates": f"[{longitude:.7g},{latitude:.7g}]",
    }


def address(parameters: Mapping[str, str], *, limit: int, offset: int, form: str = "") -> str:
    """The path and parameters by which a program asks the same; `local`: of this broker, as here."""
    paging = {"limit": str(limit), "offset": str(offset)} if offset else {"limit": str(limit)}
    more = {"format": form} if form else {}
    return "/ngsi-ld/v1/entities?" + urlencode(
        {**parameters, **more, "local": "true", "count": "true", **paging}, safe=",:/[]", quote_via=quote
    )
