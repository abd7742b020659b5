from parvis.kernel.registry import PlatformApp


class EnvironmentConfig(PlatformApp):
    name = "parvis.domains.environment"
