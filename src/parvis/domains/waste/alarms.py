"""Rules a collection service starts from; the city edits them in the back office."""

from parvis.domains.waste.entities import OVERFLOWING, WASTE_CONTAINER
from parvis.telemetry.supervision.services import RuleDraft

RULES = (
    RuleDraft(
        name="Conteneur plein",
        entity_type=WASTE_CONTAINER,
        attribute="fillingLevel",
        operator="ge",
        threshold=OVERFLOWING,
        deadband=0.2,
        title="Conteneur plein : {thing}",
        meaning="Le conteneur est rempli à plus de neuf dixièmes.",
        operator_action="Avancer la collecte de ce point.",
        consequence="Dépôts au sol, puis signalements d’habitants.",
        response_minutes=1440,
        subject="waste",
        priority="low",
        on_delay_s=10,
        opens_intervention=True,
    ),
)
