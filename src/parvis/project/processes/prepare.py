"""What must be done before serving, in its own process so that the supervisor stays small: the schema, the catalogues."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from parvis.project import database
    from parvis.project.messages import compile_catalogues

    compile_catalogues()
    database.migrate()
