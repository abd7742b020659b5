from parvis.kernel.registry import PlatformApp


class AuditConfig(PlatformApp):
    name = "parvis.foundations.audit"
