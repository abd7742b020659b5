"""Who answers for what, area by area."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.foundations.organisations.competences import inherited, table
from parvis.foundations.organisations.forms import CompetencesForm
from parvis.foundations.organisations.models import Competence
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.services import set_competences
from parvis.foundations.organisations.views.backoffice.agent import actor, may_manage
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.selectors import communes, territory
from parvis.kernel import clock
from parvis.kernel.access import requires

PAGE = 40


@requires("organisations.view")
def competences_page(request: HttpRequest) -> HttpResponse:
    epci = territory()
    page = Paginator(communes(), PAGE).get_page(request.GET.get("page"))
    areas = [*([epci] if epci else []), *page.object_list]
    context = {
        "subjects": list(Subject),
        "rows": list(table(areas, {epci.pk: epci} if epci else {})),
        "page": page,
        "may_manage": may_manage(request, None),
    }
    return render(request, "organisations/backoffice/competences.html", context)


@requires("organisations.manage")
def area_competences_page(request: HttpRequest, code: str) -> HttpResponse:
    """Of the metropolis to decide: what a commune answers for, another no longer does."""
    if not may_manage(request, None):
        raise PermissionDenied
    area = get_object_or_404(Area.objects.attached().defer("geometry"), code=code)
    own = Competence.objects.filter(area=area).values_list("subject", "organisation_id")
    around = {} if area.kind == AreaKind.EPCI else inherited(area)
    form = CompetencesForm(
        request.POST if request.method == "POST" else None,
        initial={subject: str(organisation) for subject, organisation in own},
        inherited=around,
    )
    if request.method == "POST" and form.is_valid():
        set_competences(area=area, choices=form.choices, now=clock.now(), actor=actor(request))
        messages.success(request, _("Les compétences sur « %(name)s » sont enregistrées.") % {"name": area.name})
        return HttpResponseRedirect(reverse("backoffice:organisations:competences"))
    context = {"form": form, "area": area}
    status = 422 if form.errors else 200
    return render(request, "organisations/backoffice/area_competences.html", context, status=status)
