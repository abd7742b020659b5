"""Accounts of agents: found, invited, given roles, closed, helped when locked out."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.foundations.identity.forms.backoffice import GrantForm, InviteForm, SearchForm
from parvis.foundations.identity.models import Assignment, User
from parvis.foundations.identity.permissions import may_manage, may_withdraw
from parvis.foundations.identity.rates import blocked_until
from parvis.foundations.identity.selectors import agents_found, visible_agents
from parvis.foundations.identity.services import administration
from parvis.foundations.identity.services.second_factor import is_enrolled
from parvis.foundations.identity.views.backoffice.asking import asker, page_of, tell
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal

ACTIONS = {
    "deactivate": (administration.deactivate, gettext_lazy("Le compte est désactivé, ses connexions sont fermées.")),
    "reactivate": (administration.reactivate, gettext_lazy("Le compte est réactivé.")),
    "unlock": (administration.unlock, gettext_lazy("Les essais manqués sont oubliés.")),
    "reset-totp": (
        administration.reset_totp,
        gettext_lazy("Le second facteur est à relier de nouveau à la prochaine connexion."),
    ),
    "invite": (administration.invite_again, gettext_lazy("L’invitation est renvoyée.")),
}


@requires("identity.view")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    _user, rights = asker(request)
    form = SearchForm(request.GET or None)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    page = page_of(request, agents_found(rights, query))
    context = {"form": form, "page": page, "query": query, "may_manage": rights.may("identity.manage")}
    return render(request, "identity/backoffice/agents.html", context)


@requires("identity.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    user, rights = asker(request)
    form = InviteForm(request.POST or None, rights=rights)
    if form.is_valid():
        try:
            agent = administration.invite_agent(by=user, rights=rights, now=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("L’invitation est partie : elle permet de choisir un mot de passe pendant sept jours.")
            )
            return redirect("backoffice:identity:agent", agent.uid)
    return render(request, "identity/backoffice/invite.html", {"form": form}, status=422 if form.errors else 200)


@requires("identity.view")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agent(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The account, and the form that gives it one more role."""
    user, rights = asker(request)
    shown = _agent(request, uid)
    form = GrantForm(request.POST or None, rights=rights) if rights.may("identity.manage") else None
    if form is not None and form.is_valid():
        try:
            administration.grant(by=user, rights=rights, user=shown, now=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Le rôle est attribué."))
            return redirect("backoffice:identity:agent", shown.uid)
    assignments = list(shown.assignments.select_related("role", "organisation", "area"))
    context = {
        "shown": shown,
        "assignments": [(assignment, may_withdraw(rights, assignment)) for assignment in assignments],
        "form": form,
        "may_manage": may_manage(rights, shown),
        "is_oneself": shown.pk == user.pk,
        "enrolled": is_enrolled(shown),
        "blocked_until": blocked_until(email=shown.email, now=clock.now()),
        "invited": not shown.has_usable_password(),
    }
    return render(request, "identity/backoffice/agent.html", context, status=422 if form and form.errors else 200)


@requires("identity.manage")
@require_POST
def withdraw(request: HttpRequest, uid: UUID, assignment_id: int) -> HttpResponse:
    user, rights = asker(request)
    shown = _agent(request, uid)
    assignment = get_object_or_404(
        Assignment.objects.select_related("role", "organisation", "area"), pk=assignment_id, user=shown
    )
    try:
        administration.withdraw(by=user, rights=rights, assignment=assignment, now=clock.now())
    except Refusal as refusal:
        tell(request, refusal)
    else:
        messages.success(request, _("Le rôle est retiré."))
    return redirect("backoffice:identity:agent", uid)


@requires("identity.manage")
@require_POST
def act(request: HttpRequest, uid: UUID, action: str) -> HttpResponse:
    """One of `ACTIONS`."""
    user, rights = asker(request)
    if action not in ACTIONS:
        raise Http404
    service, said = ACTIONS[action]
    try:
        service(by=user, rights=rights, user=_agent(request, uid), now=clock.now())
    except Refusal as refusal:
        tell(request, refusal)
    else:
        messages.success(request, said)
    return redirect("backoffice:identity:agent", uid)


def _agent(request: HttpRequest, uid: UUID) -> User:
    """404 for one that the asker's rights do not show."""
    _user, rights = asker(request)
    return get_object_or_404(visible_agents(rights), uid=uid)
