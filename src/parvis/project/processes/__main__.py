"""`python -m parvis.project.processes NAME …` runs one of them, imported under its real name (procrastinate asks for it)."""

import sys
from importlib import import_module

name = sys.argv.pop(1)
import_module(f"parvis.project.processes.{name}").main()
