"""The profiles and organisations that rows may name: those of whoever registers."""

from dataclasses import dataclass

from django.db.models import Q

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.models import DeviceProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """`profile` and `organisation` are those of the rows that name none. `reach` None: everybody's. Keys are casefolded."""

    profile: DeviceProfile | None
    organisation: Organisation | None
    reach: frozenset[int] | None
    profiles: dict[str, DeviceProfile]
    organisations: dict[str, Organisation]

    def may_write(self, organisation_id: int | None) -> bool:
        return self.reach is None or organisation_id in self.reach


def known_names(
    *, profile: DeviceProfile | None, organisation: Organisation | None, reach: frozenset[int] | None
) -> Names:
    profiles, owners = DeviceProfile.objects.order_by("id"), Organisation.objects.order_by("id")
    if reach is not None:
        profiles = profiles.filter(Q(organisation=None) | Q(organisation_id__in=reach))
        owners = owners.filter(pk__in=reach)
    every = list(owners)
    organisations = {one.name.casefold(): one for one in every}
    organisations |= {one.short_name.casefold(): one for one in every}
    organisations |= {one.slug.casefold(): one for one in every}  # the only one that is unique: it wins
    return Names(
        profile=profile,
        organisation=organisation,
        reach=reach,
        profiles={one.name.casefold(): one for one in profiles},
        organisations=organisations,
    )
