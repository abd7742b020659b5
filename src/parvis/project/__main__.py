"""`python -m parvis.project` is `parvis`."""

import sys

from parvis.project.cli import main

sys.exit(main())
