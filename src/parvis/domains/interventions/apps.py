from parvis.kernel.registry import PlatformApp


class InterventionsConfig(PlatformApp):
    name = "parvis.domains.interventions"
