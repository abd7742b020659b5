"""The messages of accounts, with what they look like."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import Notice


def _sample() -> dict[str, Any]:
    return {
        "name": "Camille Durand",
        "organisation": None,
        "link": "https://parvis.example/identity/reset/eyJ1Ijo3fQ:1vA:Zk",
        "reset_link": "https://parvis.example/identity/forgotten",
    }


def _notice(code: str, label: Any) -> Notice:
    return Notice(code=code, label=label, template=f"identity/mail/{code}", sample=_sample)


NOTICES = (
    _notice("confirm", _("Confirmation de l’adresse")),
    _notice("known", _("Adresse déjà connue")),
    _notice("invitation", _("Invitation d’un agent")),
    _notice("reset", _("Nouveau mot de passe")),
    _notice("email_confirm", _("Confirmation d’une nouvelle adresse")),
    _notice("email_warning", _("Changement d’adresse demandé")),
    _notice("password_changed", _("Mot de passe changé")),
)
