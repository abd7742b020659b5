"""The agents' list, and its export without personal data."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.domains.requests.forms.filters import FilterForm
from parvis.domains.requests.models import Request, RequestQuerySet
from parvis.domains.requests.selectors import triage
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.views.backoffice.rights import agent_of, rights_of, scope_of
from parvis.foundations.audit import facade as audit
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.urn import Urn

PAGE = 25
_CHUNK = 1000


def _filtered(request: HttpRequest, right: str) -> tuple[FilterForm, RequestQuerySet, RequestQuerySet]:
    """The form, all that the agent may see, and what of it the filters keep."""
    scope = scope_of(request, right)
    form = FilterForm(request.GET, communes=commune_names(), organisations=scope.organisations)
    visible = triage.visible(scope)
    kept = form.kept
    return form, visible, triage.listed(visible, kept, sort=kept.get("sort") or "newest")


@requires("requests.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    form, visible, rows = _filtered(request, "requests.view")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "communes": form.communes,
        "counts": triage.counts(visible),
        "may_export": rights_of(request).may("requests.export"),
    }
    return render(request, "requests/backoffice/list.html", context)


class _Echo:
    """What `csv.writer` writes to, so that each row can be sent as it is made."""

    def write(self, value: str) -> str:
        return value


def _cell(value: object) -> object:
    """A spreadsheet must not run a label as a formula (CWE-1236)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _local(instant: Any) -> str:
    return timezone.localtime(instant).isoformat(timespec="minutes") if instant else ""


def _csv_rows(rows: RequestQuerySet, communes: dict[str, str]) -> Iterator[list[object]]:
    yield [
        _("numéro"),
        _("catégorie"),
        _("état"),
        _("commune"),
        _("organisme"),
        _("canal"),
        _("reçu le"),
        _("clos le"),
        _("longitude"),
        _("latitude"),
    ]
    for row in rows.iterator(chunk_size=_CHUNK):
        yield [
            row.number,
            row.category.name,
            row.get_state_display(),
            communes.get(row.area_code, row.area_code),
            row.organisation.name if row.organisation else "",
            row.get_channel_display(),
            _local(row.created_at),
            _local(row.closed_at),
            row.longitude,
            row.latitude,
        ]


@requires("requests.export")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as filtered, in CSV; neither text, address nor contact."""
    form, _visible, rows = _filtered(request, "requests.export")
    now = clock.now()
    audit.record(
        actor=agent_of(request).urn,
        action="request.exported",
        urn=str(Urn("ServiceRequest", "list")),
        right="requests.export",
        details={"rows": rows.count(), "filters": request.GET.urlencode()[:500]},
        now=now,
    )
    writer = csv.writer(_Echo(), delimiter=";")
    communes = form.communes
    response = StreamingHttpResponse(
        (
            writer.writerow([_cell(cell) for cell in row])
            for row in _csv_rows(rows.select_related("category", "organisation"), communes)
        ),
        content_type="text/csv; charset=utf-8",
    )
    response.headers["Content-Disposition"] = f'attachment; filename="signalements-{timezone.localdate(now)}.csv"'
    return response


def page_of(urn: Urn) -> str | None:
    """`Resource`: where agents read this request."""
    if not urn.local.isdecimal() or not Request.objects.filter(pk=int(urn.local)).exists():
        return None
    return reverse("backoffice:requests:show", args=[int(urn.local)])
