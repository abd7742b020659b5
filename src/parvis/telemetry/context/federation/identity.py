"""Who this broker is to others: the pseudonym by which a request that comes back is known (ETSI GS CIM 009 V1.8.1, 5.14.5, 6.3.18)."""

import time
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256

from django.conf import settings

from parvis.telemetry.context.broker.tenancy import TenantRef

_STARTED = time.monotonic()


def alias_of(tenant: TenantRef) -> str:
    """The same as long as the deployment keeps its secret; another one for each tenant."""
    return _alias(settings.PARVIS_BROKER_ALIAS, settings.SECRET_KEY, tenant.name)


@lru_cache(maxsize=1000)
def _alias(given: str, secret: str, tenant: str) -> str:
    base = given or "parvis-" + sha256(f"alias {secret}".encode()).hexdigest()[:16]
    return f"{base}.{sha256(tenant.encode()).hexdigest()[:8]}" if tenant else base


def uptime() -> timedelta:
    """Of this process."""
    return timedelta(seconds=int(time.monotonic() - _STARTED))
