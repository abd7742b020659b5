"""Who answers for what, where; what an organisation has set."""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from parvis.foundations.organisations.models import PUBLIC_KINDS, Competence, Kind, Organisation, OrganisationSetting
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.selectors import areas_at
from parvis.kernel.contributions import Setting
from parvis.kernel.registry import registry

Value = bool | int | str


class UnknownSetting(LookupError):
    """No installed package declares this setting."""


def competent_organisation(*, subject: str, longitude: float, latitude: float) -> Organisation | None:
    """Who answers for the subject at this point (EPSG:4326); None outside the territory, or when nobody was named."""
    return _competent(subject, [area.id for area in areas_at(longitude, latitude)])


def competent_for_area(*, subject: str, area_code: str) -> Organisation | None:
    """Who answers for the subject in this area: the competence of the smallest area around it wins."""
    return _competent(subject, _chain(area_code))


def _competent(subject: str, chain: Sequence[int]) -> Organisation | None:
    """`chain`: ids of the areas, smallest first."""
    rows = Competence.objects.filter(subject=subject, area__in=chain).select_related("organisation").order_by("id")
    found = {row.area_id: row.organisation for row in rows}
    return next((found[area] for area in chain if area in found), None)


def _chain(area_code: str) -> list[int]:
    """Ids of the area and of those around it, smallest first; at most four levels (`AreaKind`)."""
    row = (
        Area.objects.filter(code=area_code)
        .values_list("id", "parent_id", "parent__parent_id", "parent__parent__parent_id")
        .first()
    )
    return [area for area in row if area is not None] if row else []


def portals() -> QuerySet[Organisation]:
    """Organisations with a portal of their own: the metropolis first, then the communes of today's territory by name."""
    return (
        Organisation.objects.filter(kind__in=PUBLIC_KINDS)
        .exclude(area__kind=AreaKind.COMMUNE, area__parent=None)
        .order_by("-kind", "sort_name", "id")
    )


def portal_url(organisation: Organisation, path: str = "/") -> str:
    """Address of a page of an organisation's portal, for e-mails and printed letters; `path` as `reverse()` gives it
    without a portal prefix. A service's is that of the organisation it belongs to."""
    owner: Organisation | None = organisation
    while owner is not None and not owner.has_portal:
        owner = owner.parent
    if owner is None or owner.kind == Kind.METROPOLIS:
        return f"{settings.PARVIS_SITE_URL}{path}"
    if owner.host:
        return f"{settings.PARVIS_SITE_URL.split('://')[0]}://{owner.host}{path}"
    return f"{settings.PARVIS_SITE_URL}/c/{owner.slug}{path}"


_WITH_SERVICES = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM organisations_organisation WHERE id = %s
    UNION
    SELECT child.id FROM organisations_organisation AS child JOIN below ON child.parent_id = below.id
)
SELECT id FROM below
"""


def with_services(organisation_id: int) -> frozenset[int]:
    """The organisation and all that depends on it."""
    with connection.cursor() as cursor:
        cursor.execute(_WITH_SERVICES, [organisation_id])
        return frozenset(row[0] for row in cursor.fetchall())


def declared_settings() -> dict[str, Setting]:
    """By full name `<package>.<key>`, in package order."""
    return {f"{manifest.name}.{declared.key}": declared for manifest, declared in registry.all(Setting)}


def setting(organisation: Organisation, key: str) -> Value:
    """What the organisation set, else the declared default. Raises `UnknownSetting`."""
    declared = declared_settings().get(key)
    if declared is None:
        raise UnknownSetting(key)
    row = OrganisationSetting.objects.filter(organisation=organisation, key=key).first()
    # A package may have changed a setting's kind since: what was stored under the former one counts no more.
    return row.value if row is not None and type(row.value) is declared.kind else declared.default


def all_settings(organisation: Organisation) -> dict[str, Value]:
    """Every declared setting by full name, with what applies to the organisation."""
    stored = dict(OrganisationSetting.objects.filter(organisation=organisation).values_list("key", "value"))
    return {
        key: stored[key] if type(stored.get(key)) is declared.kind else declared.default
        for key, declared in declared_settings().items()
    }
