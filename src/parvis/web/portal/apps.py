from parvis.kernel.registry import PlatformApp


class PortalConfig(PlatformApp):
    name = "parvis.web.portal"
