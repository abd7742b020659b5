"""What to do in each network server so that it sends here: one table, shown on the page of a source."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices.models import Server

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class HowTo:
    """`steps` before the address is pasted; `paste`, where. `template` is the body to be written there. `sets_headers`:
    whether a token can be sent as a header."""

    steps: tuple[Text, ...]
    paste: Text
    template: str = ""
    sets_headers: bool = True


HOW_TO: Mapping[str, HowTo] = {
    Server.CHIRPSTACK_V4: HowTo(
        steps=(_("Dans ChirpStack : Applications, votre application, Integrations, HTTP, et le format JSON."),),
        paste=_("Collez l’adresse ci-dessus dans « Event endpoint URL(s) »."),
    ),
    Server.CHIRPSTACK_V3: HowTo(
        steps=(_("Dans ChirpStack : Applications, votre application, Integrations, HTTP, et un format JSON."),),
        paste=_("Collez l’adresse ci-dessus dans « Endpoint URL(s) for all events »."),
    ),
    Server.THINGS_STACK_V3: HowTo(
        steps=(
            _("Dans la console de The Things Stack : votre application, Webhooks, Custom webhook, format JSON."),
            _("Cochez « Uplink message », « Join accept » et les événements « Downlink … », sans chemin."),
        ),
        paste=_("Collez l’adresse ci-dessus comme adresse de base."),
    ),
    Server.THINGPARK: HowTo(
        steps=(
            _("Dans ThingPark : Applications, Create, « HTTPS – Generic Application », et le type de contenu JSON."),
        ),
        paste=_("Collez l’adresse ci-dessus dans « URL », puis associez l’application aux capteurs."),
        sets_headers=False,
    ),
    Server.LIVE_OBJECTS: HowTo(
        steps=(_("Dans Live Objects : Données, Routage, une règle sur les messages LoRa, action « HTTP Push »."),),
        paste=_("Collez l’adresse ci-dessus comme adresse de l’action, méthode POST."),
    ),
    Server.WANESY: HowTo(
        steps=(
            _("Dans Wanesy Management Center : votre cluster, une configuration de push HTTP des données montantes."),
        ),
        paste=_(
            "Collez l’adresse ci-dessus comme adresse du push ; le niveau « Network » donne aussi les passerelles."
        ),
    ),
    Server.LORIOT: HowTo(
        steps=(_("Dans LORIOT : votre application, Output, Add new output, HTTP Push."),),
        paste=_("Collez l’adresse ci-dessus dans « Target URL », et le jeton dans « Custom authorization header »."),
    ),
    Server.SIGFOX: HowTo(
        steps=(
            _("Dans le portail Sigfox : Device type, Callbacks, New, Custom callback, type DATA, sous-type UPLINK."),
            _("Méthode POST, Content-Type application/json, et le corps ci-dessous."),
        ),
        paste=_("Collez l’adresse ci-dessus dans « Url pattern »."),
        template='{"device": "{device}", "time": "{time}", "data": "{data}", "seqNumber": "{seqNumber}"}',
    ),
    Server.JSON: HowTo(
        steps=(_("Faites envoyer un objet JSON par message, en POST, Content-Type application/json."),),
        paste=_("L’adresse est celle ci-dessus ; la forme du message est déclarée en modifiant la source."),
    ),
}
