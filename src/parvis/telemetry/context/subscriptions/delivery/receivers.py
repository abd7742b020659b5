"""Where a notification goes, and in what form (ETSI GS CIM 009 V1.8.1, 5.2.15 and 6.3.8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.subscriptions.notification_members import MQTT_SCHEMES, MQTT_VERSIONS

DEFAULT_TIMEOUT_S = 10.0
LONGEST_TIMEOUT_S = 60.0
_NOT_OURS_TO_GIVE = frozenset(("content-length", "transfer-encoding", "connection", "host", "content-type"))


class DeliveryFailed(Exception):
    """It was not acknowledged; the text is for operators. `refused`: the receiver is there and does not want this one."""

    def __init__(self, text: str, *, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """`headers` are the pairs of `receiverInfo`; of MQTT, `qos` 0 to 2 and `version` 3.1.1 or 5.0."""

    uri: str
    accept: Media = Media.JSON
    timeout_s: float = DEFAULT_TIMEOUT_S
    cooldown_s: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    qos: int = 0
    version: str = "5.0"

    @classmethod
    def of(cls, endpoint: Mapping[str, Any]) -> Self:
        """Of a checked `endpoint` member."""
        told = {pair["key"]: pair["value"] for pair in endpoint.get("notifierInfo", ())}
        pairs = ((pair["key"], pair["value"]) for pair in endpoint.get("receiverInfo", ()))
        return cls(
            uri=endpoint["uri"],
            accept=Media(endpoint.get("accept", Media.JSON)),
            timeout_s=min(endpoint.get("timeout", DEFAULT_TIMEOUT_S * 1000) / 1000, LONGEST_TIMEOUT_S),
            cooldown_s=endpoint.get("cooldown", 0) / 1000,
            headers=tuple((key, value) for key, value in pairs if key.lower() not in _NOT_OURS_TO_GIVE),
            qos=int(told.get("MQTT-QoS", "0")),
            version=MQTT_VERSIONS[told.get("MQTT-Version", "mqtt5.0")],
        )

    @property
    def is_mqtt(self) -> bool:
        return self.uri.partition(":")[0] in MQTT_SCHEMES

    @property
    def wants_link(self) -> bool:
        """Whether the @context is named in a header and not in the body."""
        if self.accept is Media.GEO:
            return any(
                key.lower() == "prefer" and "body=json" in value.replace('"', "").replace(" ", "").split(",")
                for key, value in self.headers
            )
        return self.accept is Media.JSON
