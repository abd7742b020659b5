"""An administrator of the broker, at a desk, on a phone, by keyboard alone, and without script."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import Person

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CONSOLE = "/backoffice/context/broker"
PAGES = ("/", "/types", "/types/Streetlight", "/query", "/subscriptions", "/sources", "/contexts", "/contexts/load")
URL = "https://example.org/salles.jsonld"


@pytest.mark.parametrize("phone", [False, True])
def test_the_console_is_looked_through(someone: Callable[..., Person], phone: bool) -> None:
    administrator = someone(phone=phone)
    administrator.signs_in("admin@parvis.example", "/backoffice/")
    for path in (*PAGES, "/query?type=Streetlight", "/query?type=Streetlight&view=concise", "/contexts/bundled/core"):
        administrator.goes_to(CONSOLE + path)
        wider = administrator.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{path} is {wider} pixels wider than the screen"


def test_a_question_is_asked_by_keyboard_alone(someone: Callable[..., Person]) -> None:
    administrator = someone()
    administrator.signs_in("admin@parvis.example", "/backoffice/")
    administrator.goes_to(f"{CONSOLE}/query")
    administrator.page.get_by_label("Type").focus()
    administrator.page.keyboard.type("Streetlight")
    administrator.page.keyboard.press("Tab")
    administrator.page.keyboard.type('powerState=="')
    administrator.page.keyboard.press("Enter")
    administrator.reads("La condition n’est pas comprise")
    administrator.looks()
    administrator.page.get_by_label("Condition").fill("")
    administrator.page.keyboard.press("Enter")
    administrator.reads("La même question par l’API")
    administrator.clicks("21", role="link")


def test_a_context_is_loaded_by_hand_without_script(someone: Callable[..., Person], tmp_path: Path) -> None:
    document = tmp_path / "salles.jsonld"
    document.write_text('{"@context": {"salle": "https://example.org/salle"}}')
    administrator = someone(phone=True, javascript=False)
    administrator.signs_in("admin@parvis.example", "/backoffice/")
    administrator.goes_to(f"{CONSOLE}/contexts/load")
    administrator.page.get_by_label("Adresse").fill(URL)
    administrator.page.get_by_label("Document").set_input_files(document)
    administrator.clicks("Charger")
    administrator.clicks(URL, role="link")
    administrator.clicks("Supprimer", role="link")
    administrator.clicks("Supprimer le contexte")
    administrator.reads("Le contexte est supprimé.")
