"""What an account may be allowed to do; read by identity."""

from dataclasses import dataclass

from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution


@dataclass(frozen=True, kw_only=True)
class Permission(Contribution):
    """Its full name is `<package>.<code>`; granted through a role, on an organisation and an area."""

    code: str
    label: str | Promise
