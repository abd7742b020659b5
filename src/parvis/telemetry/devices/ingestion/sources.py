"""A source as ingestion keeps it, with whose devices it may speak for."""

from parvis.foundations.organisations.selectors import with_services
from parvis.telemetry.devices.models import Source

from .values import SourceRef


def source_ref(source: Source) -> SourceRef:
    """A source of an organisation brings what its devices and those of its services say; one that belongs to nobody, what all say."""
    return SourceRef(
        id=source.pk,
        slug=source.slug,
        server=source.server,
        organisation_id=source.organisation_id,
        form=source.form,
        organisation_ids=None if source.organisation_id is None else with_services(source.organisation_id),
    )
