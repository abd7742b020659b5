"""API tokens: made, shown once, revoked."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.foundations.identity.forms.backoffice import TokenForm
from parvis.foundations.identity.models import ApiToken
from parvis.foundations.identity.permissions import may_make_token
from parvis.foundations.identity.selectors import tokens_found
from parvis.foundations.identity.services.administration import BeyondYourRights
from parvis.foundations.identity.tokens import create_token, revoke_token
from parvis.foundations.identity.views.backoffice.asking import asker, page_of
from parvis.kernel import clock
from parvis.kernel.access import requires


@requires("identity.tokens")
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    _user, rights = asker(request)
    page = page_of(request, tokens_found(rights))
    return render(request, "identity/backoffice/tokens.html", {"page": page, "now": clock.now()})


@requires("identity.tokens")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    user, rights = asker(request)
    form = TokenForm(request.POST or None, rights=rights)
    if form.is_valid():
        data, now = form.cleaned_data, clock.now()
        if may_make_token(rights, data["organisation"], frozenset(data["scopes"])):
            token, secret = create_token(
                name=data["name"],
                scopes=data["scopes"],
                organisation=data["organisation"],
                expires_at=now + timedelta(days=data["days"]),
                limits=form.limits,
                created_by=user,
                now=now,
            )
            return render(request, "identity/backoffice/token_made.html", {"token": token, "secret": secret})
        form.add_error(None, str(BeyondYourRights()))
    return render(request, "identity/backoffice/token.html", {"form": form}, status=422 if form.errors else 200)


@requires("identity.tokens")
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    user, rights = asker(request)
    token: ApiToken = get_object_or_404(tokens_found(rights), pk=token_id)
    revoke_token(token=token, by=user, now=clock.now())
    messages.success(request, _("Le jeton est révoqué : il ne sera plus accepté d’ici trente secondes."))
    return redirect("backoffice:identity:tokens")
