"""Who sends (Source), what speaks (Device), how it is understood (Codec, DeviceProfile), and all that was received (Uplink)."""

from .codec import Codec
from .device import Device
from .profile import DeviceProfile
from .replay import Replay
from .source import Server, Source
from .uplink import Uplink

__all__ = ["Codec", "Device", "DeviceProfile", "Replay", "Server", "Source", "Uplink"]
