"""Uplinks are read again: a rejected one at once, or all of a filter in the background, those that were accepted too when a codec
or a mapping was wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from parvis.foundations.audit.facade import record
from parvis.kernel.events import publish
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.envelopes.plain import topic_naming
from parvis.telemetry.devices.events import ReplayAdvanced
from parvis.telemetry.devices.ingestion import Outcome, OutcomeStatus, RawUplink, SourceRef, ingest, source_ref
from parvis.telemetry.devices.models import Codec, Replay, Uplink
from parvis.telemetry.devices.models.uplink import UplinkQuerySet
from parvis.telemetry.devices.rules.reasons import Status

_MOST_COUNTED = 100_000  # while somebody waits for the page: beyond, the first batch counts them all
_BATCH = 200  # one transaction: short enough to show progress and to be taken up again after a crash


@dataclass(frozen=True, kw_only=True)
class ReplayFilter:
    """Empty members narrow nothing. `codec_name` is that of the device's profile, whatever its version. With `accepted_too`, also
    uplinks that were read already; `since` their reception. `organisation_ids` None: everybody's."""

    reason: str = ""
    source_id: int | None = None
    eui: str = ""
    codec_name: str = ""
    accepted_too: bool = False
    since: datetime | None = None
    organisation_ids: Iterable[int] | None = None

    def uplinks(self) -> UplinkQuerySet:
        exact = {
            "reason": self.reason,
            "source_id": self.source_id,
            "eui": self.eui,
            "device__profile__codec__name": self.codec_name,
        }
        found = Uplink.objects.filter(**{name: value for name, value in exact.items() if value})
        # What is ignored has nothing to be read.
        found = found.exclude(status=Status.IGNORED) if self.accepted_too else found.rejected()
        if self.since is not None:
            # The day is that of the network server's time: a table more costs nothing, one missed costs readings.
            found = found.filter(received_at__gte=self.since, received_on__gte=self.since.date() - timedelta(days=1))
        return found.of_organisations(self.organisation_ids)


def replay_one(*, uplink: Uplink, now: datetime) -> Outcome:
    """DUPLICATE: somebody else has replayed it meanwhile."""
    (outcome,) = ingest([_again(uplink, source_ref(uplink.source))], now=now)
    return outcome


@transaction.atomic
def start_replay(*, wanted: ReplayFilter, actor: str, now: datetime) -> Replay:
    ids = sorted(wanted.organisation_ids) if wanted.organisation_ids is not None else None
    replay = Replay.objects.create(
        reason=wanted.reason,
        source_id=wanted.source_id,
        eui=wanted.eui,
        codec=Codec.objects.filter(name=wanted.codec_name).order_by("-version").first(),
        accepted_too=wanted.accepted_too,
        since=wanted.since,
        organisation_ids=ids,
        last_id=Uplink.objects.order_by("-id").values_list("id", flat=True).first() or 0,
        total=wanted.uplinks().order_by()[:_MOST_COUNTED].count(),
        created_at=now,
    )
    record(
        actor=actor,
        action="uplinks.replayed",
        urn=str(Urn("UplinkReplay", str(replay.pk))),
        right="devices.manage",
        details={"total": replay.total, "reason": replay.reason, "accepted_too": replay.accepted_too},
        now=now,
    )
    publish(ReplayAdvanced(replay_id=replay.pk, done=0))
    return replay


@transaction.atomic
def advance_replay(*, replay_id: int, now: datetime) -> None:
    """The next batch, and a word for the one after. Called twice for one batch, it does the next one earlier."""
    known_replays = Replay.objects.select_for_update(of=["self"]).select_related("codec")
    replay = known_replays.filter(pk=replay_id, finished_at=None).first()
    if replay is None:
        return
    wanted = ReplayFilter(
        reason=replay.reason,
        source_id=replay.source_id,
        eui=replay.eui,
        codec_name=replay.codec.name if replay.codec else "",
        accepted_too=replay.accepted_too,
        since=replay.since,
        organisation_ids=replay.organisation_ids,
    )
    whole = wanted.uplinks().filter(id__lte=replay.last_id)
    if replay.total == _MOST_COUNTED and replay.reached_id == 0:
        Replay.objects.filter(pk=replay.pk).update(total=whole.count())
    left = whole.filter(id__gt=replay.reached_id)
    batch = list(left.select_related("source").order_by("id")[:_BATCH])
    sources = {uplink.source_id: uplink.source for uplink in batch}
    known = {pk: source_ref(source) for pk, source in sources.items()}
    outcomes = ingest(
        [_again(uplink, known[uplink.source_id], replace=replay.accepted_too) for uplink in batch], now=now
    )
    Replay.objects.filter(pk=replay.pk).update(
        reached_id=batch[-1].pk if batch else replay.last_id,
        done=F("done") + len(batch),
        accepted=F("accepted") + sum(one.status is OutcomeStatus.ACCEPTED for one in outcomes),
        finished_at=now if len(batch) < _BATCH else None,
    )
    if len(batch) == _BATCH:
        publish(ReplayAdvanced(replay_id=replay.pk, done=replay.done + len(batch)))


def _again(uplink: Uplink, source: SourceRef, *, replace: bool = False) -> RawUplink:
    return RawUplink(
        source=source,
        body=bytes(uplink.raw),
        event=uplink.event,
        topic=topic_naming(source.form, uplink.eui),
        received_at=uplink.received_at,
        uplink_id=uplink.pk,
        replace=replace,
    )
