"""The categories every territory starts with; a data migration apart from the schema."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.utils import translation

from parvis.domains.requests.categories import DEFAULTS


def add(apps: Apps, schema_editor: Any) -> None:
    category = apps.get_model("requests", "Category")
    with translation.override(None):
        for rank, seed in enumerate(DEFAULTS, start=1):
            category.objects.get_or_create(
                code=seed.code,
                defaults={
                    "label": str(seed.label),
                    "subject": seed.subject,
                    "icon": seed.icon,
                    "hint": str(seed.hint),
                    "order": 10 * rank,
                },
            )


class Migration(migrations.Migration):
    dependencies = [("requests", "0001_initial")]

    # Going back drops the table, rows included: nothing to undo here.
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
