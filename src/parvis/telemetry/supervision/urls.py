"""Addresses of supervision: alarms in the control room, rules in the back office."""

from django.urls import path

from parvis.telemetry.supervision.views import backoffice as rules
from parvis.telemetry.supervision.views import control_room as alarms

control_room = [
    path("", alarms.alarms, name="alarms"),
    path("acknowledge", alarms.acknowledge_selected, name="acknowledge_selected"),
    path("<int:key>", alarms.alarm, name="alarm"),
    path("<int:key>/acknowledge", alarms.acknowledge_one, name="acknowledge"),
]

backoffice = [
    path("", rules.rules, name="rules"),
    path("new", rules.new_rule, name="new_rule"),
    path("<int:key>", rules.rule, name="rule"),
    path("<int:key>/switch", rules.switch_rule, name="switch_rule"),
]
