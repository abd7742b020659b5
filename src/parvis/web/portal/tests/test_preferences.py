import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_choosing_a_theme(client: Client) -> None:
    response = client.post("/theme", {"theme": "light", "next": "/communes?x=1"})
    assert (response.status_code, response["Location"]) == (302, "/communes?x=1")
    assert 'data-theme="light"' in client.get("/").content.decode()


def test_back_to_automatic(client: Client) -> None:
    client.post("/theme", {"theme": "dark"})
    client.post("/theme", {"theme": "auto"})
    assert "data-theme" not in client.get("/").content.decode()[:400]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_never_led_elsewhere(client: Client, target: str) -> None:
    assert client.post("/theme", {"theme": "dark", "next": target})["Location"] == "/"


def test_an_unknown_theme_changes_nothing(client: Client) -> None:
    assert "theme" not in client.post("/theme", {"theme": "purple"}).cookies


def test_only_by_post(client: Client) -> None:
    assert client.get("/theme").status_code == 405
