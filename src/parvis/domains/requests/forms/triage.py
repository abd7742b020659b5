"""Decisions of agents on one request; each form carries the version of the page it was filled on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.forms.fields import CleanText
from parvis.domains.requests.models import Category
from parvis.domains.requests.rules import MAX_DESCRIPTION
from parvis.domains.requests.wording import REFUSAL_REASONS
from parvis.foundations.organisations.models import Organisation


class VersionedForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def _text(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> CleanText:
    return CleanText(
        label=label,
        required=required,
        help_text=help_text,
        max_length=MAX_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class AcceptForm(VersionedForm):
    priority = forms.ChoiceField(
        label=_("Priorité"),
        choices=[("low", _("Basse")), ("normal", _("Normale")), ("high", _("Haute")), ("urgent", _("Urgente"))],
        initial="normal",
    )
    message = _text(_("Message à l’habitant"), required=False, rows=2)


class RefuseForm(VersionedForm):
    template = forms.ChoiceField(
        label=_("Motif"), choices=[(code, label) for code, label, _sentence in REFUSAL_REASONS]
    )
    message = _text(
        _("Précision ajoutée"),
        required=False,
        help_text=_("L’habitant lit la phrase du motif, puis votre précision."),
        rows=2,
    )

    @property
    def reason(self) -> str:
        sentence = next(str(text) for code, _label, text in REFUSAL_REASONS if code == self.cleaned_data["template"])
        return "\n\n".join(part for part in (sentence, self.cleaned_data["message"]) if part)


class MessageForm(VersionedForm):
    message = _text(_("Message à l’habitant"))


class CloseForm(VersionedForm):
    message = _text(_("Message à l’habitant"), required=False, rows=2)


class ReopenForm(VersionedForm):
    message = _text(_("Motif, lu par l’habitant"), rows=2)


class NoteForm(forms.Form):
    note = _text(_("Note interne"), help_text=_("Lue par les agents seulement."), rows=2)


class PublicNoteForm(VersionedForm):
    public_note = _text(
        _("Note publique"),
        required=False,
        help_text=_("Affichée à tous sur la carte des signalements. Aucune donnée personnelle."),
        rows=2,
    )


class RerouteForm(VersionedForm):
    organisation = forms.ModelChoiceField(
        label=_("Nouvel organisme"),
        queryset=Organisation.objects.order_by("name"),
        empty_label=_("Choisir un organisme…"),
    )
    reason = _text(_("Motif"), help_text=_("Lu par les agents seulement."), rows=2)


class RecategoriseForm(VersionedForm):
    category = forms.ModelChoiceField(
        label=_("Nouvelle catégorie"), queryset=Category.objects.filter(is_active=True), empty_label=None
    )
    reroute_too = forms.BooleanField(
        label=_("Transmettre à l’organisme compétent pour cette catégorie"), required=False, initial=True
    )
