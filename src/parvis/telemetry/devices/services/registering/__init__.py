"""Devices by the list: a maker's file, a spreadsheet, an export of the network server, one device of the API."""

from parvis.telemetry.devices.rules.device_list import (
    DeviceList,
    DeviceRow,
    ListRefused,
    RefusedRow,
    read_devices_csv,
)

from .report import Report, Told
from .run import register

__all__ = [
    "DeviceList",
    "DeviceRow",
    "ListRefused",
    "RefusedRow",
    "Report",
    "Told",
    "read_devices_csv",
    "register",
]
