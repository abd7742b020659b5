"""Pages of the links sent by e-mail, and the forms that have them sent. What they answer never tells who has an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from parvis.foundations.identity.forms.portal import AskResetForm, CurrentPasswordForm, NewPasswordForm, RegisterForm
from parvis.foundations.identity.links import CHANGE_EMAIL, CONFIRM, INVITE, RESET, Purpose, read_link_token
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rates import allow
from parvis.foundations.identity.services.accounts import register_resident
from parvis.foundations.identity.services.passwords import TooManyAttempts, ask_reset, set_password
from parvis.foundations.identity.services.profile import change_email, check_own_password, confirm_address
from parvis.foundations.identity.sessions import client_network
from parvis.foundations.identity.signing_in import landing, open_session
from parvis.foundations.identity.views.portal.account import portal_slug
from parvis.kernel import clock
from parvis.kernel.access import public
from parvis.kernel.errors import Refusal

REGISTRATIONS_PER_HOUR = 20


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return redirect("portal:identity:account")
    form = RegisterForm(request.POST or None)
    if form.is_valid():
        now = clock.now()
        if not allow(key=f"register:{client_network(request)}", limit=REGISTRATIONS_PER_HOUR, period_s=3600, now=now):
            raise TooManyAttempts
        register_resident(
            **form.cleaned_data, language=get_language() or "fr", organisation_slug=portal_slug(request), now=now
        )
        return render(request, "identity/register_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "identity/register.html", {"form": form}, status=422 if form.errors else 200)


@public
@never_cache
@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for the password too: who registered somebody else's address must not have it confirmed by its owner's click."""
    now = clock.now()
    user = read_link_token(token, CONFIRM, now)
    if user is None:
        return _worthless(request)
    form = CurrentPasswordForm(request.POST or None, user=user)
    form.fields["current"].label = _("Le mot de passe choisi à l’inscription")
    if form.is_valid():
        try:
            check_own_password(
                user=user, password=form.cleaned_data["current"], address=client_network(request), now=now
            )
        except Refusal as refusal:
            form.add_error("current", str(refusal))
        else:
            confirm_address(user=user, now=now)
            open_session(request, user, now)
            messages.success(request, _("Votre adresse est confirmée : bienvenue !"))
            return redirect(landing(user))
    return render(
        request, "identity/confirm.html", {"form": form, "email": user.email}, status=422 if form.errors else 200
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    form = AskResetForm(request.POST or None)
    if form.is_valid():
        ask_reset(
            email=form.cleaned_data["email"],
            address=client_network(request),
            organisation_slug=portal_slug(request),
            now=clock.now(),
        )
        return render(request, "identity/forgotten_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "identity/forgotten.html", {"form": form}, status=422 if form.errors else 200)


@public
def reset(request: HttpRequest, token: str) -> HttpResponse:
    return _choose_password(request, token, RESET)


@public
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    return _choose_password(request, token, INVITE)


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def _choose_password(request: HttpRequest, token: str, purpose: Purpose) -> HttpResponse:
    now = clock.now()
    user = read_link_token(token, purpose, now)
    if user is None:
        return _worthless(request)
    form = NewPasswordForm(request.POST or None, user=user)
    if form.is_valid():
        set_password(user=user, password=form.cleaned_data["password"], proves_address=True, now=now)
        messages.success(request, _("Votre mot de passe est enregistré : connectez-vous."))
        return redirect("portal:identity:sign_in")
    context = {"form": form, "email": user.email, "invited": purpose is INVITE}
    return render(request, "identity/choose_password.html", context, status=422 if form.errors else 200)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """A button, not the mere opening of the link: mail scanners open links."""
    now = clock.now()
    user = read_link_token(token, CHANGE_EMAIL, now)
    if user is None or not user.new_email:
        return _worthless(request)
    if request.method == "POST":
        try:
            change_email(user=user, now=now)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Votre adresse est changée."))
        return redirect("portal:identity:account")
    return render(request, "identity/confirm_email.html", {"email": user.new_email})


def _worthless(request: HttpRequest) -> HttpResponse:
    return render(request, "identity/link_expired.html", status=410)
