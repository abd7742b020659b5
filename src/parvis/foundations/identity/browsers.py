"""Enough of a User-Agent for a person to recognise one of their sessions."""

from django.utils.translation import gettext as _

BROWSERS = (("Firefox", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe(user_agent: str) -> str:
    """`Firefox, Windows`; the first of the list that is named wins, as browsers name their ancestors."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    known = ", ".join(part for part in (browser, system) if part)
    return known or _("Navigateur inconnu")
