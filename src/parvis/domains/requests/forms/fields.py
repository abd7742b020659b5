"""Form fields that clean what people type before anything else sees it."""

from typing import Any

from django import forms
from django.core.validators import EMPTY_VALUES
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.widgets import SlabSelect
from parvis.domains.requests.categories import FAMILIES
from parvis.domains.requests.models import Category
from parvis.domains.requests.wording import clean_line, clean_text, refuse_nul


class CleanLine(forms.CharField):
    """One line, without control characters."""

    default_validators = [refuse_nul]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Django's own message about NUL is in no catalogue of ours; `refuse_nul` says it in a sentence.
        self.validators = [v for v in self.validators if type(v).__name__ != "ProhibitNullCharactersValidator"]

    def clean(self, value: Any) -> str:
        return clean_line(super().clean(value))


class CleanText(CleanLine):
    widget = forms.Textarea

    def clean(self, value: Any) -> str:
        return clean_text(super(CleanLine, self).clean(value))


class _Asked(forms.Field):
    """Not shown as optional, because something must be said; whether this field or another says it is for the form to check."""

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:
            super().validate(value)


class AskedLine(_Asked, CleanLine):
    pass


class AskedText(_Asked, CleanText):
    pass


class AskedChoice(_Asked, forms.ChoiceField):
    pass


class Coordinate(forms.FloatField):
    """Degrees, EPSG:4326. `FloatField` refuses NaN and infinities; a decimal comma is understood."""

    widget = forms.HiddenInput

    def __init__(self, *, limit: int) -> None:
        message = _("Ce point n’est pas sur la Terre. Placez-le de nouveau sur la carte.")
        super().__init__(
            required=False,
            min_value=-limit,
            max_value=limit,
            error_messages={
                "min_value": message,
                "max_value": message,
                "invalid": _("Coordonnées illisibles. Placez de nouveau le point sur la carte."),
            },
        )

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # django-stubs: FloatField is no IntegerField
        return super().to_python(
            value.replace(",", ".") if isinstance(value, str) and value not in EMPTY_VALUES else value
        )


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Active categories as pictured slabs, by family."""

    def __init__(self, *, label: str) -> None:
        super().__init__(
            queryset=Category.objects.filter(is_active=True),
            to_field_name="code",
            label=label,
            empty_label=None,
            error_messages={
                "required": _("Choisissez ce que vous signalez."),
                "invalid_choice": _("Cette catégorie n’est plus proposée. Choisissez-en une autre."),
            },
        )
        categories = list(Category.objects.filter(is_active=True))
        self.widget = SlabSelect(icons={category.code: category.icon for category in categories})
        self.widget.is_required = True
        self.widget.choices = grouped(categories)


def grouped(categories: list[Category]) -> list[tuple[str, list[tuple[str, SafeString]]]]:
    """Choices under the headings of `FAMILIES`."""
    order = list(dict.fromkeys(FAMILIES.values()))
    families: dict[str, list[tuple[str, SafeString]]] = {str(family): [] for family in order}
    for category in categories:
        label = format_html('{}<span class="report__hint">{}</span>', category.name, category.help)
        families[str(FAMILIES[category.subject])].append((category.code, label))
    return [(family, choices) for family, choices in families.items() if choices]
