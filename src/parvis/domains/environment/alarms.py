"""Rules an air-quality watch starts from (Code de l'environnement, R221-1)."""

from parvis.domains.environment.entities import AIR_QUALITY_OBSERVED, INFORMATION_PM10
from parvis.telemetry.supervision.services import RuleDraft

RULES = (
    RuleDraft(
        name="Particules PM10 au seuil d’information",
        entity_type=AIR_QUALITY_OBSERVED,
        attribute="pm10",
        operator="ge",
        threshold=INFORMATION_PM10,
        deadband=5.0,
        title="Particules PM10 élevées : {thing}",
        meaning="La concentration dépasse le seuil d’information et de recommandation.",
        operator_action="Confirmer auprès de l’association agréée, puis informer écoles et crèches du secteur.",
        consequence="Exposition des personnes fragiles.",
        response_minutes=60,
        subject="environment",
        priority="medium",
        on_delay_s=20,
    ),
)
