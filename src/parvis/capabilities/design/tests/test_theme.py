import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from parvis.capabilities.design.theme import COOKIE, Theme, chosen, remember


def request_with(value: str):
    return RequestFactory(headers={"cookie": f"{COOKIE}={value}"}).get("/")


@pytest.mark.parametrize("theme", list(Theme))
def test_the_cookie_decides(theme: Theme) -> None:
    assert chosen(request_with(theme), Theme.DARK) is theme


@pytest.mark.parametrize("value", ["", "purple", "<script>"])
def test_nonsense_counts_as_no_choice(value: str) -> None:
    assert chosen(request_with(value), Theme.DARK) is Theme.DARK


def test_remember_is_readable_by_the_next_request() -> None:
    response = HttpResponse()
    remember(response, Theme.DARK, secure=True)
    cookie = response.cookies[COOKIE]
    assert (cookie.value, cookie["secure"], cookie["samesite"]) == ("dark", True, "Lax")
