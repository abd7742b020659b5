"""What the token of a subscriber allowed when it subscribed: it holds for what it is told later."""

from collections.abc import Mapping
from typing import Any

from parvis.telemetry.context.broker.rights import EVERYTHING, BrokerRights

_LIMITS = ("types", "attributes", "areas", "organisations")


def limits_of(rights: BrokerRights) -> dict[str, Any]:
    """As JSON for `Subscription.limits`."""
    if rights.open:
        return {"open": True}
    given = {name: getattr(rights, name) for name in _LIMITS}
    return {name: sorted(value) for name, value in given.items() if value is not None}


def rights_of_limits(limits: Mapping[str, Any]) -> BrokerRights:
    if limits.get("open"):
        return EVERYTHING
    given: dict[str, Any] = {name: frozenset(limits[name]) for name in _LIMITS if name in limits}
    return BrokerRights(**given)
