"""Who may see, answer and define alarms. An alarm of nobody is for those whose right has no limit."""

from django.http import HttpRequest

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.models import User
from parvis.telemetry.supervision.models import Alarm, Rule
from parvis.telemetry.supervision.models.alarm import AlarmQuerySet

VIEW = "supervision.view"
ACKNOWLEDGE = "supervision.acknowledge"
MANAGE_RULES = "supervision.manage_rules"


def visible_alarms(request: HttpRequest, alarms: AlarmQuerySet) -> AlarmQuerySet:
    return _narrowed(request, alarms, VIEW)


def answerable_alarms(request: HttpRequest, alarms: AlarmQuerySet) -> AlarmQuerySet:
    return _narrowed(request, alarms, ACKNOWLEDGE)


def may_acknowledge(request: HttpRequest, alarm: Alarm) -> bool:
    return rights_of(request).may(ACKNOWLEDGE, organisation=alarm.organisation_id, area=alarm.area_code or None)


def may_manage(request: HttpRequest, rule: Rule) -> bool:
    """A rule for everybody's things is managed by who may manage everywhere."""
    return rights_of(request).may(MANAGE_RULES, organisation=rule.organisation_id, area=None)


def agent(request: HttpRequest) -> User:
    """Behind `@requires`, the one who asks is an account."""
    user = request.user
    assert isinstance(user, User)
    return user


def _narrowed(request: HttpRequest, alarms: AlarmQuerySet, permission: str) -> AlarmQuerySet:
    found = rights_of(request).scope(permission).filter(alarms)
    assert isinstance(found, type(alarms))
    return found
