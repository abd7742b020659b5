from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.console.health import Health
from parvis.telemetry.context.models import ContextKind


class SubscriptionFilterForm(forms.Form):
    """From the address; what makes no sense narrows nothing."""

    q = forms.CharField(label=_("Identifiant ou adresse du destinataire"), required=False, max_length=200)
    health = forms.ChoiceField(
        label=_("Santé"),
        required=False,
        choices=[
            ("", _("Toutes")),
            (Health.FAILING.value, Health.FAILING.label),
            ("dead", _("avec des envois abandonnés")),
            (Health.PAUSED.value, Health.PAUSED.label),
            (Health.EXPIRED.value, Health.EXPIRED.label),
        ],
    )


class ContextFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Origine"),
        required=False,
        choices=[("", _("Toutes")), ("by-hand", _("chargé à la main")), *ContextKind.choices],
    )
