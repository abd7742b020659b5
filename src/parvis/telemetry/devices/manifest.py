from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import Job, NoPersonalData, On, Permission, Retention
from parvis.kernel.manifest import Manifest
from parvis.telemetry.devices import partitions, reactions
from parvis.telemetry.devices.events import ReplayAdvanced
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Replay, Source, Uplink

manifest = Manifest(
    name="devices",
    label=_("Capteurs"),
    provides=(
        Permission(code="view", label=_("Consulter les capteurs et leurs remontées")),
        Permission(code="manage", label=_("Gérer les capteurs, profils, codecs et sources, rejouer les remontées")),
        Permission(code="uplink", label=_("Envoyer des remontées (portée d’un jeton de source)")),
        Job(
            code="devices.partitions",
            label=_("Préparer les tables des remontées"),
            run=partitions.make_coming,
            every_s=6 * 3600,
        ),
        On(event=ReplayAdvanced, handler=reactions.go_on_with_replay),
        NoPersonalData(model=Replay, why="Which uplinks were tried again, and how many."),
        NoPersonalData(model=Source, why="A network server of the city."),
        NoPersonalData(model=Codec, why="A program."),
        NoPersonalData(model=DeviceProfile, why="A kind of device."),
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
