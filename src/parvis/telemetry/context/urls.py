from django.urls import URLPattern

backoffice: list[URLPattern] = []
control_room: list[URLPattern] = []
