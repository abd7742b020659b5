"""Decisions on plain values: no database, no process."""
