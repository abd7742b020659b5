"""Inventories come in as the files cities have: CSV from spreadsheets and GeoJSON, plain or gzipped."""

from parvis.telemetry.context.loading.columns import ColumnsRefused
from parvis.telemetry.context.loading.reading import FileRefused
from parvis.telemetry.context.loading.report import LoadReport, Rejected, write_rejected
from parvis.telemetry.context.loading.service import load_things

__all__ = ["ColumnsRefused", "FileRefused", "LoadReport", "Rejected", "load_things", "write_rejected"]
