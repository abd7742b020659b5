"""The categories a territory starts with."""

from django.db import transaction
from django.utils import translation

from parvis.domains.requests.categories import DEFAULTS
from parvis.domains.requests.models import Category


@transaction.atomic
def ensure_categories() -> int:
    """Adds the default categories that are missing, changes none; answers how many were added."""
    known = set(Category.objects.values_list("code", flat=True))
    with translation.override(None):
        missing = [
            Category(
                code=seed.code,
                label=str(seed.label),
                subject=seed.subject,
                icon=seed.icon,
                hint=str(seed.hint),
                order=10 * rank,
            )
            for rank, seed in enumerate(DEFAULTS, start=1)
            if seed.code not in known
        ]
    Category.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
