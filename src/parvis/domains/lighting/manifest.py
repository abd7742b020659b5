from django.utils.translation import gettext_lazy as _

from parvis.domains.lighting import demo, simulation
from parvis.domains.lighting.entities import cabinet, streetlight
from parvis.kernel.contributions import Demo, Resource, Simulated
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.selectors import page_of

manifest = Manifest(
    name="lighting",
    label=_("Éclairage public"),
    provides=(
        streetlight,
        cabinet,
        Resource(type=streetlight.name, label=streetlight.label, page=page_of),
        Resource(type=cabinet.name, label=cabinet.label, page=page_of),
        Demo(load=demo.load, order=40),
        Simulated(code="lighting", step=simulation.step),
    ),
)
