from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.models import Source

from .offering import offer


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Source
        fields = ["label", "slug", "server", "organisation", "mqtt_topic", "is_active"]
        help_texts = {
            "slug": _("Dans l’adresse du webhook : lettres sans accent, chiffres et tirets."),
            "mqtt_topic": _(
                "Pour ChirpStack : application/+/device/+/event/+ ; pour The Things Stack : v3/+/devices/+/#."
            ),
        }
        labels = {"is_active": _("Accepter les messages de cette source")}

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)

    def clean_mqtt_topic(self) -> str:
        topic = self.cleaned_data["mqtt_topic"].strip()
        levels = topic.split("/")
        misplaced = "#" in topic[:-1] or any(("+" in level or "#" in level) and len(level) > 1 for level in levels)
        if misplaced or topic.startswith("$") or "\0" in topic:
            raise ValidationError(_("Ce filtre de sujets n’est pas valide : + tient lieu d’un niveau, # de la fin."))
        return str(topic)
