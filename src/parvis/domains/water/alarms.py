"""Rules a flood-watch service starts from; thresholds of each station stay those of the flood plan."""

from parvis.domains.water.entities import ALERT_M, FLOOD_MONITORING
from parvis.telemetry.supervision.services import RuleDraft

RULES = (
    RuleDraft(
        name="Cours d’eau en vigilance",
        entity_type=FLOOD_MONITORING,
        attribute="currentLevel",
        operator="ge",
        threshold=ALERT_M,
        deadband=0.15,
        title="Niveau d’eau élevé : {thing}",
        meaning="La hauteur d’eau dépasse le seuil de vigilance de la station.",
        operator_action="Prévenir l’astreinte, surveiller les stations en amont, préparer la fermeture des berges.",
        consequence="Débordement possible sur les voies basses et les caves.",
        response_minutes=15,
        subject="water",
        priority="high",
        on_delay_s=20,
    ),
)
