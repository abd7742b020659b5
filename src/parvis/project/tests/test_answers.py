"""What every answer carries and what no request may do, whichever the package behind it."""

import asyncio
import logging
from typing import Any

import pytest
from django.test import Client, RequestFactory
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response

from parvis.project.asgi import DOOR_HEADERS, DoorHeaders, Front
from parvis.project.logs import WithoutSecretAddresses
from parvis.project.middleware import LARGEST_BODY


def headers_of(answer: Response) -> dict[str, str]:
    """Of `answer`, as a hot door sends it."""
    return sent_by(DoorHeaders(answer))


def sent_by(app: Any) -> dict[str, str]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_what_a_hot_door_answers_is_taken_for_data() -> None:
    headers = headers_of(PlainTextResponse("<script>alert(1)</script>"))
    assert {name: headers[name.lower()] for name in DOOR_HEADERS} == DOOR_HEADERS


def test_a_page_keeps_the_policy_of_pages() -> None:
    headers = headers_of(PlainTextResponse("", headers={"Content-Security-Policy": "default-src 'self'"}))
    assert headers["content-security-policy"] == "default-src 'self'"
    assert "cross-origin-resource-policy" not in headers


def test_the_application_has_these_headers() -> None:
    from parvis.project.asgi import application

    front = application()
    assert isinstance(front.app, Starlette)
    assert [one.cls for one in front.app.user_middleware] == [DoorHeaders]
    headers = sent_by(Front(front.app, {"/": PlainTextResponse("")}))
    assert {name: headers[name.lower()] for name in DOOR_HEADERS} == DOOR_HEADERS


@pytest.mark.django_db
def test_a_nul_in_an_address_is_an_address_that_does_not_exist(client: Client) -> None:
    assert client.get("/requests/t/a%00b").status_code == 404
    assert client.get("/organisations/theme/%00.css").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("length", [str(LARGEST_BODY + 1), "9" * 30, "-1", "many"])
def test_a_body_too_large_is_refused_before_it_is_read(client: Client, length: str) -> None:
    class Unread:
        def read(self, *_: int) -> bytes:
            raise AssertionError("read")

        readline = read

    answer = client.post("/requests/new", CONTENT_LENGTH=length, **{"wsgi.input": Unread()})
    assert answer.status_code == 413
    assert "64 Mo" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/requests/t/7QK2M9XHT4/add", "/requests/t/<str:code>/add"),
        ("/identity/reset/secret-of-a-link", "/identity/reset/<str:token>"),
        ("/nothing/7QK2M9XHT4", "/nothing"),
    ],
)
def test_the_log_names_the_route_and_never_the_secret(path: str, told: str) -> None:
    request = RequestFactory().post(path)
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "Refused (%s): %s", ("why", path), None)
    record.request = request
    assert WithoutSecretAddresses().filter(record)
    assert record.getMessage() == f"Refused (why): {told}"
