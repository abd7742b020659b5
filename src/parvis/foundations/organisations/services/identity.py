"""Changes what residents see of an organisation."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.services.journal import journal
from parvis.kernel.errors import Refusal


class HostTaken(Refusal):
    """Another organisation's portal has this host name."""

    status = 409
    code = "host-taken"
    message = _("Ce nom de domaine est déjà celui d’un autre portail.")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`host` None: the portal is reached by `/c/<slug>/`. `primary_colour` is `#rrggbb`, lower case."""

    name: str
    short_name: str
    primary_colour: str
    email: str = ""
    phone: str = ""
    host: str | None = None


@transaction.atomic
def change_identity(*, organisation: Organisation, identity: Identity, now: datetime, actor: str) -> bool:
    """Whether something changed. Raises `HostTaken`."""
    changed = [name for name in Identity.__dataclass_fields__ if getattr(organisation, name) != getattr(identity, name)]
    if not changed:
        return False
    for name in changed:
        setattr(organisation, name, getattr(identity, name))
    try:
        with transaction.atomic():
            organisation.save(update_fields=changed)
    except IntegrityError as error:
        if "host" in changed:
            raise HostTaken from error
        raise
    journal("identity_changed", organisation, actor=actor, now=now, details={"fields": ",".join(sorted(changed))})
    return True


@transaction.atomic
def change_logo(*, organisation: Organisation, logo_svg: str, now: datetime, actor: str) -> None:
    """`logo_svg` as `logos.logo_from` gives it; empty returns to the monogram."""
    organisation.logo_svg = logo_svg
    organisation.save(update_fields=["logo_svg"])
    journal("logo_changed", organisation, actor=actor, now=now, details={"bytes": len(logo_svg)})
