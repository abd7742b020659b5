"""The things as a map wants them: all of them in columns, or one with what its popup tells."""

from typing import Any

import msgspec
from django.db import connection
from django.urls import reverse

from parvis.foundations.identity.rights import Scope
from parvis.foundations.territory.selectors import communes
from parvis.kernel.contributions import EntityType
from parvis.kernel.sql import statement
from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.presenting import facts, in_words, type_label
from parvis.telemetry.context.selectors import known_types
from parvis.telemetry.context.states import LABELS, STATES, entity_types


def map_columns(scope: Scope, *, type_name: str = "", area_code: str = "") -> bytes:
    """JSON `{"types": […], "states": […], "id": […], "urn": […], "lon": […], "lat": […], "type": […], "state": […], "commune": […]}`.

    By id; things without a place are left out. `type` and `state` are positions in `types` and `states`; EPSG:4326.
    """
    names = known_types()
    found = Entity.objects.filter(longitude__isnull=False).order_by("id")
    if type_name:
        found = found.filter(type=type_name)
    if area_code:
        found = found.filter(area_code=area_code)
    columns = scope.filter(found).values("id", "urn", "longitude", "latitude", "type", "state", "area_code")
    with connection.cursor() as cursor:
        things, parameters = columns.query.sql_with_params()
        query = statement("parvis.telemetry.context", "map_columns").replace("{things}", things)
        cursor.execute(query, [names, *parameters])
        row = cursor.fetchone()
    legend = {"types": list(map(_legend, names)), "states": STATES, "labels": [str(LABELS[state]) for state in STATES]}
    return msgspec.json.encode(legend)[:-1] + b"," + (row[0] if row else "{}").encode()[1:]


def _legend(name: str) -> dict[str, str]:
    kind: EntityType | None = entity_types().get(name)
    if kind is None:
        words = in_words(name)
        return {"name": name, "label": words, "plural": words, "icon": "box", "colour": "#5b6770"}
    return {
        "name": name,
        "label": str(kind.label),
        "plural": str(kind.plural),
        "icon": kind.icon,
        "colour": kind.colour,
    }


def map_details(scope: Scope, entity_id: int) -> bytes | None:
    """JSON of one thing; None when it does not exist or is not the reader's to see."""
    thing = scope.filter(Entity.objects.filter(pk=entity_id)).select_related("organisation").first()
    if thing is None:
        return None
    commune = communes().filter(code=thing.area_code).first()
    details: dict[str, Any] = {
        "id": thing.pk,
        "urn": thing.urn,
        "name": thing.name,
        "type": thing.type,
        "type_label": type_label(thing.type),
        "state": thing.thing_state,
        "state_label": str(LABELS[thing.thing_state]),
        "longitude": thing.longitude,
        "latitude": thing.latitude,
        "commune": commune.name if commune else "",
        "organisation": thing.organisation.short_name if thing.organisation else "",
        "synthetic": thing.synthetic,
        "url": reverse("control_room:context:entity", args=[thing.urn]),
        "facts": [
            {
                "name": fact.name,
                "label": fact.label,
                "text": fact.text,
                "unit": fact.unit,
                "observed_at": instant_text(fact.observed_at) if fact.observed_at else None,
            }
            for fact in facts(thing)
            if not fact.target
        ],
    }
    return msgspec.json.encode(details)
