from parvis.kernel.registry import PlatformApp


class FilesConfig(PlatformApp):
    name = "parvis.capabilities.files"
