from parvis.kernel.registry import PlatformApp


class WasteConfig(PlatformApp):
    name = "parvis.domains.waste"
