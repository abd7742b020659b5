from parvis.kernel.registry import PlatformApp


class FieldConfig(PlatformApp):
    name = "parvis.web.field"
