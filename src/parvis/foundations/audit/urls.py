"""The journal, in the back office."""

from django.urls import path

from parvis.foundations.audit.views import backoffice as views

backoffice = [
    path("", views.index, name="index"),
    path("object", views.object_page, name="object"),
    path("export.csv", views.export, name="export"),
]
