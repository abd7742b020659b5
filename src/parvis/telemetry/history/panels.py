"""The curves of a thing, on its page."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.charts import TimeSeries
from parvis.kernel import clock, units
from parvis.kernel.urn import Urn
from parvis.telemetry.context.attributes import default_instance, observed_at_of, value_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.presenting import attribute_label, specs_of
from parvis.telemetry.history.selectors import series

SPANS = {
    "24h": (timedelta(hours=24), _("24 heures")),
    "7d": (timedelta(days=7), _("7 jours")),
    "30d": (timedelta(days=30), _("30 jours")),
}

_MOST_CURVES = 12
_POINTS = 400  # as many as a curve of the page has pixels to show


def curves(request: HttpRequest, urn: Urn) -> Mapping[str, Any] | None:
    """One for each number the thing observes, over `?span=24h|7d|30d`; None for a thing that observes none."""
    thing = Entity.objects.filter(urn=str(urn)).first()
    if thing is None:
        return None
    observed = list(_observed(thing))[:_MOST_CURVES]
    if not observed:
        return None
    chosen = request.GET.get("span", "")
    chosen = chosen if chosen in SPANS else "24h"
    end = clock.now()
    return {
        "spans": [(code, label, code == chosen) for code, (_span, label) in SPANS.items()],
        "curves": [_curve(thing, name, end - SPANS[chosen][0], end) for name in observed],
    }


def _observed(thing: Entity) -> Iterator[str]:
    """The attributes whose present state is an observed number; declared ones first, in their order."""
    specs = specs_of(thing.type)
    for name in (*specs, *sorted(thing.attributes.keys() - specs.keys())):
        attribute = thing.attributes.get(name)
        value = value_of(attribute)
        if isinstance(value, int | float) and not isinstance(value, bool) and observed_at_of(attribute) is not None:
            yield name


def _curve(thing: Entity, name: str, start: datetime, end: datetime) -> TimeSeries:
    spec = specs_of(thing.type).get(name)
    code = (default_instance(thing.attributes[name]) or {}).get("unitCode") or (spec.unit_code if spec else "")
    points = series(thing.pk, name, start, end, points=_POINTS)
    return TimeSeries(
        label=attribute_label(thing.type, name),
        points=points,
        start=start,
        end=end,
        unit=units.symbol(code) if code else "",
        decimals=0 if all(float(value).is_integer() for _at, value in points) else 1,
    )
