from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import (
    Counter,
    Job,
    Menu,
    NoPersonalData,
    On,
    Panel,
    Permission,
    Resource,
    Retention,
    Setting,
    Shell,
)
from parvis.kernel.manifest import Manifest
from parvis.telemetry.devices import batteries, panels, partitions, reactions
from parvis.telemetry.devices.events import DeviceHadMoved, ReplayAdvanced
from parvis.telemetry.devices.models import (
    Assignment,
    Battery,
    Codec,
    Device,
    DeviceProfile,
    Downlink,
    Gateway,
    PastProfile,
    Replay,
    Source,
    SourceKey,
    Uplink,
)
from parvis.telemetry.devices.services import handover
from parvis.telemetry.devices.services.downlinks import DAILY_BUDGET_S

manifest = Manifest(
    name="devices",
    label=_("Capteurs"),
    provides=(
        Permission(code="view", label=_("Consulter les capteurs et leurs remontées")),
        Permission(code="manage", label=_("Gérer les capteurs, profils, codecs et sources, rejouer les remontées")),
        Permission(code="command", label=_("Commander les capteurs : leur envoyer des descentes")),
        Permission(code="uplink", label=_("Envoyer des remontées (portée d’un jeton de source)")),
        Job(
            code="devices.partitions",
            label=_("Préparer les tables des remontées"),
            run=partitions.make_coming,
            every_s=6 * 3600,
        ),
        Job(
            code="devices.downlinks",
            label=_("Confier les descentes dues aux serveurs de réseau"),
            run=handover.send_due,
            every_s=2,
        ),
        Job(
            code="devices.downlinks_expiry",
            label=_("Clore les descentes périmées"),
            run=handover.expire_downlinks,
            every_s=60,
        ),
        Job(
            code="devices.downlinks_past",
            label=_("Oublier les descentes terminées depuis un an"),
            run=handover.forget_downlinks,
            every_s=86_400,
        ),
        Setting(
            key="downlink_budget_s",
            label=_("Temps d’antenne des descentes vers un capteur (secondes par jour)"),
            kind=int,
            default=DAILY_BUDGET_S,
            help=_(
                "Au-delà, les descentes attendent. Une commande courte dure 0,05 s près d’une passerelle, 1,2 s au loin."
            ),
        ),
        Job(
            code="devices.batteries",
            label=_("Relever les piles et prévoir leur fin"),
            run=batteries.measure,
            every_s=6 * 3600,
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Capteurs"),
            view="backoffice:devices:index",
            icon="radio",
            permission="devices.view",
            order=45,
            summary=_("Les capteurs, leurs profils et codecs, et les remontées à rejouer."),
        ),
        Counter(
            shell=Shell.BACKOFFICE,
            label=_("Remontées rejetées"),
            view="backoffice:devices:rejected",
            icon="radio",
            count=panels.count_rejected,
            permission="devices.view",
            order=60,
        ),
        Panel(
            resource="Thing",
            title=_("Capteurs"),
            template="devices/thing_panel.html",
            context=panels.devices_of_thing,
            permission="devices.view",
            order=40,
        ),
        Resource(type="LorawanDevice", label=_("Capteur"), page=panels.page_of_device),
        Resource(type="LorawanGateway", label=_("Passerelle"), page=panels.page_of_gateway),
        Resource(type="DeviceProfile", label=_("Profil de capteur"), page=panels.page_of_profile),
        Resource(type="Codec", label=_("Codec"), page=panels.page_of_codec),
        Resource(type="UplinkSource", label=_("Source de remontées"), page=panels.page_of_source),
        On(event=ReplayAdvanced, handler=reactions.go_on_with_replay),
        On(event=DeviceHadMoved, handler=reactions.take_back_measures),
        NoPersonalData(model=Replay, why="Which uplinks were tried again, and how many."),
        NoPersonalData(model=Assignment, why="Where a piece of equipment was."),
        NoPersonalData(model=Battery, why="The level of the battery of equipment."),
        NoPersonalData(model=Downlink, why="A message to equipment; who asked for it is an agent, as in the journal."),
        NoPersonalData(model=Gateway, why="Equipment of the public space and of public buildings."),
        NoPersonalData(model=SourceKey, why="A key of the network server."),
        NoPersonalData(model=Source, why="A network server of the city."),
        NoPersonalData(model=Codec, why="A program."),
        NoPersonalData(model=DeviceProfile, why="A kind of device."),
        NoPersonalData(model=PastProfile, why="How a kind of device was read."),
        NoPersonalData(model=Device, why="Equipment of the public space and of public buildings, and its radio."),
        Retention(
            model=Uplink,
            purpose=_("Rejouer les remontées rejetées et expliquer les mesures"),
            legal_basis=_("mission d’intérêt public (RGPD art. 6.1.e)"),
            personal_fields=("raw", "payload", "decoded"),
            keep_days=partitions.KEEP_DAYS,
            purge=partitions.drop_past,
            starts=_("réception"),
        ),
    ),
)
