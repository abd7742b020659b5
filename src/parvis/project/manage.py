"""Django's own commands, for developers: `python -m parvis.project.manage makemigrations`."""

import os
import sys

from parvis.project.database import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    from django.core.management import execute_from_command_line

    with embedded():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
