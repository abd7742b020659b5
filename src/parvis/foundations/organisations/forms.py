"""Forms of the organisations' pages."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.domains import domain_manifests
from parvis.foundations.organisations.logos import UnusableLogo, logo_from
from parvis.foundations.organisations.models import COLOUR, Kind, Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.selectors import Value, declared_settings
from parvis.foundations.organisations.services.identity import Identity
from parvis.kernel.contributions import Setting


class ColourField(forms.CharField):
    """`#rrggbb`, chosen or typed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "color", "data-colour": True})
        super().__init__(widget=widget, max_length=7, validators=[COLOUR], **options)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").strip().lower()


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]
    primary_colour = ColourField(
        label=_("Couleur"),
        help_text=_("Elle habille les grandes surfaces du portail. Les textes en sont déduits, toujours lisibles."),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("Dessin SVG, ou image PNG, de 500 ko au plus. Sans logo, un monogramme est dessiné."),
        widget=forms.FileInput(attrs={"accept": "image/svg+xml,image/png,.svg,.png"}),
    )
    remove_logo = forms.BooleanField(label=_("Retirer le logo"), required=False)

    class Meta:
        model = Organisation
        fields = ["name", "short_name", "primary_colour", "host", "email", "phone"]
        help_texts = {
            "short_name": _("Pour les listes et les petits écrans."),
            "host": _("Si le portail a son propre nom, par exemple signaler.ma-commune.fr. Vide sinon."),
            "email": _("Montré aux habitants."),
            "phone": _("Montré aux habitants."),
        }

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.instance.has_portal:
            del self.fields["host"]
        if not self.instance.logo_svg:
            del self.fields["remove_logo"]

    def clean_host(self) -> str | None:
        """E-mails carry links to it, some worth a password: only the operator of the machine (`PARVIS_ALLOWED_HOSTS`) says which names are
        ours, and the platform's own stays the metropolis'."""
        host = (self.cleaned_data["host"] or "").strip().lower()
        if not host or host == self.initial.get("host"):
            return host or None
        taken = host == urlsplit(settings.PARVIS_SITE_URL).hostname and self.instance.kind != Kind.METROPOLIS
        if taken or not validate_host(host, settings.ALLOWED_HOSTS):
            raise forms.ValidationError(
                _("Ce nom n’est pas encore confié à la plateforme : demandez à qui l’exploite de l’ajouter.")
            )
        return host

    def clean_logo(self) -> str | None:
        """Text of the logo to keep; None when none was given."""
        upload = self.cleaned_data.get("logo")
        if not upload:
            return None
        try:
            return logo_from(upload)
        except UnusableLogo as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    @property
    def identity(self) -> Identity:
        data = self.cleaned_data
        return Identity(
            name=data["name"],
            short_name=data["short_name"],
            primary_colour=data["primary_colour"],
            email=data["email"],
            phone=data["phone"],
            host=data.get("host"),
        )

    @property
    def logo_svg(self) -> str | None:
        """None: as it was."""
        if self.cleaned_data["logo"]:
            return str(self.cleaned_data["logo"])
        return "" if self.cleaned_data.get("remove_logo") else None


class NewForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Nature"),
        choices=[(kind.value, kind.label) for kind in (Kind.SERVICE, Kind.OPERATOR, Kind.PARTNER)],
        help_text=_("L’intercommunalité et les communes viennent du territoire chargé."),
    )
    name = forms.CharField(label=_("Nom"), max_length=120)
    short_name = forms.CharField(label=_("Nom court"), max_length=40, required=False)
    parent = forms.ModelChoiceField(
        label=_("Dépend de"),
        queryset=Organisation.objects.none(),
        required=False,
        help_text=_("Qui a des droits sur cette organisation les a aussi sur celles qui en dépendent."),
    )
    email = forms.EmailField(label=_("Courriel"), required=False)
    phone = forms.CharField(label=_("Téléphone"), max_length=20, required=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["parent"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Organisation.objects.exclude(kind=Kind.PARTNER).order_by("-kind", "sort_name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == Kind.SERVICE and not data.get("parent"):
            self.add_error("parent", _("Un service dépend toujours d’une organisation."))
        return data


class DomainsForm(forms.Form):
    domains = forms.MultipleChoiceField(
        label=_("Services ouverts"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["domains"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(manifest.name, manifest.label) for manifest in domain_manifests()]


class SettingsForm(forms.Form):
    """One field per declared setting, named by its full name."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields.update({key: _setting_field(declared) for key, declared in declared_settings().items()})

    @property
    def values(self) -> dict[str, Value]:
        return dict(self.cleaned_data)


def _setting_field(declared: Setting) -> forms.Field:
    label, told = str(declared.label), str(declared.help)
    if declared.kind is bool:
        return forms.BooleanField(label=label, help_text=told, required=False)
    if declared.kind is int:
        return forms.IntegerField(label=label, help_text=told)
    return forms.CharField(label=label, help_text=told, required=False, max_length=500)


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Nom de l’équipe"), max_length=80)
    subjects = forms.MultipleChoiceField(
        label=_("Sujets dont elle se charge"),
        required=False,
        choices=Subject.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Les interventions sur ces sujets lui sont proposées."),
    )

    @classmethod
    def of(cls, team: Team) -> "TeamForm":
        return cls(initial={"name": team.name, "subjects": team.subjects})


class CompetencesForm(forms.Form):
    """Who answers for each subject in one area; empty: whoever answers in the area around."""

    def __init__(self, *arguments: Any, inherited: dict[str, Organisation], **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = list(Organisation.objects.order_by("-kind", "sort_name"))
        for subject in Subject:
            self.fields[subject.value] = _competence_field(subject, choices, inherited.get(subject.value))

    @property
    def choices(self) -> dict[str, Organisation | None]:
        organisations = {one.pk: one for one in Organisation.objects.all()}
        return {
            subject.value: organisations[int(chosen)] if (chosen := self.cleaned_data[subject.value]) else None
            for subject in Subject
        }


def _competence_field(subject: Subject, choices: Iterable[Organisation], inherited: Organisation | None) -> forms.Field:
    nobody = _("Personne") if inherited is None else _("Comme autour : %(name)s") % {"name": inherited.name}
    options = [("", nobody), *((str(one.pk), one.name) for one in choices)]
    return forms.ChoiceField(label=subject.label, choices=options, required=False)
