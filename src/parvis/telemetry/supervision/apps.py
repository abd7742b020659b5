from parvis.kernel.registry import PlatformApp


class SupervisionConfig(PlatformApp):
    name = "parvis.telemetry.supervision"
