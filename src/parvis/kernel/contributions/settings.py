"""What a city may change by itself, per organisation; read by organisations."""

from dataclasses import dataclass

from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution


@dataclass(frozen=True, kw_only=True)
class Setting(Contribution):
    """Its full name is `<package>.<key>`; `kind` is bool, int or str."""

    key: str
    label: str | Promise
    kind: type[bool] | type[int] | type[str]
    default: bool | int | str
    help: str | Promise = ""
