"""The query box: the grammar of the API, its answers as a table or as documents, and the address by which a program asks the same."""

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from parvis.kernel.access import requires
from parvis.telemetry.context import selectors
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.console import answering, asking, words
from parvis.telemetry.context.console.rights import VIEW, caller_of
from parvis.telemetry.context.forms.query import QueryForm, View
from parvis.telemetry.context.ngsild.rendering import Kind
from parvis.telemetry.context.presenting import type_label
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.views.console.asker import PAGE_SIZE, console

MOST_PAGES = 100_000


@requires(VIEW)
@require_safe
def query(request: HttpRequest) -> HttpResponse:
    form = QueryForm(request.GET)
    context = {
        **console(request, "query"),
        "form": form if form.is_asked else QueryForm(initial={"view": View.TABLE}),
        "types": [(name, type_label(name)) for name in selectors.known_types()],
    }
    if form.is_asked and form.is_valid():
        try:
            context |= _answered(request, form)
        except LdError as error:
            form.add_error(None, words.explained(error))
    return render(request, "context/console/query.html", context, status=422 if form.is_asked and form.errors else 200)


def _answered(request: HttpRequest, form: QueryForm) -> dict[str, object]:
    """Raises `LdError` for what takes too much work."""
    results = answering.Results(form.asks, caller_of(request))
    number = _number(request)
    results.page((number - 1) * PAGE_SIZE, PAGE_SIZE)
    page: Page[Stored] = Paginator(results, PAGE_SIZE).get_page(number)
    things = list(page)
    shown: dict[str, object] = {"page": page, "is_more": results.is_more, "address": _address(form, page.number)}
    if form.shown_as is View.TABLE:
        columns = answering.columns(things, form.asks)
        return shown | {"columns": columns, "rows": answering.rows(things, columns)}
    return shown | {"document": answering.documents_text(things, Kind(form.shown_as.value), form.asks)}


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _address(form: QueryForm, number: int) -> str:
    shown = "" if form.shown_as is View.TABLE else form.shown_as.value
    path = asking.address(form.parameters, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, form=shown)
    return f"{settings.PARVIS_SITE_URL}{path}"
