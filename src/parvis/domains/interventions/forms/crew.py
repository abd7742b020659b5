"""What a crew sends from the street. `nonce` makes a form sent twice count once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.widgets import PhotoInput


class StartForm(forms.Form):
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class FinishForm(StartForm):
    comment = forms.CharField(
        label=_("Ce qui a été fait"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Pour le service : pièces changées, temps passé, suite à prévoir."),
    )
    public_comment = forms.CharField(
        label=_("Réponse à l’habitant"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Sera lue par la personne qui a signalé le problème."),
    )
    photo = forms.FileField(
        label=_("Photo du travail fait"), required=False, widget=PhotoInput({"capture": "environment"})
    )


class RefuseForm(StartForm):
    reason = forms.CharField(
        label=_("Pourquoi est-ce impossible ?"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Dites pourquoi : le service devra trouver une autre réponse.")},
    )
