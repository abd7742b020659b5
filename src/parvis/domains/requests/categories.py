"""What residents report most, each tied to the subject by which the competent organisation is found.

Seeded once, then edited by the territory: an existing row is never changed. Labels are gettext sources, so that a row left
as seeded is also shown in English.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Seed:
    code: str
    label: Promise
    subject: str
    icon: str
    hint: Promise


FAMILIES: dict[str, Promise] = {
    "roads": _("Rue et circulation"),
    "lighting": _("Rue et circulation"),
    "signals": _("Rue et circulation"),
    "parking": _("Rue et circulation"),
    "waste": _("Propreté et déchets"),
    "cleaning": _("Propreté et déchets"),
    "green_space": _("Nature et eau"),
    "water": _("Nature et eau"),
    "environment": _("Nature et eau"),
    "buildings": _("Vie quotidienne"),
    "tranquillity": _("Vie quotidienne"),
    "other": _("Vie quotidienne"),
}
"""Heading of the form under which a subject's categories are offered; in this order."""

DEFAULTS = (
    Seed(
        code="pothole",
        label=_("Nid-de-poule, chaussée abîmée"),
        subject="roads",
        icon="construction",
        hint=_("Trou, affaissement, pavé descellé, trottoir dégradé"),
    ),
    Seed(
        code="street-furniture",
        label=_("Mobilier urbain abîmé"),
        subject="roads",
        icon="armchair",
        hint=_("Banc, potelet, panneau, arceau à vélos"),
    ),
    Seed(
        code="street-light",
        label=_("Éclairage en panne"),
        subject="lighting",
        icon="lightbulb-off",
        hint=_("Lampadaire éteint, clignotant ou allumé le jour"),
    ),
    Seed(
        code="traffic-light",
        label=_("Feu tricolore en panne"),
        subject="signals",
        icon="traffic-cone",
        hint=_("Feu éteint, bloqué, bouton piéton sans effet"),
    ),
    Seed(
        code="illegal-dumping",
        label=_("Dépôt sauvage"),
        subject="waste",
        icon="sofa",
        hint=_("Encombrants, gravats, sacs déposés hors collecte"),
    ),
    Seed(
        code="full-bin",
        label=_("Poubelle pleine"),
        subject="waste",
        icon="trash-2",
        hint=_("Corbeille ou point d’apport volontaire qui déborde"),
    ),
    Seed(
        code="litter",
        label=_("Propreté de la rue"),
        subject="cleaning",
        icon="brush-cleaning",
        hint=_("Saletés, tags, déjections, verre brisé"),
    ),
    Seed(
        code="green-space",
        label=_("Espace vert, arbre"),
        subject="green_space",
        icon="trees",
        hint=_("Branche dangereuse, haie qui déborde, aire de jeux"),
    ),
    Seed(
        code="water-leak",
        label=_("Fuite d’eau, bouche d’égout"),
        subject="water",
        icon="droplets",
        hint=_("Fuite sur la voie, avaloir bouché, plaque descellée"),
    ),
    Seed(
        code="parking",
        label=_("Stationnement gênant"),
        subject="parking",
        icon="circle-parking",
        hint=_("Véhicule sur le trottoir, épave, place réservée occupée"),
    ),
    Seed(
        code="noise",
        label=_("Bruit"),
        subject="tranquillity",
        icon="volume-2",
        hint=_("Chantier, terrasse, équipement bruyant"),
    ),
    Seed(
        code="other",
        label=_("Autre problème"),
        subject="other",
        icon="circle-question-mark",
        hint=_("Nous le transmettrons au bon service"),
    ),
)
