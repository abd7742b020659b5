from django.urls import path

from parvis.foundations.organisations.views.public import theme_css

portal = [path("theme/<slug:slug>.css", theme_css, name="theme")]
