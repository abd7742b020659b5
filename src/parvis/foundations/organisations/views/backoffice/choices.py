"""What an organisation switches on, and how it sets it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.foundations.organisations.forms import DomainsForm, SettingsForm
from parvis.foundations.organisations.selectors import all_settings
from parvis.foundations.organisations.services import change_domains, change_settings
from parvis.foundations.organisations.views.backoffice.agent import actor, managed
from parvis.kernel import clock
from parvis.kernel.access import requires


@requires("organisations.manage")
def domains_page(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = DomainsForm(request.POST if request.method == "POST" else None, initial={"domains": organisation.domains})
    if request.method == "POST" and form.is_valid():
        change_domains(
            organisation=organisation, domains=form.cleaned_data["domains"], now=clock.now(), actor=actor(request)
        )
        messages.success(
            request, _("Les services ouverts par « %(name)s » sont enregistrés.") % {"name": organisation.name}
        )
        return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
    context = {"form": form, "organisation": organisation}
    return render(request, "organisations/backoffice/domains.html", context, status=422 if form.errors else 200)


@requires("organisations.manage")
def settings_page(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=all_settings(organisation))
    if request.method == "POST" and form.is_valid():
        change_settings(organisation=organisation, values=form.values, now=clock.now(), actor=actor(request))
        messages.success(request, _("Les réglages de « %(name)s » sont enregistrés.") % {"name": organisation.name})
        return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
    context = {"form": form, "organisation": organisation}
    return render(request, "organisations/backoffice/settings.html", context, status=422 if form.errors else 200)
