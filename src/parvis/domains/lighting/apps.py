from parvis.kernel.registry import PlatformApp


class LightingConfig(PlatformApp):
    name = "parvis.domains.lighting"
