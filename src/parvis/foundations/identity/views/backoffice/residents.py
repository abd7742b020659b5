"""Accounts of residents, seen by agents: looked up one at a time, and each look written in the journal."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.forms.backoffice import ResidentSearchForm
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rates import blocked_until
from parvis.foundations.identity.selectors import home_slug, residents_found
from parvis.foundations.identity.services import administration
from parvis.foundations.identity.views.backoffice.asking import asker, page_of, tell
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal

RIGHT = "identity.residents"
ACTIONS = {
    "deactivate": (administration.deactivate, gettext_lazy("Le compte est désactivé, ses connexions sont fermées.")),
    "reactivate": (administration.reactivate, gettext_lazy("Le compte est réactivé.")),
    "unlock": (administration.unlock, gettext_lazy("Les essais manqués sont oubliés.")),
}


@requires(RIGHT)
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    user, _rights = asker(request)
    form = ResidentSearchForm(request.GET or None)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    page = page_of(request, residents_found(query))
    if query:
        _journal(user, "residents.searched", user.urn)
    return render(request, "identity/backoffice/residents.html", {"form": form, "page": page, "query": query})


@requires(RIGHT)
@never_cache
@require_safe
def resident(request: HttpRequest, uid: UUID) -> HttpResponse:
    user, _rights = asker(request)
    shown = get_object_or_404(User.objects.residents(), uid=uid)
    _journal(user, "account.read", shown.urn)
    context = {"shown": shown, "blocked_until": blocked_until(email=shown.email, now=clock.now())}
    return render(request, "identity/backoffice/resident.html", context)


@requires(RIGHT)
@require_POST
def act(request: HttpRequest, uid: UUID, action: str) -> HttpResponse:
    """One of `ACTIONS`."""
    user, rights = asker(request)
    if action not in ACTIONS:
        raise Http404
    service, said = ACTIONS[action]
    shown = get_object_or_404(User.objects.residents(), uid=uid)
    try:
        service(by=user, rights=rights, user=shown, now=clock.now())
    except Refusal as refusal:
        tell(request, refusal)
    else:
        messages.success(request, str(said))
    return redirect("backoffice:identity:resident", uid)


def _journal(user: User, action: str, urn: str) -> None:
    record(actor=user.urn, action=action, urn=urn, right=RIGHT, organisation=home_slug(user), now=clock.now())
