from parvis.kernel.registry import PlatformApp


class TerritoryConfig(PlatformApp):
    name = "parvis.foundations.territory"
