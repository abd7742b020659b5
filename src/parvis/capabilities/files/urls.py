from django.urls import path

from parvis.capabilities.files.views import held

portal = [path("held/<str:token>", held, name="held")]
