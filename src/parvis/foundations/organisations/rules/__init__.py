"""Decisions about organisations: what they answer for, how their colours are used."""

from parvis.foundations.organisations.rules.subjects import Subject, default_competences

__all__ = ["Subject", "default_competences"]
