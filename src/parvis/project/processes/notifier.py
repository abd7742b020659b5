"""The notifier process: tells subscribers by HTTP and MQTT what the broker has queued for them."""

import asyncio
import os
import signal

import django

from parvis.project.processes.collecting import settle


async def _notify() -> None:
    from parvis.telemetry.context.subscriptions.delivery.notifier import run

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settle()
    await run(stop)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    asyncio.run(_notify())
