"""`/sensorthings/v1.1`: the things and their past by OGC SensorThings."""

from parvis.telemetry.history.sensorthings.door import routes

__all__ = ["routes"]
