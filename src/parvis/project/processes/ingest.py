"""The MQTT process: subscribes to the city's broker (`PARVIS_MQTT_URL`) and acknowledges after commit."""

import os
import signal
import threading

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from django.conf import settings

    from parvis.project.processes.collecting import settle
    from parvis.telemetry.devices import mqtt

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settle()
    mqtt.run(settings.PARVIS_MQTT_URL, stop)
