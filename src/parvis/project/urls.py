"""Root addresses: each package's `urls.py` lists, mounted per shell under its own name."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from parvis.kernel.access import public
from parvis.kernel.contributions import Shell
from parvis.kernel.packages import discover

ROOTS = {
    Shell.PORTAL.value: "",
    Shell.BACKOFFICE.value: "backoffice/",
    Shell.CONTROL_ROOM.value: "control-room/",
    Shell.FIELD.value: "field/",
    "api": "api/",
}


def mounts(shell: str) -> list[URLPattern | URLResolver]:
    """`/<root>/<package>/…` in the namespace `<shell>:<package>`; the shell's own pages stand at its root."""
    found: list[URLPattern | URLResolver] = []
    for package in discover():
        if find_spec(f"{package.module}.urls") is None:
            continue
        module: ModuleType = import_module(f"{package.module}.urls")
        if patterns := getattr(module, shell, None):
            prefix = "" if package.name == shell else f"{package.name}/"
            found.append(path(prefix, include((patterns, package.name))))
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("language", public(set_language), name="set_language"),
    *(path(root, include((mounts(shell), shell))) for shell, root in ROOTS.items()),
]

handler400 = "parvis.project.errors.bad_request"
handler403 = "parvis.project.errors.forbidden"
handler404 = "parvis.project.errors.not_found"
handler500 = "parvis.project.errors.server_error"
