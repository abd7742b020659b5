"""Which session of a device an uplink belongs to, where the network server does not number its messages.

LoRaWAN counts uplinks per session; the counter begins again at 0 when a device joins, or restarts if it is personalised
(LoRaWAN L2 1.0.4, 4.3.1.5). (EUI, counter, payload) therefore names an uplink only within one session.
"""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """`f_cnt` is the latest counter of the present session, heard at `f_cnt_at`; None before the first."""

    session: int = 0
    session_started_at: datetime | None = None
    f_cnt: int | None = None
    f_cnt_at: datetime | None = None


def joined(counting: Counting, at: datetime) -> Counting:
    """After a join. One that is told after the first uplink of its own session, or told again, changes nothing."""
    latest = max((instant for instant in (counting.f_cnt_at, counting.session_started_at) if instant), default=None)
    if latest is not None and at <= latest:
        return counting
    return Counting(session=counting.session + 1, session_started_at=at)


def counted(counting: Counting, f_cnt: int, at: datetime | None) -> tuple[int, Counting]:
    """The session of this uplink, and the counting after it.

    A counter that goes back *later* is a restart; one that goes back at an earlier time is a message delivered late or
    again. `at` is the network server's time; without it a restart cannot be told from a redelivery, and is not.
    """
    if at is None:
        return counting.session, counting
    if counting.session_started_at is not None and at < counting.session_started_at:
        return counting.session - 1, counting
    if counting.f_cnt is None or counting.f_cnt_at is None:
        return counting.session, replace(counting, f_cnt=f_cnt, f_cnt_at=at)
    if at <= counting.f_cnt_at:
        return counting.session, counting
    if f_cnt < counting.f_cnt:
        session = counting.session + 1
        return session, Counting(session=session, session_started_at=at, f_cnt=f_cnt, f_cnt_at=at)
    return counting.session, replace(counting, f_cnt=f_cnt, f_cnt_at=at)
