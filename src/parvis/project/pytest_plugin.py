"""Starts the embedded PostgreSQL of a test run before Django reads its settings (`-p parvis.project.pytest_plugin`).

In a directory of its own, stopped and removed at the end. Workers of pytest-xdist find it in their environment.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from parvis.project.database import embedded

_HOME = "PARVIS_TEST_HOME"


def _start() -> None:
    home = Path(tempfile.mkdtemp(prefix="parvis-test-"))
    home.chmod(0o755)
    os.environ.update({_HOME: str(home), "PARVIS_HOME": str(home), "PARVIS_SECRET_KEY": "only for tests"})
    for name in ("PARVIS_SMTP_HOST", "PARVIS_MQTT_URL", "PARVIS_SITE_URL", "PARVIS_TILES_STYLE_URL"):
        os.environ.pop(name, None)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    server = embedded()
    server.__enter__()
    atexit.register(server.__exit__, None, None, None)


if _HOME not in os.environ:
    _start()
