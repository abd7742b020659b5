"""Addresses of the history in the back office: the observatory, and how long measures are kept."""

from django.urls import path

from parvis.telemetry.history.observatory import views
from parvis.telemetry.history.retention import views as retention

backoffice = [
    path("observatory", views.observatory, name="observatory"),
    path("terms", retention.terms, name="terms"),
    path("terms/new", retention.new, name="new_term"),
    path("terms/<int:key>", retention.change, name="change_term"),
    path("terms/<int:key>/removal", retention.remove, name="remove_term"),
]
