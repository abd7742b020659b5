"""Addresses of the history: the observatory in the back office."""

from django.urls import path

from parvis.telemetry.history.observatory import views

backoffice = [path("observatory", views.observatory, name="observatory")]
