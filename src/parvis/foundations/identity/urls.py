"""Addresses of accounts: the residents' pages on the portal, the administration in the back office."""

from django.urls import URLPattern

portal: list[URLPattern] = []
backoffice: list[URLPattern] = []
