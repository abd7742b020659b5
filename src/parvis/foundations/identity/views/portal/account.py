"""My account: who I am, my password, my address, my sessions, my data."""

import json
from typing import cast

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from parvis.foundations.identity.forms.portal import (
    ChangeEmailForm,
    ChangePasswordForm,
    CodeForm,
    CurrentPasswordForm,
    ProfileForm,
)
from parvis.foundations.identity.models import Session, User
from parvis.foundations.identity.selectors import open_sessions
from parvis.foundations.identity.services import second_factor as factors
from parvis.foundations.identity.services.leaving import delete_own_account, gather
from parvis.foundations.identity.services.passwords import set_password
from parvis.foundations.identity.services.profile import ask_email_change, change_profile, check_own_password
from parvis.foundations.identity.sessions import client_network
from parvis.kernel import clock
from parvis.kernel.access import signed_in
from parvis.kernel.errors import Refusal


def _me(request: HttpRequest) -> User:
    """`@signed_in` has seen to it that there is one."""
    return cast(User, request.user)


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    form = ProfileForm(request.POST or None, initial={"display_name": user.display_name, "language": user.language})
    if form.is_valid():
        change_profile(user=user, **form.cleaned_data)
        messages.success(request, _("Vos informations sont enregistrées."))
        return redirect("portal:identity:account")
    sessions = open_sessions(user=user, current_key=request.session.session_key or "", now=clock.now())
    context = {"form": form, "sessions": sessions, "enrolled": factors.is_enrolled(user)}
    return render(request, "identity/account.html", context, status=422 if form.errors else 200)


@signed_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    form = ChangePasswordForm(request.POST or None, user=user)
    if form.is_valid():
        now = clock.now()
        try:
            check_own_password(
                user=user, password=form.cleaned_data["current"], address=client_network(request), now=now
            )
        except Refusal as refusal:
            form.add_error("current", str(refusal))
        else:
            set_password(
                user=user,
                password=form.cleaned_data["password"],
                now=now,
                keep_session=request.session.session_key or "",
            )
            update_session_auth_hash(request, user)
            messages.success(request, _("Votre mot de passe est changé. Vos autres connexions sont fermées."))
            return redirect("portal:identity:account")
    return render(request, "identity/password.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@never_cache
@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    form = ChangeEmailForm(request.POST or None, user=user)
    if form.is_valid():
        now = clock.now()
        try:
            check_own_password(
                user=user, password=form.cleaned_data["current"], address=client_network(request), now=now
            )
            ask_email_change(
                user=user, email=form.cleaned_data["email"], now=now, organisation_slug=portal_slug(request)
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Un lien vient d’être envoyé à la nouvelle adresse : ouvrez-le pour la confirmer.")
            )
            return redirect("portal:identity:account")
    return render(request, "identity/email.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_session(request: HttpRequest, session_id: str) -> HttpResponse:
    """One session, or all the others (`others`)."""
    user = _me(request)
    sessions = open_sessions(user=user, current_key=request.session.session_key or "", now=clock.now())
    chosen = [
        session.key
        for session in sessions
        if (not session.current if session_id == "others" else session.id == session_id)
    ]
    if not chosen and session_id != "others":
        raise Http404
    Session.objects.filter(user=user, session_key__in=chosen).delete()
    if any(session.current and session.key in chosen for session in sessions):
        logout(request)
        return redirect("portal:portal:home")
    messages.success(request, _("C’est fermé."))
    return redirect("portal:identity:account")


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, against a code of the authenticator."""
    user = _me(request)
    if not factors.is_enrolled(user):
        raise Http404
    form = CodeForm(request.POST or None)
    if form.is_valid():
        now = clock.now()
        try:
            factors.check_code(user=user, code=form.cleaned_data["code"], address=client_network(request), now=now)
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            codes = factors.renew_recovery_codes(user=user, now=now)
            return render(request, "identity/recovery_codes.html", {"codes": codes, "next": ""})
    return render(request, "identity/renew_codes.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """All that the platform holds of me (GDPR articles 15 and 20), as a file a machine can read."""
    text = json.dumps(gather(_me(request)), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return response


@signed_in
@never_cache
@sensitive_post_parameters("current")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    form = CurrentPasswordForm(request.POST or None, user=user)
    if form.is_valid():
        now = clock.now()
        try:
            check_own_password(
                user=user, password=form.cleaned_data["current"], address=client_network(request), now=now
            )
            delete_own_account(user=user, now=now)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            messages.success(request, _("Votre compte est supprimé, avec vos données personnelles."))
            return redirect("portal:portal:home")
    return render(request, "identity/delete.html", {"form": form}, status=422 if form.errors else 200)


def portal_slug(request: HttpRequest) -> str:
    """Slug of the organisation whose portal this is: its messages bear its name."""
    organisation = getattr(request, "organisation", None)
    return organisation.slug if organisation else ""
