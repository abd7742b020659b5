"""`ingest`: the steps in order, and what is done when the database refuses."""

import logging
import random
import time
from collections.abc import Sequence
from datetime import datetime

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg import errors

from parvis.telemetry.devices import partitions
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.devices.services.quarantine import quarantine

from .decoding import decode
from .measuring import map_readings
from .registry import known_devices
from .storing import store
from .values import Outcome, OutcomeStatus, RawUplink
from .work import Work, read, recognise

logger = logging.getLogger(__name__)

_ATTEMPTS = 6
_PASSING = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
_LOST = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)


class Unavailable(RuntimeError):
    """The database cannot be reached: nothing of the batch is stored, nothing must be acknowledged."""


def ingest(batch: Sequence[RawUplink], *, now: datetime) -> list[Outcome]:
    """One outcome per message, in order, once all are committed. Raises `Unavailable`.

    Whatever a message holds, the others of its batch are stored.
    """
    if not batch:
        return []
    try:
        return _ingest(batch, now)
    except _LOST as error:
        if not connection.in_atomic_block:
            connection.close()
        raise Unavailable(str(error)) from error


def _ingest(batch: Sequence[RawUplink], now: datetime) -> list[Outcome]:
    works = [read(raw) for raw in batch]
    recognise(works, known_devices({work.message.dev_eui for work in works if work.message}))
    for codec_id, failure in decode(works).items():
        quarantine(codec_id=codec_id, failure=failure, now=now)
    map_readings(works, now)
    new = _store_whatever_happens(works, now)
    return [_outcome(work, index in new) for index, work in enumerate(works)]


def _store_whatever_happens(works: Sequence[Work], now: datetime) -> set[int]:
    """Halves a batch that the data of one message spoils, until that message stands alone, and is rejected."""
    try:
        return _store_patiently(works, now)
    except _LOST:
        raise
    except Exception as error:
        if len(works) == 1:
            return _store_refused(works[0], error, now)
        logger.warning("a batch of %d messages is refused and will be halved: %s", len(works), error)
    middle = len(works) // 2
    first = _store_whatever_happens(works[:middle], now)
    second = _store_whatever_happens(works[middle:], now)
    return first | {middle + index for index in second}


def _store_refused(work: Work, error: Exception, now: datetime) -> set[int]:
    """By what it may be refused for, least first; the raw body at least is kept."""
    work.decoded = None
    work.reject(Reason.STORAGE, f"{type(error).__name__}: {error}")
    try:
        return _store_patiently([work], now)
    except _LOST:
        raise
    except Exception:
        logger.exception("a message is stored without what was read of it")
    work.message = work.device = None
    return _store_patiently([work], now)


def _store_patiently(works: Sequence[Work], now: datetime) -> set[int]:
    """Again after what another transaction did; with the table of a day that has none yet."""
    for attempt in range(_ATTEMPTS):
        try:
            return store(works, now=now)
        except _PASSING:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        except errors.CheckViolation as error:
            if error.diag.constraint_name or attempt == _ATTEMPTS - 1:  # a missing table has no name
                raise
            partitions.make({work.received_on for work in works})
    raise AssertionError("unreachable")


def _outcome(work: Work, is_new: bool) -> Outcome:
    if not is_new:
        return Outcome(status=OutcomeStatus.DUPLICATE)
    return Outcome(status=OutcomeStatus(work.status.value), reason=work.reason, detail=work.detail)
