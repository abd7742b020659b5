"""What a password must be, for residents and for agents (CNIL, délibération 2022-100: length first, no forced mixture)."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.foundations.identity import rules

LONGEST = 256  # argon2 takes any length, but not for free
_common = CommonPasswordValidator()


def check_password_choice(password: str, *, is_agent: bool, about: Iterable[str] = ()) -> None:
    """Raises a `ValidationError` with every reason. `about` is what others know of the person: name, address."""
    reasons = list(_faults(password, is_agent=is_agent, about=about))
    if reasons:
        raise ValidationError([ValidationError(reason) for reason in reasons])


def least_length(*, is_agent: bool) -> int:
    return rules.AGENT_PASSWORD_LENGTH if is_agent else rules.RESIDENT_PASSWORD_LENGTH


def _faults(password: str, *, is_agent: bool, about: Iterable[str]) -> Iterable[str]:
    least = least_length(is_agent=is_agent)
    if len(password) < least:
        yield ngettext(
            "Ce mot de passe est trop court : il faut au moins %(least)d caractère.",
            "Ce mot de passe est trop court : il faut au moins %(least)d caractères.",
            least,
        ) % {"least": least}
    if len(password) > LONGEST:
        yield _("Ce mot de passe est trop long : %(most)d caractères au plus.") % {"most": LONGEST}
    folded = password.lower().strip()
    if folded in _common.passwords or folded in french_common() or len(set(folded)) <= 3:
        yield _("Ce mot de passe est trop courant : il figure parmi les premiers qu’on essaierait.")
    elif folded.isdigit():
        yield _("Ce mot de passe ne contient que des chiffres : ajoutez des lettres ou des mots.")
    elif any(_resembles(folded, part) for part in _parts(about)):
        yield _("Ce mot de passe ressemble trop à votre nom ou à votre adresse.")


def _parts(about: Iterable[str]) -> Iterable[str]:
    for text in about:
        lowered = text.lower()
        yield lowered
        yield from (
            part for part in lowered.replace("@", " ").replace(".", " ").replace("-", " ").split() if len(part) >= 5
        )


def _resembles(password: str, part: str) -> bool:
    """The password is the name, with little around it."""
    return len(part) >= 5 and part in password and len(password) - len(part) < 5


@cache
def french_common() -> frozenset[str]:
    """Long enough to pass the length, and yet the first ones a French speaker thinks of."""
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
