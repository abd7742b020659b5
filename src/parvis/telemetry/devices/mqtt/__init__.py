"""The city's MQTT broker as a door of ingestion: acknowledged after commit, one batch at a time. See `run`."""

from .address import Address, WrongAddress
from .subscriber import Subscriber, run

__all__ = ["Address", "Subscriber", "WrongAddress", "run"]
