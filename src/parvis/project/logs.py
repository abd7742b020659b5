"""What a line of the log may tell of an address: links of e-mails and tracking pages are secrets, for whoever has one may enter."""

import logging

from django.urls import Resolver404, resolve


class WithoutSecretAddresses(logging.Filter):
    """Django names the path of a refused or failed request; here it becomes the route, `/requests/t/<str:code>/add`."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", None)
        if isinstance(path, str) and isinstance(record.args, tuple):
            told = route_of(record.request.path_info)  # type: ignore[attr-defined]
            record.args = tuple(told if one == path else one for one in record.args)
        return True


def route_of(path: str) -> str:
    """Of an address that leads nowhere, its first segment only."""
    try:
        return f"/{resolve(path).route}"
    except Resolver404:
        return "/".join(path.split("/")[:2])[:80]
