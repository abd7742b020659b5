"""Name, colour, logo and address of an organisation, with what becomes of its colour."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.foundations.organisations.forms import IdentityForm
from parvis.foundations.organisations.models import COLOUR, Organisation
from parvis.foundations.organisations.rules.theme import theme, verdict
from parvis.foundations.organisations.services import HostTaken, change_identity, change_logo
from parvis.foundations.organisations.views.backoffice.agent import actor, managed
from parvis.kernel import clock
from parvis.kernel.access import requires


@requires("organisations.manage")
def identity_page(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = IdentityForm(request.POST or None, request.FILES or None, instance=organisation)
    is_preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not is_preview and _saved(request, slug, form):
        messages.success(
            request, _("L’identité de « %(name)s » est enregistrée.") % {"name": form.cleaned_data["name"]}
        )
        return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
    colour = form["primary_colour"].value() or organisation.primary_colour
    context = {"form": form, "organisation": managed(request, slug), **colour_context(colour)}
    status = 422 if form.errors and not is_preview else 200
    return render(request, "organisations/backoffice/identity.html", context, status=status)


@requires("organisations.manage")
def verdict_fragment(request: HttpRequest) -> HttpResponse:
    """What becomes of `?colour=`, for the page to show while it is chosen."""
    context = colour_context(request.GET.get("colour", ""))
    if not context:
        raise Http404
    return render(request, "organisations/backoffice/_verdict.html", context)


def colour_context(colour: str) -> dict[str, object]:
    """Empty when it is no colour."""
    colour = colour.strip().lower()
    if not COLOUR.regex.match(colour):  # type: ignore[union-attr]
        return {}
    return {"colour": colour, "verdict": verdict(colour), "theme": theme(colour)}


def _saved(request: HttpRequest, slug: str, form: IdentityForm) -> bool:
    # The form has already written its values into its own instance: compare with the row as it is.
    organisation = Organisation.objects.get(slug=slug)
    now, by = clock.now(), actor(request)
    try:
        with transaction.atomic():
            change_identity(organisation=organisation, identity=form.identity, now=now, actor=by)
            if form.logo_svg is not None:
                change_logo(organisation=organisation, logo_svg=form.logo_svg, now=now, actor=by)
    except HostTaken as refusal:
        form.add_error("host", str(refusal))
        return False
    return True
