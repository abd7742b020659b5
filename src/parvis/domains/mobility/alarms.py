"""Rules a parking operator starts from; the city edits them in the back office."""

from parvis.domains.mobility.entities import OFF_STREET_PARKING
from parvis.telemetry.supervision.services import RuleDraft

RULES = (
    RuleDraft(
        name="Parc complet",
        entity_type=OFF_STREET_PARKING,
        attribute="availableSpotNumber",
        operator="le",
        threshold=0,
        deadband=8.0,
        title="Parc complet : {thing}",
        meaning="Plus aucune place libre.",
        operator_action="Afficher « complet » sur les panneaux et orienter vers les parcs voisins.",
        consequence="Files d’attente sur les voies d’accès.",
        response_minutes=30,
        subject="parking",
        priority="low",
        on_delay_s=30,
    ),
)
