"""`python -m tests.crash.populate`: the devices of the crash test, in the database of `PARVIS_HOME`. Prints their EUIs."""

import os

from parvis.project.database import embedded

if __name__ == "__main__":
    with embedded():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
        import django

        django.setup()
        from bench.ingest import populate

        _, euis = populate()
        print("\n".join(euis))
