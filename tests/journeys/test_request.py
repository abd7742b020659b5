"""A resident reports, an agent accepts, a dispatcher assigns, a crew closes, the resident reads. Once with a photo and
JavaScript, once on an old telephone without either."""

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bench.deployment import Deployment
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.slow, pytest.mark.browser]
Someone = Callable[..., Person]


def letters(parvis: Deployment, to: str) -> list[str]:
    """Subjects of the messages sent to this address, oldest first."""
    found = []
    for path in sorted((parvis.home / "outbox").glob("*.log"), key=lambda one: one.stat().st_mtime):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if to in str(message["To"]):
            found.append(str(message["Subject"]).strip())
    return found


def work_through(someone: Someone, number: str) -> None:
    """From the agent at the desk to the crew on the street."""
    agent = someone()
    agent.signs_in("admin@parvis.example", "/backoffice/")
    agent.goes_to(f"/backoffice/requests/?q={number}")
    agent.clicks(number, role="link")
    agent.page.locator("details.action summary", has_text="Prendre en charge").click()
    agent.clicks("Prendre en charge")
    agent.reads("Pris en charge")

    agent.goes_to("/backoffice/interventions/?state=open")
    agent.page.locator("main table a, main li a").first.wait_for()
    agent.goes_to(f"/backoffice/requests/?q={number}")
    agent.clicks(number, role="link")
    agent.page.locator("main a", has_text="I-20").first.click()
    agent.looks()
    team = agent.page.locator("select[name=team]")
    team.select_option(label=next(text for text in team.locator("option").all_inner_texts() if "Éclairage" in text))
    agent.clicks("Affecter")
    work = agent.page.locator("h1").inner_text()

    crew = someone(phone=True)
    crew.signs_in("equipe@parvis.example", "/field/")
    crew.goes_to("/field/interventions/")
    crew.page.locator("main a", has_text=work.split(" – ")[-1]).first.wait_for()
    crew.page.goto(agent.page.url.replace("/backoffice/", "/field/"))
    crew.looks()
    crew.clicks("Démarrer")
    crew.page.locator("textarea[name=comment]").fill("Lampe changée, câble repris dans le coffret.")
    crew.page.locator("textarea[name=public_comment]").fill("La lampe a été changée ce matin.")
    crew.clicks("Terminer")


def test_with_a_photo_and_a_map(someone: Someone, parvis: Deployment, photo: Path) -> None:
    resident = someone(phone=True)
    resident.goes_to("/")
    resident.clicks("Signaler un problème", role="link")
    resident.page.locator("input[type=file]").set_input_files(photo)
    resident.page.get_by_text("Éclairage en panne", exact=False).first.click()
    resident.page.locator("details summary", has_text="Saisir les coordonnées").click()
    longitude, latitude = inside(resident)
    resident.page.get_by_label("Latitude").fill(f"{latitude:.5f}")
    resident.page.get_by_label("Longitude").fill(f"{longitude:.5f}")
    resident.page.keyboard.press("Tab")
    resident.page.locator("textarea[name=description]").fill("Trois lampadaires éteints <b>devant</b> l’école.")
    resident.page.locator("input[name=contact_email]").fill("photo@habitant.example")
    resident.clicks("Envoyer le signalement")
    resident.reads("Merci, votre signalement est reçu")
    number = number_on(resident)
    resident.clicks("Suivre mon signalement", role="link")
    tracking = resident.page.url

    work_through(someone, number)

    resident.page.goto(tracking)
    for _ in range(20):
        if resident.page.get_by_text("La lampe a été changée ce matin.").count():
            break
        resident.page.wait_for_timeout(500)
        resident.page.reload()
    resident.reads("La lampe a été changée ce matin.")
    resident.reads("<b>devant</b>")
    resident.looks()
    for _ in range(20):
        if len(letters(parvis, "photo@habitant.example")) >= 4:
            break
        resident.page.wait_for_timeout(500)
    subjects = letters(parvis, "photo@habitant.example")
    assert len(subjects) >= 4, subjects  # received, accepted, in progress, done
    assert all(number in subject for subject in subjects), subjects


def test_without_javascript_nor_account(someone: Someone) -> None:
    resident = someone(phone=True, javascript=False)
    resident.goes_to("/requests/new")
    resident.clicks("Envoyer le signalement")
    assert resident.page.locator(".field__error, .notice--danger").count() > 0, "an empty form says what is missing"
    resident.page.locator("input[name=category][value=street-light]").check(force=True)
    resident.page.locator("input[name=address]").fill("12 rue des Tilleuls")
    commune = resident.page.locator("select[name=area_code]")
    commune.select_option(
        label=next(text for text in commune.locator("option").all_inner_texts() if text.strip() == "Chenôve")
    )
    resident.page.locator("textarea[name=description]").fill("Lampadaire éteint depuis lundi.")
    resident.clicks("Envoyer le signalement")
    resident.reads("Merci, votre signalement est reçu")
    number = number_on(resident)
    resident.clicks("Suivre mon signalement", role="link")
    tracking = resident.page.url

    work_through(someone, number)

    resident.page.goto(tracking)
    for _ in range(20):
        if resident.page.get_by_text("La lampe a été changée ce matin.").count():
            break
        resident.page.wait_for_timeout(500)
        resident.page.reload()
    resident.reads("La lampe a été changée ce matin.")


def test_a_commune_does_not_see_another_s(someone: Someone) -> None:
    """The agent of one commune: the list holds only what is theirs, and another's page is refused."""
    agent = someone()
    agent.signs_in("admin@parvis.example", "/backoffice/")
    agent.goes_to("/backoffice/requests/")
    everything = {link.get_attribute("href") for link in agent.page.locator("main table a").all()}

    other = someone()
    other.signs_in("commune@parvis.example", "/backoffice/")
    other.goes_to("/backoffice/requests/")
    own = {link.get_attribute("href") for link in other.page.locator("main table a").all()}
    foreign = sorted(href for href in everything - own if href)
    assert foreign
    answer = other.page.goto(other.base + foreign[0])
    assert answer is not None
    assert answer.status in {403, 404}


def inside(person: Person) -> tuple[float, float]:
    """A point of the territory, from its public outlines: longitude, latitude."""
    outlines = person.page.request.get(person.base + "/territory/communes.geojson").json()
    from shapely.geometry import shape

    point = shape(outlines["features"][0]["geometry"]).representative_point()
    return point.x, point.y


def number_on(person: Person) -> str:
    import re

    found = re.search(r"S-\d{4}-\d{6}", person.page.locator("main").inner_text())
    assert found
    return found.group()
