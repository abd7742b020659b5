"""The one form by which a problem is reported, by a resident or by an agent on behalf of a caller."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.widgets import PhotoInput
from parvis.domains.requests.forms.fields import AskedChoice, AskedLine, AskedText, CategoryField, CleanLine, Coordinate
from parvis.domains.requests.models import Category
from parvis.domains.requests.rules import MAX_DESCRIPTION, Channel, phone_key
from parvis.domains.requests.services.intake import ReportDraft

_SUBMISSION = signing.Signer(salt="parvis.requests.submission")


def new_submission() -> str:
    """Names one form handed out, signed: nobody can send under the name of a form given to somebody else."""
    return _SUBMISSION.sign(uuid4().hex)


class ReportForm(forms.Form):
    """`commune` starts as the commune of the portal; `category` and the place may come from the address of the page."""

    use_required_attribute = False  # what is needed depends on the rest, as `clean` says
    data: Any  # a QueryDict, which `hold` and `put_place` replace by an altered copy
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    held = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=PhotoInput({"data-photo-keep": True}),
        help_text=_(
            "Jusqu’à 20 Mo. Évitez les visages et les plaques d’immatriculation : seuls les agents la verront."
        ),
    )
    category = forms.ChoiceField()
    longitude = Coordinate(limit=180)
    latitude = Coordinate(limit=90)
    address = AskedLine(
        label=_("Adresse ou repère"),
        max_length=200,
        help_text=_(
            "Par exemple : « 12 rue de la Liberté » ou « devant l’entrée du parc ». Inutile si le point est placé sur la carte."
        ),
        error_messages={"max_length": _("L’adresse ne peut pas dépasser 200 caractères.")},
    )
    area_code = AskedChoice(label=_("Commune"))
    description = AskedText(
        label=_("Description"),
        max_length=MAX_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ce que vous avez vu, depuis quand, si c’est dangereux. N’y mettez pas de nom de personne."),
        error_messages={
            "max_length": _("La description ne peut pas dépasser 4 000 caractères : raccourcissez-la un peu.")
        },
    )
    contact_name = CleanLine(
        label=_("Nom"), required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_email = forms.EmailField(
        label=_("Adresse électronique"),
        required=False,
        help_text=_("Pour recevoir chaque étape par courriel."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "invalid": _("Cette adresse électronique n’est pas complète, par exemple : prenom@exemple.fr.")
        },
    )
    contact_phone = CleanLine(
        label=_("Téléphone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    website = forms.CharField(
        label=_("Laissez ce champ vide"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, data: Any = None, *args: Any, communes: dict[str, str], **kwargs: Any) -> None:
        if data is not None and data.get("drop_place"):
            # Without JavaScript a point cannot be moved, only taken away.
            data = data.copy()
            data["longitude"] = data["latitude"] = ""
        super().__init__(data, *args, **kwargs)
        self.fields["category"] = CategoryField(label=gettext("Que signalez-vous ?"))
        self.fields["area_code"].choices = [("", _("Choisir une commune…")), *communes.items()]  # type: ignore[attr-defined]
        self.order_fields(["photo", "category", "address", "area_code", "description"])

    def clean_contact_phone(self) -> str:
        typed: str = self.cleaned_data["contact_phone"]
        if typed and (not phone_key(typed) or any(c.isalpha() for c in typed)):
            raise forms.ValidationError(_("Ce numéro de téléphone est incomplet : écrivez par exemple 03 80 00 00 00."))
        return typed

    def clean_contact_email(self) -> str:
        return str(self.cleaned_data["contact_email"]).lower()

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Videz ce champ : il ne sert qu’à arrêter les robots."))
        return ""

    def clean_submission(self) -> UUID:
        """A missing or forged name becomes a new one: the person loses nothing but the guard against a double click."""
        try:
            return UUID(_SUBMISSION.unsign(self.cleaned_data["submission"]))
        except (signing.BadSignature, ValueError):
            return uuid4()

    @property
    def has_place(self) -> bool:
        """Whether anything was said of the place, right or wrong: then the photo's own place is not proposed."""
        return any(str(self.data.get(name, "")).strip() for name in ("longitude", "latitude", "address"))

    def put_place(self, longitude: float, latitude: float) -> None:
        """Proposes this point; the person checks it and sends again."""
        self.data = self.data.copy()
        self.data["longitude"], self.data["latitude"] = f"{longitude:.6f}", f"{latitude:.6f}"
        self.full_clean()

    def hold(self, token: str) -> None:
        """The photo is kept on our side under this token while the rest is corrected."""
        self.data = self.data.copy()
        self.data["held"] = token

    @property
    def has_photo(self) -> bool:
        return bool(self.cleaned_data.get("photo") or self.cleaned_data.get("held"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("longitude") is None) != (data.get("latitude") is None):
            data["longitude"] = data["latitude"] = None
        if (
            not data.get("description")
            and "description" not in self.errors
            and not self.has_photo
            and "photo" not in self.errors
        ):
            self.add_error("description", _("Décrivez le problème en quelques mots, ou ajoutez une photo."))
        if data.get("longitude") is None and not {"longitude", "latitude", "address", "area_code"} & self.errors.keys():
            if not data.get("address"):
                self.add_error("address", _("Indiquez où est le problème : un point sur la carte, ou une adresse."))
            elif not data.get("area_code"):
                self.add_error("area_code", _("Choisissez la commune de cette adresse."))
        return data

    def draft(self, **given: Any) -> ReportDraft:
        """Of a valid form; `given` are the fields of `ReportDraft` that are not typed by the person."""
        data = self.cleaned_data
        category: Category = data["category"]
        return ReportDraft(
            submission=data["submission"],
            category=category,
            description=data["description"],
            longitude=data["longitude"],
            latitude=data["latitude"],
            address=data["address"],
            area_code=data["area_code"],
            contact_name=data["contact_name"],
            contact_email=data["contact_email"],
            contact_phone=data["contact_phone"],
            **given,
        )


class DeskForm(ReportForm):
    """As above, by the agent who has the caller on the line."""

    channel = forms.ChoiceField(
        label=_("Reçu par"),
        choices=[(Channel.PHONE.value, Channel.PHONE.label), (Channel.COUNTER.value, Channel.COUNTER.label)],
        initial=Channel.PHONE.value,
        widget=forms.RadioSelect,
    )
