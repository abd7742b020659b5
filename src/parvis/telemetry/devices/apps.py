from parvis.kernel.registry import PlatformApp


class DevicesConfig(PlatformApp):
    name = "parvis.telemetry.devices"
