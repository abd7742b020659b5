"""What an account may do, and on what: loaded by one query at the first question of a request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

from parvis.foundations.identity.models.rights import ALL, Assignment
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import with_services
from parvis.foundations.territory.models import Area

M = TypeVar("M", bound=Model)


class Anywhere(Enum):
    """ "Somewhere at least". Not None: a row without organisation or area is not everybody's."""

    ANYWHERE = "anywhere"


ANYWHERE: Final = Anywhere.ANYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """An assignment, as values. `organisation_id` None = whole platform; `area_code` None = everywhere in it."""

    permissions: frozenset[str]
    organisation_id: int | None = None
    area_code: str | None = None

    def gives(self, permission: str) -> bool:
        return permission in self.permissions or ALL in self.permissions


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where a grant holds, with what it contains; None = no limit."""

    organisations: frozenset[int] | None
    areas: frozenset[str] | None

    def contains(self, other: "Reach") -> bool:
        return _within(other.organisations, self.organisations) and _within(other.areas, self.areas)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Where a permission holds: the rows of one of the reaches."""

    reaches: tuple[Reach, ...]

    @property
    def everywhere(self) -> bool:
        return any(reach.organisations is None and reach.areas is None for reach in self.reaches)

    @property
    def nowhere(self) -> bool:
        return not self.reaches

    @property
    def organisations(self) -> frozenset[int] | None:
        """Organisations (ids) where it holds at least in part; None = all of them."""
        if any(reach.organisations is None for reach in self.reaches):
            return None
        return frozenset().union(*(reach.organisations or () for reach in self.reaches))

    def slugs(self) -> frozenset[str] | None:
        """Slugs of the organisations where it holds in every area; None = all of them. For rows that name organisations by slug."""
        if self.everywhere:
            return None
        whole = frozenset[int]().union(*(reach.organisations or () for reach in self.reaches if reach.areas is None))
        return (
            frozenset(Organisation.objects.filter(pk__in=whole).values_list("slug", flat=True))
            if whole
            else frozenset()
        )

    def filter(
        self, queryset: QuerySet[M], *, organisation: str = "organisation_id", area: str | None = "area_code"
    ) -> QuerySet[M]:
        """The rows within. `area` None: the model has no area, so a grant limited to an area shows none of them."""
        if self.everywhere:
            return queryset
        condition = Q()
        for reach in self.reaches:
            if reach.areas is not None and area is None:
                continue
            part = Q()
            if reach.organisations is not None:
                part &= Q(**{f"{organisation}__in": reach.organisations})
            if reach.areas is not None:
                part &= Q(**{f"{area}__in": reach.areas})
            condition |= part
        return queryset.filter(condition) if condition else queryset.none()


NOWHERE = Scope(reaches=())


@dataclass
class Rights:
    """Of one account, for one request. `load` is called at the first question."""

    load: Callable[[], Iterable[Grant]]
    _services: dict[int, frozenset[int]] = field(default_factory=dict)
    _areas: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "Rights":
        return cls(load=tuple)

    @classmethod
    def of(cls, user_id: int) -> "Rights":
        return cls(load=lambda: _grants(user_id))

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        return tuple(self.load())

    def may(
        self,
        permission: str,
        *,
        organisation: int | Anywhere | None = ANYWHERE,
        area: str | Anywhere | None = ANYWHERE,
    ) -> bool:
        """Left out, `organisation` and `area` are not looked at. Given as None they mean a row that has none: it belongs to those
        whose right is not limited."""
        return any(
            self._holds_on(grant, organisation) and self._holds_in(grant, area)
            for grant in self.grants
            if grant.gives(permission)
        )

    def covers(self, permission: str, *, organisation_id: int | None, area_code: str | None) -> bool:
        """Whether one assignment gives it on all of the organisation (None = the whole platform) and of the area (None = everywhere
        in it). `permission` may be `ALL`."""
        target = self.reach(Grant(permissions=frozenset(), organisation_id=organisation_id, area_code=area_code))
        return any(self.reach(grant).contains(target) for grant in self.grants if grant.gives(permission))

    def scope(self, permission: str) -> Scope:
        reaches = {self.reach(grant) for grant in self.grants if grant.gives(permission)}
        return Scope(reaches=tuple(sorted(reaches, key=repr))) if reaches else NOWHERE

    def reach(self, grant: Grant) -> Reach:
        return Reach(
            organisations=None if grant.organisation_id is None else self._with_services(grant.organisation_id),
            areas=None if grant.area_code is None else self._within(grant.area_code),
        )

    def _holds_on(self, grant: Grant, organisation: int | Anywhere | None) -> bool:
        if organisation is ANYWHERE or grant.organisation_id is None or grant.organisation_id == organisation:
            return True
        return organisation is not None and organisation in self._with_services(grant.organisation_id)

    def _holds_in(self, grant: Grant, area: str | Anywhere | None) -> bool:
        if area is ANYWHERE or grant.area_code is None or grant.area_code == area:
            return True
        return area is not None and area in self._within(grant.area_code)

    def _with_services(self, organisation_id: int) -> frozenset[int]:
        if organisation_id not in self._services:
            self._services[organisation_id] = with_services(organisation_id)
        return self._services[organisation_id]

    def _within(self, area_code: str) -> frozenset[str]:
        if area_code not in self._areas:
            self._areas[area_code] = areas_within(area_code)
        return self._areas[area_code]


def _within(inner: frozenset[Any] | None, outer: frozenset[Any] | None) -> bool:
    """None is everything."""
    return outer is None or (inner is not None and inner <= outer)


def areas_within(area_code: str) -> frozenset[str]:
    """The area and all it contains: one query, the tree being at most four levels deep (EPCI, commune, district, sub-district)."""
    inside = Area.objects.filter(
        Q(code=area_code)
        | Q(parent__code=area_code)
        | Q(parent__parent__code=area_code)
        | Q(parent__parent__parent__code=area_code)
    )
    return frozenset(inside.values_list("code", flat=True))


def _grants(user_id: int) -> Iterable[Grant]:
    rows = Assignment.objects.filter(user_id=user_id, user__is_active=True).order_by("id")
    for permissions, organisation_id, area_code in rows.values_list(
        "role__permissions", "organisation_id", "area__code"
    ):
        yield Grant(permissions=frozenset(permissions), organisation_id=organisation_id, area_code=area_code)
