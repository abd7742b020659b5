"""Receivers of notifications in a process of their own: as little HTTP as it takes, so that they measure the sender and not themselves."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Heard:
    """`first_s`: between the moment a change was asked for and the first telling of it, by its number."""

    requests: int = 0
    tellings: int = 0
    first_s: dict[int, float] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    out_of_order: int = 0

    def note(self, body: bytes) -> None:
        now = time.time()
        self.requests += 1
        for entity in json.loads(body)["data"]:
            self.tellings += 1
            level = entity["level"]
            number = level["value"]
            if number not in self.first_s:
                self.first_s[number] = now - level["sentAt"]["value"]
                if number < self.order.get(entity["id"], -1):
                    self.out_of_order += 1
                self.order[entity["id"]] = number

    def forget(self) -> None:
        self.requests = self.tellings = self.out_of_order = 0
        self.first_s.clear()
        self.order.clear()


class _Protocol(asyncio.Protocol):
    def __init__(self, heard: Heard, delay_s: float) -> None:
        self._heard = heard
        self._delay_s = delay_s
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self._data) < end + 4 + length:
                return
            body = self._data[end + 4 : end + 4 + length]
            self._data = self._data[end + 4 + length :]
            self._heard.note(body)
            if self._delay_s:
                asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, OK)
            else:
                self._transport.write(OK)


async def _serve(delays_s: list[float], pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    heard = [Heard() for _ in delays_s]
    servers = [
        await loop.create_server(partial(_Protocol, one, delay), "127.0.0.1", 0)
        for one, delay in zip(heard, delays_s, strict=True)
    ]
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    while True:
        await asyncio.sleep(0.05)
        if pipe.poll():
            match pipe.recv():
                case "counts":
                    pipe.send([len(one.first_s) for one in heard])
                case "all":
                    pipe.send(heard)
                case "forget":
                    for one in heard:
                        one.forget()
                case _:
                    return


def _run(delays_s: list[float], pipe: Connection) -> None:
    asyncio.run(_serve(delays_s, pipe))


@dataclass
class Receivers:
    """One for each delay of its answers, in seconds."""

    ports: list[int]
    process: BaseProcess
    _pipe: Connection

    @classmethod
    def start(cls, delays_s: list[float]) -> "Receivers":
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_run, args=(delays_s, theirs), daemon=True)
        process.start()
        return cls(ours.recv(), process, ours)

    def counts(self) -> list[int]:
        """Changes each has heard of."""
        self._pipe.send("counts")
        return list(self._pipe.recv())

    def forget(self) -> None:
        self._pipe.send("forget")

    def heard(self) -> list[Heard]:
        self._pipe.send("all")
        return list(self._pipe.recv())

    def stop(self) -> None:
        self._pipe.send("stop")
        self.process.join(5)
