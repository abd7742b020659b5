"""Periodic jobs: each run by one worker only, however many there are, guarded by an advisory lock per job."""

import logging
import threading
import time

from django.db import close_old_connections, connection

from parvis.kernel import clock
from parvis.kernel.contributions import Job, Retention
from parvis.kernel.registry import registry

logger = logging.getLogger(__name__)
PURGE_EVERY_S = 6 * 3600


def declared() -> list[Job]:
    """Jobs of packages, and the purges that their retentions declare."""
    jobs = [job for _, job in registry.all(Job)]
    purges = {retention.purge: retention for _, retention in registry.all(Retention)}
    return jobs + [
        Job(
            code=f"purge-{retention.model._meta.label_lower}", label=retention.purpose, run=purge, every_s=PURGE_EVERY_S
        )
        for purge, retention in purges.items()
    ]


def run_jobs(stop: threading.Event) -> None:
    """Until `stop`. A job that fails is logged and tried again at its next time."""
    jobs = declared()
    due = {job.code: time.monotonic() + 5 + index for index, job in enumerate(jobs)}
    while not stop.wait(max(0.2, min(due.values(), default=60.0) - time.monotonic())):
        for job in jobs:
            if due[job.code] <= time.monotonic():
                due[job.code] = time.monotonic() + job.every_s
                _run_alone(job)


def _run_alone(job: Job) -> None:
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"parvis.job.{job.code}"])
            if not cursor.fetchone()[0]:
                return
            try:
                job.run(clock.now())
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"parvis.job.{job.code}"])
    except Exception:
        logger.exception("job %s failed", job.code)
