"""What became of an uplink, and why; the words are the agents'."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """An uplink REJECTED is kept raw and may be replayed, which makes it ACCEPTED or leaves it with its new reason."""

    ACCEPTED = "accepted", _("acceptée")
    REJECTED = "rejected", _("rejetée")
    IGNORED = "ignored", _("sans mesure")


class Reason(models.TextChoices):
    """`IGNORED` uplinks have one of the last two."""

    MALFORMED = "malformed", _("enveloppe illisible")
    UNKNOWN_DEVICE = "unknown_device", _("capteur inconnu")
    DISABLED_DEVICE = "disabled_device", _("capteur désactivé")
    NO_PROFILE = "no_profile", _("capteur sans profil")
    NO_THING = "no_thing", _("capteur sans équipement")
    CODEC_QUARANTINED = "codec_quarantined", _("codec en quarantaine")
    CODEC_ERROR = "codec_error", _("erreur du codec")
    UNDECODED = "undecoded", _("charge utile non décodée")
    UNMAPPED = "unmapped", _("aucune mesure dans les données décodées")
    WRONG_TIME = "wrong_time", _("date de mesure impossible")
    WRONG_VALUE = "wrong_value", _("valeur impossible")
    STORAGE = "storage", _("refusée par la base de données")
    EVENT = "event", _("événement du réseau")
    EMPTY = "empty", _("message de service, sans charge utile")
