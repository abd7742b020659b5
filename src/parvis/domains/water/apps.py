from parvis.kernel.registry import PlatformApp


class WaterConfig(PlatformApp):
    name = "parvis.domains.water"
