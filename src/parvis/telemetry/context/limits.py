"""How a token of the NGSI-LD API is narrowed when it is made (`broker.rights` reads it)."""

import re
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.foundations.identity.limits import TokenLimit, Unreadable
from parvis.foundations.territory.selectors import communes
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.jsonld.catalogue import product
from parvis.telemetry.context.presenting import type_label
from parvis.telemetry.context.selectors import known_types
from parvis.telemetry.context.states import entity_types

SCOPES = ("context.read", "context.write", "context.subscribe", "context.register")


def _types() -> Iterator[tuple[str, str]]:
    """Those declared, and those of which there is a thing, by label."""
    names = {*entity_types(), *known_types()}
    return iter(sorted(((name, type_label(name, plural=True)) for name in names), key=lambda one: (one[1], one[0])))


def _areas() -> Iterator[tuple[str, str]]:
    return ((area.code, area.name) for area in communes())


def _type_name(word: str) -> str:
    return _name(word, product().name)


def _attribute_name(word: str) -> str:
    return _name(word, product().attribute_name)


def _name(word: str, name_of: Callable[[str], str]) -> str:
    try:
        return name_of(word)
    except LdError as error:
        raise Unreadable(_("%(word)s n’est pas un nom de NGSI-LD.") % {"word": word}) from error


def _tenant(word: str) -> str:
    if not re.fullmatch(r"[\w.:~-]{1,100}", word):
        raise Unreadable(_("%(word)s n’est pas le nom d’un espace.") % {"word": word})
    return word


LIMITS = (
    TokenLimit(
        name="types",
        key="types",
        label=gettext_lazy("Types d’objets"),
        scopes=SCOPES,
        choices=_types,
    ),
    TokenLimit(
        name="more_types",
        key="types",
        label=gettext_lazy("Autres types"),
        help=gettext_lazy("Ceux qui n’existent pas encore, séparés par des virgules."),
        scopes=SCOPES,
        read=_type_name,
    ),
    TokenLimit(
        name="attributes",
        key="attributes",
        label=gettext_lazy("Attributs"),
        help=gettext_lazy("Leurs noms pour les programmes, séparés par des virgules : powerState, temperature."),
        scopes=SCOPES,
        read=_attribute_name,
    ),
    TokenLimit(
        name="areas",
        key="areas",
        label=gettext_lazy("Communes"),
        scopes=SCOPES,
        choices=_areas,
    ),
    TokenLimit(
        name="tenants",
        key="tenants",
        label=gettext_lazy("Espaces atteints en plus de la ville"),
        help=gettext_lazy("Noms donnés dans l’en-tête NGSILD-Tenant, séparés par des virgules."),
        scopes=SCOPES,
        widens=True,
        read=_tenant,
    ),
)
