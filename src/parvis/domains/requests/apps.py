from parvis.kernel.registry import PlatformApp


class RequestsConfig(PlatformApp):
    name = "parvis.domains.requests"
