"""The journal in the back office: who did what to what, in the organisations one answers for."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parvis.foundations.audit.details import details_of
from parvis.foundations.audit.facade import record
from parvis.foundations.audit.forms import JournalForm
from parvis.foundations.audit.models import Entry
from parvis.foundations.audit.naming import Named, name_all
from parvis.foundations.audit.rules import JOURNAL_URN
from parvis.foundations.audit.selectors import Filter, journal, journal_page
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.contributions import Resource
from parvis.kernel.registry import registry
from parvis.kernel.urn import MalformedUrn, Urn

EXPORT_LIMIT = 100_000
"""Lines of one CSV: what a spreadsheet opens. Narrow the dates to have the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An entry as the page shows it."""

    entry: Entry
    actor: Named
    object: Named
    details: dict[str, Any]


@requires("audit.view")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    form = JournalForm(request.GET or None)
    wanted = form.wanted() if form.is_valid() else Filter()
    page = journal_page(
        journal(wanted, _organisations(request, "audit.view")),
        before=_position(request, "before"),
        after=_position(request, "after"),
    )
    query = request.GET.copy()
    for key in ("before", "after"):
        query.pop(key, None)
    names = name_all(urn for entry in page.entries for urn in (entry.actor, entry.urn))
    context = {
        "form": form,
        "page": page,
        "rows": [
            Row(
                entry=entry,
                actor=names[entry.actor],
                object=names[entry.urn],
                details=details_of(entry.details),
            )
            for entry in page.entries
        ],
        "query": query.urlencode(),
        "may_export": request.rights.may("audit.export"),  # type: ignore[attr-defined]
    }
    return render(request, "audit/journal.html", context)


@requires("audit.view")
@require_safe
def object_page(request: HttpRequest) -> HttpResponse:
    """To the page of what an entry names, which checks the right to see it. 404 when it has none, or is no more."""
    try:
        urn = Urn.parse(request.GET.get("urn", ""))
    except MalformedUrn as error:
        raise Http404(_("Ce n’est pas un identifiant.")) from error
    for _manifest, resource in registry.all(Resource):
        if resource.type == urn.type and (page := resource.page(urn)):
            return redirect(page)
    raise Http404(_("Cet objet n’existe plus, ou n’a pas de page."))


@requires("audit.export")
@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """CSV of the entries found, the last first; itself written in the journal."""
    form = JournalForm(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    record(
        actor=request.user.urn,  # type: ignore[union-attr]
        action="journal.exported",
        urn=JOURNAL_URN,
        right="audit.export",
        details={key: str(value) for key, value in form.cleaned_data.items() if value},
        now=clock.now(),
    )
    entries = journal(form.wanted(), _organisations(request, "audit.export"))[:EXPORT_LIMIT]
    response = StreamingHttpResponse(_csv(entries.iterator(chunk_size=2_000)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="journal.csv"'
    return response


class _Line:
    """What `csv.writer` writes to: gives the line back."""

    def write(self, line: str) -> str:
        return line


def _csv(entries: Iterator[Entry]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";")
    yield "\ufeff"  # without it spreadsheets read accents wrong
    yield writer.writerow(
        [
            _("position"),
            _("date"),
            _("auteur"),
            _("action"),
            _("objet"),
            _("droit"),
            _("organisation"),
            _("détails"),
            _("empreinte"),
        ]
    )
    for entry in entries:
        cells: list[Any] = [entry.actor, entry.action, entry.urn, entry.right, entry.organisation, entry.details]
        seal = bytes(entry.hash or b"").hex()
        yield writer.writerow([entry.position, entry.at.isoformat(), *map(_harmless, cells), seal])


def _harmless(cell: str) -> str:
    """A spreadsheet must not run what a hostile value makes look like a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _organisations(request: HttpRequest, right: str) -> frozenset[str] | None:
    slugs: frozenset[str] | None = request.rights.scope(right).slugs()  # type: ignore[attr-defined]
    return slugs


def _position(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
