from parvis.kernel.registry import PlatformApp


class ControlRoomConfig(PlatformApp):
    name = "parvis.web.control_room"
