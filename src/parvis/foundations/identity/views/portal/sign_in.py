"""The door: sign in, give the second factor or enrol it, sign out."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from parvis.foundations.identity.forms.portal import CodeForm, SignInForm
from parvis.foundations.identity.models import User
from parvis.foundations.identity.providers import PROVIDERS, provider_named
from parvis.foundations.identity.services import second_factor as factors
from parvis.foundations.identity.sessions import client_network
from parvis.foundations.identity.signing_in import landing, open_session, pending, remember_pending, safe_next
from parvis.kernel import clock
from parvis.kernel.access import public
from parvis.kernel.errors import Refusal


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = safe_next(request, request.POST.get("next", "") or request.GET.get("next", ""))
    if isinstance(request.user, User) and request.method != "POST":
        return redirect(target or landing(request.user))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        now = clock.now()
        try:
            user = provider_named("password").account(request, now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _let_in(request, user, target)
    others = [provider for provider in PROVIDERS if provider.start]
    status = 200 if request.method != "POST" else 422
    return render(request, "identity/sign_in.html", {"form": form, "next": target, "others": others}, status=status)


def _let_in(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """After the first factor, whichever the provider."""
    now = clock.now()
    if factors.is_required(user):
        remember_pending(request, user, target, now)
        return redirect("portal:identity:second_factor" if factors.is_enrolled(user) else "portal:identity:enrol")
    open_session(request, user, now)
    return redirect(target or landing(user))


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    begun = pending(request, now)
    if begun is None:
        return _begin_again(request)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            factors.check_code(
                user=begun.user, code=form.cleaned_data["code"], address=client_network(request), now=now
            )
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            open_session(request, begun.user, now)
            return redirect(begun.next or landing(begun.user))
    return render(request, "identity/second_factor.html", {"form": form}, status=422 if form.errors else 200)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The first sign-in of an agent: the authenticator is tied to the account, and the recovery codes given."""
    now = clock.now()
    begun = pending(request, now)
    if begun is None:
        return _begin_again(request)
    if factors.is_enrolled(begun.user):
        return redirect("portal:identity:second_factor")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            codes = factors.confirm_enrolment(
                user=begun.user, code=form.cleaned_data["code"], address=client_network(request), now=now
            )
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            open_session(request, begun.user, now)
            onwards = begun.next or landing(begun.user)
            return render(request, "identity/recovery_codes.html", {"codes": codes, "next": onwards})
    organisation = getattr(request, "organisation", None)
    picture, key = factors.provisioning(
        factors.begin_enrolment(user=begun.user, now=now), organisation.short_name if organisation else "Parvis"
    )
    context = {"form": form, "picture": picture, "key": key}
    return render(request, "identity/enrol.html", context, status=422 if form.errors else 200)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("Vous êtes déconnecté."))
    return redirect("portal:portal:home")


def _begin_again(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Le délai pour entrer le code est passé : connectez-vous de nouveau."))
    return HttpResponseRedirect(reverse("portal:identity:sign_in"))
