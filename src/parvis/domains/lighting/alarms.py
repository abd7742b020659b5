"""Rules a lighting service starts from; the city edits them in the back office."""

from parvis.domains.lighting.entities import STREETLIGHT
from parvis.telemetry.supervision.services import RuleDraft

RULES = (
    RuleDraft(
        name="Point lumineux en panne",
        entity_type=STREETLIGHT,
        attribute="status",
        operator="ne",
        threshold="ok",
        title="Point lumineux en panne : {thing}",
        meaning="Le luminaire signale une panne de lampe ou d’alimentation.",
        operator_action="Vérifier qu’une intervention est ouverte et affectée à l’équipe d’éclairage.",
        consequence="Rue dans l’obscurité : insécurité pour les piétons et les cyclistes.",
        response_minutes=2880,
        subject="lighting",
        priority="low",
        on_delay_s=5,
        opens_intervention=True,
    ),
)
