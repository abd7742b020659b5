from django.utils.translation import gettext_lazy as _

from parvis.domains.environment import demo, simulation
from parvis.domains.environment.entities import air_quality_observed
from parvis.kernel.contributions import Demo, Resource, Simulated
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.selectors import page_of

manifest = Manifest(
    name="environment",
    label=_("Environnement"),
    provides=(
        air_quality_observed,
        Resource(type=air_quality_observed.name, label=air_quality_observed.label, page=page_of),
        Demo(load=demo.load, order=40),
        Simulated(code="environment", step=simulation.step),
    ),
)
