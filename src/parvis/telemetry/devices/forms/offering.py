"""What a form offers to choose among: only what this agent may choose."""

from typing import Any

from django import forms
from django.db.models import QuerySet


def offer(form: forms.BaseForm, name: str, rows: QuerySet[Any], *, required: bool) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.required = required
    if not required:
        field.empty_label = "–"
