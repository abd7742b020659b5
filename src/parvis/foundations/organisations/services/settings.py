"""What an organisation switches on and how it sets it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.foundations.organisations.domains import all_domains
from parvis.foundations.organisations.models import Organisation, OrganisationSetting
from parvis.foundations.organisations.selectors import UnknownSetting, Value, declared_settings
from parvis.foundations.organisations.services.journal import journal
from parvis.kernel.errors import Refusal


class WrongValue(Refusal):
    """The value is not of the kind the setting declares."""

    code = "wrong-value"


class UnknownDomain(LookupError):
    """No installed package of the domains layer has this name."""


@transaction.atomic
def change_domains(*, organisation: Organisation, domains: Collection[str], now: datetime, actor: str) -> bool:
    """Whether something changed. Raises `UnknownDomain`."""
    if unknown := set(domains) - all_domains():
        raise UnknownDomain(sorted(unknown))
    wanted = sorted(set(domains))
    before = set(organisation.domains)
    if before == set(wanted):
        return False
    organisation.domains = wanted
    organisation.save(update_fields=["domains"])
    details = {"on": ",".join(sorted(set(wanted) - before)), "off": ",".join(sorted(before - set(wanted)))}
    journal("domains_changed", organisation, actor=actor, now=now, details=details)
    return True


@transaction.atomic
def change_settings(*, organisation: Organisation, values: Mapping[str, Value], now: datetime, actor: str) -> int:
    """`values` by full name; one equal to the default is forgotten, so that a better default is followed later.

    Answers how many changed. Raises `UnknownSetting`, `WrongValue`.
    """
    declared = declared_settings()
    stored: dict[str, Any] = dict(organisation.settings.values_list("key", "value"))
    changed = 0
    for key, value in values.items():
        if key not in declared:
            raise UnknownSetting(key)
        if type(value) is not declared[key].kind:
            raise WrongValue(_("« %(label)s » : la valeur n’a pas la forme attendue.") % {"label": declared[key].label})
        if stored.get(key, declared[key].default) == value:
            continue
        changed += 1
        if value == declared[key].default:
            OrganisationSetting.objects.filter(organisation=organisation, key=key).delete()
        else:
            OrganisationSetting.objects.update_or_create(organisation=organisation, key=key, defaults={"value": value})
        journal("setting_changed", organisation, actor=actor, now=now, details={"key": key})
    return changed
