from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.console import asking, words
from parvis.telemetry.context.query.asking import Wanted

_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
LONGEST = 2000


class View(models.TextChoices):
    """How the results are shown; all but the table are what programs get."""

    TABLE = "table", _("tableau")
    NORMALIZED = "normalized", _("JSON-LD normalisé")
    CONCISE = "concise", _("JSON-LD concis")
    SIMPLIFIED = "simplified", _("JSON-LD simplifié")


class QueryForm(forms.Form):
    """Fields have the names of the parameters of the API, but for those of a circle. Once valid, `parameters` and `asks` are the
    question."""

    type = forms.CharField(
        label=_("Type"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE | {"list": "known-types"}),
        help_text=_("Un ou plusieurs, séparés par des virgules : Streetlight,StreetlightControlCabinet"),
    )
    q = forms.CharField(
        label=_("Condition"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE),
        help_text=_('powerState=="on" ou temperature>20 ; entre deux conditions, ; veut dire et, | veut dire ou.'),
    )
    attrs = forms.CharField(
        label=_("Attributs à avoir"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE),
        help_text=_("L’objet a l’un d’eux au moins, et seuls ceux-là sont montrés : powerState,illuminanceLevel"),
    )
    pick = forms.CharField(
        label=_("Attributs à montrer"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE),
        help_text=_("id,type,name par exemple ; à la place du champ précédent."),
    )
    scopeQ = forms.CharField(
        label=_("Portée"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE),
        help_text=_("La place dans une hiérarchie : /Dijon/Centre, ou /Dijon/# avec tout ce qu’elle contient."),
    )
    id = forms.CharField(
        label=_("Identifiants"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(_CODE),
        help_text=_("Un ou plusieurs, séparés par des virgules."),
    )
    distance = forms.FloatField(
        label=_("À moins de (mètres)"), required=False, min_value=1, max_value=20_000_000, localize=True
    )
    longitude = forms.FloatField(
        label=_("Longitude du point"), required=False, min_value=-180, max_value=180, localize=True
    )
    latitude = forms.FloatField(
        label=_("Latitude du point"), required=False, min_value=-90, max_value=90, localize=True
    )
    view = forms.ChoiceField(label=_("Montrer en"), choices=View.choices, initial=View.TABLE)

    def __init__(self, data: QueryDict | None = None, **more: Any) -> None:
        if data is not None:
            data = data.copy()
            data.setdefault("view", View.TABLE.value)
        super().__init__(data, **more)

    parameters: dict[str, str]
    asks: Wanted

    @property
    def is_asked(self) -> bool:
        """Whether anything was asked: an empty question shows the form alone."""
        return any(self.data.get(name, "").strip() for name in (*asking.ALONE, "distance", "longitude", "latitude"))

    @property
    def shown_as(self) -> View:
        return View(self.cleaned_data["view"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self.parameters = {name: given[name] for name in asking.ALONE if given.get(name)}
        self._read_place(given)
        for name, error in asking.faults(self.parameters).items():
            self.add_error(name if name in self.fields else None, words.explained(error, name))
        if not self.errors:
            self.asks = asking.understood(self.parameters)
        return given

    def _read_place(self, given: dict[str, Any]) -> None:
        names = ("distance", "longitude", "latitude")
        if any(name in self.errors for name in names):
            return
        missing = [name for name in names if given.get(name) is None]
        if not missing:
            self.parameters |= asking.near(given["longitude"], given["latitude"], given["distance"])
        elif len(missing) < len(names):
            for name in missing:
                self.add_error(name, _("Donnez les trois : distance, longitude, latitude."))
