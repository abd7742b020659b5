from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.models import DeviceProfile, Source
from parvis.telemetry.devices.rules.health import Health
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.devices.selectors import DeviceFilter


class DeviceFilterForm(forms.Form):
    """From the address; what makes no sense narrows nothing."""

    q = forms.CharField(label=_("Nom ou DevEUI"), required=False, max_length=100)
    health = forms.ChoiceField(
        label=_("Santé"),
        required=False,
        choices=[("", _("Toutes")), *((one.value, one.label) for one in Health)],
    )
    profile = forms.ModelChoiceField(
        label=_("Profil"), required=False, queryset=DeviceProfile.objects.order_by("name"), empty_label=_("Tous")
    )
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        required=False,
        queryset=Organisation.objects.order_by("name", "id"),
        empty_label=_("Toutes"),
    )

    gateway = forms.CharField(label=_("Passerelle"), required=False, max_length=40, widget=forms.HiddenInput)

    def wanted(self) -> DeviceFilter:
        self.is_valid()
        profile, organisation = self.cleaned_data.get("profile"), self.cleaned_data.get("organisation")
        return DeviceFilter(
            text=self.cleaned_data.get("q", ""),
            health=self.cleaned_data.get("health", ""),
            gateway=self.cleaned_data.get("gateway", ""),
            profile_id=profile.pk if profile else None,
            organisation_id=organisation.pk if organisation else None,
        )


class RejectedFilterForm(forms.Form):
    """`reasons` are those there are, with how many."""

    reason = forms.ChoiceField(label=_("Motif"), required=False)
    source = forms.ModelChoiceField(
        label=_("Source"), required=False, queryset=Source.objects.none(), empty_label=_("Toutes")
    )
    eui = forms.CharField(label=_("DevEUI"), required=False, max_length=16)

    def __init__(self, data: Mapping[str, Any], *, reasons: list[tuple[str, int]], sources: QuerySet[Source]) -> None:
        super().__init__(data)
        counted = [(code, f"{Reason(code).label} ({count})") for code, count in reasons]
        _choices(self, "reason").choices = [("", _("Tous")), *counted]
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = sources


def _choices(form: forms.Form, name: str) -> forms.ChoiceField:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field
