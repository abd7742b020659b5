from parvis.kernel.registry import PlatformApp


class HistoryConfig(PlatformApp):
    name = "parvis.telemetry.history"
