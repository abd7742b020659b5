"""Who sends (Source), what hears (Gateway) and speaks (Device), how it is understood (Codec, DeviceProfile), all that was received (Uplink)
and said in return (Downlink)."""

from .battery import Battery
from .codec import Codec, Kind
from .device import Assignment, Device, DeviceClass
from .downlink import Downlink, DownlinkStatus
from .gateway import Gateway
from .profile import DeviceProfile, PastProfile
from .replay import Replay
from .source import Server, Signature, Source, SourceKey
from .uplink import Uplink

__all__ = [
    "Assignment",
    "Battery",
    "Codec",
    "Device",
    "DeviceClass",
    "DeviceProfile",
    "Downlink",
    "DownlinkStatus",
    "Gateway",
    "Kind",
    "PastProfile",
    "Replay",
    "Server",
    "Signature",
    "Source",
    "SourceKey",
    "Uplink",
]
