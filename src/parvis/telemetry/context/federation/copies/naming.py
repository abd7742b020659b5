"""The ids of copies, which only we can make: whoever notifies us under one has been subscribed to by us."""

import hmac
import re
from dataclasses import dataclass

from django.conf import settings

PATH = "/ngsi-ld/ex/remote-notify"
"""Where sources notify us."""

_ID = re.compile(r"urn:ngsi-ld:Subscription:copy-([0-9]{1,18})-([0-9]{1,18})-([0-9a-f]{32})\Z")


@dataclass(frozen=True, slots=True)
class Copy:
    """Row ids of the subscription and of the registration of its source."""

    subscription_id: int
    registration_id: int

    @property
    def urn(self) -> str:
        return f"urn:ngsi-ld:Subscription:copy-{self.subscription_id}-{self.registration_id}-{self._seal}"

    @property
    def _seal(self) -> str:
        said = f"copy {self.subscription_id} {self.registration_id}"
        return hmac.digest(settings.SECRET_KEY.encode(), said.encode(), "sha256").hex()[:32]


def copy_of(urn: object) -> Copy | None:
    """None for an id that is not one of ours."""
    found = _ID.match(urn) if isinstance(urn, str) else None
    if found is None:
        return None
    copy = Copy(int(found[1]), int(found[2]))
    return copy if hmac.compare_digest(copy.urn, str(urn)) else None


def notified_at() -> str:
    return settings.PARVIS_SITE_URL + PATH
