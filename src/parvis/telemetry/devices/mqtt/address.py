"""`PARVIS_MQTT_URL`: mqtt[s]://user:password@host:port/?client_id=parvis-1&share=parvis."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

_KNOWN = {"client_id", "share"}


class WrongAddress(ValueError):
    """PARVIS_MQTT_URL is not mqtt[s]://[user:password@]host[:port]/[?client_id=…&share=…]."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """`client_id` names the session that the broker keeps: one per process. `share`: the group among which the broker
    divides the messages, when several processes subscribe."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None
    client_id: str = "parvis-ingest"
    share: str = ""

    @classmethod
    def parse(cls, url: str) -> "Address":
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        try:
            port = parts.port
        except ValueError:
            raise WrongAddress(url) from None
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or options.keys() - _KNOWN:
            raise WrongAddress(url)
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=port or (8883 if tls else 1883),
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            client_id=options.get("client_id", ["parvis-ingest"])[0],
            share=options.get("share", [""])[0],
        )

    def numbered(self, number: int) -> "Address":
        """Of one process among several: a session of its own, in a group."""
        return replace(self, client_id=f"{self.client_id}-{number}", share=self.share or "parvis")

    def filter(self, topic: str) -> str:
        """What to subscribe to for this topic filter."""
        return f"$share/{self.share}/{topic}" if self.share else topic
