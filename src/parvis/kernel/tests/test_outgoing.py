"""What the platform may call, and what happens when it does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest

from parvis.kernel import outgoing
from parvis.kernel.outgoing import OutgoingFailed, OutgoingRefused, OutgoingRequest, OutgoingTimeout


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/away":
                self.send_response(302)
                self.send_header("Location", "http://10.0.0.1/secret")
                self.end_headers()
            case "/near":
                self.send_response(302)
                self.send_header("Location", "/")
                self.end_headers()
            case "/slow":
                threading.Event().wait(2)
            case "/large":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"x" * 3000)
            case _:
                self.send_response(200)
                self.send_header("X-Here", "yes")
                self.end_headers()
                self.wfile.write(b"hello")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed(settings: Any) -> None:
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",  # a name that leads to a private address
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",  # IPv4 in IPv6's clothes
        "http://169.254.169.254/latest/meta-data",  # the metadata service of a cloud
        "http://10.1.2.3:5432/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http:///nothing",
        "http://[::1",
    ],
)
def test_refuses(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        outgoing.request(OutgoingRequest(method="GET", url=url))


def test_calls_an_allowed_network(receiver: str, allowed: None) -> None:
    answer = outgoing.request(OutgoingRequest(method="GET", url=receiver))
    assert (answer.status, answer.body, answer.headers["x-here"]) == (200, b"hello", "yes")


def test_follows_only_as_told_and_checks_each_step(receiver: str, allowed: None) -> None:
    assert outgoing.request(OutgoingRequest(method="GET", url=receiver + "/near")).status == 302
    assert outgoing.request(OutgoingRequest(method="GET", url=receiver + "/near", redirects=1)).body == b"hello"
    with pytest.raises(OutgoingRefused):
        outgoing.request(OutgoingRequest(method="GET", url=receiver + "/away", redirects=1))


def test_bounds_time_and_size(receiver: str, allowed: None) -> None:
    with pytest.raises(OutgoingTimeout):
        outgoing.request(OutgoingRequest(method="GET", url=receiver + "/slow", timeout_s=0.2))
    with pytest.raises(OutgoingFailed, match="more than"):
        outgoing.request(OutgoingRequest(method="GET", url=receiver + "/large", most_bytes=1000))


def test_nobody_there(allowed: None) -> None:
    with pytest.raises(OutgoingFailed):
        outgoing.request(OutgoingRequest(method="GET", url="http://127.0.0.1:9/"))


def test_one_failure_of_many_is_its_own(receiver: str, allowed: None) -> None:
    good, bad = outgoing.gather(
        [OutgoingRequest(method="GET", url=receiver), OutgoingRequest(method="GET", url="http://10.0.0.1/")]
    )
    assert isinstance(bad, OutgoingRefused)
    assert getattr(good, "status", None) == 200
