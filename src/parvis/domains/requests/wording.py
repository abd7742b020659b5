"""Texts people type and texts agents choose: cleaning of the first, templates of the second."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Unicode bidirectional controls: they can make a text read otherwise than it is stored ("Trojan Source", CVE-2021-42574).
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F], None)
_BLANK_LINES = re.compile(r"\n{4,}")


def refuse_nul(text: str) -> None:
    """PostgreSQL text cannot hold U+0000; somebody sending one gets a sentence, not a database error."""
    if "\x00" in text:
        raise ValidationError(
            _("Ce texte contient un caractère invisible interdit (nul). Retapez-le au clavier."), code="nul"
        )


def clean_text(text: str) -> str:
    """NFC, line ends as `\\n`, no control or bidirectional character, at most three line ends in a row."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_BIDI)
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return _BLANK_LINES.sub("\n\n\n", text).strip()


def clean_line(text: str) -> str:
    """As `clean_text`, on one line: what may enter an e-mail subject or a table cell."""
    return " ".join(clean_text(text).split())


REFUSAL_REASONS = (
    (
        "not_found",
        _("Rien constaté sur place"),
        _(
            "Nos équipes se sont rendues sur place et n’ont pas constaté le problème. S’il se reproduit, n’hésitez pas à le signaler de nouveau."
        ),
    ),
    (
        "not_competent",
        _("Hors de notre compétence"),
        _(
            "Ce problème ne relève pas de la compétence de nos services. Nous vous invitons à vous adresser à l’organisme qui en a la charge."
        ),
    ),
    (
        "private",
        _("Domaine privé"),
        _(
            "Le lieu signalé se trouve sur un terrain privé : nos services ne peuvent pas y intervenir. Adressez-vous au propriétaire ou au syndic."
        ),
    ),
    (
        "known",
        _("Déjà signalé"),
        _("Ce problème nous a déjà été signalé et il est en cours de traitement. Merci de votre vigilance."),
    ),
    (
        "imprecise",
        _("Trop peu de précisions"),
        _(
            "Les informations reçues ne nous permettent pas de situer le problème. Vous pouvez faire un nouveau signalement en indiquant le lieu sur la carte."
        ),
    ),
    (
        "planned",
        _("Travaux déjà programmés"),
        _("Le problème sera traité dans le cadre de travaux déjà programmés à cet endroit."),
    ),
)
"""Code, label for the agent, sentence proposed to the resident, which the agent may complete."""
