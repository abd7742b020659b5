from parvis.kernel.registry import PlatformApp


class DesignConfig(PlatformApp):
    name = "parvis.capabilities.design"
