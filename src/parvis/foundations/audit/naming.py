"""What the journal's URNs are called: the journal keeps identifiers, and the packages that own them name them when it is read."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.kernel.contributions import Resource
from parvis.kernel.registry import registry
from parvis.kernel.urn import SYSTEM, MalformedUrn, Urn


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """`kind` is empty for what no package knows; `opens` tells that its type has a page."""

    urn: str
    kind: str
    name: str
    opens: bool


def name_all(urns: Iterable[str]) -> dict[str, Named]:
    """One question per type of thing, whatever the number of URNs."""
    resources = {resource.type: resource for _manifest, resource in registry.all(Resource)}
    by_type: dict[str, list[Urn]] = defaultdict(list)
    found: dict[str, Named] = {}
    for text in set(urns):
        try:
            urn = Urn.parse(text)
        except MalformedUrn:
            found[text] = Named(urn=text, kind="", name=text, opens=False)
        else:
            by_type[urn.type].append(urn)
    for type_, members in by_type.items():
        resource = resources.get(type_)
        names = resource.names(members) if resource and resource.names else {}
        for urn in members:
            found[str(urn)] = _named(urn, resource, names.get(urn, ""))
    return found


def _named(urn: Urn, resource: Resource | None, name: str) -> Named:
    if urn == SYSTEM:
        return Named(urn=str(urn), kind="", name=_("La plateforme"), opens=False)
    kind = str(resource.label) if resource else urn.type
    return Named(urn=str(urn), kind=kind, name=name or _short(urn.local), opens=resource is not None)


def _short(local: str) -> str:
    """The first group of a UUID is enough to tell two lines apart; the link carries all of it."""
    return local.split("-", 1)[0] if len(local) == 36 and local.count("-") == 4 else local
