"""`{% load design %}`: the components of the kit. Each is shown with its markup on /backoffice/design/."""

from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone, localtime

from parvis.capabilities.design import charts, icons, instants, maps, marks, menus, panels
from parvis.kernel import clock
from parvis.kernel.contributions import Shell
from parvis.kernel.urn import Urn

register = template.Library()

TONES = frozenset({"neutral", "info", "success", "warning", "danger"})


@register.simple_tag
def icon(name: str, modifier: str = "") -> SafeString:
    return icons.icon(name, modifier)


@register.simple_tag
def badge(label: str | Promise, tone: str = "neutral") -> SafeString:
    if tone not in TONES:
        raise ValueError(f"a badge is {', '.join(sorted(TONES))}, not {tone!r}")
    return format_html('<span class="badge badge--{}">{}</span>', tone, label)


@register.simple_tag
def relative_time(at: datetime | None) -> SafeString:
    if at is None:
        return format_html('<span class="muted">{}</span>', "–")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        date_format(localtime(at), "DATETIME_FORMAT"),
        instants.relative(at, clock.now()),
    )


@register.simple_tag
def duration(days: int) -> str:
    """Days as people count them: "3 ans", "6 mois", "10 jours"."""
    return instants.duration(days)


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Label, hint, error and control, tied together for assistive technology."""
    return bound.as_field_group()


@register.inclusion_tag("design/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """The summary that opens a refused form; each line leads to its field."""
    return {
        "errors": [
            (form[name], error) for name, errors in form.errors.items() if name in form.fields for error in errors
        ],
        "general": form.non_field_errors(),
    }


@register.inclusion_tag("design/page_title.html")
def page_title(title: str | Promise, over: str | Promise = "") -> dict[str, Any]:
    """The page's one h1; `over` is the line above it (a number, a kind)."""
    return {"title": title, "over": over}


@register.inclusion_tag("design/empty.html")
def empty(title: str | Promise, text: str | Promise = "", icon: str = "inbox") -> dict[str, Any]:
    return {"title": title, "text": text, "icon": icon}


@register.inclusion_tag("design/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Keeps the filters of the address; draws nothing for a single page."""
    return {
        "request": context["request"],
        "page": page,
        "numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
        "gap": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("design/timeseries.html")
def timeseries(series: charts.TimeSeries) -> dict[str, Any]:
    rows, every = charts.table_rows(series.points)
    return {
        "series": series,
        "drawing": charts.draw(series, get_current_timezone()),
        "last": rows[0] if rows else None,
        "rows": rows,
        "every": every,
        "is_long": (series.end - series.start).days >= 2,
        "height": charts.HEIGHT + charts.TOP + 24,
        "top": charts.TOP,
        "plot": charts.HEIGHT,
        "bottom": charts.TOP + charts.HEIGHT,
    }


@register.inclusion_tag("design/map_picker.html", takes_context=True)
def map_picker(context: Context, longitude: BoundField, latitude: BoundField) -> dict[str, Any]:
    """Choose a place. Without script only what surrounds it is used: an address in words, a commune in a list."""
    return {"longitude": longitude, "latitude": latitude, "shell": context["shell"]}


@register.inclusion_tag("design/map_static.html", takes_context=True)
def map_static(context: Context, longitude: float | None, latitude: float | None) -> dict[str, Any]:
    """Where it is, in EPSG:4326; nothing at all when it is nowhere."""
    located = None if longitude is None or latitude is None else maps.locate(longitude, latitude)
    return {"located": located, "longitude": longitude, "latitude": latitude, "shell": context["shell"]}


@register.inclusion_tag("design/territory.html")
def territory_drawing(code: str = "") -> dict[str, Any]:
    """The communes in outline, that of INSEE `code` filled."""
    return {"plan": maps.territory_plan(), "code": code}


@register.inclusion_tag("design/panels.html", takes_context=True, name="panels")
def panels_of(context: Context, resource: str, urn: Urn | str) -> dict[str, Any]:
    parsed = Urn.parse(urn) if isinstance(urn, str) else urn
    return {"blocks": list(panels.blocks(context["request"], resource, parsed))}


@register.simple_tag(takes_context=True)
def menu(context: Context, shell: str) -> list[menus.Entry]:
    """`{% menu "portal" as entries %}`."""
    return menus.entries(context["request"], Shell(shell))


@register.simple_tag(takes_context=True)
def shell_doors(context: Context) -> list[menus.Door]:
    """The shells this agent can enter."""
    return menus.doors(context["request"])


@register.simple_tag
def organisation_mark(organisation: Any) -> SafeString:
    """The logo, else the initial on the organisation's colour; decorative, its name stands beside it."""
    return marks.mark(organisation)
