"""Typed readers of environment variables: a wrong value stops the start, with the variable's name."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit


class WrongSetting(SystemExit):
    """An environment variable holds something that cannot be used."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}={os.environ.get(name, '')!r}: expected {expected}")


def text(name: str, default: str = "") -> str:
    """The value, or the content of the file that `<name>_FILE` points at (secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise SystemExit(f"{name}_FILE={path!r}: {error.strerror}") from error
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    match text(name, "1" if default else "0").lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
        case _:
            raise WrongSetting(name, "1 or 0")


def number(name: str, default: int, *, at_least: int = 0) -> int:
    try:
        value = int(text(name, str(default)))
    except ValueError:
        raise WrongSetting(name, "a whole number") from None
    if value < at_least:
        raise WrongSetting(name, f"at least {at_least}")
    return value


def listed(name: str, default: str) -> list[str]:
    """Comma separated."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def directory(name: str, default: str) -> Path:
    return Path(text(name, default)).expanduser().resolve()


def url(name: str, default: str, *schemes: str) -> str:
    value = text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        raise WrongSetting(name, " or ".join(f"{scheme}://…" for scheme in schemes))
    return value


def choice(name: str, default: str, *known: str) -> str:
    value = text(name, default)
    if value not in known:
        raise WrongSetting(name, " or ".join(known))
    return value


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Comma separated, `10.1.0.0/16`."""
    try:
        return [ip_network(part) for part in listed(name, default)]
    except ValueError:
        raise WrongSetting(name, "networks such as 10.1.0.0/16, comma separated") from None
