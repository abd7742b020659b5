"""Roles: named sets of permissions, shared by all organisations."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.foundations.identity.forms.backoffice import RoleForm
from parvis.foundations.identity.models import Role
from parvis.foundations.identity.services.administration import delete_role, save_role
from parvis.foundations.identity.views.backoffice.asking import asker, tell
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal


@requires("identity.roles")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    roles = Role.objects.annotate(holders=Count("assignments__user", distinct=True)).order_by("label", "id")
    return render(request, "identity/backoffice/roles.html", {"roles": roles})


@requires("identity.roles")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@requires("identity.roles")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    return _edit(request, get_object_or_404(Role, code=code))


@requires("identity.roles")
@require_POST
def delete(request: HttpRequest, code: str) -> HttpResponse:
    user, rights = asker(request)
    try:
        delete_role(by=user, rights=rights, role=get_object_or_404(Role, code=code), now=clock.now())
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("backoffice:identity:role", code)
    messages.success(request, _("Le rôle est supprimé."))
    return redirect("backoffice:identity:roles")


def _edit(request: HttpRequest, role: Role | None) -> HttpResponse:
    user, rights = asker(request)
    initial = {"label": role.label, "permissions": role.permissions} if role else None
    form = RoleForm(request.POST or None, role=role, initial=initial)
    if form.is_valid():
        fields = {"code": role.code if role else "", **form.cleaned_data}
        try:
            save_role(by=user, rights=rights, role=role, now=clock.now(), **fields)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Le rôle est enregistré."))
            return redirect("backoffice:identity:roles")
    return render(
        request, "identity/backoffice/role.html", {"form": form, "role": role}, status=422 if form.errors else 200
    )
