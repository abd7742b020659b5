"""Codecs and their versions: written, imported, taken back. A version never changes; what serves is the latest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.examples import Example, stored_examples, try_examples
from parvis.telemetry.devices.models import Codec, DeviceProfile, Kind


class CodecNameTaken(Refusal):
    """Un codec porte déjà ce nom."""

    code = "devices-codec-name"
    message = _("Un codec porte déjà ce nom : ouvrez-le pour en écrire la version suivante.")


def create_codec(
    *,
    name: str,
    source: str,
    organisation: Organisation | None,
    actor: str,
    now: datetime,
    kind: str = Kind.JAVASCRIPT,
    examples: Sequence[Example] = (),
    origin: str = "",
) -> Codec:
    """Its first version, with its examples run. Raises `CodecNameTaken`."""
    kept = kept_examples(kind, source, examples)
    with transaction.atomic():
        if Codec.objects.filter(name=name).exists():
            raise CodecNameTaken
        codec = Codec.objects.create(
            name=name,
            kind=kind,
            source=source,
            examples=kept,
            origin=origin,
            organisation=organisation,
            created_at=now,
        )
        _journal("codec.created", codec, actor=actor, now=now)
    return codec


def next_version(*, codec: Codec, source: str, actor: str, now: datetime) -> Codec:
    """The next version, which the profiles that used any earlier one use from now on; the examples of this one are run again.
    The same text makes no version."""
    if source == codec.source:
        return codec
    kept = kept_examples(codec.kind, source, stored_examples(codec))
    return make_version(
        codec=codec, source=source, kept=kept, origin=codec.origin, actor=actor, now=now, action="codec.changed"
    )


def take_back(*, codec: Codec, actor: str, now: datetime) -> Codec:
    """An earlier version serves again, as the next one: what was between them stays in the history. The latest is left as it is."""
    latest = Codec.objects.filter(name=codec.name).order_by("-version").first()
    if latest is None or latest.source == codec.source:
        return latest or codec
    return make_version(
        codec=codec,
        source=codec.source,
        kept=codec.examples,
        origin=codec.origin,
        actor=actor,
        now=now,
        action="codec.taken_back",
    )


@transaction.atomic
def make_version(
    *, codec: Codec, source: str, kept: list[dict[str, Any]], origin: str, actor: str, now: datetime, action: str
) -> Codec:
    """The latest of this codec's family, with examples that were run; `action` is what the journal calls it."""
    family = Codec.objects.select_for_update().filter(name=codec.name)
    list(family.order_by("pk"))  # two agents who save at once make two versions, one after the other
    latest = family.aggregate(latest=Max("version"))["latest"] or 0
    made = Codec.objects.create(
        name=codec.name,
        version=latest + 1,
        kind=codec.kind,
        source=source,
        examples=kept,
        origin=origin,
        organisation=codec.organisation,
        created_at=now,
    )
    DeviceProfile.objects.filter(codec__name=codec.name).update(codec=made, version=F("version") + 1)
    _journal(action, made, actor=actor, now=now)
    return made


def kept_examples(kind: str, source: str, examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Run, for a version to be made. Before its transaction: it may take as long as the slowest codec is let run."""
    if not examples:
        return []
    return [result.kept() for result in try_examples(kind=kind, source=source, examples=examples)]


def _journal(action: str, codec: Codec, *, actor: str, now: datetime) -> None:
    owner = codec.organisation
    record(
        actor=actor,
        action=action,
        urn=str(Urn("Codec", str(codec.pk))),
        right="devices.manage",
        organisation=owner.slug if owner else "",
        now=now,
    )
