from parvis.kernel.registry import PlatformApp


class IdentityConfig(PlatformApp):
    name = "parvis.foundations.identity"
