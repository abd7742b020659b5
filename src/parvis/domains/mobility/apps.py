from parvis.kernel.registry import PlatformApp


class MobilityConfig(PlatformApp):
    name = "parvis.domains.mobility"
