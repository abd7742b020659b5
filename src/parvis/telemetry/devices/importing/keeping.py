"""What is imported becomes a codec, or the next version of one."""

from collections.abc import Mapping
from datetime import datetime

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.models import Codec, Kind
from parvis.telemetry.devices.services.codecs import CodecNameTaken, create_codec, kept_examples, make_version

from .packages import Package, read_package

_LONGEST_ORIGIN = 300


def import_codec(
    files: Mapping[str, bytes], *, name: str = "", organisation: Organisation | None, actor: str, now: datetime
) -> Codec:
    """The codec of a maker's files, of which there is one; what they may be, and what it raises: `read_package`, `import_package`."""
    return import_package(package=read_package(files, name=name), organisation=organisation, actor=actor, now=now)


def import_package(*, package: Package, organisation: Organisation | None, actor: str, now: datetime) -> Codec:
    """A new codec, or the next version of this organisation's that bears the name; twice the same changes nothing. Its examples
    are run. Raises `CodecNameTaken` when the name is somebody else's."""
    origin = package.origin[-_LONGEST_ORIGIN:]
    latest = Codec.objects.filter(name=package.name).order_by("-version").first()
    if latest is None:
        return create_codec(
            name=package.name,
            source=package.source,
            examples=package.examples,
            origin=origin,
            organisation=organisation,
            actor=actor,
            now=now,
        )
    if latest.organisation_id != (organisation.pk if organisation else None) or latest.kind != Kind.JAVASCRIPT:
        raise CodecNameTaken
    kept = kept_examples(Kind.JAVASCRIPT, package.source, package.examples)
    if latest.source != package.source:
        return make_version(
            codec=latest,
            source=package.source,
            kept=kept,
            origin=origin,
            actor=actor,
            now=now,
            action="codec.imported",
        )
    if kept and kept != latest.examples:
        Codec.objects.filter(pk=latest.pk).update(examples=kept)
        latest.examples = kept
    return latest
