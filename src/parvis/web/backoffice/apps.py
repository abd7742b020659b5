from parvis.kernel.registry import PlatformApp


class BackofficeConfig(PlatformApp):
    name = "parvis.web.backoffice"
