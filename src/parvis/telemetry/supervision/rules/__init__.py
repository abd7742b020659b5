"""Decisions of supervision, without database or clock: plain values in, plain values out."""
