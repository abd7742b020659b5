"""The mark of an organisation: always one harmless SVG, whatever was uploaded, or a monogram when nothing was."""

from parvis.foundations.organisations.logos.monogram import monogram_svg
from parvis.foundations.organisations.logos.upload import UnusableLogo, logo_from

__all__ = ["UnusableLogo", "logo_from", "monogram_svg"]
