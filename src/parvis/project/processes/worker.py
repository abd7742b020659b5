"""The job process: reactions to events, periodic jobs, and the reactor that follows the state of things."""

import asyncio
import os
import signal
import threading

import django


async def work(stop: threading.Event) -> None:
    """Until `stop`: procrastinate picks jobs up by LISTEN/NOTIFY."""
    from procrastinate.contrib.django import app

    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            concurrency=4,
            install_signal_handlers=True,
            delete_jobs="successful",  # a done job tells nothing more; a failed one is kept for operators
            shutdown_graceful_timeout=5,
        )
    stop.set()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from django.urls import get_resolver

    from parvis.project.processes.collecting import settle
    from parvis.project.processes.periodic import run_jobs
    from parvis.telemetry.context.reactor import Reactor

    _ = get_resolver().url_patterns  # a broken page stops the start, not the first reaction that links to one
    settle()
    stop = threading.Event()
    threads = [
        threading.Thread(target=Reactor().run, args=(stop,), name="reactor", daemon=True),
        threading.Thread(target=run_jobs, args=(stop,), name="jobs", daemon=True),
    ]
    for thread in threads:
        thread.start()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    asyncio.run(work(stop))
    stop.set()
    for thread in threads:
        thread.join(timeout=3)
