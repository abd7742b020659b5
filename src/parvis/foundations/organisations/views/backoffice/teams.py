"""Teams of an organisation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from parvis.foundations.organisations.forms import TeamForm
from parvis.foundations.organisations.services import create_team, delete_team, rename_team
from parvis.foundations.organisations.services.teams import TeamNameTaken
from parvis.foundations.organisations.views.backoffice.agent import actor, managed
from parvis.kernel import clock
from parvis.kernel.access import requires


@requires("organisations.manage")
def new_team_page(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = managed(request, slug)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = create_team(organisation=organisation, **form.cleaned_data, now=clock.now(), actor=actor(request))
        except TeamNameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("L’équipe « %(name)s » est créée.") % {"name": team.name})
            return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
    context = {"form": form, "organisation": organisation}
    return render(request, "organisations/backoffice/team.html", context, status=422 if form.errors else 200)


@requires("organisations.manage")
def team_page(request: HttpRequest, slug: str, team_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    team = get_object_or_404(organisation.teams, pk=team_id)
    form = TeamForm(request.POST) if request.method == "POST" else TeamForm.of(team)
    if request.method == "POST" and form.is_valid():
        try:
            rename_team(team=team, **form.cleaned_data, now=clock.now(), actor=actor(request))
        except TeamNameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("L’équipe « %(name)s » est enregistrée.") % {"name": team.name})
            return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
    context = {"form": form, "organisation": organisation, "team": team}
    return render(request, "organisations/backoffice/team.html", context, status=422 if form.errors else 200)


@requires("organisations.manage")
@require_POST
def delete_team_action(request: HttpRequest, slug: str, team_id: int) -> HttpResponse:
    organisation = managed(request, slug)
    team = get_object_or_404(organisation.teams, pk=team_id)
    delete_team(team=team, now=clock.now(), actor=actor(request))
    messages.success(request, _("L’équipe « %(name)s » est supprimée.") % {"name": team.name})
    return HttpResponseRedirect(reverse("backoffice:organisations:organisation", args=[slug]))
