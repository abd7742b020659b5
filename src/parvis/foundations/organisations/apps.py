from parvis.kernel.registry import PlatformApp


class OrganisationsConfig(PlatformApp):
    name = "parvis.foundations.organisations"
