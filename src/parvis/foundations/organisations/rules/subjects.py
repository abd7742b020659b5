"""What a resident or a sensor may be about, and who answers for it by law when nothing else was agreed.

Code général des collectivités territoriales: L5217-2 (métropole), L3641-1 (métropole de Lyon), L5215-20 (communauté urbaine),
L5216-5 (communauté d'agglomération), L5214-16 (communauté de communes), L5219-5 (établissement public territorial).
Each territory may have agreed otherwise: the competences page says so, per area.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subject(models.TextChoices):
    ROADS = "roads", _("Voirie")
    LIGHTING = "lighting", _("Éclairage public")
    WASTE = "waste", _("Déchets")
    CLEANING = "cleaning", _("Propreté")
    GREEN = "green_space", _("Espaces verts")
    WATER = "water", _("Eau et assainissement")
    SIGNALS = "signals", _("Feux et signalisation")
    PARKING = "parking", _("Stationnement")
    ENVIRONMENT = "environment", _("Air, bruit et environnement")
    BUILDINGS = "buildings", _("Bâtiments publics")
    TRANQUILLITY = "tranquillity", _("Tranquillité publique")
    OTHER = "other", _("Autre sujet")


_METROPOLIS = frozenset(
    {
        Subject.ROADS,
        Subject.LIGHTING,
        Subject.WASTE,
        Subject.WATER,
        Subject.SIGNALS,
        Subject.PARKING,
        Subject.ENVIRONMENT,
    }
)
_BY_LEGAL_FORM: dict[str, frozenset[Subject]] = {
    "METRO": _METROPOLIS,
    "MET69": _METROPOLIS | {Subject.CLEANING},
    "CU": _METROPOLIS - {Subject.LIGHTING},
    "CA": frozenset({Subject.WASTE, Subject.WATER, Subject.ENVIRONMENT}),
    "EPT": frozenset({Subject.WASTE, Subject.WATER}),
    "CC": frozenset({Subject.WASTE}),
}


def default_competences(legal_form: str) -> frozenset[Subject]:
    """Subjects the EPCI answers for; the communes answer for the rest. `legal_form` as in the State list."""
    return _BY_LEGAL_FORM.get(legal_form, frozenset({Subject.WASTE}))
