"""`{% load context %}`."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def value_at(mapping: Mapping[str, str], key: str) -> str:
    """Empty when the key is absent."""
    return mapping.get(key, "")
