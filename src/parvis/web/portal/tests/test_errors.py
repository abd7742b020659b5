"""Error pages: in French, helpful, and drawn without the database."""

from pathlib import Path

import pytest
from django.shortcuts import render
from django.test import Client, RequestFactory

from parvis.capabilities import design

CODES = sorted(path.stem for path in (Path(design.__file__).parent / "templates" / "errors").glob("[0-9]*.html"))


@pytest.mark.parametrize("code", CODES)
def test_each_needs_no_database(code: str) -> None:
    # pytest-django refuses any query in a test that is not marked: the page of a broken database must not ask for one
    page = render(RequestFactory().get("/nowhere"), f"errors/{code}.html", {"reason": "Parce <que>."}).content.decode()
    assert f">{code}<" in page
    assert ("Parce &lt;que&gt;." in page) is (code != "500")  # it speaks for itself
    assert page.count("<h1") == 1


@pytest.mark.django_db
def test_an_unknown_address(client: Client) -> None:
    response = client.get("/nulle-part")
    assert response.status_code == 404
    assert "Page introuvable" in response.content.decode()
