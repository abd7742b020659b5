from parvis.kernel.registry import PlatformApp


class ApiConfig(PlatformApp):
    name = "parvis.web.api"
