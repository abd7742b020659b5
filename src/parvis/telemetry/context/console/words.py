"""Refusals of the query grammar in the agent's language: the broker answers programs, in English; a person reads these."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.broker.problems import LdError, TooComplexQuery, TooManyResults

_KNOWN: tuple[tuple[re.Pattern[str], str | Promise], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"The query is malformed at character (?P<at>\d+), near (?P<near>.+)\.$",
            _("La condition n’est pas comprise au caractère %(at)s, près de %(near)s."),
        ),
        (
            r"The query is malformed at character (?P<at>\d+): it ends too early",
            _("La condition s’arrête trop tôt, au caractère %(at)s : il manque une valeur ou une parenthèse."),
        ),
        (
            r"(?P<near>.+) is no number, date, boolean or URI",
            _(
                "%(near)s n’est ni un nombre, ni une date, ni true ou false : écrivez les textes entre guillemets droits."
            ),
        ),
        (r"(?P<near>.+) is too large a number", _("%(near)s est un nombre trop grand.")),
        (r"Lists and ranges are compared", _("Les listes et les intervalles se comparent par == et != seulement.")),
        (
            r"The two ends of a range",
            _("Les deux bornes d’un intervalle sont deux nombres, deux textes ou deux dates du même genre."),
        ),
        (
            r"(The regular expression|A regular expression|Back-references)",
            _("L’expression rationnelle est trop longue, trop répétitive, ou d’une forme qui n’est pas acceptée."),
        ),
        (
            r"A query holds at most (?P<most>\d+) tests",
            _("La condition compte trop de comparaisons : %(most)s au plus."),
        ),
        (r"Parentheses are nested", _("Les parenthèses sont imbriquées trop profondément.")),
        (
            r"Linked entities",
            _(
                "La condition suit un lien vers un autre objet : c’est possible par l’API avec le paramètre join, pas ici."
            ),
        ),
        (
            r"The selection of types is malformed near (?P<near>.+)\.$",
            _("Le choix des types n’est pas compris près de %(near)s : séparez les types par des virgules."),
        ),
        (
            r"The scope query is malformed near (?P<near>.+)\.$",
            _("La portée n’est pas comprise près de %(near)s : écrivez par exemple /Dijon/Centre ou /Dijon/#."),
        ),
        (
            r"The list of members is malformed",
            _("La liste n’est pas comprise : séparez les noms d’attributs par des virgules."),
        ),
        (r"attrs cannot be combined", _("Remplissez l’un des deux champs « attributs », pas les deux.")),
        (r"attrs names attributes", _("id et type ne sont pas des attributs : ils sont toujours montrés.")),
        (
            r".* is not a URI: (?P<near>.+)\.$",
            _("%(near)s n’est pas un identifiant : écrivez par exemple urn:ngsi-ld:Streetlight:42."),
        ),
        (r".*: an item is empty", _("Un élément de la liste est vide : deux virgules se suivent.")),
        (
            r"(?P<near>.+) is not a name",
            _("%(near)s n’est pas un nom : une lettre, puis des lettres, des chiffres ou _."),
        ),
        (r"(?P<near>.+) is a keyword", _("%(near)s est un mot réservé de NGSI-LD.")),
        (r"(?P<near>.+) cannot be the name of an attribute", _("%(near)s ne peut pas être le nom d’un attribut.")),
        (r"the @context gives (?P<near>.+) no meaning", _("%(near)s n’a pas de sens dans le vocabulaire.")),
        (r"A distance is a number", _("La distance est un nombre de mètres plus grand que 0.")),
    )
)
_OTHER: Mapping[str, str | Promise] = {
    "type": _("Le choix des types n’est pas compris."),
    "q": _("La condition n’est pas comprise."),
    "attrs": _("La liste d’attributs n’est pas comprise."),
    "pick": _("La liste d’attributs n’est pas comprise."),
    "scopeQ": _("La portée n’est pas comprise."),
    "id": _("L’identifiant n’est pas compris."),
}


def explained(error: LdError, field: str = "") -> str:
    """What to write instead, as far as the error says; `field` of the query form."""
    for pattern, words in _KNOWN:
        if match := pattern.match(error.detail):
            return str(words) % match.groupdict()
    if isinstance(error, TooManyResults | TooComplexQuery):
        return str(_("Cette question demande trop de travail : choisissez un type, ou une condition plus étroite."))
    return str(_OTHER.get(field) or _("La question n’est pas comprise."))
