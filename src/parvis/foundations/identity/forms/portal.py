"""Forms of accounts, on the portal."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.models import User
from parvis.foundations.identity.passwords import LONGEST, check_password_choice, least_length


def _password(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=4 * LONGEST,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("Adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = _password(_("Mot de passe"), "current-password")


class NewPasswordForm(forms.Form):
    """For a link received, or beside the present password."""

    password = _password(_("Nouveau mot de passe"), "new-password")
    again = _password(_("Le même, une seconde fois"), "new-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = password_help(is_agent=user.is_agent)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        check_password_choice(password, is_agent=self.user.is_agent, about=(self.user.display_name, self.user.email))
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data and "again" in data and data["password"] != data["again"]:
            self.add_error("again", _("Les deux mots de passe sont différents."))
        return data


class RegisterForm(forms.Form):
    display_name = forms.CharField(
        label=_("Votre nom"),
        max_length=120,
        help_text=_("Celui par lequel nous nous adresserons à vous."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Adresse électronique"),
        help_text=_("Par exemple : nom@exemple.fr. Nous y enverrons un lien de confirmation."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = _password(_("Mot de passe"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_help(is_agent=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data:
            try:
                check_password_choice(
                    data["password"], is_agent=False, about=(data.get("display_name", ""), data.get("email", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return data


class AskResetForm(forms.Form):
    email = forms.EmailField(
        label=_("Adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class CurrentPasswordForm(forms.Form):
    """The present password, asked again before what cannot be undone."""

    current = _password(_("Mot de passe actuel"), "current-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class ChangePasswordForm(NewPasswordForm):
    current = _password(_("Mot de passe actuel"), "current-password")
    field_order = ("current", "password", "again")


class ChangeEmailForm(CurrentPasswordForm):
    email = forms.EmailField(
        label=_("Nouvelle adresse électronique"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ("email", "current")


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Votre nom"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Langue de nos messages"), choices=settings.LANGUAGES)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def password_help(*, is_agent: bool) -> Any:
    return _("%(least)d caractères au moins. Quatre mots que vous seul associez font un bon mot de passe.") % {
        "least": least_length(is_agent=is_agent)
    }
