"""What the guided path asks, a step at a time."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.models import Codec, DeviceProfile, Server, Source

from .offering import offer
from .profiles import type_choices

LARGEST_UPLOAD = 8 * 1024 * 1024  # bytes: a maker's whole folder, zipped
LARGEST_LIST = 2 * 1024 * 1024  # bytes: it comes back in the form that confirms it
_MOST_FILES = 50

TOPICS = {
    Server.CHIRPSTACK_V4: "application/+/device/+/event/+",
    Server.CHIRPSTACK_V3: "application/+/device/+/event/+",
    Server.THINGS_STACK_V3: "v3/+/devices/+/#",
}
"""Where these servers publish, on a broker of their own."""


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; their names with their bytes."""

    def clean(self, data: Any, initial: Any = None) -> dict[str, bytes]:
        given: list[UploadedFile[Any]] = [one for one in (data or []) if one]
        if len(given) > _MOST_FILES or sum(one.size or 0 for one in given) > LARGEST_UPLOAD:
            raise ValidationError(_("Ces fichiers sont trop nombreux ou trop gros : choisissez ceux d’un seul modèle."))
        return {one.name or "codec.js": one.read() for one in given}


class ModelStep(forms.Form):
    """The first step: a model of sensor, and what reads it."""

    name = forms.CharField(
        label=_("Modèle de capteur"),
        max_length=120,
        help_text=_("Ce sera le nom du profil, par exemple « Sonde de niveau AX-3 »."),
    )
    entity_type = forms.ChoiceField(label=_("Ce qu’il équipe"))
    codec_files = FilesField(
        label=_("Fichiers du codec"),
        required=False,
        widget=FilesInput({"accept": ".js,.zip,.yaml,.yml,.toml,.json"}),
        help_text=_(
            "Ceux que publie le fabricant : un programme .js, ou le dossier de son dépôt en .zip, avec ses exemples."
        ),
    )
    codec = forms.ModelChoiceField(
        label=_("Ou un codec déjà importé"),
        queryset=Codec.objects.none(),
        required=False,
        help_text=_("Sans fichier ni codec, ce que décode le serveur de réseau est utilisé."),
    )
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none(), required=False)

    def __init__(
        self,
        *args: Any,
        organisations: QuerySet[Organisation],
        everywhere: bool,
        codecs: QuerySet[Codec],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)
        offer(self, "codec", codecs, required=False)
        types = self.fields["entity_type"]
        assert isinstance(types, forms.ChoiceField)
        types.choices = type_choices()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if DeviceProfile.objects.filter(name=name).exists():
            raise ValidationError(_("Un profil porte déjà ce nom : reprenez-le ci-dessous, ou choisissez-en un autre."))
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("codec_files") and given.get("codec"):
            self.add_error("codec", _("Choisissez des fichiers, ou un codec déjà importé, pas les deux."))
        return given


class ListStep(forms.Form):
    file = forms.FileField(
        label=_("Liste des capteurs (CSV)"),
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv"}),
        help_text=_(
            "Telle que le fabricant l’envoie. Il lui faut une colonne DevEUI ; le nom, la latitude et la longitude sont bienvenus."
        ),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_LIST:
            raise ValidationError(_("Cette liste est longue : passez par « Déclarer une liste », dans Capteurs."))
        content: bytes = file.read()
        return content


class PlaceStep(forms.Form):
    """Where a device is: on a thing that is known, or on a new one at a place."""

    thing = forms.CharField(
        label=_("Équipement déjà connu (URN)"),
        required=False,
        max_length=255,
        widget=forms.TextInput(
            {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
        ),
    )
    longitude = forms.FloatField(label=_("Longitude"), required=False, localize=True, min_value=-180, max_value=180)
    latitude = forms.FloatField(label=_("Latitude"), required=False, localize=True, min_value=-90, max_value=90)

    def __init__(self, *args: Any, things: QuerySet[Entity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._things = things

    def clean_thing(self) -> Entity | None:
        urn = self.cleaned_data["thing"].strip()
        if not urn:
            return None
        entity = self._things.filter(urn=urn).first()
        if entity is None:
            raise ValidationError(_("Aucun équipement n’a cet URN."))
        return entity

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        placed = given.get("longitude") is not None and given.get("latitude") is not None
        if not self.errors and given.get("thing") is None and not placed:
            self.add_error("longitude", _("Placez le capteur sur la carte, ou donnez l’URN de son équipement."))
        return given


class SourceStep(forms.ModelForm):  # type: ignore[type-arg]
    """A network server by its name and kind: the rest is on its own page."""

    class Meta:
        model = Source
        fields = ["label", "server", "organisation"]
        help_texts = {"label": _("Par exemple « Réseau LoRaWAN de la ville ».")}

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)

    def source(self) -> Source:
        """Once valid: with an address of its own, and the topic of its server when nothing listens to it yet."""
        source: Source = self.save(commit=False)
        source.slug = _free_slug(source.label)
        topic = TOPICS.get(Server(source.server), "")
        if topic and not Source.objects.filter(mqtt_topic=topic).exists():
            source.mqtt_topic = topic
        return source


def _free_slug(label: str) -> str:
    stem = slugify(label)[:50] or "source"
    taken = set(Source.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(
        slug for number in range(1, 10_000) if (slug := stem if number == 1 else f"{stem}-{number}") not in taken
    )
