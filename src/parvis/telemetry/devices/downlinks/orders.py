"""What is to be sent, and the two ways to send it: plain values, so that what is written to a server can be tested without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One downlink on its way. `application`, `device`, `tenant`: as the server names them. `reference` is a UUID by which the server will tell
    what became of it. `url` is that of the server's HTTP API; empty: by MQTT. `hook` names our webhook there."""

    server: str
    application: str
    device: str
    tenant: str = ""
    eui: str
    f_port: int
    payload: bytes
    confirmed: bool
    reference: str
    expires_at: datetime | None = None
    url: str = ""
    key: str = field(default="", repr=False)
    hook: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHttp:
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ByMqtt:
    topic: str
    body: bytes


Message = ByHttp | ByMqtt
