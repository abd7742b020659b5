"""Parvis, the open platform of the human city."""

__version__ = "0.1.0"
