from django.urls import path

from parvis.web.api.views import health

api = [path("health", health.health, name="health")]
