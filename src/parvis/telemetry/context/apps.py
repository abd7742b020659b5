from parvis.kernel.registry import PlatformApp


class ContextConfig(PlatformApp):
    name = "parvis.telemetry.context"
