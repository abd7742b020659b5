"""How long ago, in words: an agent reads "il y a 3 min" faster than a date, and finds the date by pointing at it."""

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOON = 45 * timedelta(seconds=1)


def relative(at: datetime, now: datetime) -> str:
    """Words up to a week away, the date beyond."""
    distance = abs(now - at)
    if distance < SOON:
        return _("à l’instant")
    if distance >= 7 * DAY:
        return date_format(localtime(at), "j F Y")
    amount = _amount(distance)
    return _("il y a %(amount)s") % {"amount": amount} if at < now else _("dans %(amount)s") % {"amount": amount}


def _amount(distance: timedelta) -> str:
    if distance < HOUR:
        return _("%(count)d min") % {"count": max(round(distance / MINUTE), 1)}
    if distance < DAY:
        return _("%(count)d h") % {"count": int(distance / HOUR)}
    days = int(distance / DAY)
    return ngettext("%(count)d jour", "%(count)d jours", days) % {"count": days}


def duration(days: int) -> str:
    """Whole years or months when it is one, days otherwise."""
    if days >= 365 and days % 365 == 0:
        return ngettext("%(count)d an", "%(count)d ans", days // 365) % {"count": days // 365}
    if days >= 30 and days % 30 == 0:
        return ngettext("%(count)d mois", "%(count)d mois", days // 30) % {"count": days // 30}
    return ngettext("%(count)d jour", "%(count)d jours", days) % {"count": days}
