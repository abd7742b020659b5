"""How subscriptions and context sources are doing, in a word and a tone."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.models import Registration, Subscription


class Health(models.TextChoices):
    """The worst that can be said of it. Failing: its last attempt failed."""

    FAILING = "failing", _("en échec")
    PAUSED = "paused", _("en pause")
    EXPIRED = "expired", _("expiré")
    IDLE = "idle", _("rien encore")
    WORKING = "working", _("fonctionne")


_TONES = {
    Health.FAILING: "danger",
    Health.PAUSED: "warning",
    Health.EXPIRED: "neutral",
    Health.IDLE: "info",
    Health.WORKING: "success",
}


@dataclass(frozen=True, slots=True)
class Told:
    """To be drawn as a badge."""

    health: Health

    @property
    def label(self) -> str:
        return str(self.health.label)

    @property
    def tone(self) -> str:
        return _TONES[self.health]


def of_subscription(row: Subscription, now: datetime) -> Told:
    if row.expires_at is not None and row.expires_at <= now:
        return Told(Health.EXPIRED)
    if not row.is_active:
        return Told(Health.PAUSED)
    return Told(_by_attempts(row.last_success, row.last_failure))


def of_source(row: Registration, now: datetime) -> Told:
    if row.expires_at is not None and row.expires_at <= now:
        return Told(Health.EXPIRED)
    return Told(_by_attempts(row.last_success, row.last_failure))


def _by_attempts(last_success: datetime | None, last_failure: datetime | None) -> Health:
    if last_failure is not None and (last_success is None or last_failure > last_success):
        return Health.FAILING
    return Health.IDLE if last_success is None else Health.WORKING
