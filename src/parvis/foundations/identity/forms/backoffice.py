"""Forms of the administration of accounts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.limits import TokenLimit, Unreadable, token_limits
from parvis.foundations.identity.models import Role
from parvis.foundations.identity.models.rights import ALL
from parvis.foundations.identity.rights import Rights, Scope
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import Area, AreaKind
from parvis.kernel.contributions import Permission
from parvis.kernel.registry import registry

TOKEN_DAYS = ((30, _("un mois")), (90, _("trois mois")), (365, _("un an")), (730, _("deux ans")))


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Nom ou adresse"), required=False, max_length=200)


class ResidentSearchForm(forms.Form):
    """Residents are looked up, not leafed through."""

    q = forms.CharField(label=_("Nom ou adresse"), required=False, min_length=3, max_length=200)


class GrantForm(forms.Form):
    role = forms.ModelChoiceField(label=_("Rôle"), queryset=Role.objects.all())
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    area = forms.ModelChoiceField(
        label=_("Limité à un territoire"), queryset=Area.objects.none(), required=False, empty_label=_("Partout")
    )

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        """Proposes the organisations that `rights` let manage; the service has the last word."""
        super().__init__(*args, **kwargs)
        scope = rights.scope("identity.manage")
        organisation = self.fields["organisation"]
        assert isinstance(organisation, forms.ModelChoiceField)
        organisation.queryset = within(scope)
        if scope.everywhere:
            organisation.required, organisation.empty_label = False, str(_("Toute la plateforme"))
        area = self.fields["area"]
        assert isinstance(area, forms.ModelChoiceField)
        area.queryset = Area.objects.exclude(kind=AreaKind.EPCI).order_by("name", "code")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("area") and not data.get("organisation"):
            self.add_error("area", _("Choisissez une organisation pour limiter le rôle à un territoire."))
        return data


class InviteForm(GrantForm):
    email = forms.EmailField(label=_("Adresse électronique"))
    display_name = forms.CharField(label=_("Nom affiché"), max_length=120)
    field_order = ("display_name", "email", "role", "organisation", "area")


class RoleForm(forms.Form):
    label = forms.CharField(label=_("Nom du rôle"), max_length=120)
    code = forms.SlugField(label=_("Code"), max_length=60, help_text=_("Lettres sans accent, chiffres et tirets."))
    permissions = forms.MultipleChoiceField(
        label=_("Droits"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, *args: Any, role: Role | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["permissions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = permission_choices(also=role.permissions if role else ())
        if role is not None:
            del self.fields["code"]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Nom"), max_length=120, help_text=_("Ce qui s’en servira, par exemple : serveur LoRaWAN.")
    )
    scopes = forms.MultipleChoiceField(label=_("Portées"), widget=forms.CheckboxSelectMultiple, choices=())
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    days = forms.TypedChoiceField(label=_("Valable"), choices=TOKEN_DAYS, coerce=int, initial=365)

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes, organisation = self.fields["scopes"], self.fields["organisation"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [
            (group, held)
            for group, choices in permission_choices()
            if isinstance(choices, list) and (held := [choice for choice in choices if rights.may(choice[0])])
        ]
        assert isinstance(organisation, forms.ModelChoiceField)
        scope = rights.scope("identity.tokens")
        organisation.queryset = within(scope)
        if scope.everywhere:
            organisation.required, organisation.empty_label = False, str(_("Toute la plateforme"))
        offered = {choice[0] for _group, held in scopes.choices if isinstance(held, list) for choice in held}
        self._limits = {
            f"limit_{one.name}": one
            for one in token_limits()
            if offered.intersection(one.scopes) and (scope.everywhere or not one.widens)
        }
        for name, limit in self._limits.items():
            self.fields[name] = _limit_field(limit)

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self._limits]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.limits: dict[str, list[str]] = {}
        for name, limit in self._limits.items():
            values = data.get(name)
            if not values:
                continue
            if not set(data.get("scopes", ())).intersection(limit.scopes):
                self.add_error(name, _("Aucune des portées choisies ne se limite ainsi."))
            self.limits[limit.key] = list(dict.fromkeys([*self.limits.get(limit.key, ()), *values]))
        return data


class _WordsField(forms.CharField):
    """Words separated by commas, each read by the limit."""

    def __init__(self, limit: TokenLimit, **kwargs: Any) -> None:
        super().__init__(max_length=2000, required=False, **kwargs)
        self._read = limit.read

    def clean(self, value: Any) -> list[str]:
        words = [word for part in super().clean(value).split(",") if (word := part.strip())]
        try:
            return [self._read(word) for word in words]
        except Unreadable as error:
            raise ValidationError(str(error)) from error


def _limit_field(limit: TokenLimit) -> forms.Field:
    if limit.choices is None:
        return _WordsField(limit, label=str(limit.label), help_text=str(limit.help))
    return forms.MultipleChoiceField(
        label=str(limit.label),
        help_text=str(limit.help),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(limit.choices()),
    )


def within(scope: Scope) -> QuerySet[Organisation]:
    """Organisations where the permission holds, be it in one area only."""
    whole = Organisation.objects.all()
    return whole if scope.organisations is None else whole.filter(pk__in=scope.organisations)


Choice = tuple[str, str]


def permission_choices(also: Any = ()) -> list[tuple[str, list[Choice] | str]]:
    """Every declared permission, grouped by package; and those a role still holds that no package declares any more."""
    groups: dict[str, list[Choice]] = {}
    for manifest, permission in registry.all(Permission):
        groups.setdefault(str(manifest.label), []).append((f"{manifest.name}.{permission.code}", str(permission.label)))
    known = {code for choices in groups.values() for code, _label in choices}
    others = [(code, code) for code in also if code not in known and code != ALL]
    whole: list[tuple[str, list[Choice] | str]] = [
        (str(_("Tout")), [(ALL, str(_("Tous les droits, présents et à venir")))])
    ]
    whole += list(groups.items())
    return whole + ([(str(_("Qui ne servent plus")), others)] if others else [])
