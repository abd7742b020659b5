"""The MQTT process: subscribes to the city's broker (`PARVIS_MQTT_URL`) and acknowledges after commit."""

import argparse
import os
import signal
import threading

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=0, help="of several that share the messages; 0: alone")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from django.conf import settings

    from parvis.project.processes.collecting import settle
    from parvis.telemetry.devices import mqtt

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settle()
    mqtt.run(settings.PARVIS_MQTT_URL, stop, number=options.number)
